"""A settings file beside this portal: what it would add, what it would change, what it refuses.

Rows that only this portal has are left as they are.
"""

from __future__ import annotations

import difflib
import enum
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from portal.catalog import CatalogTable
from portal.configuration.carried import (
    Carried,
    Key,
    Names,
    fields_of,
    names,
    native,
    require,
    tables,
)
from portal.configuration.files import Record, canonical, child_names, records
from portal.errors import Invalid
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, _
from portal.stamps import stamp

Given = Mapping[str, list[dict[str, Any]]]
"""The rows of a settings file, by table."""
Named = Mapping[str, frozenset[Key]]
"""The natural keys that a reference may name, by table."""


class Fate(enum.StrEnum):
    """What applying the file does with a row."""

    NEW = "new"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    REFUSED = "refused"


FATE_LABELS: Mapping[Fate, Label] = {
    Fate.NEW: _("Added"),
    Fate.CHANGED: _("Changed"),
    Fate.UNCHANGED: _("Unchanged"),
    Fate.REFUSED: _("Refused"),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """A field whose value the file changes; `old` and `new` are canonical texts."""

    name: str
    label: Label
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: its table, its key, what happens to it, why, and its name in words.

    `before` is what stands here, as the file would keep it.
    """

    table: str
    label: Label
    key: Key
    fate: Fate
    record: Record
    differences: tuple[Difference, ...] = ()
    why: Label = ""
    name: str = ""
    before: str = ""


@dataclass(frozen=True, slots=True)
class Review:
    """What applying a settings file would do."""

    lines: tuple[Line, ...]

    def of(self, fate: Fate) -> tuple[Line, ...]:
        """The rows that meet this fate."""
        return tuple(line for line in self.lines if line.fate is fate)

    @property
    def refused(self) -> bool:
        """True when a row cannot be taken: then nothing is."""
        return any(line.fate is Fate.REFUSED for line in self.lines)

    @property
    def stamp(self) -> str:
        """Another text as soon as anything that would be changed is another one."""
        return stamp(
            *(
                (line.table, line.key, line.before, canonical(line.record))
                for line in self.lines
                if line.fate in (Fate.NEW, Fate.CHANGED)
            )
        )

    @property
    def changes(self) -> bool:
        """True when applying the file changes anything."""
        return any(line.fate in (Fate.NEW, Fate.CHANGED) for line in self.lines)


def review(gate: Gate, given: Given) -> Review:
    """Compare the rows of a file with those of this portal; changes nothing.

    Raises Forbidden when the actor may not read the settings.
    """
    carried = tables(gate.catalog)
    require(gate, carried)
    present = records(gate)
    named = _named(carried, names(gate, carried), given)
    lines = [_unknown(name) for name in given if name not in present]
    for one in carried:
        lines += _lines(one, given.get(one.table.name, []), present[one.table.name], named)
    return Review(tuple(lines))


def _named(carried: Sequence[Carried], known: Names, given: Given) -> Named:
    """The names of the rows of this portal and of the file, by table."""
    found = {}
    for one in carried:
        own = set(known.ids.get(one.table.name, {}))
        for record in given.get(one.table.name, []):
            with suppress(Invalid):
                own.add(key_in(one, record))
        found[one.table.name] = frozenset(own)
    return found


def _unknown(table: str) -> Line:
    why = _("This portal has no such table: install its plugin, or take it out of the file.")
    return Line(table[:100], table[:100], (), Fate.REFUSED, {}, why=why)


def _lines(
    carried: Carried, given: Sequence[Record], present: Sequence[Record], named: Named
) -> Iterator[Line]:
    here = {key_in(carried, record): record for record in present}
    seen: set[Key] = set()
    for record in given:
        key: Key = ()
        try:
            key = key_in(carried, record)
            if key in seen:
                raise Invalid(_("The file has this row twice."))
            seen.add(key)
            asked = normalised(carried, record, named)
        except Invalid as error:
            yield Line(
                carried.table.name,
                carried.table.label,
                key,
                Fate.REFUSED,
                record,
                why=str(error),
                name=_name(carried, key),
            )
            continue
        yield _compared(carried, key, asked, here.get(key))


def _compared(carried: Carried, key: Key, asked: Record, present: Record | None) -> Line:
    table, name = carried.table, _name(carried, key)
    if present is None:
        return Line(table.name, table.label, key, Fate.NEW, asked, name=name)
    children = {child.table.name: child.table for child in carried.children}
    differences = []
    for field_name, value in asked.items():
        old = present.get(field_name)
        if canonical({"": value}) == canonical({"": old}):
            continue
        if field_name in children:
            differences.append(_of_children(children[field_name], old or [], value))
        else:
            field = table.fields[field_name]
            before, after = shown(field, old), shown(field, value)
            differences.append(Difference(field_name, field.label, before, after))
    fate = Fate.CHANGED if differences else Fate.UNCHANGED
    told, before = tuple(differences), canonical(present)
    return Line(table.name, table.label, key, fate, asked, told, name=name, before=before)


def _of_children(table: CatalogTable, old: Sequence[Record], new: Sequence[Record]) -> Difference:
    """The rows edited with another one that go, and those that come; a line each."""
    before, after = {canonical(r): r for r in old}, {canonical(r): r for r in new}
    gone = [_row(table, row) for text, row in before.items() if text not in after]
    come = [_row(table, row) for text, row in after.items() if text not in before]
    return Difference(table.name, table.label, "\n".join(gone), "\n".join(come))


def _row(table: CatalogTable, record: Record) -> str:
    """The values of a row that are not empty, each after its label."""
    values = ((table.fields[name], value) for name, value in record.items() if name in table.fields)
    parts = ((field.label, shown(field, value)) for field, value in values)
    return "; ".join(_("{label}: {value}").format(label=label, value=v) for label, v in parts if v)


def shown(field: Field, value: Any) -> str:
    """A value of a record for a person."""
    if value is None:
        return ""
    if field.target:
        return " · ".join(value)
    return field.type.show(field.type.parse(value) if isinstance(value, str) else value)


def _name(carried: Carried, key: Key) -> str:
    """The name of a row for a person."""
    fields = (carried.table.fields[name] for name in carried.key)
    return " · ".join(shown(field, part) for field, part in zip(fields, key, strict=False))


def _is_key(value: list[Any]) -> bool:
    return all(isinstance(part, str) for part in value)


def key_in(carried: Carried, record: Record) -> Key:
    """The natural key of a record. Raises Invalid when it lacks a part of it."""
    parts = []
    for name in carried.key:
        value = record.get(name)
        if not isinstance(value, str) or not value:
            raise Invalid(
                _("This row has no “{field}”.").format(field=carried.table.fields[name].label)
            )
        parts.append(value)
    return tuple(parts)


def normalised(carried: Carried, record: Record, named: Named) -> dict[str, Any]:
    """The record with every value as this portal writes it. Raises Invalid naming the field."""
    inside = child_names(carried)
    fields = {f.name: f for f in fields_of(carried.table)}
    unknown = [name for name in record if name not in fields and name not in inside]
    if unknown:
        raise _no_field(unknown[0], [*fields, *inside])
    found = {
        name: _value(fields[name], value, named) for name, value in record.items() if name in fields
    }
    for child in carried.children:
        if child.table.name not in record:
            continue
        own = {f.name: f for f in fields_of(child.table, child.parent)}
        rows = record[child.table.name]
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise Invalid(_("“{table}” is no list of rows.").format(table=child.table.label))
        children = []
        for row in rows:
            wrong = [name for name in row if name not in own]
            if wrong:
                raise _no_field(wrong[0], list(own))
            children.append({n: _value(own[n], v, named) for n, v in row.items()})
        found[child.table.name] = sorted(children, key=canonical)
    return found


def _no_field(name: str, known: list[str]) -> Invalid:
    near = difflib.get_close_matches(name, known, n=1)
    return Invalid(
        _("There is no field '{name}' here.").format(name=name[:60]),
        _("Did you mean {near}?").format(near=near[0]) if near else "",
    )


def _value(field: Field, value: Any, named: Named) -> Any:
    if value is None:
        return None
    try:
        if field.target:
            return _reference(field, value, named)
        if isinstance(value, str):
            return native(field, field.type.parse(value))
        if not isinstance(value, bool | int):
            raise Invalid(_("This value is of the wrong kind."))
        field.type.dump(value)
        return native(field, value)
    except Invalid as error:
        raise Invalid(f"{field.label}: {error.message}", error.remedy) from None


def _reference(field: Field, value: Any, named: Named) -> list[str]:
    key = tuple(value) if isinstance(value, list) and _is_key(value) else ()
    if key not in named.get(field.target, ()):
        raise Invalid(
            _("Neither this portal nor the file has the row “{name}”.").format(
                name=" · ".join(key) or str(value)[:60]
            )
        )
    return list(key)
