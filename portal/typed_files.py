"""A typed list as a CSV file: choices by their identifiers, a parent by its own.

The import of the same file into the same list changes nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any

from portal import choices
from portal.choice_lists import CHOICE, KnownList
from portal.exports import inert
from portal.gate import Gate
from portal.rows import Selection
from portal.typed_lists import of_list

COLUMNS = ("slug", "label_fr", "label_en", "parent", "comment", "available", "position")
_TEXTS = ("text", "longtext")


def csv_of(gate: Gate, known: KnownList, ids: Sequence[int] | None = None) -> str:
    """The choices of a list (all, or those of `ids`) in order. Raises Forbidden, journaled."""
    lines = io.StringIO()
    out = csv.writer(lines, lineterminator="\r\n")
    readable = {field.name for field in gate.fields(CHOICE)} - gate.masked(CHOICE)
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


def _text(column: Any, raw: Sequence[Any]) -> str:
    value, kind = column.load(raw), column.field.type
    if column.field.name == "parent":
        option = choices.current().by_id.get(value.id) if value is not None else None
        return option.slug if option else ""
    text = str(kind.write(value))
    return inert(text) if kind.name in _TEXTS else text
