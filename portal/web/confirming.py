"""The word that a person types to confirm what cannot be undone."""

from __future__ import annotations

from collections.abc import Mapping

from portal.i18n import gettext
from portal.text import fold


def typed(values: Mapping[str, str], word: str) -> bool:
    """True when the form holds the word, whatever its case and accents."""
    return fold(values.get("word", "").strip()) == fold(word)


def sentence(word: str) -> str:
    """What the page asks, and says again when the word was not typed."""
    return gettext("To confirm, type the word “{word}”.").format(word=word)
