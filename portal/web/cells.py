"""Values as the cells of a list and the lines of a sheet: escaped, cut, aligned, linked.

Made in Python, for speed.

A list page makes four hundred of them: dates and amounts are kept once they are written, as Babel
takes its time.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from html import escape
from typing import Any

from markupsafe import Markup

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
    RowNumberType,
)
from portal.i18n import current_language, gettext

LONGEST = 60
Cell = Callable[[Any], str]

_NOTHING = f'<td class="e">{EMPTY}</td>'


def cell_of(field: Field, prefix: str, readable: Collection[str]) -> Cell:
    """The function that makes the cell of `field`, escaped, as HTML text.

    `readable` are the tables that may be linked.
    """
    masked = _masked_cell()
    inner = _inner(field, prefix, readable)

    def cell(value: Any) -> str:
        if value is None or value == "":
            return _NOTHING
        if value is MASKED:
            return masked
        return inner(value)

    return cell


def html(cells: Iterable[str]) -> Markup:
    """Cells side by side, as a template takes them: each has escaped its own value."""
    return Markup("".join(cells))  # noqa: S704 - made by `cell_of`, which escapes


def _masked_cell() -> str:
    word = escape(gettext("Masked"))
    return f'<td class="m" title="{word}">••••<span class="visually-hidden">{word}</span></td>'


def _inner(field: Field, prefix: str, readable: Collection[str]) -> Cell:
    kind = field.type
    if kind.name == "reference":
        target = kind.target  # type: ignore[attr-defined]  # a reference type
        return _reference(f"{prefix}/{target}/details/?id=" if target in readable else "")
    if isinstance(kind, RowNumberType):
        return _row_number(
            f"{prefix}/{kind.target}/details/?id=" if kind.target in readable else ""
        )
    if isinstance(kind, BooleanType):
        return _boolean()
    if kind.name in ("email", "link"):
        return _address("mailto:" if kind.name == "email" else "")
    show = shower(kind)
    opening = '<td class="n">' if kind.numeric else "<td>"

    def text(value: Any) -> str:
        shown = show(value)
        if len(shown) > LONGEST:
            whole, cut = escape(shown[:1000]), escape(shown[: LONGEST - 1].rstrip())
            return f'<td title="{whole}">{cut}…</td>'
        return f"{opening}{escape(shown)}</td>"

    return text


def _reference(address: str) -> Cell:
    linked = escape(address)

    def reference(value: Reference) -> str:
        if linked and value.accessible:
            return f'<td><a href="{linked}{value.id}">{escape(str(value))}</a></td>'
        return f'<td class="e">{escape(str(value))}</td>'

    return reference


def _row_number(address: str) -> Cell:
    named = _reference(address)

    def number(value: Reference | int) -> str:
        if isinstance(value, Reference):
            return named(value)
        return f"<td>{escape(gettext('no. {number}').format(number=value))}</td>"

    return number


def _boolean() -> Cell:
    yes = f'<td class="y">{escape(gettext("Yes"))}</td>'
    no = f'<td class="e">{escape(gettext("No"))}</td>'
    return lambda value: yes if value else no


def _address(scheme: str) -> Cell:
    def address(value: str) -> str:
        shown = escape(value)
        if not scheme and not value.startswith(("https://", "http://")):
            return f"<td>{shown}</td>"
        return f'<td><a href="{scheme}{shown}">{shown}</a></td>'

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
    if isinstance(kind, RowNumberType) and not isinstance(value, Reference):
        return Markup("{}").format(gettext("no. {number}").format(number=value))
    if kind.name in ("reference", "row_number"):
        target = kind.target  # type: ignore[attr-defined]  # a reference type, or a row's number
        if target in readable and value.accessible:
            address = f"{prefix}/{target}/details/?id={value.id}"
            return Markup('<a href="{}">{}</a>').format(address, str(value))
        return Markup("{}").format(str(value))
    if kind.name == "email":
        return Markup('<a href="mailto:{0}">{0}</a>').format(value)
    if kind.name == "phone":
        return Markup('<a href="tel:{}">{}</a>').format("".join(value.split()), value)
    if kind.name == "link" and value.startswith(("https://", "http://")):
        return Markup('<a href="{0}" rel="noopener noreferrer">{0}</a>').format(value)
    if kind.name == "longtext":
        return Markup('<span class="lines">{}</span>').format(value)
    return Markup("{}").format(shower(kind)(value))
