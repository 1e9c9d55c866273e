"""Names, streets and towns of the demo data: French words, invented persons.

The words are data (`demo_names.toml`); last names are partly composed from stems and endings.
"""

from __future__ import annotations

import random
import tomllib
from pathlib import Path

_WORDS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def _words(name: str) -> tuple[str, ...]:
    return tuple(word.replace("_", " ") for word in _WORDS[name].split())


FIRST_NAMES_F = _words("first_names_f")
FIRST_NAMES_M = _words("first_names_m")
SURNAMES = _words("surnames")
STEMS = _words("stems")
ENDINGS = _words("endings")
STREETS = _words("streets")
PROFESSIONS = _words("professions")
TOWNS = tuple((code, name) for code, _colon, name in (t.partition(":") for t in _words("towns")))
NOTES = (
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "Préfère être joint le soir.",
    "Volontaire pour la journée portes ouvertes.",
    "Prête son hangar l'hiver.",
    "À rappeler pour la visite de la tour.",
    "Aide à l'entretien le samedi matin.",
)


def surname(draw: random.Random) -> str:
    """A last name, a common one or composed: a million persons have thousands of them."""
    kind = draw.random()
    if kind < 0.62:
        return draw.choice(SURNAMES)
    if kind < 0.94:
        return draw.choice(STEMS) + draw.choice(ENDINGS)
    first, second = draw.choice(SURNAMES), draw.choice(SURNAMES)
    return first if first == second else f"{first}-{second}"
