"""Reading a file into staged lines: streamed, in short transactions, with nothing written yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice

from portal import choices, rightwords
from portal.actor import Actor, Grant
from portal.bulkwriter import BulkWriter
from portal.channels import Channel
from portal.configured import refresh
from portal.database import proxy, undone
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound, PortalError
from portal.gate import Gate
from portal.i18n import _
from portal.imports import columns as matching
from portal.imports import staging
from portal.imports.columns import Column
from portal.imports.judge import Draft, Judge
from portal.imports.line import RawLine
from portal.imports.source import Source
from portal.imports.staging import READING, STAGED, Staged
from portal.imports.wish import Wish

AT_ONCE = 500
MOST_CAREFUL = 10_000
"""Lines of a table whose rows are configuration: each goes through the gate in one transaction."""

Progress = Callable[[int], None]


def nothing(done: int) -> None:
    """Tell nobody."""


def importing(gate: Gate, table: str) -> Gate:
    """The same actor at the channel of imports, writing by grants that hold the verb import.

    Raises NotFound for a table that they may not know, Forbidden without that verb.
    """
    found = gate.catalog.table(table)
    if not gate.can(Verb.READ, table):
        raise NotFound(_("There is no table '{name}'.").format(name=table[:60]))
    if found.declaration.read_only or not gate.can(Verb.IMPORT, table):
        raise Forbidden(
            rightwords.refusal(Verb.IMPORT, found.label),
            rightwords.remedy(Verb.IMPORT, found.label),
        )
    return Gate(
        _narrowed(gate.actor, table),
        Channel.IMPORT,
        reason=gate.reason,
        today=gate.today,
        catalog=gate.catalog,
    )


def _narrowed(actor: Actor, table: str) -> Actor:
    def without(grant: Grant) -> Grant:
        if not grant.covers(table) or Verb.IMPORT in grant.verbs:
            return grant
        return replace(grant, verbs=grant.verbs - {Verb.CREATE, Verb.UPDATE})

    return replace(actor, grants=tuple(without(grant) for grant in actor.grants))


def plan(gate: Gate, source: Source, wish: Wish) -> tuple[tuple[Column, ...], str]:
    """The columns of a file and the key by which rows are found.

    Raises Invalid for unknown columns and for a key that is none.
    """
    inner = importing(gate, wish.table)
    found = matching.matched(inner, source.heads, wish)
    matching.require_known(inner, found, wish.table)
    if not any(column.written for column in found):
        raise Invalid(
            _("No column of the file is a field that may be written."), _("Check its first line.")
        )
    return found, matching.key_of(inner, wish, found)


def careful(gate: Gate, table: str) -> bool:
    """True for a table whose rows change what the portal does: each line goes through the gate."""
    return gate.catalog.table(table).declaration.configuration


def read(gate: Gate, number: int, source: Source, progress: Progress = nothing) -> Staged:
    """Judge every line of the file of an import and stage it; the import, ready to be written.

    Reading it again begins anew. Raises Invalid or Forbidden for the file as a whole.
    """
    one = staging.find(gate.actor, number)
    staging.pass_on(number, (staging.SENT, STAGED, READING, staging.FAILED), READING)
    try:
        staging.clear(number)
        columns, key = plan(gate, source, one.wish)
        inner = importing(gate, one.table)
        if careful(gate, one.table):
            counts = _carefully(inner, number, source, one.wish, columns, key)
        else:
            counts = _in_bulk(inner, number, source, one.wish, columns, key, progress)
        known = {**counts, "key": key, "heads": source.heads}
        staging.settle(number, known, state=STAGED, message="")
    except PortalError as error:
        staging.note(number, state=staging.FAILED, message=str(error))
        raise
    return staging.find(gate.actor, number)


def _in_bulk(
    gate: Gate,
    number: int,
    source: Source,
    wish: Wish,
    columns: Sequence[Column],
    key: str,
    progress: Progress,
) -> dict[str, int]:
    judge = Judge(gate, wish, columns, key, lambda digests: staging.marked(number, digests))
    counts = dict.fromkeys(staging.KINDS, 0)
    done = 0
    for part in chunks(source.lines()):
        drafts = judge.chunk(part)
        lines = [judge.verdict(draft) for draft in drafts]
        marks = {m: draft.raw.number for draft in drafts if draft.good for m in draft.marks}
        staging.add(number, lines, marks)
        for line in lines:
            counts[line.kind] += 1
        done += len(part)
        progress(done)
    return counts


def chunks(lines: Iterator[RawLine], size: int = AT_ONCE) -> Iterator[list[RawLine]]:
    """The lines of a file, some hundreds at a time."""
    while part := list(islice(lines, size)):
        yield part


# --- tables of configuration, line by line through the gate


def _carefully(
    gate: Gate, number: int, source: Source, wish: Wish, columns: Sequence[Column], key: str
) -> dict[str, int]:
    """Write every line, note what it did, and undo it all: a line may name an earlier one."""
    lines: list[staging.Line] = []
    with _looking():
        for judge, draft in written(gate, source, wish, columns, key):
            lines.append(judge.verdict(draft))
    met = [line.row for line in lines if line.row is not None]
    if met:
        gate.note(Verb.READ, wish.table, BulkWriter(gate, wish.table).persons(met), len(met))
    counts = dict.fromkeys(staging.KINDS, 0)
    for line in lines:
        counts[line.kind] += 1
    for start in range(0, len(lines), AT_ONCE):
        staging.add(number, lines[start : start + AT_ONCE], {})
    return counts


def written(
    gate: Gate, source: Source, wish: Wish, columns: Sequence[Column], key: str
) -> Iterator[tuple[Judge, Draft]]:
    """Write each line through the gate, inside the transaction that is open; what became of it."""
    marks: dict[int, int] = {}
    judge = Judge(gate, wish, columns, key, lambda digests: marks)
    for count, raw in enumerate(source.lines(), 1):
        if count > MOST_CAREFUL:
            raise Invalid(
                _("More than {most} lines are not imported here at once.").format(
                    most=MOST_CAREFUL
                ),
                _("Divide the file."),
            )
        judge.names.forget()
        (draft,) = judge.chunk([raw], trial=False)
        marks |= dict.fromkeys(draft.marks, raw.number)
        if draft.good and (draft.present is None or draft.stored):
            try:
                with proxy.atomic():
                    _write(gate, wish.table, draft)
            except PortalError as error:
                draft.refuse(error)
        yield judge, draft


def _write(gate: Gate, table: str, draft: Draft) -> None:
    if draft.row is None or draft.present is None:
        gate.create(table, draft.values)
    else:
        changed = {name: draft.values[name] for name in draft.stored if name in draft.values}
        gate.update(table, draft.row, changed, draft.present.version)


@contextmanager
def _looking() -> Iterator[None]:
    """A transaction that leaves nothing, nor what this process read meanwhile."""
    known = choices.current().version
    with undone():
        yield
    refresh(known)
