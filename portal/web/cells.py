"""Values as the cells of a list and the lines of a sheet: escaped, cut, aligned, linked.

Made in Python, for speed.

A list page makes four hundred of them: dates and amounts are kept once they are written, as Babel
takes its time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from markupsafe import Markup, escape

from portal.fields import Field
from portal.fieldtypes import (
    EMPTY,
    MASKED,
    BooleanType,
    DateTimeType,
    DateType,
    FieldType,
    IntegerType,
    MoneyType,
    Reference,
)
from portal.i18n import current_language, gettext

LONGEST = 60
Cell = Callable[[Any], Markup]

_NOTHING = Markup('<td class="e">') + EMPTY + Markup("</td>")


def cell_of(field: Field, prefix: str, readable: Collection[str]) -> Cell:
    """The function that makes the cell of `field` from a value.

    `readable` are the tables that may be linked.
    """
    masked = _masked_cell()
    inner = _inner(field, prefix, readable)
    opening = Markup('<td class="n">') if field.type.numeric else Markup("<td>")

    def cell(value: Any) -> Markup:
        if value is None or value == "":
            return _NOTHING
        if value is MASKED:
            return masked
        return inner(value, opening)

    return cell


def _masked_cell() -> Markup:
    return Markup(
        '<td class="m" title="{0}">••••<span class="visually-hidden">{0}</span></td>'
    ).format(gettext("Masked"))


def _inner(field: Field, prefix: str, readable: Collection[str]) -> Callable[[Any, Markup], Markup]:
    kind = field.type
    if kind.name == "reference":
        return _reference(f"{prefix}/{kind.target}/details/?id=" if kind.target in readable else "")  # type: ignore[attr-defined]  # a reference type
    if isinstance(kind, BooleanType):
        return _boolean
    if kind.name in ("email", "link"):
        return _address("mailto:" if kind.name == "email" else "")
    show = shower(kind)

    def text(value: Any, opening: Markup) -> Markup:
        shown = show(value)
        if len(shown) > LONGEST:
            return Markup('<td title="{}">{}…</td>').format(
                shown[:1000], shown[: LONGEST - 1].rstrip()
            )
        return opening + escape(shown) + Markup("</td>")

    return text


def _reference(address: str) -> Callable[[Any, Markup], Markup]:
    linked = Markup('<td><a href="{}{}">{}</a></td>')

    def reference(value: Reference, opening: Markup) -> Markup:
        if address and value.accessible:
            return linked.format(address, value.id, str(value))
        return Markup('<td class="e">{}</td>').format(str(value))

    return reference


def _boolean(value: bool, opening: Markup) -> Markup:
    if value:
        return Markup('<td class="y">{}</td>').format(gettext("Yes"))
    return Markup('<td class="e">{}</td>').format(gettext("No"))


def _address(scheme: str) -> Callable[[Any, Markup], Markup]:
    linked = Markup('<td><a href="{0}{1}">{1}</a></td>')

    def address(value: str, opening: Markup) -> Markup:
        if not scheme and not value.startswith(("https://", "http://")):
            return opening + escape(value) + Markup("</td>")
        return linked.format(scheme, value)

    return address


# --- text ---------------------------------------------------------------------------------------


def shower(kind: FieldType) -> Callable[[Any], str]:
    """The function that shows a value of a type to a person; kept answers for dates and numbers."""
    if isinstance(kind, DateTimeType):
        return lambda value: _moment(value, current_language())
    if isinstance(kind, DateType):
        return lambda value: _day(value, current_language())
    if isinstance(kind, MoneyType):
        return lambda value: _money(value, current_language())
    if type(kind) is IntegerType:
        return lambda value: _integer(value, current_language())
    return kind.show


@lru_cache(maxsize=20_000)
def _day(value: date, language: str) -> str:
    return DateType().show(value)


@lru_cache(maxsize=20_000)
def _moment(value: datetime, language: str) -> str:
    return DateTimeType().show(value)


@lru_cache(maxsize=20_000)
def _money(value: Decimal, language: str) -> str:
    return MoneyType().show(value)


@lru_cache(maxsize=20_000)
def _integer(value: int, language: str) -> str:
    return IntegerType().show(value)


def line_of(field: Field, value: Any, prefix: str, readable: Collection[str]) -> Markup:
    """The value of a field on a sheet: whole, with its lines, linked where it may be opened."""
    if value is MASKED:
        return Markup('<span class="m">••••</span> <span class="quiet">{}</span>').format(
            gettext("Masked")
        )
    kind = field.type
    if kind.name == "reference":
        target = kind.target  # type: ignore[attr-defined]  # a reference type
        if target in readable and value.accessible:
            address = f"{prefix}/{target}/details/?id={value.id}"
            return Markup('<a href="{}">{}</a>').format(address, str(value))
        return escape(str(value))
    if kind.name == "email":
        return Markup('<a href="mailto:{0}">{0}</a>').format(value)
    if kind.name == "phone":
        return Markup('<a href="tel:{}">{}</a>').format("".join(value.split()), value)
    if kind.name == "link" and value.startswith(("https://", "http://")):
        return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(value)
    if kind.name == "longtext":
        return Markup('<span class="lines">{}</span>').format(value)
    return escape(shower(kind)(value))
