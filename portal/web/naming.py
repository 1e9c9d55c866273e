"""Numbers of rows by name, where the row still exists within reach: who did what in the journal.

A journal outlives the accounts that it names, so it keeps their numbers and refers to nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from portal.declare import Verb
from portal.fields import Field
from portal.fieldtypes import Reference, RowNumberType
from portal.gate import Gate
from portal.rows import Row


def named(gate: Gate, fields: Iterable[Field], rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows with a reference instead of each number of a row that this actor reads."""
    found = tuple(rows)
    for field in fields:
        kind = field.type
        if not isinstance(kind, RowNumberType) or not gate.can(Verb.READ, kind.target):
            continue
        numbers = {row.values.get(field.name) for row in found}
        wanted = sorted(number for number in numbers if isinstance(number, int) and number > 0)
        titles = gate.titles(kind.target, wanted) if wanted else {}
        found = tuple(_with(row, field.name, titles) for row in found)
    return found


def _with(row: Row, name: str, titles: dict[int, str]) -> Row:
    number = row.values.get(name)
    if number not in titles:
        return row
    return replace(row, values={**row.values, name: Reference(number, titles[number])})
