"""The treatments in force: what modules declare, the catalogue and officers add, as decided here.

Read again when the catalog version changes. The activities of the catalog of this process are the
decided ones: whoever asks it for an activity, its term or its purposes, gets what is in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

from portal import catalog as catalogs
from portal.activity import Activity, Period, Unit
from portal.builtin.directory import Organisation
from portal.builtin.treatments import Added, Decision, Manager, blank
from portal.catalog import Catalog
from portal.errors import Invalid, NotFound
from portal.i18n import Text, _
from portal.processors import Acting, by_treatment
from portal.register_catalogue import activity as shipped
from portal.register_catalogue import catalogue
from portal.treatment_values import decided, parsed

DECISIONS, ADDED, MANAGERS = "privacy.decision", "privacy.added", "privacy.manager"
PROCESSED = "privacy.processortreatment"
LAST = 2_000
"""The place of added treatments: after all others."""
JOURNAL = "access_journal"
"""Its term is a setting: no decision changes it."""


@dataclass(frozen=True, slots=True)
class Change:
    """A value that somebody decided in place of the shipped one; what cannot be held is `broken`.

    `account` is None when a process wrote it.
    """

    id: int
    version: int
    attribute: str
    value: Any
    reason: str
    account: int | None
    at: datetime
    broken: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """A line of the register: the activity in force, the shipped one, and what was changed of it.

    `stored` says that a module keeps rows of it, `added` is the number of its row when an officer
    added it, `manager` the account of who was appointed.
    """

    activity: Activity
    shipped: Activity
    stored: bool
    in_use: bool
    changes: Mapping[str, Change] = field(default_factory=dict)
    added: int | None = None
    manager: Change | None = None
    created: datetime | None = None
    used_as_shipped: bool = True
    processors: tuple[Acting, ...] = ()

    @property
    def name(self) -> str:
        """Its code."""
        return self.activity.name


@dataclass(frozen=True, slots=True)
class Treatments:
    """Every treatment, in the order of the register."""

    all: Mapping[str, Treatment]

    def get(self, name: str) -> Treatment:
        """The treatment of that name. Raises NotFound."""
        found = self.all.get(name)
        if found is None:  # names those that every portal has: others are rows, under rights
            shipped = [one.name for one in self.all.values() if one.added is None]
            raise NotFound(
                _("There is no treatment '{name}'.").format(name=name[:60]),
                _("Known: {known}.").format(known=", ".join(shipped)),
            )
        return found


_current = Treatments(MappingProxyType({}))
_version = -1


def current() -> Treatments:
    """The treatments of this process."""
    return _current


def effective(name: str) -> Activity:
    """The activity of that name as it is in force. Raises NotFound."""
    return _current.get(name).activity


def refresh(version: int) -> None:
    """Read the decisions again when the catalog version is another one."""
    global _current, _version
    if _version != version:
        _current = read(catalogs.current())
        known = catalogs.current().activities
        there = {name: _current.all[name].activity for name in known}
        catalogs.install(replace(catalogs.current(), activities=MappingProxyType(there)))
        _version = version


def read(catalog: Catalog) -> Treatments:
    """The treatments as the database now says them."""
    stored = declared(catalog)
    rows = list(Added.select().dicts())
    added = {row["code"]: row for row in rows if row["code"] not in stored}
    changes: dict[str, dict[str, Change]] = {}
    for row in Decision.select().dicts():
        changes.setdefault(row["activity"], {})[row["attribute"]] = _change(row)
    managers = {
        row["activity"]: Change(
            row["id"],
            row["version"],
            "manager",
            row["account"],
            "",
            row["author"],
            row["updated_at"],
        )
        for row in Manager.select().dicts()
    }
    acting = by_treatment()
    settings = Organisation.select().order_by(Organisation.id).dicts().first() or {}
    found = [
        replace(
            _treatment(activity, activity.name in stored, settings, changes, managers, added),
            processors=acting.get(activity.name, ()),
        )
        for activity in _shipped(stored, added.values())
    ]
    found.sort(key=lambda one: (one.activity.order, one.name))
    return Treatments(MappingProxyType({one.name: one for one in found}))


def declared(catalog: Catalog) -> dict[str, Activity]:
    """The activities that modules declare, before any decision."""
    found: dict[str, Activity] = {}
    for loaded in catalog.plugins:
        tables = loaded.plugin.tables
        others = [table.other_activity.activity for table in tables if table.other_activity]
        for activity in (*loaded.plugin.activities, *(t.activity for t in tables), *others):
            if activity is not None and activity.name in catalog.activities:
                found.setdefault(activity.name, activity)
    return found


def _shipped(stored: Mapping[str, Activity], added: Iterable[Mapping[str, Any]]) -> list[Activity]:
    codes = [row["code"] for row in catalogue()["categories"] if row["code"] not in stored]
    own = [
        replace(blank(row["code"], Text(row["label_fr"], row["label_en"])), order=LAST)
        for row in added
        if row["code"] not in codes
    ]
    return [*stored.values(), *map(shipped, codes), *own]


def _treatment(
    activity: Activity,
    stored: bool,
    settings: Mapping[str, Any],
    changes: Mapping[str, Mapping[str, Change]],
    managers: Mapping[str, Change],
    added: Mapping[str, Mapping[str, Any]],
) -> Treatment:
    own = added.get(activity.name)
    before = conditional(activity, settings)
    now, made = before, changes.get(activity.name, {})
    for change in made.values():
        if not change.broken:
            now = decided(now, change.attribute, change.value)
    optional = {row["code"] for row in catalogue()["categories"] if row["optional"]}
    used = activity.name not in optional
    wanted = made["in_use"].value if "in_use" in made else used
    return Treatment(
        activity=now,
        shipped=before,
        stored=stored,
        in_use=stored or bool(wanted),
        changes=MappingProxyType(dict(made)),
        added=own["id"] if own else None,
        manager=managers.get(activity.name),
        created=own["created_at"] if own else settings.get("created_at"),
        used_as_shipped=used,
    )


def _change(row: Mapping[str, Any]) -> Change:
    """A decision as read; one that cannot be held (a newer portal wrote it) is without effect."""
    value, broken = None, ""
    try:
        value = parsed(row["attribute"], row["value"])
    except Invalid as wrong:
        broken = str(wrong)
    return Change(
        row["id"],
        row["version"],
        row["attribute"],
        value,
        row["reason"],
        row["account"],
        row["updated_at"],
        broken,
    )


# --- minimums that depend on what the organisation is


TRAINED = Period(3, Unit.YEARS)
FISCAL = Period(6, Unit.YEARS)


def conditional(activity: Activity, settings: Mapping[str, Any]) -> Activity:
    """The activity with the legal minimum that binds this organisation.

    Training files bind training organisations alone, ten years those that keep accounts by the law
    of trade; as long as nothing is said, the longer term holds.
    """
    kept = activity.retention
    body, books = settings.get("training_body", ""), settings.get("bookkeeping", "")
    if activity.name == "trainings" and body == "none":
        kept = replace(kept, minimum=None, minimum_source="")
    if activity.name == "validities" and body in ("dto", "ato"):
        kept = replace(kept, minimum=TRAINED, minimum_source="ATO, DTO")
    if activity.name in ("accounting_entries", "accounts") and books == "tax":
        kept = replace(kept, minimum=FISCAL, minimum_source="LPF")
    return activity if kept is activity.retention else replace(activity, retention=kept)
