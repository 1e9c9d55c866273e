"""The texts that the product shows, and what the French catalogues say of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.extract import extract_python
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent
KEYWORDS = ("_", "gettext", "ngettext")
JINJA_OPTIONS = {"trimmed": "true", "newstyle_gettext": "true", "silent": "false"}
FRENCH_SPACES = re.compile(
    "(?<!\u00a0)[;?!»]|(?<!\u00a0):(?=\\s|$)|«(?!\u00a0)|(?<=[ \\w}])%(?![(\\w])"
)
PLACES = re.compile(r"%\((\w+)\)|(?<!%)%([sdr])|\{(\w+)[^{}]*\}")


@dataclass(frozen=True)
class Said:
    """A text of the source: one form, or a singular and its plural."""

    forms: tuple[str, ...]
    place: str

    @property
    def key(self) -> str:
        """What the catalogue is asked for."""
        return self.forms[0]


def said() -> Iterator[Said]:
    """Every text of the code and of the page templates that is marked for translation."""
    for folder in ("portal", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            with path.open("rb") as file:
                for line, _function, texts, _notes in extract_python(file, KEYWORDS, (), {}):
                    yield from _said(texts, path, line)
    for folder in ("templates", "portal", "plugins"):
        for path in sorted((ROOT / folder).rglob("*.html")):
            with path.open("rb") as file:
                found = babel_extract(file, KEYWORDS, (), JINJA_OPTIONS)
                for line, _function, texts, _notes in found:
                    yield from _said(texts, path, line)


def _said(texts: object, path: Path, line: int) -> Iterator[Said]:
    parts = texts if isinstance(texts, tuple) else (texts,)
    forms = tuple(text for text in parts[:2] if isinstance(text, str))
    if forms and forms[0]:
        yield Said(forms, f"{path.relative_to(ROOT)}:{line}")


def catalogues() -> list[Path]:
    """The French catalogues of the core and of the plugins."""
    return sorted(
        path
        for folder in ("portal", "plugins")
        for path in (ROOT / folder).rglob("translations/fr/LC_MESSAGES/*.po")
    )


def french() -> dict[str, tuple[str, ...]]:
    """The French forms of each text, over the merged chain; a fuzzy one counts for nothing."""
    merged: dict[str, tuple[str, ...]] = {}
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file):
                texts = message.string if isinstance(message.string, tuple) else (message.string,)
                if not message.id or message.fuzzy or not all(texts):
                    continue
                key = message.id[0] if isinstance(message.id, tuple) else message.id
                if len(texts) > len(merged.get(key, ())):
                    merged[key] = texts
    return merged


def disagreeing() -> list[str]:
    """The texts of which two catalogues say something else: one of them would never be shown."""
    known: dict[str, tuple[Path, object]] = {}
    found = []
    for path in catalogues():
        with path.open("rb") as file:
            for message in read_po(file):
                key = message.id[0] if isinstance(message.id, tuple) else message.id
                other, texts = known.setdefault(key, (path, message.string))
                if key and texts != message.string:
                    found.append(f"{key}: {texts} in {other.name}, {message.string} in {path.name}")
    return found


def catalogue_french() -> Iterator[str]:
    """The French texts of the shipped register."""

    def found(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            if isinstance(value.get("fr"), str):
                yield value["fr"]
            for part in value.values():
                yield from found(part)
        elif isinstance(value, list):
            for part in value:
                yield from found(part)

    yield from found(json.loads((ROOT / "portal" / "register-catalogue.json").read_text("utf-8")))


def typographic(french: str) -> bool:
    """True for French with its own apostrophe, and no-break spaces before its high signs."""
    return "'" not in french and "!r" not in french and not FRENCH_SPACES.search(french)


def places(text: str) -> set[str]:
    """The places of a text that are filled in: `%(name)s`, `%s`, `{name}`."""
    return {next(part for part in match if part) for match in PLACES.findall(text)}
