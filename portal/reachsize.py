"""How many persons a set of structures holds, roughly.

What decides between IN and EXISTS on SQLite.

Ten persons are found at once by IN (EXISTS would walk the whole table); a quarter of a million by
EXISTS (IN would collect them all first). Only the speed depends on it, never the answer, so the
estimate is kept for ten minutes.
"""

from __future__ import annotations

import time

from peewee import Value

from portal.builtin.directory import Attachment
from portal.database import is_sqlite, proxy

NEVER = -1
"""IN never serves: for the few rows of a page, EXISTS looks at each of them."""
TO_START = 300
"""With up to so many attachments, every statement starts from the reach."""
TO_WALK = 3_000
"""Up to so many attachments IN serves a query that can stop early: a page by title."""
TO_COLLECT = 50_000
"""Up to so many attachments IN serves a query that looks at every row in reach: a count."""
KEPT_SECONDS = 600.0

_known: dict[tuple[int, tuple[int, ...]], tuple[float, int]] = {}


def is_small(structures: tuple[int, ...], most: int = TO_WALK) -> bool:
    """True when IN serves.

    At most `most` attachments in these structures, or PostgreSQL, which chooses by itself.
    """
    return not is_sqlite() or _attachments(structures) <= most


def _attachments(structures: tuple[int, ...]) -> int:
    key, now = (id(proxy.obj), structures), time.monotonic()
    at, found = _known.get(key, (0.0, 0))
    if at and now - at < KEPT_SECONDS:
        return found
    some = Attachment.select(Value(1)).where(Attachment.structure.in_(structures))
    found = some.limit(TO_COLLECT + 1).count()
    if len(_known) > 1_000:
        _known.clear()
    _known[key] = (now, found)
    return found
