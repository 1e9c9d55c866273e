"""The rows about one person, table by table, those apart that the law has kept within their term.

For the erasure that a person asks for: what is counted here is what the actor may erase.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal import holds, journal, rightwords
from portal.catalog import CatalogTable
from portal.channels import Kind
from portal.database import proxy
from portal.declare import Verb
from portal.due import Due
from portal.errors import Forbidden
from portal.grants import Scope
from portal.holds import negated
from portal.journal import Act
from portal.reaches import along

if TYPE_CHECKING:
    from portal.gate import Gate

PROOFS = frozenset({"privacy", "journal", "history", "operations"})
"""The modules whose rows prove what was done; their own terms rule them."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows of a table about a person: free ones, and those that the law has kept.

    `kept` has the ids by the activity whose term it is.
    """

    table: CatalogTable
    free: tuple[int, ...]
    kept: Mapping[str, tuple[int, ...]]


def of(gate: Gate, person: int) -> list[Rows]:
    """Every table with rows about the person, children before what they refer to.

    Raises Forbidden naming a table whose rows the actor may not erase whole.
    """
    in_order = holds.children_first(table for table in gate.catalog if table.subject is not None)
    tables = [table for table in in_order if table.plugin not in PROOFS]
    about = {table.name: _about(gate, table, person) for table in tables}
    kept = {table.name: _kept(gate, table, about[table.name]) for table in tables}
    for table in reversed(tables):
        for child, activity, ids in _going_with(gate, table, kept):
            kept[child] = kept[child] | {activity: kept[child].get(activity, set()) | ids}
    return [
        _rows(table, about[table.name], kept[table.name]) for table in tables if about[table.name]
    ]


def _rows(table: CatalogTable, about: list[int], kept: Mapping[str, set[int]]) -> Rows:
    every = set().union(*kept.values()) if kept else set()
    return Rows(
        table,
        tuple(id for id in about if id not in every),
        {activity: tuple(sorted(ids)) for activity, ids in kept.items() if ids},
    )


def _going_with(
    gate: Gate, table: CatalogTable, kept: Mapping[str, Mapping[str, set[int]]]
) -> Iterator[tuple[str, str, set[int]]]:
    """The rows that belong to kept ones (the balances of an account): they stay with them."""
    for incoming in table.incoming:
        if incoming.act != "goes_along" or incoming.table not in kept:
            continue
        for activity, parents in kept[table.name].items():
            model = gate.catalog.table(incoming.table).model
            query = model.select(model.id).where(
                holds.among(getattr(model, incoming.field), parents)
            )
            ids = {row[0] for row in proxy.obj.execute(query).fetchall()}
            if ids:
                yield incoming.table, activity, ids


def only_names(table: CatalogTable) -> bool:
    """True when a row is not the person's and merely names them: who looks after an aircraft."""
    path = table.subject
    if path is None or len(path.steps) != 1 or not path.steps[0].column.null:
        return False
    return set(table.declaration.personal) == {path.steps[0].name}


def take_out(gate: Gate, table: CatalogTable, ids: Sequence[int], person: int) -> int:
    """Take the person out of rows that merely name them; how many. Within a transaction."""
    if table.subject is None or not only_names(table):
        return 0
    model, column = table.model, table.subject.steps[0].column
    changes = {column: None, model.version: model.version + 1}
    named = holds.among(model.id, ids) & (column == person)
    done = int(model.update(changes).where(named).execute(proxy.obj))
    kind = Kind.ANONYMISE
    act = Act(gate.channel, Verb.UPDATE, table.name, [person], done, reason=gate.reason, kind=kind)
    journal.record(gate.actor, act)
    return done


def left(gate: Gate, table: CatalogTable, person: int) -> int:
    """How many rows about the person a table still holds."""
    return len(_every(table, person))


def _about(gate: Gate, table: CatalogTable, person: int) -> list[int]:
    every = _every(table, person)
    if every and not _reaches(gate.scope(table.name, Verb.ERASE), every):
        raise Forbidden(
            rightwords.refusal(Verb.ERASE, table.label),
            rightwords.remedy(Verb.ERASE, table.label),
        )
    return every


def _every(table: CatalogTable, person: int) -> list[int]:
    alias = table.model.alias()
    if table.subject is None:
        return []
    about = along(alias, table.subject, lambda column: column == person)
    query = alias.select(alias.id).where(about).order_by(alias.id)
    return [row[0] for row in proxy.obj.execute(query).fetchall()]


def _reaches(scope: Scope, ids: list[int]) -> bool:
    """True when the actor may erase each of these rows, but for what protects them."""
    if not scope.open:
        return False
    alias = scope.table.model.alias("t")
    inside = scope.rows(alias)
    if inside is None:
        return True
    query = alias.select(alias.id).where(holds.among(alias.id, ids), inside)
    return len(proxy.obj.execute(query).fetchall()) == len(ids)


def _kept(gate: Gate, table: CatalogTable, ids: list[int]) -> dict[str, set[int]]:
    """The rows within a term that the law sets, by activity."""
    kept: dict[str, set[int]] = {}
    if not ids:
        return kept
    for name in _activities(table):
        activity = gate.catalog.activities[name]
        if not activity.retention.minimum or not activity.retention.minimum.value:
            continue
        due = Due(gate, name)
        for part in due.parts:
            if part.table.name == table.name:
                alias = table.model.alias("t")
                within = due.belonging(part, alias) & negated(due.due(part, alias))
                query = alias.select(alias.id).where(holds.among(alias.id, ids), within)
                kept.setdefault(name, set()).update(
                    row[0] for row in proxy.obj.execute(query).fetchall()
                )
    return kept


def _activities(table: CatalogTable) -> list[str]:
    declared = table.declaration
    other = declared.other_activity
    found: list[Any] = [declared.activity, other.activity if other else None]
    return [activity.name for activity in found if activity is not None]
