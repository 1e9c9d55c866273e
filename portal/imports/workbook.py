"""XLSX files: the first sheet, row by row, once the package is known to be harmless."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time
from pathlib import Path
from typing import IO, Any

from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from portal import zips
from portal.errors import Invalid
from portal.i18n import Label, _
from portal.imports.line import RawLine

SHARED = "xl/sharedStrings.xml"
BOUNDS = zips.Bounds(
    entries=2_000,
    unpacked=1024 * zips.MEBIBYTE,
    ratio=200,
    of_entry={SHARED: 64 * zips.MEBIBYTE},
)
LONGEST_CELL = 131_072
DAMAGED = (
    zipfile.BadZipFile,
    InvalidFileException,
    KeyError,
    ValueError,
    TypeError,
    AttributeError,
    IndexError,
    EOFError,
    OSError,
    SyntaxError,
    NotImplementedError,
    RuntimeError,
)
"""What reading a damaged package raises, in openpyxl and below it."""


def heads(path: Path, most: int) -> list[str]:
    """The cells of the first row. Raises Invalid for a package that is damaged or hostile."""
    with _sheet(path) as sheet:
        for row in sheet.iter_rows(max_row=1, max_col=most):
            return [_text(cell)[0] for cell in row]
    return []


def lines(path: Path, width: int) -> Iterator[RawLine]:
    """The rows below the first one."""
    with _sheet(path) as sheet:
        for number, row in enumerate(sheet.iter_rows(min_row=2, max_col=width + 1), start=2):
            line = _line(number, row, width)
            if line is not None:
                yield line


def _line(number: int, row: Any, width: int) -> RawLine | None:
    cells, problem = [], NOTHING
    for cell in row:
        text, wrong = _text(cell)
        cells.append(text)
        problem = problem or wrong
    cells += [""] * (width - len(cells))
    if not problem and not any(text.strip() for text in cells):
        return None
    if not problem and any(cells[width:]):
        problem = _("The line has more than {width} cells.").format(width=width)
    return RawLine(number, tuple(cells[:width]), problem)


NOTHING: Label = ""


def _text(cell: Any) -> tuple[str, Label]:
    """A cell as canonical text, and why it cannot be taken."""
    value = cell.value
    if value is None:
        return "", ""
    if cell.data_type == "f":
        return str(value)[:200], _("A cell is a formula: write its value.")
    if cell.data_type == "e":
        return str(value)[:200], _("A cell holds an error of the spreadsheet.")
    if isinstance(value, bool):
        return ("true" if value else "false"), ""
    if isinstance(value, datetime):
        return _moment(value), ""
    if isinstance(value, date | time):
        return value.isoformat(), ""
    if isinstance(value, float):
        return (str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)), ""
    text = str(value)
    if len(text) > LONGEST_CELL:
        return text[:200], _("A cell has more than {most} characters.").format(most=LONGEST_CELL)
    return text, ""


def _moment(value: datetime) -> str:
    whole = value.replace(microsecond=0)
    return whole.date().isoformat() if whole.time() == time() else whole.isoformat(" ")


@contextmanager
def _sheet(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:  # by its content: a file that was sent has no name of its own
        yield from _first_sheet(file)


def _first_sheet(file: IO[bytes]) -> Iterator[Any]:
    try:
        with zipfile.ZipFile(file) as archive:
            _require_harmless(archive)
        book = load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except DAMAGED as error:
        raise _damaged() from error
    try:
        sheets = [one for one in book.worksheets if one.sheet_state == "visible"]
        if not sheets:
            raise _damaged()
        sheet = sheets[0]
        sheet.reset_dimensions()
        yield sheet
    except DAMAGED as error:
        raise _damaged() from error
    finally:
        book.close()


def _damaged() -> Invalid:
    return Invalid(
        _("The workbook is damaged, or is no XLSX workbook."),
        _("Save it again as XLSX, or as CSV."),
    )


def _require_harmless(archive: zipfile.ZipFile) -> None:
    found = zips.examine(archive, BOUNDS)
    if found is None:
        if "[Content_Types].xml" in archive.namelist() and "xl/workbook.xml" in archive.namelist():
            return
        raise _damaged()
    if found.fault is zips.Fault.TOO_LARGE:
        raise Invalid(
            _("The workbook unpacks to more than is allowed ({part}).").format(part=found.entry),
            _("Save the table as CSV."),
        )
    if found.fault is zips.Fault.LOCKED:
        raise Invalid(
            _("The workbook is protected by a password."), _("Save it without a password.")
        )
    raise _damaged()
