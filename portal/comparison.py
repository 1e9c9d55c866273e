"""A comparison asked by a person, as SQL.

(field, operator, canonical text), checked against the field's type.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from peewee import fn

from portal import choices
from portal.database import is_sqlite, storable
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import BooleanType, storable_text
from portal.i18n import _, labelled
from portal.text import fold

LONGEST = 500


def compare(column: Any, key: Any | None, field: Field, operator: str, value: str) -> Any:
    """The condition `column operator value`.

    `key` is the folded copy of the column when there is one.

    Raises Invalid when the operator is not one of the field's type or the value is not of its type.
    """
    if operator not in field.type.operators:
        raise Invalid(
            _("'{operator}' is no comparison for {field}.").format(
                operator=operator[:40], field=field.label
            ),
            _("Use one of: {known}.").format(known=", ".join(field.type.operators)),
        )
    if len(value) > LONGEST:
        raise Invalid(_("The value asked for {field} is too long.").format(field=field.label))
    if not storable_text(value):
        raise Invalid(_("The value asked for {field} is no text.").format(field=field.label))
    try:
        return _OPERATORS[operator](column, key, field, value)
    except Invalid as error:
        raise Invalid(labelled(field.label, error.message), error.remedy) from None
    except OverflowError:
        out = _("The value asked for {field} is out of range.").format(field=field.label)
        raise Invalid(out) from None


def compare_below(column: Any, key: Any | None, field: Field, operator: str, value: str) -> Any:
    """The same for the filter of a list: one for a choice finds what stands below it too.

    A condition of a right names one choice, and no other.
    """
    compared = compare(column, key, field, operator, value)
    if field.type.name != "choice" or operator != "equals":
        return compared
    known = choices.current()
    chosen = known.find(field.type.list_name, value).id  # type: ignore[attr-defined]  # a choice type
    lower = sorted(known.below(chosen) - {chosen})
    return compared | column.in_(lower) if lower else compared


def _textual(field: Field) -> bool:
    return "contains" in field.type.operators


def _folded(column: Any, key: Any | None) -> Any:
    return fn.greffe_fold(column) if key is None else key


def _equals(column: Any, key: Any | None, field: Field, value: str) -> Any:
    if _textual(field):
        return _folded(column, key) == fold(value)
    if field.type.name == "choice":
        return column == choices.current().find(field.type.list_name, value).id  # type: ignore[attr-defined]  # a choice type
    found = _value(field, value)
    if isinstance(found, datetime):
        return (column >= _stored(field, found)) & (column < _end(field, value, found))
    return column == _stored(field, found)


def _contains(column: Any, key: Any | None, field: Field, value: str) -> Any:
    find = fn.instr if is_sqlite() else fn.strpos
    return find(_folded(column, key), fold(value)) > 0


def _before(column: Any, key: Any | None, field: Field, value: str) -> Any:
    return column < _stored(field, _value(field, value))


def _after(column: Any, key: Any | None, field: Field, value: str) -> Any:
    found = _value(field, value)
    if isinstance(found, datetime):
        return column >= _end(field, value, found)
    return column > _stored(field, found)


def _between(column: Any, key: Any | None, field: Field, value: str) -> Any:
    first, gap, last = value.partition("..")
    if not gap:
        raise Invalid(_("A range has two ends."), _("Write it as first..last."))
    low, end = _value(field, first), _value(field, last)
    if low > end:
        raise Invalid(_("The range ends before it begins."), _("Write it as first..last."))
    start = _stored(field, low)
    if isinstance(end, datetime):
        return (column >= start) & (column < _end(field, last, end))
    return (column >= start) & (column <= _stored(field, end))


def _end(field: Field, text: str, moment: datetime) -> Any:
    """Where the day, minute or second ends that a moment names, as far as it was written."""
    length = len(text.strip())
    span = timedelta(days=1) if length <= 10 else timedelta(minutes=1)
    return _stored(field, moment + (span if length <= 16 else timedelta(seconds=1)))


def _empty(column: Any, key: Any | None, field: Field, value: str) -> Any:
    nothing = column.is_null()
    if _textual(field) or field.type.name == "option":
        nothing = nothing | (column == "")
    if key is not None:  # an empty text has an empty copy: found in the index, and looked at
        nothing = (key == "") & nothing
    return nothing if BooleanType().parse(value or "true") else ~nothing


def _value(field: Field, text: str) -> Any:
    value = field.type.parse(text)
    if value is None:
        raise Invalid(_("A value is missing."), _("Give one, or ask for empty ones."))
    return value


def _stored(field: Field, value: Any) -> Any:
    return storable(field.type.dump(value))


_OPERATORS = {
    "equals": _equals,
    "contains": _contains,
    "before": _before,
    "after": _after,
    "between": _between,
    "empty": _empty,
}
