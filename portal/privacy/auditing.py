"""The rules of the audit as their form holds them: chosen from what there is, never typed as names.

Reading and writing them goes through the gate; what a rule does is in `portal.auditing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal import audit_checks, configured, version
from portal import conditions as texts
from portal.accounts import right_editing
from portal.accounts.right_editing import Asked
from portal.auditing import ACCOUNTS, EVENTS, RULES
from portal.builtin.audit import ACTS, CHOSEN, DELETIONS, EVERYTHING, LEVELS
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import Label, _
from portal.rows import Filter, Row, Selection
from portal.text import fold

ACCOUNT = "accounts.account"
MOST = 500
MOST_NAMES = 50
NAMES = ("label", "table_name", "level", "acts", "fields", "conditions", "named", "ends_on")


@dataclass(frozen=True, slots=True)
class Draft:
    """A rule as its form holds it; `accounts` are sign-in names."""

    table: str
    label: str = ""
    level: str = DELETIONS
    acts: frozenset[str] = frozenset()
    fields: frozenset[str] = frozenset()
    conditions: tuple[Asked, ...] = ()
    named: bool = False
    accounts: tuple[str, ...] = ()
    ends_on: date | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A rule of the list, in words."""

    id: int
    version: int
    label: str
    table: Label
    level: Label
    acts: tuple[Label, ...]
    conditions: int
    accounts: tuple[str, ...] | None
    ends_on: date | None
    active: bool
    ended: bool
    full: bool


def sees(gate: Gate) -> bool:
    """True for who reads the rules (without a query)."""
    return gate.can(Verb.READ, RULES)


def writes(gate: Gate) -> bool:
    """True for who sets the rules (without a query)."""
    return gate.can(Verb.CREATE, RULES) and gate.can(Verb.UPDATE, RULES)


def sees_events(gate: Gate) -> bool:
    """True for who reads the event history (without a query)."""
    return gate.can(Verb.READ, EVENTS)


def tables(gate: Gate) -> list[CatalogTable]:
    """The tables that a rule may be about and that the actor reads, by label."""
    found = [table for table in gate.tables() if audit_checks.auditable(table)]
    return sorted(found, key=lambda table: fold(str(table.label)))


def table_of(gate: Gate, name: str) -> CatalogTable:
    """The table of a new rule. Raises NotFound."""
    for table in tables(gate):
        if table.name == name:
            return table
    raise NotFound(_("There is no such table here."))


def fields_of(gate: Gate, table: CatalogTable) -> dict[str, str]:
    """The labels of the fields whose values may be kept, among those that the actor reads."""
    found = [field for field in gate.fields(table.name) if audit_checks.keepable(field)]
    return {field.name: str(field.label) for field in found}


def comparable(gate: Gate, table: CatalogTable) -> dict[str, str]:
    """The labels of the fields that a condition may compare, among those that the actor reads."""
    read = {field.name for field in gate.fields(table.name)}
    return {n: label for n, label in right_editing.comparable([table]).items() if n in read}


def lines(gate: Gate) -> list[Line]:
    """The rules, those that are on first."""
    rows = gate.list(RULES, Selection(page_size=MOST)).rows
    names = _accounts(gate)
    found = [_line(gate, row, names.get(row.id, {})) for row in rows]
    return sorted(found, key=lambda one: (not one.active or one.ended, fold(one.label)))


def _line(gate: Gate, row: Row, accounts: Mapping[int, tuple[str, Row]]) -> Line:
    values = row.values
    table = gate.catalog.tables.get(str(values["table_name"]))
    words, acts = dict(LEVELS), dict(ACTS)
    ends_on = values["ends_on"]
    chosen = str(values["acts"] or "").split() if values["level"] == CHOSEN else []
    return Line(
        id=row.id,
        version=row.version,
        label=str(values["label"]),
        table=table.label if table else str(values["table_name"]),
        level=words[values["level"]],
        acts=tuple(label for name, label in acts.items() if name in chosen),
        conditions=len(texts.parse(str(values["conditions"] or ""))),
        accounts=tuple(sorted(n for n, _row in accounts.values())) if values["named"] else None,
        ends_on=ends_on,
        active=bool(values["active"]),
        ended=ends_on is not None and ends_on < gate.today,
        full=values["level"] == EVERYTHING,
    )


def _accounts(gate: Gate, rule: int | None = None) -> dict[int, dict[int, tuple[str, Row]]]:
    """By rule and account, the sign-in name and the row that names it."""
    filters = () if rule is None else (Filter("rule", "equals", str(rule)),)
    found: dict[int, dict[int, tuple[str, Row]]] = {}
    for row in gate.stream(ACCOUNTS, Selection(filters=filters), ["rule", "account"]):
        account = row.values["account"]
        name = str(account) or str(_("Account {id}").format(id=account.id))
        found.setdefault(row.values["rule"].id, {})[account.id] = (name, row)
    return found


def draft(gate: Gate, row: Row) -> Draft:
    """A stored rule as its form holds it. Raises NotFound when its table is out of reach."""
    values = row.values
    table = table_of(gate, str(values["table_name"]))
    parsed = texts.parse(str(values["conditions"] or ""))
    named = _accounts(gate, row.id).get(row.id, {})
    return Draft(
        table=table.name,
        label=str(values["label"]),
        level=str(values["level"]),
        acts=frozenset(str(values["acts"] or "").split()),
        fields=frozenset(str(values["fields"] or "").split()),
        conditions=tuple(right_editing.shown_condition(gate, [table], one) for one in parsed),
        named=bool(values["named"]),
        accounts=tuple(sorted(name for name, _row in named.values())),
        ends_on=values["ends_on"],
    )


def add(gate: Gate, made: Draft) -> int:
    """A new rule, which holds at once; its number. Raises Invalid."""
    values, accounts = _values(gate, made), _found(gate, made)
    children = {ACCOUNTS: [{"account": account} for account in sorted(accounts)]}
    id = gate.create(RULES, values, children if accounts else None)
    _read_again()
    return id


def change(gate: Gate, row: Row, made: Draft, shown: int) -> None:
    """Change a rule that is still at the version `shown`. Raises Invalid, Conflict."""
    values, accounts = _values(gate, made), _found(gate, made)
    there = _accounts(gate, row.id).get(row.id, {})
    children: list[dict[str, Any]] = [
        {"account": account} for account in sorted(accounts - set(there))
    ]
    children += [
        {"id": one.id, "version": one.version, "erase": True}
        for account, (_name, one) in there.items()
        if account not in accounts
    ]
    changed = {n: v for n, v in values.items() if v != row.values[n]}
    if changed or children or shown != row.version:
        gate.update(RULES, row.id, changed, shown, {ACCOUNTS: children} if children else None)
    _read_again()


def switch(gate: Gate, id: int, on: bool) -> None:
    """Switch a rule on or off. Raises NotFound, Invalid for one whose last day is past."""
    row = gate.one(RULES, id)
    ends_on = row.values["ends_on"]
    if on and ends_on is not None and ends_on < gate.today:
        raise Invalid(_("The last day of this rule is past."), _("Change the day first."))
    if bool(row.values["active"]) != on:
        gate.update(RULES, id, {"active": on}, row.version)
    _read_again()


def _values(gate: Gate, made: Draft) -> dict[str, Any]:
    table = table_of(gate, made.table)
    kept, compared = fields_of(gate, table), comparable(gate, table)
    asked = [one for one in made.conditions if one.field or one.value]
    beyond = [one.field for one in asked if one.field and one.field not in compared]
    if beyond:
        raise Invalid(_("There is no field '{name}' here.").format(name=beyond[0][:60]))
    if made.ends_on is not None and made.ends_on < gate.today:
        past = _("The last day is past.")
        raise Invalid(past, fields={"ends_on": past})
    conditions = [right_editing.stored_condition(gate, [table], one) for one in asked]
    return {
        "label": made.label.strip(),
        "table_name": table.name,
        "level": made.level,
        "acts": " ".join(name for name, _label in ACTS if name in made.acts),
        "fields": " ".join(name for name in kept if name in made.fields),
        "conditions": texts.write(conditions),
        "named": made.named,
        "ends_on": made.ends_on,
    }


def _found(gate: Gate, made: Draft) -> set[int]:
    """The accounts that a rule names. Raises Invalid for a name that no account has."""
    if not made.named:
        return set()
    if not made.accounts:
        raise Invalid(_("Name at least one account."), _("Write its sign-in name."))
    if len(made.accounts) > MOST_NAMES:
        raise Invalid(
            _("A rule names {most} accounts at most.").format(most=MOST_NAMES),
            _("Make it a rule for everybody, or several rules."),
        )
    return {_account(gate, name) for name in made.accounts}


def _account(gate: Gate, name: str) -> int:
    wanted = Selection(filters=(Filter("login", "equals", name),))
    found: Sequence[Row] = gate.list(ACCOUNT, wanted).rows
    if len(found) != 1:
        raise Invalid(
            _("There is no account “{name}”.").format(name=name[:60]),
            _("Write the sign-in name of an account."),
        )
    return found[0].id


def day_of(text: str) -> date | None:
    """The last day as it was typed. Raises Invalid."""
    found: date | None = DateType().parse(text)
    return found


def _read_again() -> None:
    configured.refresh(version.catalog_version())
