"""The refused lines of an import as a CSV file, each with its number and its reasons."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from portal.exports import inert, restored
from portal.gate import Gate
from portal.imports import staging
from portal.imports.columns import LINE_HEAD, REASON_HEAD


def refused_lines(gate: Gate, number: int) -> Iterator[str]:
    """The file, in pieces; corrected, it is imported again as it is. Raises NotFound at once."""
    one = staging.find(gate.actor, number)
    return _pieces(one.id, list(one.settled.get("heads", ())))


def _pieces(number: int, heads: list[str]) -> Iterator[str]:
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\r\n")
    out.writerow([*map(inert, heads), LINE_HEAD, REASON_HEAD])
    for lines in staging.each(number, staging.REFUSED):
        for line in lines:
            cells = [inert(restored(cell)) for cell in line.payload["cells"]]
            cells += [""] * (len(heads) - len(cells))
            why = " ".join(line.payload["why"])
            out.writerow([*cells[: len(heads)], line.number, inert(why)])
        yield buffer.getvalue()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue()
