"""A form that is sent twice (a double click) makes one record.

Each form carries a token that is good once.

The tokens stand in the memory of the process, for a quarter of an hour.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

KEPT_SECONDS = 900
PATIENCE_SECONDS = 10


@dataclass(slots=True)
class _Sent:
    at: float
    address: str = ""
    done: threading.Event = field(default_factory=threading.Event)


class AlreadySent(Exception):
    """This form was sent before.

    `address` is the record that it made, empty while that is not known.
    """

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.address = address


_lock = threading.Lock()
_sent: dict[str, _Sent] = {}


@contextmanager
def only(token: str) -> Iterator[Callable[[str], None]]:
    """Run the block for the first sender of `token`, who calls what is given with its result.

    Raises AlreadySent to the others, once the first is through. When the block fails, the token
    is good again.
    """
    now = time.monotonic()
    with _lock:
        for old in [key for key, sent in _sent.items() if now - sent.at > KEPT_SECONDS]:
            del _sent[old]
        earlier = _sent.get(token)
        mine = _sent.setdefault(token, _Sent(now))
    if earlier is not None:
        earlier.done.wait(PATIENCE_SECONDS)
        raise AlreadySent(earlier.address)

    def done(address: str) -> None:
        mine.address = address

    try:
        yield done
    except BaseException:
        with _lock:
            _sent.pop(token, None)
        raise
    finally:
        mine.done.set()
