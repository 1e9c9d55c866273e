"""Tags in a text.

Where they are, what Word and LibreOffice did to their quotes, and the words around them.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.S)
_MARKUP = re.compile(r"<[^<>]*>")
_AROUND = 40
_READ = 600

_SPACES = dict.fromkeys(map(ord, "\u00a0\u202f\u2009\u2007\t\r\n"), " ")
_DOUBLE = re.compile("«[ \u00a0\u202f]?|[ \u00a0\u202f]?»|[“”„‟″]")
_SINGLE = re.compile(r"(?<!\w)[‘’‚‛′]|[‘’‚‛′](?!\w)")


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as its author wrote it, and the words around it."""

    text: str
    place: str


def straighten(tag: str) -> str:
    """The tag with the straight quotes and plain spaces that its author typed."""
    tag = _SINGLE.sub("'", _DOUBLE.sub('"', tag))
    return tag.translate(_SPACES)


class Tags:
    """The tags of a source by the line where each has been put.

    Read only when one has to be named.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self._lines: dict[int, re.Match[str]] = {}

    def put(self, line: int, match: re.Match[str]) -> None:
        """Note that the tag `match` is on `line`."""
        self._lines[line] = match

    def at(self, line: int | None) -> Tag | None:
        """The tag on a line, with the words around it; None when there is none."""
        match = self._lines.get(line or 0)
        if match is None:
            return None
        return Tag(_shown(_read(match)), _place(self._source, match))


def number_tags(source: str) -> tuple[str, Tags]:
    """The source with one tag on each line, and the tags by line, so that an error finds its tag.

    The line break goes inside the tag, where it means nothing.
    """
    pieces: list[str] = []
    tags = Tags(source)
    line = 1
    end = 0
    for match in TAG.finditer(source):
        before = source[end : match.start()]
        opening, rest = _opening(_read(match))
        line += before.count("\n") + 1
        tags.put(line, match)
        pieces += [before, opening, "\n", rest]
        end = match.end()
    pieces.append(source[end:])
    return "".join(pieces), tags


def _read(match: re.Match[str]) -> str:
    """The tag as Jinja is to read it."""
    return html.unescape(straighten(match.group()))


def _opening(tag: str) -> tuple[str, str]:
    size = 3 if tag[2:3] in ("-", "+") else 2
    return tag[:size], tag[size:]


def _shown(tag: str) -> str:
    text = " ".join(tag.split())
    return text if len(text) <= 120 else f"{text[:117]}..."


def _place(source: str, match: re.Match[str]) -> str:
    """The words before and after a tag, without markup."""
    before = _words(source[max(0, match.start() - _READ) : match.start()])
    after = _words(source[match.end() : match.end() + _READ])
    before, after = before[-_AROUND:], after[:_AROUND]
    return " ".join(f"{before} {_shown(match.group())} {after}".split())


def _words(piece: str) -> str:
    piece = _MARKUP.sub(" ", piece)
    piece = piece.split(">", 1)[-1] if ">" in piece.split("<", 1)[0] else piece
    return html.unescape(" ".join(piece.rsplit("<", 1)[0].split()))
