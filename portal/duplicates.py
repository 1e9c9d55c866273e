"""Persons who may be the same: same name and birth date, same e-mail, same telephone number.

Only values that the actor may read are compared: nobody learns of a duplicate by what they could
not see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peewee import SQL, Tuple, fn

from portal.catalog import PERSON
from portal.database import proxy
from portal.declare import Verb
from portal.grants import Scope
from portal.i18n import Label, _
from portal.reaches import conjunction
from portal.rows import Row

if TYPE_CHECKING:
    from portal.gate import Gate

PAGE_SIZE = 20
MOST_ALIKE = 10
"""Persons of one group that are proposed; a telephone of a whole club is no duplicate."""
SHOWN = ("birth_date", "email", "mobile", "city", "created_at")
PLACES = (SQL("1"), SQL("2"), SQL("3"))
"""The compared values by their place: PostgreSQL knows an expression again by nothing else."""
_BETWEEN_DIGITS = (" ", ".", "-", "/", "(", ")")


@dataclass(frozen=True, slots=True)
class Alike:
    """What persons may have in common: the fields that are compared."""

    name: str
    label: Label
    fields: tuple[str, ...]


KINDS = (
    Alike("name", _("Same name and birth date"), ("last_name", "first_name", "birth_date")),
    Alike("email", _("Same e-mail"), ("email",)),
    Alike("mobile", _("Same mobile"), ("mobile",)),
    Alike("landline", _("Same landline"), ("landline",)),
)


@dataclass(frozen=True, slots=True)
class Group:
    """Persons who have something in common."""

    kind: Alike
    rows: tuple[Row, ...]


def may_look(gate: Gate) -> bool:
    """True for who changes and erases persons (without a query)."""
    return all(gate.can(verb, PERSON) for verb in (Verb.READ, Verb.UPDATE, Verb.ERASE))


def groups(gate: Gate, kind: Alike, page: int) -> tuple[list[Group], bool]:
    """Some groups of persons alike, and whether others follow."""
    scope = gate.scope(PERSON, Verb.READ)
    alias = scope.table.model.alias("t")
    compared = _values(scope, alias, kind)
    if not scope.open or compared is None:
        return [], False
    present = [value.is_null(is_null=False) for value in compared]
    where = conjunction(compared[0] != "", *present, scope.rows(alias))
    places = PLACES[: len(compared)]
    query = (
        alias.select(*compared)
        .where(where)
        .group_by(*places)
        .having(fn.COUNT(alias.id) > 1)
        .order_by(*places)
        .limit(PAGE_SIZE + 1)
        .offset(page * PAGE_SIZE)
    )
    found = proxy.obj.execute(query).fetchall()
    made = [group for key in found[:PAGE_SIZE] if (group := _group(gate, scope, kind, key))]
    return made, len(found) > PAGE_SIZE


def _values(scope: Scope, alias: Any, kind: Alike) -> tuple[Any, ...] | None:
    """The compared values, folded; None when the actor reads not all of these fields."""
    found = []
    for name in kind.fields:
        field = scope.table.fields[name]
        value = scope.value(alias, field, key=True)
        if value is None:
            return None
        if field.type.name == "phone":
            for mark in _BETWEEN_DIGITS:
                value = fn.REPLACE(value, mark, "")
        found.append(value)
    return tuple(found)


def _group(gate: Gate, scope: Scope, kind: Alike, key: Sequence[Any]) -> Group | None:
    alias = scope.table.model.alias("t")
    values = _values(scope, alias, kind) or ()
    where = conjunction(Tuple(*values) == Tuple(*key), scope.rows(alias))
    query = alias.select(alias.id).where(where).order_by(alias.id).limit(MOST_ALIKE)
    ids = [row[0] for row in proxy.obj.execute(query).fetchall()]
    known = {field.name for field in gate.fields(PERSON)}
    rows = gate.many(PERSON, ids, [name for name in SHOWN if name in known])
    return Group(kind, tuple(rows)) if len(rows) > 1 else None
