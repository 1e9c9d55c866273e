"""Why an actor meets a row and a field, or does not: the very conditions of the gate, one by one.

Each condition that a query would carry is evaluated as SQL on that one row, so that the answer is
never a second opinion: what the gate refuses, this says it refuses, and by which condition.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from peewee import Case, Value

from portal import grants
from portal.actor import Condition, Grant
from portal.codes import code_held
from portal.database import proxy
from portal.fields import Field
from portal.grants import Scope
from portal.reaches import REACHES, condition_met

SHOWN, MASKED, HIDDEN = "shown", "masked", "hidden"


@dataclass(frozen=True, slots=True)
class OfGrant:
    """What one right does for a row and a field.

    `within` and `met` are its reach and its conditions on the row; `gives` is true where the gate
    lets the right give the row. `lacks` names what keeps the field from being shown by it.
    """

    grant: Grant
    within: bool
    met: tuple[tuple[Condition, bool], ...]
    gives: bool
    state: str
    lacks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether an actor meets a row, and how a field shows there ("shown", "masked", "hidden").

    `clauses` are the conditions that were asked of the row, by name, and whether it meets them.
    """

    seen: bool
    state: str
    clauses: Mapping[str, bool]
    rights: tuple[OfGrant, ...]


def answer(scope: Scope, row: int, field: Field | None = None) -> Answer | None:
    """Why the row numbered `row` is in the scope or not; None when there is no such row.

    One statement, which reads nothing of the row but whether it meets each condition.
    """
    alias = scope.table.model.alias("t")
    clauses = {clause.__name__: clause(scope, alias) for clause in grants.row_clauses()}
    asked = {name: clause for name, clause in clauses.items() if clause is not None}
    columns = [_flag(clause) for clause in asked.values()]
    columns += scope.covers(alias)
    for grant in scope.grants:
        columns.append(_flag(REACHES[grant.reach](scope, grant, alias)))
        columns += [_flag(condition_met(scope, one, alias)) for one in grant.conditions]
    query = alias.select(Value(1), *columns).where(alias.id == row)
    found = next(iter(proxy.obj.execute(query).fetchall()), None)
    if found is None:
        return None
    flags = iter([bool(flag) for flag in found[1:]])
    held = {name: next(flags) for name in asked}
    gives = [next(flags) for _grant in scope.grants]
    rights = tuple(
        _right(scope, grant, given, flags, field)
        for grant, given in zip(scope.grants, gives, strict=True)
    )
    seen = all(held.values()) and scope.open
    return Answer(seen, _state(rights, seen=seen), held, rights)


def _flag(condition: Any | None) -> Any:
    """1 where the condition holds, else 0; a condition that is not asked holds."""
    return Value(1) if condition is None else Case(None, ((condition, 1),), 0)


def _right(scope: Scope, grant: Grant, gives: bool, flags: Any, field: Field | None) -> OfGrant:  # noqa: FBT001 - a fact
    within = next(flags)
    met = tuple((condition, next(flags)) for condition in grant.conditions)
    if field is None:
        return OfGrant(grant, within, met, gives, SHOWN, ())
    state = HIDDEN
    if grants.shows(grant, field, scope):
        state = SHOWN
    elif grants.masks(grant, field, scope):
        state = MASKED
    return OfGrant(grant, within, met, gives, state, _lacking(grant, field, scope))


def _lacking(grant: Grant, field: Field, scope: Scope) -> tuple[str, ...]:
    """The conditions of a field that the right does not meet, by name."""
    held = {
        "readable": grants.readable(grant, field),
        "unmasked": grants.unmasked(grant, field),
        "kept_secret": not grants.kept_secret(field),
        "disclosed": grants.disclosed(grant, field, scope),
        "code_held": code_held(field, scope),
    }
    return tuple(name for name, holds in held.items() if not holds)


def _state(rights: tuple[OfGrant, ...], *, seen: bool) -> str:
    states = {right.state for right in rights if right.gives} if seen else set()
    return next((state for state in (SHOWN, MASKED) if state in states), HIDDEN)
