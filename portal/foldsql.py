"""`greffe_fold(text)` for PostgreSQL: `portal.text.fold` in SQL, made from Python's own tables.

SQLite is given the Python function itself (`portal.database`).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator
from functools import cache
from string import ascii_lowercase, ascii_uppercase

from portal.text import fold

_TO_ONE = {"ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"}
_TO_TWO = {"œ": "oe", "æ": "ae"}
_LAST = 0x20000
"""Beyond are ideographs only, which have no case and no marks."""

_IOTA = "\N{COMBINING GREEK YPOGEGRAMMENI}"


@cache
def fold_function() -> str:
    """The statement that creates the function.

    Text of ASCII only is lowered as it is. Other text is case-folded, decomposed, freed of its
    marks, and its ligatures are spelled out: the steps of `fold`, in its order.
    """
    lowered = {character: _lowered(character) for character in _characters()}
    changed = {c: lower for c, lower in lowered.items() if lower != c and len(lower) == 1}
    changed |= dict(zip(ascii_uppercase, ascii_lowercase, strict=True))
    with_iota = [c for c in lowered if _IOTA in unicodedata.normalize("NFD", c) and c != _IOTA]
    marks = [c for c in _characters() if unicodedata.combining(c)]
    text = "replace(replace($1, 'ß', 'ss'), 'ẞ', 'ss')"
    text = f"regexp_replace({text}, '{_class(with_iota)}', '\\&ι', 'g')"
    text = f"translate({text}, '{''.join(changed)}', '{''.join(changed.values())}')"
    text = f"regexp_replace(normalize({text}, NFKD), '{_class(marks)}', '', 'g')"
    for ligature, letters in _TO_TWO.items():
        text = f"replace({text}, '{ligature}', '{letters}')"
    ends = "".join(_TO_ONE.values()).replace("'", "''")
    text = f"translate({text}, '{''.join(_TO_ONE)}', '{ends}')"
    return (
        "CREATE OR REPLACE FUNCTION greffe_fold(text) RETURNS text "
        "LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $fold$ "
        'SELECT CASE WHEN octet_length($1) = char_length($1) THEN lower($1 COLLATE "C") '
        f"{_latin()} ELSE {text} END $fold$"
    )


def _latin() -> str:
    """The quick way for Western text: one plain letter for nearly each of its characters."""
    plain = {c: fold(c) for c in map(chr, range(0x80, 0x180)) if len(fold(c)) == 1}
    spelled = {c: fold(c) for c in "ßæÆœŒ"}
    known = sorted([*map(chr, range(1, 0x80)), *plain, *spelled])
    text = "$1"
    for character, letters in spelled.items():
        text = f"replace({text}, '{character}', '{letters}')"
    ends = "".join(plain.values()).replace("'", "''")
    text = f"translate({text}, '{''.join(plain)}', '{ends}')"
    beyond = _class(known).replace("[", "[^", 1)
    return f"WHEN $1 !~ '{beyond}' THEN lower({text} COLLATE \"C\")"


def _characters() -> Iterator[str]:
    """Every character beyond ASCII that a text may hold."""
    surrogates = range(0xD800, 0xE000)
    return (chr(code) for code in range(0x80, _LAST) if code not in surrogates)


def _lowered(character: str) -> str:
    """The case-folded character where it is one; else its lower case (the rest is done apart)."""
    if character == "İ":
        return "i"
    folded = character.casefold()
    return folded if len(folded) == 1 else character.lower()


def _class(characters: Iterable[str]) -> str:
    """A class of a regular expression, as ranges."""
    ranges: list[list[int]] = []
    for code in map(ord, characters):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(f"{_escape(first)}-{_escape(last)}" for first, last in ranges) + "]"


def _escape(code: int) -> str:
    return f"\\U{code:08x}"
