"""Entries of reads that wait for a long write: kept beside the database, then put into the chain.

SQLite has one writer, and a read is journaled before its rows are given. When an import or a purge
writes for longer than a page should wait, the entry becomes a file of its own, written whole and
synced before it gets its name. Whoever writes to the journal next puts it there, in one transaction
with its name, and erases the file after that: a process that dies at any moment loses no entry and
writes none twice. PostgreSQL has many writers and needs none of it.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portal.database import SqlitePortal, proxy

PATIENCE = 0.5
"""Seconds that a read waits for a writer before its entry is kept beside the database."""
AT_ONCE = 200
"""Up to this many files are put into the chain by one entry, which somebody waits for."""
SUFFIX = ".json"

_COLLECTED = "journal_collected"
"""The names of files that are in the chain and may not be erased yet."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What was found: the entries that are not in the chain yet, and the files to be erased."""

    rows: tuple[dict[str, Any], ...]
    files: tuple[Path, ...]


NOTHING = Waiting((), ())


def folder() -> Path | None:
    """Where entries wait; None where they never do."""
    database = proxy.obj
    if not isinstance(database, SqlitePortal) or ":memory:" in database.database:
        return None
    return Path(f"{database.database}-waiting")


def leave(rows: Iterable[Mapping[str, Any]]) -> None:
    """Keep the entries of one act, durably, until they are collected. Raises OSError."""
    place = folder()
    if place is None:
        raise OSError("Entries do not wait beside this database.")
    place.mkdir(mode=0o700, exist_ok=True)
    name = f"{time.time_ns():020d}-{secrets.token_hex(8)}"
    content = json.dumps([{**row, "at": row["at"].isoformat()} for row in rows])
    part = place / f"{name}.part"
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(place / f"{name}{SUFFIX}")
    inside = os.open(place, os.O_RDONLY)
    try:
        os.fsync(inside)
    finally:
        os.close(inside)


def some() -> bool:
    """True when entries wait."""
    return bool(_files())


def damaged() -> int:
    """How many files hold no entries that can be read: they stay where they are."""
    return sum(_read(file) is None and file.exists() for file in _files())


def collect() -> Waiting:
    """The entries that wait, the oldest first, noted as collected in the transaction that is open.

    They are the caller's to write in that same transaction; `erase` the files once it is committed.
    """
    files = _files()
    if not files:
        return NOTHING
    noted = {name for (name,) in proxy.execute_sql(f"SELECT name FROM {_COLLECTED}").fetchall()}  # noqa: S608 - our name
    present = {file.name for file in files}
    for name in noted - present:
        proxy.execute_sql(f"DELETE FROM {_COLLECTED} WHERE name = ?", (name,))  # noqa: S608 - our name
    rows: list[dict[str, Any]] = []
    done = []
    for file in files[:AT_ONCE]:
        if file.name not in noted:
            found = _read(file)
            if found is None:
                continue
            rows += found
            proxy.execute_sql(f"INSERT INTO {_COLLECTED} (name) VALUES (?)", (file.name,))  # noqa: S608 - our name
        done.append(file)
    return Waiting(tuple(rows), tuple(done))


def erase(files: Sequence[Path]) -> None:
    """Erase files whose entries are in the chain; one that is left is never written again."""
    for file in files:
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _files() -> list[Path]:
    place = folder()
    if place is None:
        return []
    try:
        names = [name for name in os.listdir(place) if name.endswith(SUFFIX)]
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [place / name for name in sorted(names)]


def _read(file: Path) -> list[dict[str, Any]] | None:
    """The entries of a file; None when another process has just erased it, or somebody damaged it.

    It is never half written: it has its name only when it is whole.
    """
    try:
        rows = json.loads(file.read_text(encoding="ascii"))
        return [{**row, "at": datetime.fromisoformat(row["at"])} for row in rows]
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return None
