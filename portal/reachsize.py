"""How many persons a set of structures holds, roughly: what decides between IN and EXISTS on SQLite.

Ten persons are found at once by IN (EXISTS would walk the whole table); a quarter of a million by EXISTS (IN would
collect them all first). Only the speed depends on it, never the answer, so the estimate is kept for a minute.
"""

from __future__ import annotations

import time

from peewee import Value

from portal.builtin.directory import Attachment
from portal.database import is_sqlite, proxy

SMALL = 2_000
KEPT_SECONDS = 60.0

_known: dict[tuple[int, tuple[int, ...]], tuple[float, bool]] = {}


def is_small(structures: tuple[int, ...]) -> bool:
    """True when IN serves: at most 2,000 attachments in these structures, or PostgreSQL, which chooses by itself."""
    if not is_sqlite():
        return True
    key, now = (id(proxy.obj), structures), time.monotonic()
    at, small = _known.get(key, (0.0, False))
    if at and now - at < KEPT_SECONDS:
        return small
    some = Attachment.select(Value(1)).where(Attachment.structure.in_(structures)).limit(SMALL + 1)
    small = some.count() <= SMALL
    if len(_known) > 1_000:
        _known.clear()
    _known[key] = (now, small)
    return small
