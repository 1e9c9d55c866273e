"""Imports: a CSV or XLSX file becomes rows of a table, after a preview, all of it or nothing.

The way through, for any caller (the pages, the command line, a page of its own):

    source = imports.opened(path)                  # what the file is: encoding, separator, heads
    wish = imports.Wish("directory.person", key="email")
    number = imports.start(gate, source, wish)     # notes it, for this actor alone
    staged = imports.read(gate, number, source)    # judges every line; writes none
    staged.counts                                  # {"new": 2, "changed": 1, "same": 0, ...}
    imports.page(gate, number, "refused")          # lines with their reasons
    report = imports.write(gate, number, source)   # one transaction, or an error and nothing
    imports.discard(gate, number)                  # otherwise erased by itself some days later

A list of choices is `Wish("typing.choice", key="slug", fixed={"list_name": "members.titles"})`:
`fixed` are fields that every line has, and rows are only found among those that have them; then
the file needs no column for them. A column `parent` names a choice of the same list by its
identifier or its label, one of an earlier line too. Columns are matched by name or by label in
either language; `wish.columns` says otherwise by number. A column `field.key` finds the row of a
reference by that field. `id`, `created_at` and what else the portal keeps are left out.

Refused: NotFound and Forbidden without the verbs read and import; lines without create or update,
or with fields that may not be written, are refused one by one. Tables of configuration are written
line by line through the gate, others in bulk (`portal.bulkwriter`), with the same rights.
"""

from __future__ import annotations

from pathlib import Path

from portal.gate import Gate
from portal.imports import staging
from portal.imports.columns import Column
from portal.imports.source import Source, opened
from portal.imports.stage import importing, plan, read
from portal.imports.staging import CHANGED, KINDS, NEW, REFUSED, SAME, Line, Staged
from portal.imports.wish import AUTOMATIC, Wish
from portal.imports.write import Report, report_of, write
from portal.operations.work import settings_of_jobs

PAGE_SIZE = 50

__all__ = [
    "AUTOMATIC",
    "CHANGED",
    "KINDS",
    "NEW",
    "REFUSED",
    "SAME",
    "Column",
    "Line",
    "Report",
    "Source",
    "Staged",
    "Wish",
    "discard",
    "found",
    "importing",
    "opened",
    "page",
    "plan",
    "read",
    "report_of",
    "start",
    "write",
]


def start(gate: Gate, source: Source, wish: Wish) -> int:
    """Note a file to import into a table, for this actor alone; its number.

    Raises NotFound, Forbidden, or Invalid for columns that are no field.
    """
    importing(gate, wish.table)
    plan(gate, source, wish)
    return staging.start(gate.actor, wish, str(source.path), source.name)


def found(gate: Gate, number: int) -> Staged:
    """An import of this actor, as it is now. Raises NotFound."""
    return staging.find(gate.actor, number)


def page(gate: Gate, number: int, kind: str, page_number: int = 0) -> list[Line]:
    """Fifty lines of a kind, in the order of the file. Raises NotFound."""
    one = staging.find(gate.actor, number)
    return staging.page(one.id, kind, page_number, PAGE_SIZE)


def discard(gate: Gate, number: int, home: Path | None = None) -> None:
    """Erase an import that is not to be written, with its lines and its file."""
    one = staging.find(gate.actor, number)
    staging.discard(home or settings_of_jobs().home, one.id)
