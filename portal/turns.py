"""Turns: the threads of a process write to SQLite one after the other, first come, first served.

SQLite lets a waiting writer sleep and try again, longer each time, so that one may wait for seconds
while others pass it; a queue hands the turn over at once.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """A lock that is given in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._held = False

    @contextmanager
    def turn(self, seconds: float) -> Iterator[bool]:
        """Hold the turn inside the block; true when it is held.

        After `seconds` the block goes on without it, and the database says whether it is free.
        """
        held = self._acquire(seconds)
        try:
            yield held
        finally:
            if held:
                self._release()

    def _acquire(self, seconds: float) -> bool:
        with self._lock:
            if not self._held:
                self._held = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def _release(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._held = False
