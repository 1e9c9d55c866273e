"""The rows of a list as a file to keep: CSV as it is read, other formats once they are whole."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, BinaryIO, cast

from flask import Response

from portal import export_files
from portal.errors import NotFound
from portal.exports import csv_lines
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Selection
from portal.start import release

BOM = "\ufeff"
AT_ONCE = 1 << 16


def table_file(
    asked: Gate, table: str, selection: Selection, columns: tuple[str, ...], kind: str
) -> Response:
    """The rows of a selection in one of `export_files.FORMATS`; masked fields are left out.

    Raises NotFound for another format, and what an export raises.
    """
    if kind not in export_files.FORMATS:
        raise NotFound(_("There is nothing at this address."))
    masked = asked.masked(table)
    fields = columns or tuple(field.name for field in asked.fields(table) if not field.secret)
    names = [name for name in fields if name not in masked]
    body: Iterator[str] | Iterator[bytes]
    if kind == "csv":
        body = _released(csv_lines(asked, table, selection, names))
    else:
        file = tempfile.TemporaryFile()  # noqa: SIM115 - closed when the answer is sent
        try:
            export_files.write(asked, table, selection, names, kind, cast(BinaryIO, file))
        except BaseException:
            file.close()
            raise
        body = _sent(file)
    answer = Response(body, mimetype=export_files.MIME_TYPES[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{table}.{kind}"'
    return answer


def _released(lines: Iterator[str]) -> Iterator[str]:
    try:
        yield BOM
        yield from lines
    finally:
        release()


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(AT_ONCE):
            yield piece
