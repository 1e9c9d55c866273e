"""Languages: lazy texts of the code, and French/English pairs kept in the database.

Source strings are English; French lives in `translations/fr/LC_MESSAGES/*.po` of the core and of
each plugin, merged into one chain. The language is a context variable, so that no layer below the
faces knows Flask.
"""

from __future__ import annotations

import contextvars
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from babel.messages.pofile import read_po

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"

_language: contextvars.ContextVar[str] = contextvars.ContextVar("language", default="en")
_french: dict[str, str] = {}
_french_plurals: dict[str, tuple[str, ...]] = {}


class Lazy:
    """A text of the code, translated each time it is shown."""

    __slots__ = ("source",)

    def __init__(self, source: str) -> None:
        self.source = source

    def __str__(self) -> str:
        return gettext(self.source)

    def __repr__(self) -> str:
        return f"_({self.source!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Lazy) and other.source == self.source

    def __hash__(self) -> int:
        return hash(self.source)

    def __mod__(self, values: object) -> str:
        return str(self) % values

    def format(self, *args: object, **values: object) -> str:
        """The translated text with its `{named}` places filled."""
        return str(self).format(*args, **values)


@dataclass(frozen=True, slots=True)
class Text:
    """A French/English pair, as data keeps it: labels, shipped catalogues."""

    fr: str
    en: str

    def __str__(self) -> str:
        wanted, other = (self.fr, self.en) if current_language() == "fr" else (self.en, self.fr)
        return wanted or other

    @classmethod
    def of(cls, pair: Mapping[str, str]) -> Text:
        return cls(fr=pair.get("fr", ""), en=pair.get("en", ""))


Label = str | Lazy | Text


def _(source: str) -> Lazy:
    """Mark a text for translation; it is translated when it is shown."""
    return Lazy(source)


def gettext(source: str) -> str:
    """The text in the current language."""
    if _language.get() == "fr":
        return _french.get(source, source)
    return source


def has_french(source: str) -> bool:
    """True when a catalogue says the text in French."""
    return source in _french


def ngettext(singular: str, plural: str, n: int) -> str:
    """The singular or plural text for `n` in the current language (French.

    0 and 1 are singular).
    """
    if _language.get() == "fr":
        forms = _french_plurals.get(singular)
        if forms:
            return forms[0 if n < 2 else -1]
    return singular if n == 1 else plural


def labelled(label: object, rest: object) -> str:
    """A label and its text on one line: French puts a space before the colon."""
    return f"{label}{gettext(': ')}{rest}"


def current_language() -> str:
    """The language of this request or command: "fr" or "en"."""
    return _language.get()


@contextmanager
def language(code: str) -> Iterator[None]:
    """Speak `code` ("fr" or "en") inside the block."""
    token = _language.set(code if code in LANGUAGES else DEFAULT_LANGUAGE)
    try:
        yield
    finally:
        _language.reset(token)


def load_translations(folder: Path) -> None:
    """Merge the French catalogues of `folder` (`fr/LC_MESSAGES/*.po`).

    A later one never overrides an earlier one.
    """
    for path in sorted((folder / "fr" / "LC_MESSAGES").glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file):
                if not message.id or not message.string or message.fuzzy:
                    continue
                if isinstance(message.id, tuple | list):
                    forms = tuple(_unbroken(form) for form in message.string)
                    if all(forms):
                        _french_plurals.setdefault(message.id[0], forms)
                        _french.setdefault(message.id[0], forms[0])
                else:
                    _french.setdefault(message.id, _unbroken(str(message.string)))


def _unbroken(text: str) -> str:
    """French text whose quotation marks stay with their words at the end of a line."""
    return text.replace("« ", "«\u00a0").replace(" »", "\u00a0»")


load_translations(Path(__file__).parent / "translations")
