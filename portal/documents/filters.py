"""The filters that a template may use, and how a value is written in the document's language.

A filter takes plain values only, answers text or a number, and never grows a text without bound.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

from jinja2 import Undefined
from markupsafe import Markup

from portal.documents.plain import clean
from portal.i18n import _, gettext, language

LONGEST_TEXT = 100_000
NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
SPACE = "\N{NO-BREAK SPACE}"

MONTHS = (
    _("January"),
    _("February"),
    _("March"),
    _("April"),
    _("May"),
    _("June"),
    _("July"),
    _("August"),
    _("September"),
    _("October"),
    _("November"),
    _("December"),
)


class FilterError(TypeError):
    """A filter was given something that it cannot write.

    The message is for the template's author.
    """


def write(value: object, code: str) -> str | Markup:
    """A value as text in language `code`.

    Empty for None; FilterError for a list or a dictionary.
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return yesno(value, code)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float | Decimal):
        return number(value, code)
    if isinstance(value, datetime):
        return moment(value, code)
    if isinstance(value, date):
        return day(value, code)
    if isinstance(value, Undefined):
        return str(value)
    raise FilterError(
        str(_("A list cannot be printed as it is: use a for loop, or the filter join."))
    )


def yesno(value: object, code: str) -> str:
    """Yes or no in the document's language; empty for None."""
    if value is None:
        return ""
    with language(code):
        return gettext("yes") if value else gettext("no")


def day(value: object, code: str, form: str = "short") -> str:
    """A date: 22/11/2026, or "22 November 2026" with the form "long"; empty for None."""
    if value is None or value == "":
        return ""
    if not isinstance(value, date):
        raise FilterError(str(_("This filter takes a date.")))
    if form == "long":
        with language(code):
            first = "1er" if value.day == 1 and code == "fr" else str(value.day)
            return SPACE.join((first, str(MONTHS[value.month - 1]), str(value.year)))
    return f"{value.day:02d}/{value.month:02d}/{value.year:04d}"


def moment(value: object, code: str, form: str = "short") -> str:
    """A date with its hours and minutes: 22/11/2026 14:05; empty for None."""
    if value is None or value == "":
        return ""
    if not isinstance(value, datetime):
        raise FilterError(str(_("This filter takes a date with its time.")))
    return f"{day(value, code, form)} {value:%H:%M}"


def number(value: object, code: str, decimals: int | None = None) -> str:
    """A number with its groups of three: 1 234,5 in French, 1,234.5 in English; empty for None."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise FilterError(str(_("This filter takes a number.")))
    exact = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    small = exact.is_finite() and abs(exact.adjusted()) <= 30
    if not small or (decimals is not None and not 0 <= decimals <= 10):
        raise FilterError(str(_("This number is too large to be written.")))
    text = f"{exact:,f}" if decimals is None else f"{exact:,.{decimals}f}"
    if code == "fr":
        return text.replace(",", NARROW_SPACE).replace(".", ",")
    return text


def money(value: object, code: str) -> str:
    """An amount in euros: 1 234,50 € in French, €1,234.50 in English; empty for None."""
    text = number(value, code, 2)
    if not text:
        return ""
    if code == "fr":
        return f"{text}{SPACE}€"
    return f"-€{text[1:]}" if text.startswith("-") else f"€{text}"


def length(value: object) -> int:
    """How many items a list has, or letters a text; 0 for None."""
    if isinstance(value, Undefined):
        str(value)
    if value is None:
        return 0
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise FilterError(str(_("This filter takes a list or a text.")))


def batch(value: object, size: int, fill: object = None) -> list[list[object]]:
    """The items of a list by groups of `size` (1 to 20), the last one completed with `fill`."""
    found = items(value)
    if isinstance(size, bool) or not isinstance(size, int) or not 1 <= size <= 20:
        raise FilterError(str(_("Groups have 1 to 20 items.")))
    groups = [list(found[n : n + size]) for n in range(0, len(found), size)]
    if groups:
        groups[-1].extend([fill] * (size - len(groups[-1])))
    return groups


def items(value: object) -> Sequence[object]:
    """The items of a list, none for None; FilterError for anything else."""
    if isinstance(value, Undefined):
        str(value)
    if value is None:
        return ()
    if isinstance(value, list | tuple):
        return value
    raise FilterError(str(_("This filter takes a list.")))


def for_language(code: str) -> Mapping[str, Callable[..., object]]:
    """The filters by name, writing in language `code`."""

    def text(value: object) -> str:
        return str(write(value, code))

    def default(value: object, other: object = "", empty: bool = True) -> object:
        missing = isinstance(value, Undefined) or value is None or (empty and value in ("", []))
        return other if missing else value

    def join(value: object, between: str = ", ") -> str:
        parts = [text(item) for item in items(value)]
        between = clean(text(between))
        if sum(map(len, parts)) + len(between) * len(parts) > LONGEST_TEXT:
            raise FilterError(str(_("The joined text is too long.")))
        return between.join(parts)

    def first(value: object) -> object:
        return next(iter(items(value)), None)

    def last(value: object) -> object:
        return next(reversed(items(value)), None)

    return {
        "default": default,
        "upper": lambda value: text(value).upper(),
        "lower": lambda value: text(value).lower(),
        "title": lambda value: text(value).title(),
        "capitalize": lambda value: text(value)[:1].upper() + text(value)[1:],
        "trim": lambda value: text(value).strip(),
        "length": length,
        "count": length,
        "first": first,
        "last": last,
        "join": join,
        "batch": batch,
        "date": lambda value, form="short": day(_known(value), code, form),
        "datetime": lambda value, form="short": moment(_known(value), code, form),
        "number": lambda value, decimals=None: number(_known(value), code, decimals),
        "money": lambda value: money(_known(value), code),
        "yesno": lambda value: yesno(_known(value), code),
    }


def _known(value: object) -> object:
    """The value itself; the error of an unknown name when it has none."""
    if isinstance(value, Undefined):
        str(value)
    return value
