"""Large counts, remembered for a minute: a list asks for the same one on each of its pages.

Only a count above a thousand is kept: counting so many costs more than the page itself. A write of
this process forgets those that it may change visibly; "more than 10,000" stays for its minute. A
write of another process may show a minute late, in the number alone, never in the rows.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import TYPE_CHECKING

from portal.database import proxy
from portal.rows import Count, Selection

if TYPE_CHECKING:
    from portal.grants import Scope

FROM = 1_000
KEPT_SECONDS = 60.0
MOST_KEPT = 1_000

_kept: dict[Hashable, tuple[float, Count]] = {}


def key(scope: Scope, selection: Selection) -> Hashable:
    """What a count depends on, beside the rows: who asks, on which day, and for what."""
    world = scope.world
    return (
        id(proxy.obj),
        scope.table.name,
        scope.verb,
        scope.grants,
        world.actor.person,
        world.today,
        world.disclosing,
        world.restrictions,
        world.codes,
        world.actor.codes,
        selection.search,
        selection.filters,
        selection.ids,
    )


def known(asked: Hashable) -> Count | None:
    """The count that was kept under this key, within the minute."""
    at, count = _kept.get(asked, (0.0, None))
    return count if count is not None and time.monotonic() - at < KEPT_SECONDS else None


def keep(asked: Hashable, count: Count) -> None:
    """Remember a large count."""
    if count.value <= FROM:
        return
    if len(_kept) >= MOST_KEPT:
        _kept.clear()
    _kept[asked] = (time.monotonic(), count)


def forget() -> None:
    """Drop the counts below the cap: rows were written."""
    for asked, (_at, count) in list(_kept.items()):
        if not count.capped:
            _kept.pop(asked, None)
