"""CSV files: in which encoding and with which separator, read line by line."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import IO

from portal.errors import Invalid
from portal.i18n import Label, _
from portal.imports.line import RawLine

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252")
ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
    "cp1252": "Windows-1252",
}
SEPARATORS = (";", ",", "\t")
LONGEST_LINE = 1_000_000
LONGEST_CELL = 131_072
AT_ONCE = 1 << 20
_LIMITS_OF_TEXT = frozenset(range(0x20, 0x100)) | {0x00, 0x09, 0x0A, 0x0C, 0x0D, 0x1A, 0x1B}


def encoding_of(path: Path) -> str:
    """The encoding of a file, from its bytes. Raises Invalid for what is no text."""
    with path.open("rb") as file:
        start = file.read(AT_ONCE)
    if start.startswith(codecs.BOM_UTF8):
        return checked(path, "utf-8-sig")
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return checked(path, "utf-16")
    sample = start[:4096]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > len(sample) // 8 and even * 4 < odd:
        return checked(path, "utf-16-le")
    if even > len(sample) // 8 and odd * 4 < even:
        return checked(path, "utf-16-be")
    if sum(byte not in _LIMITS_OF_TEXT for byte in sample) > len(sample) // 50:
        raise _no_text()
    return "utf-8" if _decodes(path, "utf-8") else checked(path, "cp1252")


def _no_text() -> Invalid:
    return Invalid(_("This file is not a table."), _("Save the table as CSV or XLSX."))


def checked(path: Path, encoding: str) -> str:
    """The encoding, when the whole file is written in it. Raises Invalid."""
    if encoding not in ENCODINGS:
        raise Invalid(_("'{name}' is not an encoding known here.").format(name=encoding[:40]))
    if not _decodes(path, encoding):
        raise Invalid(
            _("The file is not written in {encoding}.").format(encoding=ENCODING_NAMES[encoding]),
            _("Choose another encoding, or save the file as UTF-8."),
        )
    return encoding


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    with path.open("rb") as file:
        try:
            while piece := file.read(AT_ONCE):
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeError:
            return False
    return True


def separator_of(path: Path, encoding: str) -> str:
    """The separator that the first line holds most often, quoted texts left out."""
    with _text(path, encoding) as file:
        first = next((line for line in _Lines(file) if line.strip()), "")
    plain = "".join(first.split('"')[::2])
    return max(SEPARATORS, key=lambda mark: (plain.count(mark), mark == ";"))


def heads(path: Path, encoding: str, separator: str) -> list[str]:
    """The cells of the first line that is not blank."""
    records = _records(path, encoding, separator)
    first = next(records, None)
    records.close()
    if first is None:
        return []
    if first.problem:
        raise Invalid(first.problem)
    return list(first.cells)


def lines(path: Path, encoding: str, separator: str, width: int) -> Iterator[RawLine]:
    """The lines below the first one, each with `width` cells or a problem."""
    records = _records(path, encoding, separator)
    next(records, None)
    for line in records:
        yield line if line.problem else _even(line, width)


def _even(line: RawLine, width: int) -> RawLine:
    cells = line.cells
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        problem = _("The line has {count} cells and not {width}.").format(
            count=len(cells), width=width
        )
        return RawLine(line.number, cells[:width], problem)
    return RawLine(line.number, cells)


def _text(path: Path, encoding: str) -> IO[str]:
    return path.open(encoding=encoding, newline="", errors="strict")


class _Lines:
    """The physical lines of a text, none longer than is read at once."""

    def __init__(self, file: IO[str]) -> None:
        self.file = file
        self.problem: Label = ""

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self.file.readline(LONGEST_LINE)
        if not line:
            raise StopIteration
        if len(line) == LONGEST_LINE and not line.endswith(("\n", "\r")):
            while line and not line.endswith(("\n", "\r")):
                line = self.file.readline(LONGEST_LINE)
            self.problem = _too_long()
            return "\r\n"
        if "\0" in line:
            self.problem = _("The line holds a NUL character.")
            return line.replace("\0", "")
        return line


def _too_long() -> Label:
    return _("A cell has more than {most} characters.").format(most=LONGEST_CELL)


def _records(path: Path, encoding: str, separator: str) -> Generator[RawLine, None, None]:
    """Every record, the first one included; blank ones are left out."""
    with _text(path, encoding) as file:
        source = _Lines(file)
        reader = csv.reader(source, delimiter=separator)
        while True:
            number = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                source.problem = source.problem or _too_long()
                cells = []
            problem, source.problem = source.problem, ""
            if problem:
                yield RawLine(number, tuple(cells), problem)
            elif any(cell.strip() for cell in cells):
                yield RawLine(number, tuple(cells))
