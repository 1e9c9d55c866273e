"""Reaches as SQL: which rows one grant gives, by its reach and its conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from peewee import OP, Expression, Value, fn

from portal.actor import Condition, Grant
from portal.builtin.directory import Attachment
from portal.catalog import Path
from portal.comparison import compare
from portal.conditions import askable
from portal.database import is_sqlite
from portal.declare import Reach
from portal.errors import Invalid
from portal.ordering import without_index
from portal.reachsize import TO_START, is_small

if TYPE_CHECKING:
    from portal.grants import Scope

NO_ROWS = Value(1) == Value(0)
ALL_ROWS = Value(1) == Value(1)


class _Among(Expression):
    def _is_rhs_empty(self, _rhs: Any, _context: Any) -> bool:
        return False


def among(column: Any, query: Any) -> Any:
    """`column IN (query)`, written once.

    Peewee writes the query twice to see whether it is empty.
    """
    return _Among(column, OP.IN, query)


def grant_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """The rows of one grant: those in its reach that meet its conditions."""
    rows = REACHES[grant.reach](scope, grant, alias)
    met = conjunction(rows, conditions_met(scope, grant, alias))
    return ALL_ROWS if met is None else met


def conditions_met(scope: Scope, grant: Grant, alias: Any) -> Any | None:
    """The rows that meet every condition of the grant; none when one cannot be asked here."""
    return conjunction(*[condition_met(scope, one, alias) for one in grant.conditions])


def condition_met(scope: Scope, condition: Condition, alias: Any) -> Any:
    """The rows that meet one condition; none when it cannot be asked here."""
    field = scope.table.fields.get(condition.field)
    if field is None or not askable(field):
        return NO_ROWS
    key = getattr(alias, field.folded) if field.folded else None
    column = field.expression(alias)
    try:
        return compare(column, key, field, condition.operator, condition.value)
    except Invalid:
        return NO_ROWS


def own_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """Rows about the actor's own person."""
    person, path = scope.world.actor.person, scope.table.subject
    if person is None or path is None:
        return NO_ROWS
    return along(alias, path, lambda column: column == person)


def attached_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """Own rows, and those that a rule of the table attaches to the actor's person."""
    person = scope.world.actor.person
    if person is None:
        return NO_ROWS
    parts = [own_rows(scope, grant, alias)]
    parts += [along(alias, path, lambda column: column == person) for path in scope.table.attached]
    parts += [among(alias.id, rule.rows(person)) for rule in scope.table.attachments]
    return any_of(parts)


def structure_rows(scope: Scope, grant: Grant, alias: Any) -> Any:
    """Rows of the grant's zones and of all structures below them."""
    path = scope.table.structure
    ids = scope.world.tree.below(grant.zones)
    if path is None or not ids:
        return NO_ROWS
    if not path.through_attachments:
        return along(alias, path, lambda column: column.in_(ids))
    today = scope.world.today
    if is_small(ids, scope.small_reach):
        attached = Attachment.select(Attachment.person).where(
            Attachment.structure.in_(ids) & still_attached(Attachment, today)
        )
        return along(alias, path, lambda column: among(column, attached))
    return along(
        alias,
        path,
        lambda column: fn.EXISTS(
            Attachment.select(Value(1)).where(
                (Attachment.person == column) & _in_one_of(ids) & still_attached(Attachment, today)
            )
        ),
    )


def _in_one_of(ids: tuple[int, ...]) -> Any:
    """An attachment to one of these structures.

    SQLite looks a person up once, not once in each structure: few attachments are found.
    """
    column = Attachment.structure
    return (without_index(column) if is_sqlite() and len(ids) > 1 else column).in_(ids)


def reaches_few(scope: Scope, grant: Grant) -> bool:
    """True when the reach of a grant holds few rows: those of a person, or of few persons."""
    if grant.reach in (Reach.OWN, Reach.ATTACHED):
        return True
    path = scope.table.structure
    if grant.reach is not Reach.STRUCTURE or path is None or not path.through_attachments:
        return False
    ids = scope.world.tree.below(grant.zones)
    return not ids or is_small(ids, TO_START)


def every_row(scope: Scope, grant: Grant, alias: Any) -> Any | None:
    """All rows."""
    return None


REACHES: dict[Reach, Callable[[Scope, Grant, Any], Any | None]] = {
    Reach.OWN: own_rows,
    Reach.ATTACHED: attached_rows,
    Reach.STRUCTURE: structure_rows,
    Reach.ALL: every_row,
}


def still_attached(attachment: Any, today: date) -> Any:
    """An attachment that has ended gives no reach."""
    return attachment.ends_on.is_null() | (attachment.ends_on >= today)


def along(alias: Any, path: Path, test: Callable[[Any], Any]) -> Any:
    """`test` applied to the column where a path ends; each further reference is one sub-query."""
    if not path.steps:
        return test(alias.id)
    return _along(alias, [step.column for step in path.steps], test)


def _along(alias: Any, columns: list[Any], test: Callable[[Any], Any]) -> Any:
    column = getattr(alias, columns[0].name)
    if len(columns) == 1:
        return test(column)
    target = columns[0].rel_model.alias()
    return among(column, target.select(target.id).where(_along(target, columns[1:], test)))


def any_of(parts: Sequence[Any]) -> Any:
    """At least one of the conditions; no row meets none of them.

    They are halved again and again: SQLite reads no more than a hundred that are nested.
    """
    if not parts:
        return NO_ROWS
    middle = len(parts) // 2
    return any_of(parts[:middle]) | any_of(parts[middle:]) if middle else parts[0]


def conjunction(*parts: Any | None) -> Any | None:
    """All of the conditions that are given; None when there is none."""
    found = None
    for part in parts:
        if part is not None:
            found = part if found is None else found & part
    return found
