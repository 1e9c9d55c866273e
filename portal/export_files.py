"""A table as a file: CSV, XLSX, ODS or JSON, written as it is read, whatever its number of rows.

Texts that a spreadsheet would run as formulas are inert in all of them but JSON, as in CSV: our own
import gives them back. Numbers, dates and yes or no are what a spreadsheet calls so.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from itertools import chain
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from openpyxl import Workbook

from portal.errors import Invalid
from portal.exports import Cells, cells, csv_lines, restored
from portal.fieldtypes import FieldType
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Selection

FORMATS = ("csv", "xlsx", "ods", "json")
MIME_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "json": "application/json",
}
MOST_ROWS = 1_048_575
"""The rows of a sheet below its head."""
LONGEST_CELL = 32_767
WHOLE = 10**15
"""From here on a spreadsheet rounds a whole number: it is written as text."""
FIRST_YEAR = 1900
"""Before it a spreadsheet knows no day."""
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

Convert = Callable[[Any], Any]


def write(
    gate: Gate,
    table: str,
    selection: Selection,
    fields: Sequence[str] | None,
    format: str,
    file: BinaryIO,
) -> None:
    """Write the rows of a selection to `file`.

    Raises NotFound, Forbidden or Invalid for what may not be exported, and Invalid for what a
    workbook cannot hold.
    """
    if format == "csv":
        for piece in csv_lines(gate, table, selection, fields):
            file.write(piece.encode())
        return
    found = cells(gate, table, selection, fields)
    {"xlsx": _xlsx, "ods": _ods, "json": _json}[format](found, file)


# --- values


def _typed(kind: FieldType) -> Convert:
    """How the text of a column becomes what a spreadsheet calls it."""
    name = kind.name
    if name in ("integer", "key", "reference"):
        return _whole
    if name in ("decimal", "money"):
        return lambda text: None if text in ("", None) else float(text)
    if name == "boolean":
        return lambda text: {"true": True, "false": False}.get(text)
    if name == "date":
        return lambda text: _day(text)
    if name == "datetime":
        return lambda text: _moment(text)
    return _writable


def _whole(text: Any) -> Any:
    if text in ("", None):
        return None
    number = int(text)
    return number if abs(number) < WHOLE else str(text)


def _day(text: str) -> Any:
    if not text:
        return None
    day = date.fromisoformat(text)
    return day if day.year >= FIRST_YEAR else text


def _moment(text: str) -> Any:
    if not text:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.year >= FIRST_YEAR else text


def _writable(text: Any) -> Any:
    """A text that XML may hold. Raises Invalid for one that is too long for a cell."""
    if not text:
        return None
    found = str(text)
    if len(found) > LONGEST_CELL:
        raise Invalid(
            _("A text is longer than a cell of a workbook may be."), _("Export as CSV or JSON.")
        )
    return _UNWRITABLE.sub(" ", found)


def _rows(found: Cells) -> Iterator[list[Any]]:
    """The rows as typed values. Raises Invalid when there are more than a sheet has."""
    count = 0
    for kinds, rows in found.chunks:
        converts = [_typed(kind) for kind in kinds]
        for row in rows:
            count += 1
            if count > MOST_ROWS:
                raise Invalid(
                    _("A sheet has no more than {most} rows.").format(most=MOST_ROWS),
                    _("Export as CSV or JSON."),
                )
            yield [convert(text) for convert, text in zip(converts, row, strict=True)]


# --- files


def _xlsx(found: Cells, file: BinaryIO) -> None:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("greffe")
    sheet.append(list(found.names))
    for row in _rows(found):
        sheet.append(row)
    book.save(file)


_DAY = (
    '<number:year number:style="long"/><number:text>-</number:text>'
    '<number:month number:style="long"/><number:text>-</number:text>'
    '<number:day number:style="long"/>'
)
_CLOCK = (
    '<number:text> </number:text><number:hours number:style="long"/><number:text>:</number:text>'
    '<number:minutes number:style="long"/><number:text>:</number:text>'
    '<number:seconds number:style="long"/>'
)
_ODS_START = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"'
    ' xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
    ' xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"'
    ' xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"'
    ' xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"'
    ' office:version="1.3"><office:automatic-styles>'
    f'<number:date-style style:name="d">{_DAY}</number:date-style>'
    f'<number:date-style style:name="m">{_DAY}{_CLOCK}</number:date-style>'
    '<style:style style:name="day" style:family="table-cell" style:data-style-name="d"/>'
    '<style:style style:name="moment" style:family="table-cell" style:data-style-name="m"/>'
    "</office:automatic-styles>"
    '<office:body><office:spreadsheet><table:table table:name="greffe">'
)
_ODS_END = "</table:table></office:spreadsheet></office:body></office:document-content>"
_ODS_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    ' manifest:version="1.3"><manifest:file-entry manifest:full-path="/" manifest:media-type="'
    + MIME_TYPES["ods"]
    + '"/><manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)


def _ods(found: Cells, file: BinaryIO) -> None:
    sheet(chain([found.names], _rows(found)), file)


def sheet(rows: Iterable[Sequence[Any]], file: BinaryIO) -> None:
    """Rows of plain values as an ODS workbook of one sheet."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("mimetype", MIME_TYPES["ods"], compress_type=zipfile.ZIP_STORED)
        package.writestr("META-INF/manifest.xml", _ODS_MANIFEST)
        with package.open("content.xml", "w", force_zip64=True) as content:
            content.write(_ODS_START.encode())
            for row in rows:
                content.write(_ods_row(row).encode())
            content.write(_ODS_END.encode())


def _ods_row(values: Sequence[Any]) -> str:
    return f"<table:table-row>{''.join(map(_ods_cell, values))}</table:table-row>"


def _ods_cell(value: Any) -> str:
    if value is None:
        return "<table:table-cell/>"
    kind = ' office:value-type="string"'
    if isinstance(value, bool):
        text = "true" if value else "false"
        kind = f' office:value-type="boolean" office:boolean-value="{text}"'
    elif isinstance(value, int | float):
        text = str(value)
        kind = f' office:value-type="float" office:value="{text}"'
    elif isinstance(value, date):
        text, style = value.isoformat(), "moment" if isinstance(value, datetime) else "day"
        kind = f' table:style-name="{style}" office:value-type="date" office:date-value="{text}"'
    else:
        text = value
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f"<table:table-cell{kind}>{lines}</table:table-cell>"


def _json(found: Cells, file: BinaryIO) -> None:
    """An array of objects; texts are as they are, since nothing runs them."""
    file.write(b"[")
    first = True
    for kinds, rows in found.chunks:
        converts = [_plain(kind) for kind in kinds]
        for row in rows:
            values = {
                name: convert(text)
                for name, convert, text in zip(found.names, converts, row, strict=True)
            }
            file.write(b"\n" if first else b",\n")
            file.write(json.dumps(values, ensure_ascii=False).encode())
            first = False
    file.write(b"\n]\n")


def _plain(kind: FieldType) -> Convert:
    if kind.name in ("integer", "key", "reference"):
        return lambda text: None if text in ("", None) else int(text)
    if kind.name in ("decimal", "money"):
        return lambda text: None if text in ("", None) else str(text)
    if kind.name == "boolean":
        return lambda text: {"true": True, "false": False}.get(text)
    if kind.name in ("date", "datetime", "choice"):
        return lambda text: text or None
    return lambda text: restored(text or "")
