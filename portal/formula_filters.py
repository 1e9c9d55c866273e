"""The filters of formulas, and how their values compare and read as text; see `portal.formulas`.

Every function takes any plain value and gives a plain value: nothing here fails.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from portal.errors import Invalid
from portal.i18n import Label, _
from portal.text import slug

LONGEST_INSIDE = 10_000
LONGEST_PAD = 40
DATE_PARTS = "YymdHMj%"
_PART = re.compile(f"%[{DATE_PARTS}]")
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class Linked:
    """What a row refers to: how it reads, and the attributes that a formula may use."""

    text: str
    values: Mapping[str, Any] = field(default_factory=dict)


def text_of(value: Any) -> str:
    """A value as a formula writes it, alike in every language: days as 2026-11-22, true as 1."""
    if value is None:
        return ""
    if isinstance(value, Linked):
        return value.text
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, Decimal):
        return f"{value:f}" if value.is_finite() else ""
    if isinstance(value, datetime):
        return value.isoformat(" ", "minutes")
    return value.isoformat() if isinstance(value, date) else str(value)


def limited(text: str, most: int = LONGEST_INSIDE) -> str:
    """The text, when it is not too long. Raises Invalid."""
    if len(text) > most:
        raise Invalid(
            _("The formula makes a text of more than {most} characters.").format(most=most)
        )
    return text


def truth(value: Any) -> bool:
    """True for all but nothing: an empty text, zero, false, a reference to no row."""
    return bool(value.text) if isinstance(value, Linked) else bool(value)


def compared(sign: str, left: Any, right: Any) -> bool:
    """A comparison; values of kinds that have no order between them are compared as texts."""
    if sign == "in":
        return text_of(left) in text_of(right)
    first, second = _plain(left), _plain(right)
    if not _alike(first, second):
        first, second = text_of(first), text_of(second)
    return {
        "==": first == second,
        "!=": first != second,
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
    }[sign]


def _plain(value: Any) -> Any:
    if value is None or isinstance(value, Linked):
        return text_of(value)
    return value


def _alike(first: Any, second: Any) -> bool:
    numbers = (bool, int, Decimal)
    if isinstance(first, numbers) and isinstance(second, numbers):
        return not any(isinstance(v, Decimal) and not v.is_finite() for v in (first, second))
    return type(first) is type(second) and isinstance(first, str | date)


def _moment(value: Any) -> datetime | None:
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time()) if isinstance(value, date) else None


def _dated(value: Any, pattern: str) -> str:
    moment = _moment(value)
    if moment is None:
        return ""
    parts = {
        "%Y": f"{moment.year:04d}",
        "%y": f"{moment.year % 100:02d}",
        "%m": f"{moment.month:02d}",
        "%d": f"{moment.day:02d}",
        "%H": f"{moment.hour:02d}",
        "%M": f"{moment.minute:02d}",
        "%j": f"{moment.timetuple().tm_yday:03d}",
        "%%": "%",
    }
    return _PART.sub(lambda found: parts[found[0]], pattern)


def _unaccented(value: Any) -> str:
    plain = unicodedata.normalize("NFKD", text_of(value))
    kept = "".join(sign for sign in plain if not unicodedata.combining(sign))
    return kept.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")


def _initials(value: Any) -> str:
    return "".join(word[0] for word in _WORD.findall(text_of(value))).upper()


def _last(value: Any, count: int) -> str:
    return text_of(value)[-count:] if count else ""


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter: what it does, and the kinds of its arguments."""

    act: Callable[..., Any]
    takes: tuple[type, ...] = ()
    most: int = LONGEST_INSIDE

    def refusal(self, given: Sequence[Any]) -> Label:
        """Why these arguments cannot be taken; empty when they can."""
        if len(given) != len(self.takes) or not all(
            type(value) is kind for value, kind in zip(given, self.takes, strict=True)
        ):
            return _("this filter takes other arguments ({kinds})").format(
                kinds=", ".join(str(_KINDS[kind]) for kind in self.takes) or "0"
            )
        if any(type(value) is int and not 0 <= value <= self.most for value in given):
            return _("this number is not between 0 and {most}").format(most=self.most)
        return ""


_KINDS: Mapping[type, Label] = {str: _("a text"), int: _("a whole number")}

FILTERS: Mapping[str, Filter] = {
    "upper": Filter(lambda value: text_of(value).upper()),
    "lower": Filter(lambda value: text_of(value).lower()),
    "title": Filter(lambda value: text_of(value).title()),
    "trim": Filter(lambda value: text_of(value).strip()),
    "slug": Filter(lambda value: slug(text_of(value))),
    "unaccent": Filter(_unaccented),
    "initials": Filter(_initials),
    "default": Filter(lambda value, other: value if truth(value) else other, (str,)),
    "pad": Filter(lambda value, length: text_of(value).zfill(length), (int,), LONGEST_PAD),
    "truncate": Filter(lambda value, length: text_of(value)[:length], (int,)),
    "last": Filter(_last, (int,)),
    "replace": Filter(
        lambda value, old, new: text_of(value).replace(old, new) if old else value, (str, str)
    ),
    "year": Filter(lambda value: _dated(value, "%Y")),
    "month": Filter(lambda value: _dated(value, "%m")),
    "day": Filter(lambda value: _dated(value, "%d")),
    "date": Filter(_dated, (str,)),
}
"""The filters by name."""
