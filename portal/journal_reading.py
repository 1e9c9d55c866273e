"""The access journal as its reader meets it: a page at a time by number, or whole for an export.

It is read within the grants of the gate's actor like any table, and each reading is journaled
before a row is given. An export ends with the entry that was the last one when it began.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal import journal
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Forbidden, NotFound
from portal.i18n import _
from portal.reaches import conjunction
from portal.reading import Reader
from portal.rows import Filter, Row, Selection

if TYPE_CHECKING:
    from portal.gate import Gate

ENTRY = "journal.entry"
ERASED = "journal.erasedname"
AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: filters on their fields, a person concerned, only those to look at.

    `below` and `above` are numbers of entries: the page that is older, or newer.
    """

    filters: tuple[Filter, ...] = ()
    person: int | None = None
    attention: bool = False
    below: int | None = None
    above: int | None = None


@dataclass(frozen=True, slots=True)
class Pages:
    """The entries of a page, the newest first, and whether there are newer and older ones."""

    rows: tuple[Row, ...]
    newer: bool
    older: bool


def may_read(gate: Gate) -> bool:
    """True for who may read the journal: a right names it, and they have staff status."""
    return gate.actor.staff and gate.can(Verb.READ, ENTRY)


def page(gate: Gate, wanted: Wanted, size: int) -> Pages:
    """One page of entries in three statements. Raises NotFound, Invalid."""
    if not may_read(gate):
        raise NotFound(_("There is nothing at this address."))
    reader = _reader(gate, Verb.READ)
    alias, where = _where(reader, wanted)
    upwards = wanted.above is not None
    if wanted.above is not None:
        where = conjunction(where, alias.id > wanted.above)
    elif wanted.below is not None:
        where = conjunction(where, alias.id < wanted.below)
    query = alias.select(alias.id) if where is None else alias.select(alias.id).where(where)
    order = alias.id.asc() if upwards else alias.id.desc()
    ids = [row[0] for row in proxy.obj.execute(query.order_by(order).limit(size + 1)).fetchall()]
    more, ids = len(ids) > size, ids[:size]
    rows = reader.rows(ids[::-1] if upwards else ids, reader.scope.fields())
    gate.note(Verb.READ, ENTRY, (), len(rows))
    if upwards:
        return Pages(tuple(rows), newer=more, older=True)
    return Pages(tuple(rows), newer=wanted.below is not None, older=more)


def stream(gate: Gate, wanted: Wanted) -> Iterator[Sequence[Row]]:
    """The entries, the oldest first, by chunks that are journaled before they are given.

    Raises at once NotFound, Forbidden or Invalid.
    """
    if not may_read(gate):
        raise NotFound(_("There is nothing at this address."))
    if not gate.can(Verb.EXPORT, ENTRY):
        raise Forbidden(_("You may not export the access journal."))
    reader = _reader(gate, Verb.EXPORT)
    alias, where = _where(reader, wanted)
    return _chunks(gate, reader, conjunction(where, alias.id <= journal.head()[0]), alias)


def _chunks(gate: Gate, reader: Reader, where: Any, alias: Any) -> Iterator[Sequence[Row]]:
    last, fields = 0, reader.scope.fields()
    while True:
        query = alias.select(alias.id).where(conjunction(where, alias.id > last))
        found = proxy.obj.execute(query.order_by(alias.id).limit(AT_ONCE)).fetchall()
        rows = reader.rows([row[0] for row in found], fields)
        if rows or not last:
            gate.note(Verb.EXPORT, ENTRY, (), len(rows))
        if rows:
            yield rows
        if len(found) < AT_ONCE:
            return
        last = found[-1][0]


def erased_names(gate: Gate, persons: Sequence[int]) -> dict[int, str]:
    """The names of erased persons by number, for who may read them; one statement."""
    if not persons or not gate.can(Verb.READ, ERASED):
        return {}
    reader = Reader(gate.scope(ERASED, Verb.READ), lambda name: gate.scope(name, Verb.READ))
    alias = reader.table.model.alias("t")
    where = conjunction(alias.person.in_(list(persons)), reader.scope.rows(alias))
    query = alias.select(alias.person, alias.last_name, alias.first_name).where(where)
    return {
        person: " ".join(name for name in (last, first) if name)
        for person, last, first in proxy.obj.execute(query).fetchall()
    }


def _reader(gate: Gate, verb: Verb) -> Reader:
    return Reader(gate.scope(ENTRY, verb), lambda name: gate.scope(name, Verb.READ))


def _where(reader: Reader, wanted: Wanted) -> tuple[Any, Any]:
    alias = reader.table.model.alias("t")
    where = reader.where(alias, Selection(filters=wanted.filters))
    if wanted.person is not None:
        reader.shown("persons")
        where = conjunction(where, alias.id.in_(journal.who_saw(wanted.person)))
    if wanted.attention:
        for name in ("account", "address", "routable"):
            reader.shown(name)
        strange = alias.account.is_null() | (alias.address == "") | ~alias.routable
        where = conjunction(where, strange)
    return alias, where
