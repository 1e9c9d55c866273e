"""How much work the first answer of a list may cost: beyond it, what was found so far is given.

SQLite alone is held back: it reads the rows in their order, so that what it found is the beginning
of the page. The time is that of the processor for this thread: a busy machine changes nothing.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from peewee import OperationalError

from portal.database import is_sqlite, proxy

SECONDS = 0.008
STEPS = 1_000
"""So many steps of SQLite's machine are made between two looks at the clock."""


class OutOfPatience(Exception):
    """A reading was broken off."""


class Patience:
    """The time that the statements of one answer share; what is left of it, in `left` seconds."""

    def __init__(self, seconds: float | None = None) -> None:
        self.left = SECONDS if seconds is None else seconds

    @contextmanager
    def shared(self) -> Iterator[None]:
        """Read within what is left. Raises OutOfPatience when that is not enough."""
        if not is_sqlite():
            yield
            return
        connection, start = proxy.obj.connection(), time.thread_time()
        end = start + self.left
        connection.set_progress_handler(lambda: time.thread_time() >= end, STEPS)
        try:
            yield
        except (OperationalError, sqlite3.OperationalError) as error:
            if str(error) != "interrupted":
                raise
            raise OutOfPatience from None
        finally:
            connection.set_progress_handler(None, 0)
            self.left -= time.thread_time() - start


def firsts(query: Any, patience: Patience | None) -> tuple[list[Any], bool]:
    """The first value of each row that a query finds, and whether it was broken off."""
    found: list[Any] = []
    if patience is None:
        return [row[0] for row in query.tuples().execute(proxy.obj)], False
    try:
        with patience.shared():
            for row in query.tuples().execute(proxy.obj):
                found.append(row[0])  # noqa: PERF401 - what was found before it broke off counts
    except OutOfPatience:
        return found, True
    return found, False
