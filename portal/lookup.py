"""Rows to choose from: by the search index, or by titles where no field of the title is in it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from portal.reading import Reader
from portal.rows import Ids, Row, Selection
from portal.text import fold

PAGE = 200
PAGES = 10
"""Such tables are short (settings, attachments): so many titles are looked at, in their order."""


Pages = Callable[[Selection], Ids]


def rows(reader: Reader, ids: Pages, text: str, most: int) -> Sequence[Row]:
    """At most `most` rows that `text` finds; `ids` gives the numbers of a page within reach."""
    table = reader.table
    if table.searched:
        found = reader.rows(ids(Selection(search=text, page_size=most)).found, ())
        if found or set(table.title) & set(table.searched):
            return found
    return _by_title(reader, ids, text, most)


def _by_title(reader: Reader, ids: Pages, text: str, most: int) -> list[Row]:
    """The rows whose title holds every word of `text`."""
    wanted, found = fold(text).split(), list[Row]()
    for page in range(PAGES):
        numbers, more, _unfinished = ids(Selection(page=page, page_size=PAGE))
        titled = reader.rows(numbers, ())
        found += [row for row in titled if all(word in fold(row.title) for word in wanted)]
        if not more or len(found) >= most:
            break
    return found[:most]
