"""The chain of the journal: each fingerprint covers the one before, so any change shows.

Whoever owns the database could forge the whole chain anew, or cut its end; the heads that were
written outside the database (`portal.journal.write_head`) show that too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portal import journal_waiting
from portal.builtin.journal import Anchor, Entry
from portal.database import proxy, snapshot
from portal.i18n import Label, _
from portal.journal_triggers import START

CHAINED = tuple(field for field in Entry._meta.sorted_fields if field.name != "hash")
"""The columns that a fingerprint covers, in order; `previous` among them makes the chain."""

HEAD = "SELECT entry, hash FROM journal_head WHERE id = 1"
READ_AT_ONCE = 2_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the journal is whole: how many entries were read, and where and why it is not."""

    whole: bool
    entries: int
    broken_at: int | None = None
    why: Label = ""


class _Broken(Exception):
    def __init__(self, entry: int, why: Label) -> None:
        self.entry, self.why = entry, why


def fingerprint(values: Sequence[Any]) -> str:
    """SHA-256 over the values of `CHAINED`, written in one way only."""
    plain = [
        value.isoformat(timespec="microseconds") if isinstance(value, datetime) else value
        for value in values
    ]
    return hashlib.sha256(json.dumps(plain, separators=(",", ":")).encode()).hexdigest()


def head() -> tuple[int, str]:
    """The number and the fingerprint of the last entry; (0, zeros) when there never was one."""
    entry, last = proxy.execute_sql(HEAD).fetchone()
    return entry, last


def verify(head_file: Path | None = None) -> Verdict:
    """Read the whole journal, a piece at a time, and compare it with the heads of `head_file`.

    Finds entries that were changed, removed, put in between or forged, an end that was cut, and
    entries that cannot be put into the chain.
    """
    count = 0
    with snapshot():
        try:
            anchor, start = _anchor()
            written = _written(head_file, anchor)
            last = (anchor, start)
            for values, kept in _entries():
                last = _follow(last, values, kept, written)
                count += 1
            _check_end(last, written)
            if journal_waiting.damaged():
                raise _Broken(last[0] + 1, _("Entries that wait beside the database are damaged."))
        except _Broken as broken:
            return Verdict(False, count, broken.entry, broken.why)
    return Verdict(True, count)


def _anchor() -> tuple[int, str]:
    found = Anchor.select(Anchor.entry, Anchor.hash).order_by(Anchor.entry.desc()).limit(1)
    entry, last = next(iter(found.tuples()), (0, START))
    return entry, last


def _entries() -> Iterator[tuple[tuple[Any, ...], str]]:
    """Every entry as the values of `CHAINED` and its fingerprint, from the oldest."""
    last = -1
    while True:
        rows = list(
            Entry.select(*CHAINED, Entry.hash)
            .where(Entry.id > last)
            .order_by(Entry.id)
            .limit(READ_AT_ONCE)
            .tuples()
        )
        for row in rows:
            yield row[:-1], row[-1]
        if len(rows) < READ_AT_ONCE:
            return
        last = rows[-1][0]


def _follow(
    last: tuple[int, str], values: Sequence[Any], kept: str, written: Mapping[int, str]
) -> tuple[int, str]:
    """Check one entry against the one before; answers it as the new last one."""
    entry, previous = values[0], values[_PREVIOUS]
    if entry > last[0] + 1:
        raise _Broken(last[0] + 1, _("Entries were removed."))
    if entry <= last[0]:
        raise _Broken(entry, _("An entry stands before the beginning of the journal."))
    if fingerprint(values) != kept:
        raise _Broken(entry, _("An entry was changed."))
    if previous != last[1]:
        raise _Broken(entry, _("An entry does not follow the one before it."))
    if written.get(entry, kept) != kept:
        raise _Broken(entry, _("The entries up to here were written anew."))
    return entry, kept


_PREVIOUS = next(place for place, field in enumerate(CHAINED) if field.name == "previous")


def _check_end(last: tuple[int, str], written: Mapping[int, str]) -> None:
    if last != head() or max(written, default=0) > last[0]:
        raise _Broken(last[0] + 1, _("The last entries were removed."))


def _written(file: Path | None, anchor: int) -> dict[int, str]:
    """The heads that were written outside the database since `anchor`."""
    if file is None or not file.exists():
        return {}
    found: dict[int, str] = {}
    for line in file.read_text(encoding="ascii", errors="replace").splitlines():
        number, _space, rest = line.partition(" ")
        if not number.isdigit():
            raise _Broken(0, _("The file of written heads was changed."))
        if int(number) > anchor:
            found[int(number)] = rest.partition(" ")[0]
    return found
