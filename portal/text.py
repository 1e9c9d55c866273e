"""Text as the portal compares it: folded, so that "Élodie", "elodie" and "ELODIE" are one word."""

from __future__ import annotations

import re
import unicodedata

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "ł": "l", "đ": "d", "ı": "i", "’": "'"})
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """The text without accents and case: the one form in which two texts are compared."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c)).translate(_LIGATURES)


def words(text: str) -> list[str]:
    """The folded words of a text, in order, punctuation and underscores dropped."""
    return _WORD.findall(fold(text))


def slug(text: str) -> str:
    """Lower-case unaccented letters, digits and hyphens: the identifier proposed from a label."""
    return "-".join(words(text))
