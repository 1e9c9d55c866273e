"""A record with what refers to it, and the protected rows of a table: each read is one act.

A sheet shows rows of many tables and is journaled once, with the persons of all of them. Archived
rows, rows of restricted persons and medical fields are protected: they open with a reason, for one
answer. Only the gate calls this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from peewee import Value

from portal import history, rightwords
from portal.bounds import check
from portal.builtin.audit import READ
from portal.catalog import Incoming
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.fields import Field
from portal.grants import (
    Scope,
    may_disclose,
    not_archived,
    not_restricted,
    opens_protected,
    scope,
    shows,
)
from portal.holds import negated
from portal.i18n import _
from portal.reaches import conjunction
from portal.reading import Reader
from portal.rows import Page, Related, Row, Selection

if TYPE_CHECKING:
    from portal.gate import Gate

RELATED_ROWS = 5
PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """A record as its page shows it.

    `closed` are the protected fields that a reason would open to this reader.
    """

    row: Row
    related: tuple[Related, ...] = ()
    closed: tuple[Field, ...] = ()


def read(gate: Gate, table: str, id: int) -> Sheet:
    """One row, the first rows that refer to it, and its closed fields; journaled as one act."""
    reader = _reader(gate, table)
    rows = reader.rows([id], reader.scope.fields())
    if not rows:
        raise NotFound(_("There is no such row here."), _("It may have been erased."))
    related = tuple(
        found
        for incoming in reader.table.incoming
        if (found := _referring(gate, incoming, id)) is not None
    )
    shown = [*rows, *(row for part in related for row in part.rows)]
    persons = [person for row in shown for person in row.persons]
    gate.note(Verb.READ, table, persons, len(shown))
    _noted(gate, shown)
    return Sheet(_with_states(reader, rows)[0], related, _closed(gate, reader, id))


def _reader(gate: Gate, table: str) -> Reader:
    found = gate.scope(table, Verb.READ)
    if not found.open:
        raise NotFound(_("There is no table '{name}'.").format(name=table[:60]))
    return Reader(found, lambda name: gate.scope(name, Verb.READ))


def _referring(gate: Gate, incoming: Incoming, id: int) -> Related | None:
    """The latest rows that refer to a row by one reference; None where that is not shown."""
    other = gate.scope(incoming.table, Verb.READ)
    shown = {f.name for f in other.fields()} - other.masked()
    if not other.open or incoming.field not in shown:
        return None
    reader = _reader(gate, incoming.table)
    ids, more = reader.referring(incoming.field, id, RELATED_ROWS)
    columns = reader.table.declaration.columns
    fields = [f for f in reader.scope.fields() if not columns or f.name in columns]
    return Related(incoming.table, incoming.field, tuple(reader.rows(ids, fields)), more)


def _closed(gate: Gate, reader: Reader, id: int) -> tuple[Field, ...]:
    """The protected fields of a row that are closed now and that a reason would open."""
    protected = [f for f in reader.table.fields.values() if f.disclosed]
    if not protected:
        return ()
    now = reader.covering(id)
    closed = [f for f in protected if not any(shows(g, f, reader.scope) for g in now)]
    opened = replace(gate.world, disclosing=True)
    asked = replace(reader, scope=scope(opened, reader.table, Verb.READ))
    then = asked.covering(id) if closed else ()
    return tuple(f for f in closed if any(shows(g, f, asked.scope) for g in then))


# --- archived and restricted rows -----------------------------------------------------------------


def _noted(gate: Gate, rows: Sequence[Row]) -> None:
    """Tell the audit which rows were shown, table by table."""
    for name in dict.fromkeys(row.table for row in rows):
        ids = [row.id for row in rows if row.table == name]
        history.looked(gate.catalog.table(name), ids, READ, gate.actor)


def protected(gate: Gate, table: str, page: int) -> Page:
    """One page of the rows that lists leave out, with their states, the latest first.

    Raises NotFound for the table, Invalid without a reason, Forbidden without the verb disclose.
    """
    reader = _reader(gate, table)
    if not may_disclose(reader.scope):
        raise Forbidden(
            rightwords.refusal(Verb.DISCLOSE, reader.table.label),
            rightwords.remedy(Verb.DISCLOSE, reader.table.label),
        )
    if not gate.reason.strip():
        raise Invalid(_("Say why you open these rows."))
    check(Selection(page=page, page_size=PAGE_SIZE))
    ids, more = _hidden(reader, page)
    wanted = reader.table.declaration.columns
    fields = [f for f in reader.scope.fields() if f.name in wanted]
    rows = reader.rows(ids, fields)
    persons = [person for row in rows for person in row.persons]
    gate.note(Verb.READ, table, persons, len(rows))
    _noted(gate, rows)
    return Page(_with_states(reader, rows), more)


def _hidden(reader: Reader, page: int) -> tuple[Sequence[int], bool]:
    """The ids of a page of the rows that only a reason shows."""
    alias = reader.table.model.alias("t")
    hidden = _left_out(reader.scope, alias)
    if hidden is None or not opens_protected(reader.scope):
        return (), False
    query = alias.select(alias.id).where(conjunction(reader.scope.rows(alias), hidden))
    query = query.order_by(alias.id.desc()).limit(PAGE_SIZE + 1).offset(page * PAGE_SIZE)
    found = [row[0] for row in proxy.obj.execute(query).fetchall()]
    return found[:PAGE_SIZE], len(found) > PAGE_SIZE


def _left_out(opened: Scope, alias: Any) -> Any | None:
    """The rows that are archived or restricted; None where no row can be."""
    usual = replace(opened, world=replace(opened.world, disclosing=False))
    shown = conjunction(not_archived(usual, alias), not_restricted(usual, alias))
    return None if shown is None else negated(shown)


def _with_states(reader: Reader, rows: Sequence[Row]) -> tuple[Row, ...]:
    """The rows, each with what it is protected by."""
    alias = reader.table.model.alias("t")
    hidden = _left_out(reader.scope, alias) if opens_protected(reader.scope) else None
    if hidden is None or not rows:
        return tuple(rows)
    archived = alias.archived_at if reader.table.versioned else Value(None)
    query = alias.select(alias.id, archived)
    query = query.where(alias.id.in_([row.id for row in rows]) & hidden)
    found = {
        id: frozenset({"restricted" if at is None else "archived"})
        for id, at in proxy.obj.execute(query).fetchall()
    }
    return tuple(replace(row, states=found.get(row.id, row.states)) for row in rows)
