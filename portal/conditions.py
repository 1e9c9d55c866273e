"""The conditions of a right: comparisons like those of the filters, all of which a row must meet.

They are kept as text, one comparison a line: `field operator value`. A right whose condition cannot
be asked gives no row, so that a mistake never opens anything; `check` refuses it when it is saved.
"""

from __future__ import annotations

from collections.abc import Iterable

from portal.actor import Condition
from portal.catalog import CatalogTable
from portal.comparison import compare
from portal.errors import Invalid
from portal.fields import Field
from portal.i18n import _

MOST = 20


def parse(text: str) -> tuple[Condition, ...]:
    """The conditions that a text says, one on each line."""
    parsed = []
    for line in text.splitlines():
        field, _space, rest = line.strip().partition(" ")
        operator, _space, value = rest.strip().partition(" ")
        if field:
            parsed.append(Condition(field, operator, value.strip()))
    return tuple(parsed)


def write(conditions: Iterable[Condition]) -> str:
    """The text that `parse` reads back as these conditions."""
    return "\n".join(f"{c.field} {c.operator} {c.value}".rstrip() for c in conditions)


def askable(field: Field) -> bool:
    """True for a field that a condition may name: never one that stays in the gate."""
    return not field.secret


def check(conditions: Iterable[Condition], tables: Iterable[CatalogTable]) -> None:
    """Refuse a condition that one of `tables` cannot be asked. Raises Invalid, naming it."""
    asked, known = tuple(conditions), tuple(tables)
    if len(asked) > MOST:
        raise Invalid(_("There are more than {most} conditions.").format(most=MOST))
    for table in known:
        for condition in asked:
            field = table.fields.get(condition.field)
            if field is None or not askable(field):
                raise Invalid(
                    _("“{table}” has no field “{name}” to compare.").format(
                        table=table.label, name=condition.field[:60]
                    ),
                    _("Choose a field that every table of the right has."),
                )
            column = field.expression(table.model)
            compare(column, None, field, condition.operator, condition.value)
