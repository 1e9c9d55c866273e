"""Giving one field the same value in many rows: previewed, then done in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from portal import version
from portal.bulkwriter import BulkWriter, Changing
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Conflict, Invalid, PortalError
from portal.gate import Gate
from portal.i18n import Label, _
from portal.rows import Selection
from portal.stamps import stamp

MOST = 5_000
"""The most rows that are changed at once; a file is imported for more."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a change would do: rows that change, rows that have the value, rows that are refused."""

    table: str
    field: str
    value: Any
    changes: tuple[Changing, ...]
    unchanged: int
    refused: Mapping[int, Label]
    titles: Mapping[int, str]

    @property
    def signature(self) -> str:
        """A text that differs when another change, or other rows, were previewed."""
        changes = [(change.id, change.version) for change in self.changes]
        return stamp(self.table, self.field, self.value, changes)


def plan(gate: Gate, table: str, rows: Selection, field: str, value: Any) -> Plan:
    """What giving `field` this value in `rows` would do; changes nothing.

    Raises Invalid for more rows than are changed at once.
    """
    if gate.catalog.table(table).declaration.configuration:
        raise Invalid(
            _("Records of the configuration are changed one by one."),
            _("Each change is checked, and says what it does."),
        )
    found = list(islice(gate.stream(table, rows, []), MOST + 1))
    if len(found) > MOST:
        raise Invalid(
            _("More than {most} records would be changed at once.").format(most=MOST),
            _("Narrow the list with filters, or import a file."),
        )
    writer = BulkWriter(gate, table, beside=None)
    writer.require(Verb.UPDATE)
    present = writer.present([row.id for row in found])
    changes: list[Changing] = []
    refused: dict[int, Label] = {}
    unchanged = 0
    for row in found:
        there = present.get(row.id)
        if there is None:
            refused[row.id] = _("You may not change this record.")
            continue
        try:
            stored = writer.change(there, {field: value})
        except PortalError as error:
            refused[row.id] = str(error)
            continue
        if stored:
            changes.append(Changing(row.id, there.version, stored))
        else:
            unchanged += 1
    _made, answers = writer.tried([], changes)
    kept = []
    for change, answer in zip(changes, answers, strict=True):
        if answer is None:
            kept.append(change)
        else:
            refused[change.id] = str(answer)
    titles = {row.id: row.title for row in found}
    return Plan(table, field, value, tuple(kept), unchanged, refused, titles)


def run(gate: Gate, planned: Plan) -> int:
    """Change the rows of a plan; how many. Raises Conflict when one was changed meanwhile."""
    writer = BulkWriter(gate, planned.table, beside=None)
    ids: Sequence[int] = [change.id for change in planned.changes]
    if not ids:
        raise Conflict(_("None of these records would be changed."))
    with transaction():
        writer.update(planned.changes, indexed=True)
        if writer.table.declaration.configuration:
            version.bump()
        writer.journal(Verb.UPDATE, writer.persons(ids), len(ids))
    return len(ids)
