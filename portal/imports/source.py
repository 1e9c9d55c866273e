"""A file to import, as lines of texts: what it is, how it is written, what its first line says.

Nothing is kept of a file but the line that is read: a million of them take no more memory than ten.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from portal.errors import Invalid
from portal.i18n import Label, _
from portal.imports import csvfile, workbook
from portal.imports.line import RawLine

MOST_COLUMNS = 500
SIGNS: tuple[tuple[bytes, Label], ...] = (
    (b"\x89PNG", _("a picture")),
    (b"\xff\xd8\xff", _("a picture")),
    (b"GIF8", _("a picture")),
    (b"%PDF", _("a PDF document")),
    (b"\xd0\xcf\x11\xe0", _("an old Excel or Word document")),
    (b"\x1f\x8b", _("a compressed file")),
    (b"SQLite format 3", _("a database")),
)
SEPARATORS = {";": _("semicolon"), ",": _("comma"), "\t": _("tab")}


@dataclass(frozen=True, slots=True)
class Source:
    """A file whose kind, encoding and separator are known, and the heads of its columns."""

    path: Path
    name: str
    kind: str
    heads: tuple[str, ...]
    encoding: str = ""
    separator: str = ""

    def lines(self) -> Iterator[RawLine]:
        """The lines below the heads, blank ones left out. Raises Invalid for a damaged file."""
        if self.kind == "xlsx":
            return workbook.lines(self.path, len(self.heads))
        return csvfile.lines(self.path, self.encoding, self.separator, len(self.heads))


def opened(path: Path, name: str = "", encoding: str = "", separator: str = "") -> Source:
    """Recognise a file: CSV or XLSX. `encoding` and `separator` replace what would be recognised.

    Raises Invalid, with the reason, for anything that is no table.
    """
    name = name or path.name
    with path.open("rb") as file:
        start = file.read(512)
    if not start.strip():
        raise Invalid(_("The file is empty."), _("Choose another one."))
    for sign, what in SIGNS:
        if start.startswith(sign):
            raise Invalid(
                _("This file is not a table but {what}.").format(what=what),
                _("Save the table as CSV or XLSX."),
            )
    if start.startswith(b"PK"):
        heads, kind = workbook.heads(path, MOST_COLUMNS + 1), "xlsx"
        encoding = separator = ""
    else:
        encoding = csvfile.checked(path, encoding) if encoding else csvfile.encoding_of(path)
        separator = separator or csvfile.separator_of(path, encoding)
        heads, kind = csvfile.heads(path, encoding, separator), "csv"
    return Source(path, name, kind, _checked(heads), encoding, separator)


def _checked(heads: list[str]) -> tuple[str, ...]:
    found = [" ".join(head.replace("\ufeff", "").split())[:200] for head in heads]
    while found and not found[-1]:
        found.pop()
    if not found:
        raise Invalid(
            _("The first line names no column."), _("Write the names of the columns in it.")
        )
    if len(found) > MOST_COLUMNS:
        raise Invalid(_("The file has more than {most} columns.").format(most=MOST_COLUMNS))
    named = [head.casefold() for head in found if head]
    for head in found:
        if head and named.count(head.casefold()) > 1:
            raise Invalid(
                _("Two columns are named “{head}”.").format(head=head[:60]), _("Rename one.")
            )
    return tuple(found)
