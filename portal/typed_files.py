"""A typed list as a CSV file: choices by their identifiers, a parent by its own.

The import of the same file into the same list changes nothing. The lines of a file are judged and
written by `portal.imports`, within the list and by identifier.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal import choices, imports, list_fields
from portal.choice_lists import CHOICE, KnownList
from portal.errors import NotFound
from portal.exports import inert
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, _
from portal.imports import Line, Staged, Wish, staging
from portal.rows import Selection
from portal.typed_lists import of_list

COLUMNS = ("slug", "label_fr", "label_en", "parent", "comment", "available", "position")
_TEXTS = ("text", "longtext")


def csv_of(gate: Gate, known: KnownList, ids: Sequence[int] | None = None) -> str:
    """The choices of a list (all, or those of `ids`) in order. Raises Forbidden, journaled."""
    lines = io.StringIO()
    out = csv.writer(lines, lineterminator="\r\n")
    readable = {field.name for field in gate.fields(CHOICE)} - gate.masked(CHOICE)
    if "slug" not in readable:
        readable -= {"parent"}  # it would tell the identifiers
    names = [name for name in columns(known) if name in readable]
    out.writerow(names)
    wanted = Selection(filters=of_list(known.name).filters, ids=None if ids is None else tuple(ids))
    found = {}
    for loaders, rows in gate.export(CHOICE, wanted, names):
        for raw in rows:
            found[raw[0]] = [_text(column, raw) for column in loaders]
    for option, _depth in choices.current().tree(known.name):
        if option.id in found:
            out.writerow(found[option.id])
    return lines.getvalue()


def columns(known: KnownList) -> Iterator[str]:
    """The fields that a file of this list has."""
    for name in COLUMNS:
        if name != "parent" or known.declared.hierarchical:
            yield name
    yield from list_fields.names(known.name, known.declared.fields)


def _text(column: Any, raw: Sequence[Any]) -> str:
    value, kind = column.load(raw), column.field.type
    if column.field.name == "parent":
        option = choices.current().by_id.get(value.id) if value is not None else None
        return option.slug if option else ""
    text = str(kind.write(value))
    return inert(text) if kind.name in _TEXTS else text


# --- reading


@dataclass(frozen=True, slots=True)
class Change:
    """A field that a line of the file changes."""

    line: int
    title: str
    label: Label
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What a file would do to a list: its new choices, the changes, the lines refused and why."""

    report: str
    new: tuple[tuple[int, str, str], ...]
    changed: tuple[Change, ...]
    refused: tuple[tuple[int, str, str], ...]

    @property
    def changes_something(self) -> bool:
        """True when there is something to write."""
        return bool(self.new or self.changed)


def wish_of(known: KnownList, *, blanks: bool = False) -> Wish:
    """How a file is read into this list: rows are found by identifier, among its choices alone."""
    return Wish(CHOICE, key="slug", fixed={"list_name": known.name}, blanks=blanks)


def send(gate: Gate, known: KnownList, path: Path, name: str, *, blanks: bool = False) -> int:
    """Judge the lines of a file that stands in the folder of imports; the import's number.

    Raises NotFound, Forbidden, or Invalid for a file that is no table or lacks the identifiers.
    """
    source, wish = imports.opened(path, name), wish_of(known, blanks=blanks)
    imports.plan(gate, source, wish)
    number = staging.start(gate.actor, wish, path.name, source.name)
    imports.read(gate, number, source)
    return number


def sent(gate: Gate, known: KnownList, number: int) -> Staged:
    """An import of this actor into this list. Raises NotFound for any other."""
    one = imports.found(gate, number)
    if one.table != CHOICE or one.wish.fixed.get("list_name") != known.name:
        raise NotFound(_("There is no such row here."))
    return one


def preview(gate: Gate, number: int) -> Preview:
    """What the import of this number would do, line by line."""
    fields = gate.catalog.table(CHOICE).fields
    changed = [
        Change(
            line.number,
            _titled(line),
            fields[name].label,
            _shown(fields[name], str(old or "")),
            _shown(fields[name], str(new or "")),
        )
        for line in _lines(gate, number, imports.CHANGED)
        for name, old, new in line.shown.get("changes", ())
        if name in fields
    ]
    return Preview(
        report=str(imports.report_of(imports.found(gate, number))),
        new=tuple(
            (line.number, _titled(line), str(line.payload.get("slug", "")))
            for line in _lines(gate, number, imports.NEW)
        ),
        changed=tuple(changed),
        refused=tuple(
            (
                line.number,
                ", ".join(cell for cell in line.payload["cells"][:2] if cell)[:100],
                " ".join(str(why) for why in line.payload["why"]),
            )
            for line in _lines(gate, number, imports.REFUSED)
        ),
    )


def _lines(gate: Gate, number: int, kind: str) -> Iterator[Line]:
    """Every line of a kind; a list is short."""
    page = 0
    while found := imports.page(gate, number, kind, page):
        yield from found
        page += 1


def _shown(field: Field, text: str) -> str:
    """A value of the preview in words: a parent by its label."""
    if field.name == "parent":
        option = choices.current().by_id.get(int(text)) if text.isdecimal() else None
        return str(option.label) if option else text
    return field.type.show(field.type.parse(text)) if text else ""


def _titled(line: Line) -> str:
    return " ".join(str(part) for part in line.shown.get("title", {}).values())
