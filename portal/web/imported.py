"""The lines of an import as its page shows them: titles, old and new values, reasons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal import choices
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import Reference
from portal.gate import Gate
from portal.imports.staging import Line

Titles = dict[tuple[str, int], str]


@dataclass(frozen=True, slots=True)
class ShownChange:
    """A field that changes, its old and its new value in words."""

    label: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A line: its number, the row's title and number, its changes or its reasons and cells."""

    number: int
    title: str
    row: int | None
    changes: tuple[ShownChange, ...]
    why: tuple[str, ...]
    cells: tuple[str, ...]


def shown(gate: Gate, table: CatalogTable, lines: Sequence[Line]) -> list[Shown]:
    """The lines of a page, in words."""
    titles = _titles(gate, table, lines)
    return [_shown(table, line, titles) for line in lines]


def _shown(table: CatalogTable, line: Line, titles: Titles) -> Shown:
    named = line.shown.get("title", {})
    title = " ".join(
        text for name, value in named.items() if (text := _word(table.fields[name], value, titles))
    )
    changes = tuple(
        ShownChange(
            str(table.fields[name].label),
            _word(table.fields[name], old, titles),
            _word(table.fields[name], new, titles),
        )
        for name, old, new in line.shown.get("changes", ())
        if name in table.fields
    )
    return Shown(
        line.number,
        title,
        line.row,
        changes,
        tuple(line.payload.get("why", ())),
        tuple(line.payload.get("cells", ())),
    )


def _titles(gate: Gate, table: CatalogTable, lines: Sequence[Line]) -> Titles:
    """The titles of the rows that old and new values name, where they are in reach."""
    wanted: dict[str, set[int]] = {}
    for line in lines:
        for name, old, new in line.shown.get("changes", ()):
            target = table.fields[name].target if name in table.fields else ""
            if target and gate.can(Verb.READ, target):
                wanted.setdefault(target, set()).update(int(text) for text in (old, new) if text)
    return {
        (target, id): title
        for target, ids in wanted.items()
        for id, title in gate.titles(target, sorted(ids)).items()
    }


def _word(field: Field, text: str, titles: Titles) -> str:
    if not text:
        return ""
    if field.target:
        return titles.get((field.target, int(text))) or str(Reference(None, None))
    if field.type.name == "choice":
        option = choices.current().by_id.get(int(text))
        return str(option.label) if option else text
    try:
        return field.type.show(field.type.parse(text))
    except Invalid:
        return text
