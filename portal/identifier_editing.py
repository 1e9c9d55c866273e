"""What an administrator writes about the identifiers of a table: shown, tried on a row, saved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal import identifiers, identifying
from portal.catalog import CatalogTable
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import MASKED
from portal.gate import Gate
from portal.i18n import _
from portal.identifiers import EXTERNAL, INDEX, TABLE, Definition, Plan
from portal.models import IDENTIFIERS
from portal.operations import identifying as jobs_of
from portal.rows import Filter, Row, Selection
from portal.text import fold


@dataclass(frozen=True, slots=True)
class Preview:
    """What the formulas make of one row."""

    id: int
    title: str
    made: Mapping[str, Any]


def tables(gate: Gate) -> list[tuple[CatalogTable, Plan]]:
    """The tables with identifiers that the actor reads, with what they make; by their labels."""
    found = [
        (table, identifiers.of(gate.catalog, table))
        for table in gate.tables()
        if table.declaration.identifiers is not None
    ]
    return sorted(found, key=lambda entry: fold(str(entry[0].label)))


def may_write(gate: Gate) -> bool:
    """True for who writes, and takes back, the formulas of identifiers."""
    return all(gate.can(verb, TABLE) for verb in (Verb.CREATE, Verb.UPDATE, Verb.ERASE))


def preview(
    gate: Gate, table: CatalogTable, wanted: Mapping[str, Definition], row: int | None
) -> Preview | None:
    """What `wanted` makes of a row: the one of that number, or the first; None without a row.

    Raises Invalid for what cannot be held, and for a field that the actor may not read.
    """
    plan = _planned(gate, table, wanted)
    if row is None:
        first = gate.list(table.name, Selection(page_size=1), []).rows
        if not first:
            return None
        row = first[0].id
    found = gate.one(table.name, row)
    stored: dict[str, Any] = {"id": found.id}
    for name in (*(path.partition(".")[0] for path in plan.uses), INDEX):
        stored[name] = _stored(gate, table, name, found)
    _readable_beyond(gate, table, plan, stored)
    made = identifying.previewed(gate.catalog, table, plan, stored)
    return Preview(found.id, found.title, {name: made[name] for name in plan.made})


def _planned(gate: Gate, table: CatalogTable, wanted: Mapping[str, Definition]) -> Plan:
    """The plan of what is wanted. Raises Invalid with the first thing that is wrong in it."""
    plan = identifiers.plan(gate.catalog, table, wanted)
    for kind, why in plan.broken.items():
        raise Invalid(why, "", {kind: why})
    return plan


def _stored(gate: Gate, table: CatalogTable, name: str, row: Row) -> Any:
    field = table.fields[name]
    readable = {spec.name for spec in gate.fields(table.name)}
    if name not in IDENTIFIERS and (name not in readable or row.values.get(name) is MASKED):
        raise _unread(field)
    value = row.values.get(name)
    if value is None or value is MASKED or field.type.name == "key":
        return None if value is MASKED else value
    return value.id if field.target or field.type.name == "choice" else field.type.dump(value)


def _readable_beyond(
    gate: Gate, table: CatalogTable, plan: Plan, stored: Mapping[str, Any]
) -> None:
    """Raise Invalid when a formula uses what the actor may not read of another row."""
    for path in plan.uses:
        root, _dot, attribute = path.partition(".")
        field = table.fields[root]
        if not attribute or not field.target or stored[root] is None:
            continue
        rows = gate.many(field.target, [stored[root]])
        if not rows or attribute not in rows[0].values:
            raise _unread(gate.catalog.table(field.target).fields[attribute])


def _unread(field: Field) -> Invalid:
    return Invalid(
        _("You may not read “{field}” here, which the formula uses.").format(field=field.label)
    )


def save(gate: Gate, table: CatalogTable, wanted: Mapping[str, Definition]) -> bool:
    """Write what is wanted in place of what was; true when something changed.

    All of it, or nothing; the rows are made again by a job. Raises Invalid, Forbidden, Conflict.
    """
    _planned(gate, table, wanted)
    before = identifiers.definitions(table)
    shipped = table.declaration.identifiers
    usual = shipped and Definition(EXTERNAL, shipped.formula, shipped.syntax)
    kept = {kind: made for kind, made in wanted.items() if made != usual}
    if shipped and shipped.fixed:
        kept.pop(EXTERNAL, None)
    asked = (Filter("table_name", "equals", table.name),)
    with transaction():
        rows = gate.list(TABLE, Selection(filters=asked)).rows
        written = {str(row.values["kind"]): row for row in rows}
        gone = [row.id for kind, row in written.items() if kind not in kept]
        if gone:
            gate.erase(gate.erasure(TABLE, gone))
        changed = bool(gone)
        for kind in identifiers.ordered(kept.values()):
            if kind in kept:
                changed = _write(gate, table, kept[kind], written.get(kind)) or changed
        if changed:
            anew = before.get(INDEX) != kept.get(INDEX)
            jobs_of.ask_for(table.name, gate.actor.account, anew=anew)
    return changed


def _write(gate: Gate, table: CatalogTable, made: Definition, row: Row | None) -> bool:
    values = {"formula": made.formula, "syntax": made.syntax, "keys": " ".join(made.keys)}
    if row is None:
        gate.create(TABLE, {"table_name": table.name, "kind": made.kind, **values})
        return True
    if all(_text(row.values[name]) == value for name, value in values.items()):
        return False
    gate.update(TABLE, row.id, values, row.version)
    return True


def _text(value: Any) -> str:
    return " ".join(value) if isinstance(value, tuple | list) else str(value or "")


def make_again(gate: Gate, table: CatalogTable) -> None:
    """Ask for the identifiers of all rows to be made again, numbers too. Raises Forbidden."""
    if not may_write(gate):
        raise Invalid(_("You may not make these identifiers again."))
    jobs_of.ask_for(table.name, gate.actor.account, anew=True)
