"""The ledger of erased rows, kept outside the database and applied again after a restore (R32).

It holds random identities of rows, never a name. A line that the database already has in its own
ledger was applied here; applying a file twice changes nothing.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal import holds
from portal.anonymising import Anonymiser
from portal.builtin.privacy import Erased
from portal.catalog import CatalogTable
from portal.database import proxy, transaction
from portal.erasing import Eraser
from portal.errors import Invalid
from portal.holds import Leaving
from portal.i18n import _

if TYPE_CHECKING:
    from portal.gate import Gate

HEAD = ("table", "row", "anonymised", "on")
IDENTITY = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A row that was deleted, or anonymised: its table and its random identity."""

    table: str
    row: str
    anonymised: bool
    on: str = ""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a ledger did: rows deleted and anonymised, and those that something blocks by table."""

    deleted: int
    anonymised: int
    blocked: dict[str, int]


def written() -> Iterator[str]:
    """The ledger of this database as lines of CSV."""
    yield _line(HEAD)
    columns = (Erased.table_name, Erased.row_uuid, Erased.anonymised, Erased.at)
    for table, row, anonymised, at in Erased.select(*columns).order_by(Erased.id).tuples():
        yield _line((table, row, "1" if anonymised else "0", at.isoformat(timespec="seconds")))


def _line(values: Sequence[str]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="\n").writerow(values)
    return buffer.getvalue()


def read(text: str) -> list[Entry]:
    """The entries of a ledger's file. Raises Invalid naming the line that is none."""
    lines = csv.reader(io.StringIO(text))
    if tuple(next(lines, ())) != HEAD:
        raise Invalid(_("This file is no ledger of erased rows."), _("Give one that was exported."))
    found = []
    for number, values in enumerate(lines, start=2):
        if len(values) != len(HEAD) or len(values[1]) != IDENTITY or values[2] not in ("0", "1"):
            raise Invalid(_("Line {number} is no entry of a ledger.").format(number=number))
        found.append(Entry(values[0], values[1], values[2] == "1", values[3]))
    return found


def apply(gate: Gate, entries: Sequence[Entry]) -> Applied:
    """Erase and anonymise again what a ledger names; tables that are not here are left out.

    One transaction: all that can be done is done, what is blocked is counted.
    """
    with transaction():
        waiting = _unapplied(gate, entries)
        leaving: Leaving = {
            table.name: set(ids) for table, ids in _rows(gate, waiting, anonymised=False) if ids
        }
        deleted, blocked = 0, dict[str, int]()
        for table in holds.children_first(map(gate.catalog.table, leaving)):
            ids = sorted(leaving[table.name])
            plan = Eraser(gate).plan(table.name, ids, leaving, titled=False)
            deleted += Eraser(gate).run(plan, leaving)
            if plan.blocked:
                blocked[table.name] = len(plan.blocked)
        anonymised = 0
        for table, ids in _rows(gate, waiting, anonymised=True):
            if ids:
                again = gate.anonymisation(table.name, ids)
                anonymised += len(again.ids)
                if again.blocked:
                    blocked[table.name] = blocked.get(table.name, 0) + len(again.blocked)
                if again.ids:
                    Anonymiser(gate).run(again)
        return Applied(deleted, anonymised, blocked)


def _unapplied(gate: Gate, entries: Sequence[Entry]) -> list[Entry]:
    """The entries that this database does not know yet, of tables that it has."""
    known = {
        (table, row, bool(anonymised))
        for table, row, anonymised in Erased.select(
            Erased.table_name, Erased.row_uuid, Erased.anonymised
        ).tuples()
    }
    return [
        entry
        for entry in entries
        if entry.table in gate.catalog.tables
        and (entry.table, entry.row, entry.anonymised) not in known
    ]


def _rows(
    gate: Gate, entries: Sequence[Entry], *, anonymised: bool
) -> Iterator[tuple[CatalogTable, list[int]]]:
    """The rows that stand again, by table."""
    wanted: dict[str, list[str]] = {}
    for entry in entries:
        if entry.anonymised is anonymised:
            wanted.setdefault(entry.table, []).append(entry.row)
    for name, identities in wanted.items():
        table = gate.catalog.table(name)
        if not table.versioned:
            continue
        model, found = table.model, list[int]()
        for start in range(0, len(identities), holds.AT_ONCE):
            part = identities[start : start + holds.AT_ONCE]
            query = model.select(model.id).where(model.uuid.in_(part))
            found += [row[0] for row in query.tuples().execute(proxy.obj)]
        yield table, found
