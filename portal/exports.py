"""CSV out of a gate, streamed: canonical text that our own import reads back as the same values.

A text that a spreadsheet would run as a formula gets a leading apostrophe, which `restored` takes
off again; a text that already looks so gets one more, so that nothing is lost either way.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal import choices
from portal.errors import Invalid
from portal.fieldtypes import MASKED, FieldType
from portal.fieldtypes.moments import written
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Selection
from portal.snapshots import KeptColumn, type_of_kept

STARTS_FORMULA = frozenset("=+-@\t\r")
APOSTROPHE = "'"
_TRUTH = {True: "true", False: "false", None: ""}
_PLAIN_TEXT = ("text", "longtext", "email", "phone", "link", "names", "option")

Writer = Callable[[Sequence[Any]], Any]
ColumnWriter = Callable[[Sequence[Sequence[Any]]], Sequence[Any]]


def inert(text: str) -> str:
    """The text as a spreadsheet shows it and never runs it."""
    if not text:
        return text
    first = text[0]
    if first in STARTS_FORMULA or (first == APOSTROPHE and _looks_inert(text)):
        return APOSTROPHE + text
    return text


def restored(text: str) -> str:
    """The text that `inert` was given."""
    return text[1:] if text.startswith(APOSTROPHE) and _looks_inert(text) else text


def _looks_inert(text: str) -> bool:
    rest = text.lstrip(APOSTROPHE)
    return bool(rest) and rest[0] in STARTS_FORMULA


def csv_lines(
    gate: Gate, table: str, selection: Selection, fields: Sequence[str] | None = None
) -> Iterator[str]:
    """The rows of a selection as CSV text, in pieces.

    A header of field names, then a thousand rows at a time.

    Choices are written by their identifier, references by their number, dates as ISO. Raises at
    once NotFound, Forbidden or Invalid for what may not be exported.
    """
    names = list(fields if fields is not None else [field.name for field in gate.fields(table)])
    return _pieces(names, gate.export(table, selection, names))


@dataclass(frozen=True, slots=True)
class Cells:
    """Rows on their way out: the names of their columns, and by chunks their texts and types."""

    names: tuple[str, ...]
    chunks: Iterator[tuple[tuple[FieldType, ...], Iterator[tuple[Any, ...]]]]


def cells(
    gate: Gate, table: str, selection: Selection, fields: Sequence[str] | None = None
) -> Cells:
    """The same rows as canonical texts, for files that are no CSV; texts are inert as in CSV.

    Raises at once NotFound, Forbidden or Invalid for what may not be exported.
    """
    names = tuple(fields if fields is not None else [field.name for field in gate.fields(table)])
    return Cells(names, _cells(gate.export(table, selection, names)))


def _cells(
    chunks: Iterator[tuple[Sequence[Any], Any]],
) -> Iterator[tuple[tuple[FieldType, ...], Iterator[tuple[Any, ...]]]]:
    for columns, rows in chunks:
        kinds = tuple(column.field.type for column in columns)
        writers = [_writer(column) for column in columns]
        yield kinds, zip(*[write(rows) for write in writers], strict=True)


def lost_csv_lines(gate: Gate, table: str, fields: Sequence[str] | None = None) -> Iterator[str]:
    """The rows of a table whose plugin is gone, as the same CSV.

    Raises at once NotFound, Forbidden or Invalid.
    """
    columns, chunks = gate.lost().export(table)
    places = {column.name: place for place, column in enumerate(columns)}
    names = list(places) if fields is None else list(fields)
    wrong = [name for name in names if name not in places]
    if wrong:
        raise Invalid(
            _("There is no field '{name}' here.").format(name=wrong[0][:60]),
            _("Use one of: {known}.").format(known=", ".join(places)),
        )
    writers = [_lost_writer(columns[places[name]], places[name]) for name in names]
    return _lost_pieces(names, writers, chunks)


def _lost_pieces(
    names: Sequence[str], writers: Sequence[Writer], chunks: Iterator[Sequence[Any]]
) -> Iterator[str]:
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\r\n")
    out.writerow(names)
    yield _taken(buffer)
    for rows in chunks:
        out.writerows([write(row) for write in writers] for row in rows)
        yield _taken(buffer)


def _lost_writer(column: KeptColumn, at: int) -> Writer:
    kind = type_of_kept(column)
    if column.kind == "choice":
        return lambda row: _slug(row[at])
    if column.kind == "text":
        return lambda row: "" if row[at] is None else inert(str(row[at]))
    return lambda row: "" if row[at] is None else str(kind.write(kind.load(row[at])))


def _pieces(names: Sequence[str], chunks: Iterator[tuple[Sequence[Any], Any]]) -> Iterator[str]:
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\r\n")
    out.writerow(names)
    yield _taken(buffer)
    writers: list[ColumnWriter] = []
    for columns, rows in chunks:
        if not writers:
            writers = [_writer(column) for column in columns]
        out.writerows(zip(*[write(rows) for write in writers], strict=True))
        yield _taken(buffer)


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _writer(column: Any) -> ColumnWriter:
    """The fastest way to write a column of many rows: straight from them, unless it is masked."""
    kind, at = column.field.type, column.at
    if column.mask_at is None:
        if kind.name in _PLAIN_TEXT:
            return lambda rows: _inert(row[at] for row in rows)
        if kind.name in ("integer", "key"):
            return lambda rows: [row[at] for row in rows]
        if kind.name == "boolean":
            return lambda rows: [_TRUTH[row[at]] for row in rows]
        if kind.name == "date":
            return lambda rows: [_iso(row[at]) for row in rows]
        if kind.name == "datetime":
            return lambda rows: [written(row[at]) for row in rows]
        if kind.name == "choice":
            return lambda rows: [_slug(row[at]) for row in rows]
    write = _careful(column)
    return lambda rows: [write(row) for row in rows]


def _inert(texts: Iterable[str | None]) -> list[str | None]:
    """Texts as `inert` gives them; few are asked, as it takes as long as all the rest."""
    return [
        inert(text) if text and (text[0] in STARTS_FORMULA or text[0] == APOSTROPHE) else text
        for text in texts
    ]


def _iso(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else (value or "")[:10]


def _slug(value: int | None) -> str:
    option = choices.current().by_id.get(value) if value is not None else None
    return option.slug if option else ("" if value is None else str(value))


def _careful(column: Any) -> Writer:
    kind = column.field.type
    numeric = kind.numeric or kind.name in ("date", "datetime", "reference", "boolean")

    def write(row: Sequence[Any]) -> str:
        value = column.load(row)
        if value is None or value is MASKED:
            return ""
        if kind.name == "choice":
            return _slug(value.id)
        text = str(kind.write(value))
        return text if numeric else inert(text)

    return write
