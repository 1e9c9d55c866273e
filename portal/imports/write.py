"""Writing a staged import: all of it in one transaction, journaled last; or nothing.

The words of many rows go to the search index just after, in short transactions: the job that
finishes this is asked for inside the transaction, so that a process that dies loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from portal import reindex, version
from portal.bulkwriter import BulkWriter, Changing
from portal.database import transaction
from portal.declare import Verb
from portal.entering import ATTACHMENT, HOME
from portal.errors import Conflict, Invalid, PortalError
from portal.gate import Gate
from portal.i18n import _, ngettext
from portal.imports import stage, staging
from portal.imports.source import Source
from portal.imports.staging import CHANGED, NEW, REFUSED, SAME, STAGED, WRITING, WRITTEN, Staged
from portal.operations import jobs
from portal.operations.work import RunningJob, register

INDEX = "import_words"
INDEXED_AT_ONCE = 2_000
"""Up to this many lines are found by a search as soon as they are written."""


@dataclass(frozen=True, slots=True)
class Report:
    """What an import wrote: rows made, rows changed, lines that changed nothing, lines refused."""

    made: int
    changed: int
    same: int
    refused: int

    def __str__(self) -> str:
        parts = (
            (ngettext("{count} new row", "{count} new rows", self.made), self.made),
            (ngettext("{count} changed row", "{count} changed rows", self.changed), self.changed),
            (ngettext("{count} unchanged", "{count} unchanged", self.same), self.same),
            (
                ngettext("{count} refused line", "{count} refused lines", self.refused),
                self.refused,
            ),
        )
        return ", ".join(text.format(count=count) for text, count in parts)


def report_of(one: Staged) -> Report:
    """The counts of an import."""
    return Report(one.count(NEW), one.count(CHANGED), one.count(SAME), one.count(REFUSED))


def write(gate: Gate, number: int, source: Source | None = None) -> Report:
    """Write a staged import. `source` is its file, which tables of configuration need.

    Raises Invalid when lines are refused and the wish is not to write the good ones, Conflict when
    rows changed since it was staged, Forbidden when a right was lost. Then nothing is written.
    """
    one = staging.find(gate.actor, number)
    if one.count(REFUSED) and not one.wish.good_only:
        raise _refused(one.count(REFUSED))
    inner = stage.importing(gate, one.table)
    staging.pass_on(number, (STAGED,), WRITING)
    try:
        if stage.careful(gate, one.table):
            _write_carefully(inner, one, source)
        else:
            _write_in_bulk(inner, one)
    except BaseException as error:
        told = str(error) if isinstance(error, PortalError) else ""
        staging.note(number, state=STAGED, message=told)
        raise
    finish(gate.actor.account, number)
    return report_of(one)


def _refused(count: int) -> Invalid:
    text = ngettext(
        "{count} line is refused, so nothing was written.",
        "{count} lines are refused, so nothing was written.",
        count,
    )
    return Invalid(
        text.format(count=count), _("Correct them, or ask for the good lines only to be written.")
    )


def _write_carefully(gate: Gate, one: Staged, source: Source | None) -> None:
    """Do again what was tried, and keep it when it came to the same."""
    if source is None:
        raise Invalid(_("This file is no longer kept."), _("Send it again."))
    columns, key = stage.plan(gate, source, one.wish)
    counts = dict.fromkeys(staging.KINDS, 0)
    with transaction():
        for judge, draft in stage.written(gate, source, one.wish, columns, key):
            counts[judge.verdict(draft).kind] += 1
        if counts != dict(one.counts):
            raise _changed()
        staging.note(one.id, state=WRITTEN)
        version.bump()


def _changed() -> Conflict:
    return Conflict(_("Rows have changed since the file was read."), _("Read the file again."))


def _write_in_bulk(gate: Gate, one: Staged) -> None:
    writer = BulkWriter(gate, one.table)
    at_once = one.count(NEW) + one.count(CHANGED) <= INDEXED_AT_ONCE
    made: list[tuple[int, int]] = []
    acts: list[tuple[Verb, Sequence[int], int, str]] = []
    with transaction():
        for lines in staging.each(one.id, CHANGED):
            acts.append(_change(writer, lines, indexed=at_once))
        for lines in staging.each(one.id, NEW):
            ids = writer.create([line.payload for line in lines], indexed=at_once)
            acts.append((Verb.CREATE, writer.persons(ids), len(ids), one.table))
            entered = [id for id, line in zip(ids, lines, strict=True) if HOME in line.payload]
            if entered:
                acts.append((Verb.CREATE, entered, len(entered), ATTACHMENT))
            _add_range(made, ids)
        ranges: dict[str, Any] = {} if at_once else {"made": made, "unindexed": True}
        staging.settle(one.id, {**one.settled, **ranges}, state=WRITTEN)
        if not at_once:
            jobs.enqueue(INDEX, {"import": one.id}, gate.actor.account)
        for verb, persons, rows, table in acts:
            writer.journal(verb, persons, rows, table)


def _change(
    writer: BulkWriter, lines: Sequence[staging.Line], *, indexed: bool
) -> tuple[Verb, Sequence[int], int, str]:
    changes = [
        Changing(line.row, line.version, line.payload)
        for line in lines
        if line.row is not None and line.version is not None
    ]
    try:
        writer.update(changes, indexed=indexed)
    except Conflict as error:
        raise _changed() from error
    ids = [change.id for change in changes]
    return Verb.UPDATE, writer.persons(ids), len(ids), writer.table.name


def _add_range(ranges: list[tuple[int, int]], ids: Sequence[int]) -> None:
    """Note numbers as ranges: they are given one after the other."""
    for id in ids:
        if ranges and ranges[-1][1] + 1 == id:
            ranges[-1] = (ranges[-1][0], id)
        else:
            ranges.append((id, id))


def finish(account: int | None, number: int, told: Callable[[int], None] = stage.nothing) -> None:
    """Index what was written and erase its lines, but those refused; again changes nothing."""
    one = staging.written_by(account, number)
    if one is None:
        return
    if one.settled.get("unindexed"):
        done = 0
        for first, last in one.settled.get("made", ()):
            for start in range(first, last + 1, staging.AT_ONCE):
                ids = range(start, min(start + staging.AT_ONCE, last + 1))
                reindex.index(one.table, list(ids))
                done += len(ids)
                told(done)
        for lines in staging.each(number, CHANGED):
            reindex.index(one.table, [line.row for line in lines if line.row is not None])
            done += len(lines)
            told(done)
        left = {k: v for k, v in one.settled.items() if k not in ("made", "unindexed")}
        staging.settle(number, left)
    staging.clear(number, (NEW, CHANGED, SAME))


def erase_file(home: Path, one: Staged) -> None:
    """Erase the file of an import that is written."""
    with suppress(OSError):
        staging.forget_file(home, one)


@register(INDEX, _("Index the rows of an import"))
def index_rows(job: RunningJob, arguments: Mapping[str, Any]) -> None:
    """Index what an import wrote, when nobody did it yet."""
    finish(job.actor.account, int(arguments["import"]), job.progress)
