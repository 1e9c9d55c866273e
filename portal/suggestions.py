"""The values that other rows hold in a field with free values, to choose from while typing.

Only values that a grant shows are offered, those of the latest rows first; the act is journaled.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.channels import Channel
from portal.database import proxy
from portal.declare import Verb
from portal.reaches import conjunction
from portal.text import fold

if TYPE_CHECKING:
    from portal.gate import Gate

LATEST = 2_000
"""How many rows with a value are looked at: a list must not wait for a million of them."""
MOST = 50


def values(gate: Gate, table: str, name: str) -> tuple[str, ...]:
    """The different values of a field in the rows that the actor reads, in alphabetical order."""
    scope = gate.scope(table, Verb.READ)
    field = scope.table.fields.get(name)
    if field is None or not scope.open or name in scope.masked():
        return ()
    alias = scope.table.model.alias("t")
    value = scope.value(alias, field)
    if value is None:
        return ()
    where = conjunction(~value.is_null(), value != "", scope.rows(alias))
    query = alias.select(value).where(where).order_by(alias.id.desc()).limit(LATEST)
    found = dict.fromkeys(str(row[0]) for row in proxy.obj.execute(query).fetchall())
    kept = list(found)[:MOST]
    if kept:
        gate.at(Channel.LOOKUP).note(Verb.READ, table, (), len(kept))
    return tuple(sorted(kept, key=fold))
