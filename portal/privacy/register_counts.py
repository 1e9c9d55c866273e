"""The counts of the register: live, or the last ones where counting takes over a second.

Only the counts of who reads everything are kept, for those who read everything: a narrower reach
is counted each time. None stands for "not counted": no table, or one that the actor may not read.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from portal.activity import Activity
from portal.builtin.treatments import Counted
from portal.database import transaction
from portal.declare import Verb
from portal.errors import NotFound
from portal.gate import Gate
from portal.i18n import LANGUAGES, _, language
from portal.models import utc_now
from portal.obsolete import Counts, Obsolete

AT_ONCE = 1.0
"""Seconds that a page may count; beyond, it shows the last counts."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """How many rows one kind of blocker holds: its key in an address, and its words by language."""

    key: str
    words: Mapping[str, str]
    number: int


@dataclass(frozen=True, slots=True)
class Figures:
    """What is counted of a treatment; `at` is when, None for just now."""

    persons: int
    not_obsolete: int
    deletable: int
    blocked: int
    blocked_by: tuple[Blocked, ...] = ()
    oldest: date | None = None
    at: datetime | None = None

    @property
    def obsolete(self) -> int:
        """Deletable and blocked rows together."""
        return self.deletable + self.blocked


@dataclass(slots=True)
class Counter:
    """The counts of one page. `fresh` counts all again, whatever that takes."""

    gate: Gate
    within: int | None = None
    fresh: bool = False
    kept: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    slow: bool = False

    def __post_init__(self) -> None:
        if self.within is not None and not self.gate.titles("directory.structure", [self.within]):
            raise NotFound(_("There is no such structure here."))
        rows = Counted.select().dicts()
        self.kept = {(row["activity"], row["reach"]): row for row in rows}

    def all(self, activities: Iterable[Activity]) -> dict[str, Figures | None]:
        """The figures of each of these activities, by name."""
        asked = {a.name: self._obsolete(a.name) for a in activities}
        reaches = {name: self._reach(found) for name, found in asked.items() if found}
        last = {name: self.kept.get((name, reach)) for name, reach in reaches.items() if reach}
        took = sum(row["seconds"] for row in last.values() if row)
        self.slow = took > AT_ONCE
        found: dict[str, Figures | None] = {}
        counted: dict[str, float] = {}
        for name, obsolete in asked.items():
            row = last.get(name)
            if obsolete is None:
                found[name] = None
            elif row and self.slow and not self.fresh:
                found[name] = _read(row)
            else:
                start = time.monotonic()
                found[name] = figures(obsolete)
                counted[name] = time.monotonic() - start
        if sum(counted.values()) > AT_ONCE or (self.slow and counted):
            self.slow = True
            _keep({n: (reaches[n], found[n], counted[n]) for n in counted if reaches[n]})
        return found

    def _obsolete(self, name: str) -> Obsolete | None:
        if name not in self.gate.catalog.activities:
            return None
        found = self.gate.obsolete(name, self.within)
        return found if found.countable else None

    def _reach(self, obsolete: Obsolete) -> str:
        """The key under which counts are kept; empty for an actor who does not read everything."""
        gate = self.gate
        if not all(gate.can(Verb.READ, table.name) for table in gate.catalog):
            return ""
        if not all(obsolete.scope(part.table).whole for part in obsolete.parts):
            return ""
        period = obsolete.activity.retention.period
        said = (self.within, period.value, str(period.unit), sorted(map(str, gate.actor.codes)))
        return hashlib.sha256(repr(said).encode()).hexdigest()


def figures(obsolete: Obsolete) -> Figures:
    """The rows of an activity, counted now."""
    counts: Counts = obsolete.counts()
    return Figures(
        persons=obsolete.persons(),
        not_obsolete=counts.not_obsolete,
        deletable=counts.deletable,
        blocked=counts.blocked,
        blocked_by=tuple(
            Blocked(blocker.key, _words(blocker), number)
            for blocker, number in counts.blocked_by.items()
        ),
        oldest=counts.oldest,
    )


def _words(blocker: Any) -> dict[str, str]:
    found = {}
    for code in LANGUAGES:
        with language(code):
            found[code] = str(blocker)
    return found


def _keep(counted: Mapping[str, tuple[str, Figures | None, float]]) -> None:
    rows = [
        {
            "activity": activity,
            "reach": reach,
            "counts": json.dumps(_plain(found)),
            "seconds": took,
            "at": utc_now(),
        }
        for activity, (reach, found, took) in counted.items()
        if found is not None
    ]
    with transaction():
        for row in rows:
            same = (Counted.activity == row["activity"]) & (Counted.reach == row["reach"])
            Counted.delete().where(same).execute()
        if rows:
            Counted.insert_many(rows).execute()


def _plain(found: Figures) -> dict[str, Any]:
    return {
        "persons": found.persons,
        "not_obsolete": found.not_obsolete,
        "deletable": found.deletable,
        "blocked": found.blocked,
        "blocked_by": [[one.key, dict(one.words), one.number] for one in found.blocked_by],
        "oldest": found.oldest.isoformat() if found.oldest else None,
    }


def _read(row: Mapping[str, Any]) -> Figures:
    said = json.loads(row["counts"])
    return Figures(
        persons=said["persons"],
        not_obsolete=said["not_obsolete"],
        deletable=said["deletable"],
        blocked=said["blocked"],
        blocked_by=tuple(Blocked(key, words, number) for key, words, number in said["blocked_by"]),
        oldest=date.fromisoformat(said["oldest"]) if said["oldest"] else None,
        at=row["at"],
    )


def forget() -> None:
    """Drop the last counts: rows were purged."""
    Counted.delete().execute()
