"""The legal retention periods of some countries, for reference: shipped data, no guarantee."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from portal.errors import NotFound
from portal.i18n import Text, _

FILE = Path(__file__).parent.with_name("retention-periods.json")


@dataclass(frozen=True, slots=True)
class Duration:
    """How long something is kept, and the text that says so."""

    name: Text
    what: Text
    duration: Text
    text: str


@dataclass(frozen=True, slots=True)
class Country:
    """A country: where its laws stand, its authority, and its periods."""

    code: str
    label: Text
    laws: str
    authority: str
    rows: tuple[Duration, ...]


@cache
def countries() -> dict[str, Country]:
    """Every country of the shipped file, by its code."""
    return {
        one["code"]: Country(
            one["code"],
            Text.of(one["label"]),
            one["laws"],
            one["authority"],
            tuple(
                Duration(
                    Text.of(row["name"]),
                    Text.of(row["what"]),
                    Text.of(row["duration"]),
                    row["text"],
                )
                for row in one["rows"]
            ),
        )
        for one in json.loads(FILE.read_text(encoding="utf-8"))["countries"]
    }


def country(code: str) -> Country:
    """The country of that code. Raises NotFound."""
    found = countries().get(code)
    if found is None:
        raise NotFound(
            _("There is no such country here."),
            _("Use one of: {known}.").format(known=", ".join(countries())),
        )
    return found
