"""Plain values: what a template may be given, and the characters that a document may hold."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal

from portal.errors import Invalid
from portal.i18n import _

MOST_VALUES = 2_000_000
MOST_DEPTH = 16

_SINGLE = (type(None), bool, int, Decimal, date, datetime)
_UNWRITABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_BREAK = re.compile("\r\n|[\r\x85\u2028\u2029]")


def clean(text: str) -> str:
    """The text with one kind of line break and without the characters that XML 1.0 cannot hold."""
    return _UNWRITABLE.sub("", _BREAK.sub("\n", text))


def plain(values: Mapping[str, object]) -> dict[str, object]:
    """A clean copy of `values`.

    None, bool, int, Decimal, str, date, datetime, lists and dicts of them; else Invalid.
    """
    budget = [MOST_VALUES]
    return {_key(key, "."): _copy(value, key, 1, budget) for key, value in values.items()}


def _copy(value: object, path: str, depth: int, budget: list[int]) -> object:
    budget[0] -= 1
    if budget[0] < 0 or depth > MOST_DEPTH:
        raise Invalid(
            _("The document has too many values (at {path}).").format(path=path[:80]),
            _("Ask for fewer rows."),
        )
    kind = type(value)
    if isinstance(value, str) and kind is str:
        return clean(value)
    if kind in _SINGLE:
        return value
    if isinstance(value, list | tuple) and kind in (list, tuple):
        return [_copy(item, f"{path}[{n}]", depth + 1, budget) for n, item in enumerate(value)]
    if isinstance(value, dict) and kind is dict:
        return {
            _key(key, path): _copy(item, f"{path}.{key}", depth + 1, budget)
            for key, item in value.items()
        }
    raise Invalid(
        _("The value {path} is a {kind}; a template takes only plain values.").format(
            path=path[:80], kind=kind.__name__
        ),
        _("Give text, a whole or decimal number, a date, yes or no, a list or a dictionary."),
    )


def _key(key: object, path: str) -> str:
    if type(key) is not str or not key or key.startswith("_"):
        raise Invalid(
            _("A name of a value at {path} is not a plain word.").format(path=path[:80]),
            _("Names are texts that do not begin with an underscore."),
        )
    return key
