"""Stamps: what a person was shown, in short; a form that carries one does nothing else."""

from __future__ import annotations

import hashlib


def stamp(*shown: object) -> str:
    """A short text that is another one as soon as anything of what was shown is.

    Made of the `repr` of its parts: numbers, texts, tuples and lists, sorted where the order is
    left to chance.
    """
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:32]
