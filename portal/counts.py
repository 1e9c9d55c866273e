"""Large counts, remembered for a minute: a list asks for the same one on each of its pages.

Only a count above a thousand is kept: counting so many costs more than the page itself. A write of
this process forgets those that it may change visibly; "more than 10,000" stays for its minute. A
write of another process may show a minute late, in the number alone, never in the rows.
"""

from __future__ import annotations

import time
from collections.abc import Hashable
from typing import TYPE_CHECKING

from portal.database import is_sqlite, proxy
from portal.patience import OutOfPatience, Patience
from portal.rows import Count, Page, Selection

if TYPE_CHECKING:
    from portal.grants import Scope
    from portal.reading import Reader

CAP = 10_000
"""More rows than these are only counted one by one when somebody asks for it."""
AT_HAND_SECONDS = 0.002
FEW_ROWS = 2_000
"""PostgreSQL counts at once in tables of no more rows, whatever is asked of them."""
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


def of(reader: Reader, selection: Selection, *, exact: bool) -> Count:
    """How many rows a selection names, at most `CAP` of them when it need not be `exact`."""
    if exact:
        return reader.count(selection, None)
    asked = key(reader.scope, selection)
    found = known(asked)
    if found is None:
        found = reader.count(selection, CAP)
        keep(asked, found)
    return found


def at_hand(reader: Reader, selection: Selection, page: Page) -> Count | None:
    """The count of a list whose page was read, when it costs next to nothing; None for another.

    The last page tells it; so may one that was kept, or a reading of few rows.
    """
    walked = selection.after is not None or selection.before is not None
    seen = selection.page * selection.page_size + len(page.rows)
    if not (page.has_next or page.unfinished or walked) and (page.rows or not selection.page):
        return Count(seen)
    if page.rows and seen > CAP and not walked:
        return Count(CAP, capped=True)
    asked = key(reader.scope, selection.counted())
    found = known(asked)
    if found is not None or page.unfinished or not (is_sqlite() or _small(reader)):
        return found
    try:
        found = reader.count(selection.counted(), CAP, Patience(AT_HAND_SECONDS))
    except OutOfPatience:
        return None
    keep(asked, found)
    return found


def _small(reader: Reader) -> bool:
    table = reader.table.model
    return int(table.select().limit(FEW_ROWS + 1).count(proxy.obj)) <= FEW_ROWS


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
