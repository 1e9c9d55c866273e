"""What an officer decides of a treatment: saved as decisions, taken back by erasing them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal import configured, treatment_values, treatments, version
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Filter, Selection
from portal.stamps import stamp
from portal.treatments import ADDED, DECISIONS, MANAGERS, PROCESSED, Treatment

TYPES, HOLDINGS, ACCOUNTS = "accounts.profiletype", "accounts.holding", "accounts.account"
BASIS, RETENTION, MANAGER, TEXTS = "basis", "retention", "manager", "texts"
SCREENING = "screening"
GROUPS: Mapping[str, tuple[str, ...]] = {
    BASIS: ("purposes", "special_categories"),
    RETENTION: ("retention",),
    MANAGER: (),
    SCREENING: ("screening",),
    TEXTS: (
        "label",
        "processing",
        "data_types",
        "data_categories",
        "subjects",
        "collection",
        "source",
        "storage",
        "recipients",
        "transfer",
        "transfers",
        "security",
        "joint_controllers",
    ),
}
"""The pages of a treatment, and what each of them decides."""
_CHANGED = _("Somebody changed this while you were working on it.")


@dataclass(frozen=True, slots=True)
class Candidate:
    """An account that may be appointed manager."""

    id: int
    name: str


def may_decide(gate: Gate) -> bool:
    """True for who writes the decisions of the register (without a query)."""
    return all(gate.can(verb, DECISIONS) for verb in (Verb.CREATE, Verb.UPDATE, Verb.ERASE))


def stamped(treatment: Treatment) -> str:
    """What a form of a treatment was made of; another one as soon as anything was changed."""
    versions = sorted((c.id, c.version) for c in treatment.changes.values())
    manager = treatment.manager
    return stamp(treatment.name, versions, manager and (manager.id, manager.version))


def save(gate: Gate, name: str, wanted: Mapping[str, Any], shown: str, *, reason: str = "") -> bool:
    """Decide these attributes of a treatment; true when something changed. All of it, or nothing.

    A value that is the shipped one is no decision. Raises Invalid, Forbidden, Conflict, NotFound.
    """
    treatment = _shown(name, shown)
    changed = False
    with transaction():
        for attribute, value in wanted.items():
            changed = _decide(gate, treatment, attribute, value, reason) or changed
    _read_again()
    return changed


def _shown(name: str, shown: str) -> Treatment:
    treatment = treatments.current().get(name)
    if shown != stamped(treatment):
        raise Conflict(_CHANGED, _("Look again."))
    return treatment


def _decide(gate: Gate, treatment: Treatment, attribute: str, value: Any, reason: str) -> bool:
    there = treatment.changes.get(attribute)
    text = treatment_values.written(value)
    checked = treatment_values.parsed(attribute, text)
    usual = _shipped(treatment, attribute)
    if checked == usual:
        if there is not None:
            gate.erase(gate.erasure(DECISIONS, [there.id]))
        return there is not None
    if there is not None and there.value == checked and there.reason == reason:
        return False
    values = {"value": treatment_values.written(checked), "reason": reason}
    if there is not None:
        gate.update(DECISIONS, there.id, values, there.version)
    else:
        own = {"activity": treatment.name, "attribute": attribute}
        gate.create(DECISIONS, own | values)
    return True


def _shipped(treatment: Treatment, attribute: str) -> Any:
    if attribute == "in_use":
        return treatment.used_as_shipped
    return treatment_values.current(treatment.shipped, attribute)


def reset(gate: Gate, name: str, attribute: str, shown: str) -> None:
    """Bring the shipped value back. Raises NotFound when nothing was changed, Conflict."""
    treatment = _shown(name, shown)
    there = treatment.manager if attribute == MANAGER else treatment.changes.get(attribute)
    if there is None:
        raise NotFound(_("This value is the shipped one."))
    table = MANAGERS if attribute == MANAGER else DECISIONS
    gate.erase(gate.erasure(table, [there.id]))
    _read_again()


def use(gate: Gate, name: str, shown: str, *, on: bool) -> None:
    """Put a treatment in use, or out of it. Raises Invalid for one of which rows are kept."""
    save(gate, name, {"in_use": on}, shown)


# --- the manager


def candidates(gate: Gate) -> tuple[Candidate, ...]:
    """The accounts that hold a profile type with the mark “manager”, by name. Raises NotFound."""
    marked = Selection(filters=(Filter("manager", "equals", "true"),))
    types = [row.id for row in gate.stream(TYPES, marked, ["slug"])]
    held = {
        row.values["account"].id
        for number in types
        for row in gate.stream(
            HOLDINGS,
            Selection(filters=(Filter("profile_type", "equals", str(number)),)),
            ["account"],
        )
    }
    rows = gate.many(ACCOUNTS, sorted(held), ["login", "person", "active"])
    found = [Candidate(row.id, _name(row.values)) for row in rows if row.values["active"]]
    return tuple(sorted(found, key=lambda one: one.name))


def _name(values: Mapping[str, Any]) -> str:
    person = values.get("person")
    return str(person) if person is not None and str(person) else str(values["login"])


def names(gate: Gate, accounts: list[int]) -> dict[int, str]:
    """The names behind accounts, for who may read them; the others are left out."""
    if not accounts or not gate.can(Verb.READ, ACCOUNTS):
        return {}
    readable = {spec.name for spec in gate.fields(ACCOUNTS)}
    wanted = [name for name in ("login", "person") if name in readable]
    if "login" not in wanted:
        return {}
    return {row.id: _name(row.values) for row in gate.many(ACCOUNTS, sorted(accounts), wanted)}


def appoint(gate: Gate, name: str, account: int, shown: str) -> bool:
    """Appoint the manager of a treatment; true when it is another one than before."""
    treatment = _shown(name, shown)
    there = treatment.manager
    if there is None:
        gate.create(MANAGERS, {"activity": name, "account": account})
    elif there.value == account:
        return False
    else:
        gate.update(MANAGERS, there.id, {"account": account}, there.version)
    _read_again()
    return True


# --- treatments of no module


def add(gate: Gate, code: str, label_fr: str, label_en: str) -> str:
    """Add a treatment that no module keeps rows of; its name. Raises Invalid, Forbidden."""
    gate.create(ADDED, {"code": code, "label_fr": label_fr, "label_en": label_en})
    _read_again()
    return code


def remove(gate: Gate, name: str, shown: str) -> None:
    """Erase an added treatment with all that was decided of it. Raises Invalid for another one."""
    treatment = _shown(name, shown)
    if treatment.added is None:
        raise Invalid(_("This treatment is not an added one: put it out of use instead."))
    if not gate.can(Verb.ERASE, ADDED):
        raise Forbidden(_("You may not erase this treatment."))
    of_it = Selection(filters=(Filter("activity", "equals", name),))
    with transaction():
        links = [row.id for row in gate.stream(PROCESSED, of_it, ["activity"])]
        if links:
            gate.erase(gate.erasure(PROCESSED, links))
        gone = [change.id for change in treatment.changes.values()]
        if gone:
            gate.erase(gate.erasure(DECISIONS, gone))
        if treatment.manager is not None:
            gate.erase(gate.erasure(MANAGERS, [treatment.manager.id]))
        gate.erase(gate.erasure(ADDED, [treatment.added]))
    _read_again()


def _read_again() -> None:
    configured.refresh(version.catalog_version())
