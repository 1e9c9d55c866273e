"""The words of the templates: English in the source, French from `fr.po` beside this file.

They are kept apart from the portal's own catalogue, so that a word of a screen never changes a
document.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from babel.messages.pofile import read_po

_CATALOGUE = Path(__file__).resolve().parent / "fr.po"
_spoken = ["en"]


def _french() -> dict[str, str]:
    with _CATALOGUE.open("rb") as file:
        return {str(entry.id): str(entry.string) for entry in read_po(file) if entry.id}


FRENCH = _french()


def word(source: str) -> str:
    """The word in the language of the template; KeyError when the French is missing."""
    return FRENCH[source] if _spoken[-1] == "fr" else source


def spoken() -> str:
    """The language of the template that is being built."""
    return _spoken[-1]


@contextmanager
def speak(code: str) -> Iterator[None]:
    """Build in `code` ("fr" or "en") inside the block."""
    _spoken.append(code)
    try:
        yield
    finally:
        _spoken.pop()
