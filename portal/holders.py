"""Who holds a profile type: how many accounts, in one statement whatever their number."""

from __future__ import annotations

from collections.abc import Collection

from peewee import fn

from portal.builtin.accounts import Account, Holding
from portal.database import proxy
from portal.grants import Scope
from portal.reaches import conjunction


def count(scope: Scope, profiles: Collection[int]) -> int:
    """How many active accounts hold one of these profile types, among the rows of `scope`."""
    if not profiles:
        return 0
    holding = Holding.alias()
    where = conjunction(
        Account.active == True,  # noqa: E712  a condition in SQL
        holding.profile_type.in_(list(profiles)),
        scope.rows(holding),
    )
    query = holding.select(fn.COUNT(holding.account.distinct()))
    query = query.join_from(holding, Account, on=(holding.account == Account.id)).where(where)
    return int(query.scalar(proxy.obj))
