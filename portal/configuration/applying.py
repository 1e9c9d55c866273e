"""Making this portal as a settings file says: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal import catalog, configured, version
from portal.configuration.carried import (
    Carried,
    Child,
    Key,
    Names,
    fields_of,
    names,
    tables,
)
from portal.configuration.files import Record, child_names
from portal.configuration.review import Fate, Given, Line, Review, review
from portal.database import transaction
from portal.errors import Conflict, Invalid, PortalError
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Filter, Row, Selection

FORGOTTEN = -1
"""The version of no configuration."""


def apply(door: Gate, given: Given, reviewed: str | None = None) -> Review:
    """Add the new rows and change the changed ones; what was done.

    `reviewed` is the stamp of what somebody looked at. Raises Conflict when it is not what would be
    changed now, Invalid when a row is refused, with its name; then nothing is stored.
    """
    try:
        with transaction():
            done = review(door, given)
            _require(done, reviewed)
            for one in tables(door.catalog):
                _apply_table(door, one, done)
                configured.refresh(version.catalog_version())
    except PortalError:
        configured.refresh(FORGOTTEN)
        configured.refresh(version.catalog_version())
        raise
    configured.refresh(version.catalog_version())
    return done


def _require(done: Review, reviewed: str | None) -> None:
    refused = done.of(Fate.REFUSED)
    if refused:
        raise Invalid(
            _("“{row}” is refused: {why}").format(row=refused[0].name, why=refused[0].why),
            _("Nothing was changed."),
        )
    if reviewed is not None and reviewed != done.stamp:
        raise Conflict(_("What would be changed is not what you looked at."), _("Look again."))


def _apply_table(door: Gate, carried: Carried, done: Review) -> None:
    lines = [line for line in done.lines if line.table == carried.table.name]
    if not any(line.fate in (Fate.NEW, Fate.CHANGED) for line in lines):
        return
    door = Gate(door.actor, door.channel, reason=door.reason, catalog=catalog.current())
    known = names(door, tables(door.catalog))
    for line in _parents_first(carried, lines):
        try:
            if line.fate is Fate.NEW:
                id = _create(door, carried, line, known)
                known.add(carried.table.name, line.key, id)
            elif line.fate is Fate.CHANGED:
                _change(door, carried, line, known)
        except PortalError as error:
            raise Invalid(
                _("“{row}” is refused: {why}").format(row=line.name, why=error.message),
                _("Nothing was changed."),
            ) from None


def _parents_first(carried: Carried, lines: Sequence[Line]) -> list[Line]:
    """Rows after those of the same table that they refer to."""
    own = [f.name for f in fields_of(carried.table) if f.target == carried.table.name]
    left, found = {line.key: line for line in lines}, []
    while left:
        ready = [
            line
            for line in left.values()
            if not any(tuple(line.record.get(n) or ()) in left for n in own)
        ]
        for line in ready or list(left.values()):  # a ring: the gate refuses it with its reason
            found.append(left.pop(line.key))
    return found


def _create(door: Gate, carried: Carried, line: Line, known: Names) -> int:
    children = {
        child.table.name: [
            _values(child.table.fields, row, known) for row in line.record.get(child.table.name, ())
        ]
        for child in carried.children
    }
    values = _own(carried, line.record, known)
    return door.create(carried.table.name, values, children)


def _change(door: Gate, carried: Carried, line: Line, known: Names) -> None:
    table = carried.table
    row = door.one(table.name, known.ids[table.name][line.key])
    changed = {one.name for one in line.differences}
    values = {n: v for n, v in _own(carried, line.record, known).items() if n in changed}
    children = {
        child.table.name: _replaced(door, child, row, line.record[child.table.name], known)
        for child in carried.children
        if child.table.name in changed
    }
    door.update(table.name, row.id, values, row.version, children)


def _replaced(
    door: Gate, child: Child, parent: Row, rows: Sequence[Record], known: Names
) -> list[dict[str, Any]]:
    """The children of the file in place of those that stand here; equal ones stay."""
    selection = Selection(filters=(Filter(child.parent, "equals", str(parent.id)),))
    wanted = [_values(child.table.fields, row, known) for row in rows]
    left = list(wanted)
    gone = []
    for present in list(door.stream(child.table.name, selection)):
        same = next((w for w in left if _equal(child, present, w)), None)
        if same is None:
            gone.append({"id": present.id, "version": present.version, "erase": True})
        else:
            left.remove(same)
    return [*gone, *left]


def _equal(child: Child, present: Row, wanted: Mapping[str, Any]) -> bool:
    return all(
        (getattr(present.values.get(f.name), "id", present.values.get(f.name)))
        == wanted.get(f.name)
        for f in fields_of(child.table, child.parent)
    )


def _own(carried: Carried, record: Record, known: Names) -> dict[str, Any]:
    inside = child_names(carried)
    return _values(
        carried.table.fields, {n: v for n, v in record.items() if n not in inside}, known
    )


def _values(fields: Mapping[str, Field], record: Record, known: Names) -> dict[str, Any]:
    return {name: _value(fields[name], value, known) for name, value in record.items()}


def _value(field: Field, value: Any, known: Names) -> Any:
    if value is None:
        return None
    if field.target:
        key: Key = tuple(value)
        return known.ids[field.target][key]
    return field.type.parse(value) if isinstance(value, str) else value
