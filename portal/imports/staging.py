"""Imports that wait to be written: their lines, judged, in tables of the machine.

Lines are added in short transactions. An import belongs to the account that made it: nobody else
sees it. It is erased some days later, with its file, whatever became of it.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from peewee import fn

from portal import bulk
from portal.actor import Actor
from portal.builtin.operations import QUEUED, RUNNING, Import, ImportLine, ImportMark, Job
from portal.database import proxy, transaction
from portal.errors import Conflict, NotFound
from portal.i18n import Label, _
from portal.imports import wish as wishes
from portal.imports.wish import Wish
from portal.models import utc_now

NEW, CHANGED, SAME, REFUSED = "new", "changed", "same", "refused"
KINDS = (NEW, CHANGED, SAME, REFUSED)
SENT, READING, STAGED, WRITING, WRITTEN, FAILED = (
    "sent",
    "reading",
    "staged",
    "writing",
    "written",
    "failed",
)
KEPT = timedelta(days=7)
AT_ONCE = 1_000
FOLDER = "imports"
LINE_COLUMNS = ("of", "number", "kind", "row", "version", "payload", "shown")


@dataclass(frozen=True, slots=True)
class Line:
    """A judged line: the row that it changes and its version, what is stored, what is shown."""

    number: int
    kind: str
    row: int | None = None
    version: int | None = None
    payload: dict[str, Any] = field(default_factory=dict)
    shown: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Staged:
    """An import: its file, its wish, how many lines of each kind, and what became of it."""

    id: int
    table: str
    state: str
    file: str
    name: str
    wish: Wish
    counts: Mapping[str, int]
    message: str
    job: int | None
    created_at: datetime
    settled: Mapping[str, Any] = field(default_factory=dict)

    def count(self, kind: str) -> int:
        """How many lines are of a kind."""
        return int(self.counts.get(kind, 0))

    @property
    def total(self) -> int:
        """How many lines there are."""
        return sum(self.count(kind) for kind in KINDS)


def start(actor: Actor, wish: Wish, file: str, name: str) -> int:
    """Note a file to import; its number."""
    with transaction():
        return int(
            Import.insert(
                account=actor.account,
                table_name=wish.table,
                state=SENT,
                file=file,
                name=name[:200],
                wish=wish.written(),
            ).execute()
        )


def find(actor: Actor, number: int) -> Staged:
    """An import of this actor. Raises NotFound for any other."""
    own = Import.account.is_null() if actor.account is None else Import.account == actor.account
    row = Import.select().where((Import.id == number) & own).dicts().first()
    if row is None:
        raise NotFound(_("There is no such import."), _("Imports are kept for some days only."))
    return _staged(row)


def written_by(account: int | None, number: int) -> Staged | None:
    """An import that is written; None for any other. `account` is whose it is."""
    own = Import.account.is_null() if account is None else Import.account == account
    wanted = (Import.id == number) & own & (Import.state == WRITTEN)
    row = Import.select().where(wanted).dicts().first()
    return None if row is None else _staged(row)


def _staged(row: Mapping[str, Any]) -> Staged:
    known = json.loads(row["counts"])
    return Staged(
        id=row["id"],
        table=row["table_name"],
        state=row["state"],
        file=row["file"],
        name=row["name"],
        wish=wishes.read(row["wish"]),
        counts={kind: known.get(kind, 0) for kind in KINDS},
        message=row["message"],
        job=row["job"],
        created_at=row["created_at"],
        settled=known,
    )


def note(number: int, **changes: Any) -> None:
    """Change what is known of an import (its state, its job, its wish as JSON)."""
    with transaction():
        Import.update(changes).where(Import.id == number).execute()


def settle(number: int, counts: Mapping[str, Any], **changes: Any) -> None:
    """Keep how many lines there are of each kind, and what else is settled."""
    note(number, counts=json.dumps(dict(counts)), **changes)


def pass_on(number: int, before: Collection[str], after: str) -> None:
    """Go from one of the states to another. Raises Conflict when somebody else was faster."""
    with transaction():
        moved = Import.update(state=after).where(
            (Import.id == number) & Import.state.in_(list(before))
        )
        if not moved.execute():
            raise Conflict(_("This import is being read or written already."), _("Look again."))


def entrust(number: int, job: int) -> None:
    """Say which job reads or writes an import. Raises Conflict while another one does."""
    at_work = Job.select(Job.id).where(Job.state.in_([QUEUED, RUNNING]))
    free = Import.job.is_null() | Import.job.not_in(at_work)
    with transaction():
        given = Import.update(job=job).where(
            (Import.id == number) & (Import.state != WRITTEN) & free
        )
        if not given.execute():
            raise Conflict(_("This import is being read or written already."), _("Look again."))


# --- lines


def add(number: int, lines: Sequence[Line], marks: Mapping[int, int]) -> None:
    """Add judged lines, and the digests that are theirs from now on, in a short transaction."""
    with transaction():
        if lines:
            bulk.insert(
                ImportLine,
                LINE_COLUMNS,
                [
                    (
                        number,
                        line.number,
                        line.kind,
                        line.row,
                        line.version,
                        json.dumps(line.payload, default=str, ensure_ascii=False),
                        json.dumps(line.shown, default=str, ensure_ascii=False),
                    )
                    for line in lines
                ],
            )
        if marks:
            rows = [(number, digest, line) for digest, line in marks.items()]
            bulk.insert(ImportMark, ("of", "digest", "number"), rows)


def marked(number: int, digests: Collection[int]) -> dict[int, int]:
    """The lines that have some of these digests already."""
    query = ImportMark.select(ImportMark.digest, ImportMark.number).where(
        (ImportMark.of == number) & ImportMark.digest.in_(sorted(digests))
    )
    return dict(query.tuples()) if digests else {}


def clear(number: int, kinds: Collection[str] = KINDS) -> None:
    """Erase the lines of these kinds, some at a time; all of them with their marks."""
    while True:
        some = (
            ImportLine.select(ImportLine.id)
            .where((ImportLine.of == number) & ImportLine.kind.in_(list(kinds)))
            .limit(AT_ONCE * 5)
        )
        with transaction():
            if not ImportLine.delete().where(ImportLine.id.in_(some)).execute():
                break
    with transaction():
        ImportMark.delete().where(ImportMark.of == number).execute()


def page(number: int, kind: str, page_number: int, size: int) -> list[Line]:
    """Some lines of a kind, in the order of the file."""
    query = _lines(number, kind).offset(page_number * size).limit(size)
    return [_line(row) for row in query.tuples()]


def each(number: int, kind: str, size: int = AT_ONCE) -> Iterator[list[Line]]:
    """Every line of a kind, some at a time, without what is shown of it."""
    last = 0
    while True:
        query = _lines(number, kind).where(ImportLine.number > last).limit(size)
        found = proxy.obj.execute(query).fetchall()
        rows = [Line(n, k, row, v, json.loads(text)) for n, k, row, v, text, _shown in found]
        if rows:
            yield rows
        if len(rows) < size:
            return
        last = rows[-1].number


def _lines(number: int, kind: str) -> Any:
    columns = (
        ImportLine.number,
        ImportLine.kind,
        ImportLine.row,
        ImportLine.version,
        ImportLine.payload,
        ImportLine.shown,
    )
    query = ImportLine.select(*columns).where((ImportLine.of == number) & (ImportLine.kind == kind))
    return query.order_by(ImportLine.number)


def _line(row: Sequence[Any]) -> Line:
    number, kind, target, version, payload, shown = row
    return Line(number, kind, target, version, json.loads(payload), json.loads(shown))


def counted(number: int) -> dict[str, int]:
    """How many lines there are of each kind."""
    query = ImportLine.select(ImportLine.kind, fn.COUNT(ImportLine.id)).where(
        ImportLine.of == number
    )
    return dict(query.group_by(ImportLine.kind).tuples())


# --- files, and the end


def new_file(home: Path, suffix: str) -> Path:
    """A path for a file that is sent, in the instance folder, with a random name."""
    folder = home / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / f"{secrets.token_hex(16)}{suffix}"


def discard(home: Path, number: int) -> None:
    """Erase an import with its lines and its file."""
    row = Import.select(Import.file).where(Import.id == number).tuples().first()
    if row is None:
        return
    clear(number)
    with transaction():
        Import.delete().where(Import.id == number).execute()
    _unlink(home, row[0])


def expire(home: Path, now: datetime | None = None) -> int:
    """Erase the imports that are some days old; how many."""
    old = Import.select(Import.id).where(Import.created_at < (now or utc_now()) - KEPT)
    numbers = [row[0] for row in old.tuples()]
    for number in numbers:
        discard(home, number)
    return len(numbers)


def forget_file(home: Path, one: Staged) -> None:
    """Erase the file of an import that is over."""
    _unlink(home, one.file)
    note(one.id, file="")


def _unlink(home: Path, name: str) -> None:
    path = home / FOLDER / Path(name).name
    if name and not Path(name).is_absolute():
        with suppress(OSError):
            path.unlink(missing_ok=True)


def path_of(home: Path, one: Staged) -> Path:
    """The file of an import. Raises NotFound when it is gone."""
    path = home / FOLDER / one.file
    if not one.file or not path.is_file():
        raise NotFound(_("This file is no longer kept."), _("Send it again."))
    return path


STATE_WORDS: Mapping[str, Label] = {
    SENT: _("Sent"),
    READING: _("Being read"),
    STAGED: _("Ready to be written"),
    WRITING: _("Being written"),
    WRITTEN: _("Written"),
    FAILED: _("Failed"),
}
