"""Who may read the access journal: never who may change everything.

A superuser or a technical administrator reads it by another profile type, which says that they are
privacy officers too; the superuser also where a setting opens it.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.actor import EVERYTHING, JOURNAL
from portal.builtin.accounts import Grant
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Invalid
from portal.holds import chunks
from portal.i18n import _

WRITING = (Verb.CREATE, Verb.UPDATE, Verb.ERASE)


def require(ids: Sequence[int]) -> None:
    """Refuse rights on the journal to a profile type that changes everything. Raises Invalid.

    `ids` are rights that were written.
    """
    for part in chunks(ids):
        mine = Grant.alias("mine")
        written = mine.select(mine.profile_type).where(mine.id.in_(list(part)))
        query = Grant.select(Grant.profile_type, Grant.table_name, Grant.verbs)
        where = Grant.profile_type.in_(written) & (
            (Grant.table_name == EVERYTHING) | Grant.table_name.startswith(JOURNAL)
        )
        rows = list(query.where(where).tuples().execute(proxy.obj))
        changing = {profile for profile, table, verbs in rows if _changes(table, verbs)}
        reading = {profile for profile, table, _verbs in rows if table.startswith(JOURNAL)}
        if changing & reading:
            wrong = _("A profile type that may change everything does not read the access journal.")
            remedy = _("Give this right to a profile type of privacy officers.")
            raise Invalid(wrong, remedy, {"table_name": wrong})


def _changes(table: str, verbs: str) -> bool:
    held = set(verbs.split())
    return table == EVERYTHING and bool(held & {EVERYTHING, *map(str, WRITING)})
