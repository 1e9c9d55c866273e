"""Passwords: what is accepted, and the argon2id hash that is all the portal keeps.

Refuses composition rules and forced changes (CNIL 2022-100): length, and what attackers try first,
are what counts.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from portal.accounts.common_passwords import COMMON
from portal.errors import Invalid
from portal.i18n import Label, _
from portal.text import fold, words

MINIMUM = 12
MAXIMUM_BYTES = 1024
LEFT_OVER = 6  # characters that must remain when runs and common words are taken away
NAME_LENGTH = 4  # a shorter name ("Li", "Eve") stands in too many honest words
AT_ONCE = 4  # each hash takes 46 MiB

_ROWS = (
    "azertyuiop",
    "qsdfghjklm",
    "wxcvbn",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "1234567890",
    "abcdefghijklmnopqrstuvwxyz",
)
_RUN = 4
_hasher = PasswordHasher(time_cost=2, memory_cost=47_104, parallelism=1)
_turns = threading.BoundedSemaphore(AT_ONCE)
_COMMON = re.compile("|".join(sorted(map(re.escape, COMMON), key=len, reverse=True)))


@dataclass(frozen=True, slots=True)
class Owner:
    """What a password must not contain: the login, names and birth date of its owner."""

    login: str = ""
    names: tuple[str, ...] = ()
    birth_date: date | None = None


NOBODY = Owner()


def check(password: str, owner: Owner = NOBODY) -> None:
    """Raise Invalid, with a sentence on the field "password", when the password is too weak."""
    problem = _problem(password, owner)
    if problem is not None:
        raise Invalid(problem, fields={"password": problem})


def hashed(password: str) -> str:
    """The argon2id hash of a password, with its parameters and a salt of its own."""
    with _turns:
        return _hasher.hash(_normal(password))


def verify(password: str, stored: str) -> bool:
    """True when the password is the one that was hashed. As long for an account without a hash."""
    if len(password.encode("utf-8", "replace")) > MAXIMUM_BYTES:
        return False
    with _turns:
        try:
            return _hasher.verify(stored or _dummy(), _normal(password)) and bool(stored)
        except (VerificationError, InvalidHashError):
            return False


def outdated(stored: str) -> bool:
    """True when the hash was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(stored)


_dummies: list[str] = []


def _dummy() -> str:
    """A hash of nothing anybody types, made once: verifying it takes the time of a real one."""
    if not _dummies:
        _dummies.append(_hasher.hash("no account has this password"))
    return _dummies[0]


def prepare() -> None:
    """Make the hash for unknown accounts now, so that the first sign-in takes no longer."""
    _dummy()


def _normal(password: str) -> bytes:
    """The password as it is hashed: the same on every keyboard (NFKC), in UTF-8."""
    return unicodedata.normalize("NFKC", password).encode("utf-8", "replace")


def _problem(password: str, owner: Owner) -> Label | None:
    if len(password) < MINIMUM:
        return _("Choose a password of 12 characters or more.")
    if len(password.encode("utf-8", "replace")) > MAXIMUM_BYTES:
        return _("Choose a password of 1,024 bytes at most.")
    folded = fold(password)
    if len(set(folded)) < LEFT_OVER - 1:
        return _("This password repeats too few characters.")
    if _has_name(folded, (owner.login,)):
        return _("The password must not contain the sign-in name.")
    if _has_name(folded, owner.names):
        return _("The password must not contain the person's name.")
    if owner.birth_date and _has_date(password, owner.birth_date):
        return _("The password must not contain the birth date.")
    if len(_without_runs(folded)) < LEFT_OVER:
        return _("This password is a run of neighbouring keys.")
    if len(_letters_and_digits(_COMMON.sub("", folded))) < LEFT_OVER:
        return _("This password is among those that are guessed first.")
    if len(_letters_and_digits(_COMMON.sub("", _without_runs(folded)))) < LEFT_OVER:
        return _("This password is among those that are guessed first.")
    return None


def _letters_and_digits(text: str) -> str:
    return "".join(words(text))


def _has_name(folded: str, names: Iterable[str]) -> bool:
    parts = [part for name in names for part in words(name)]
    parts += ["".join(words(name)) for name in names]
    return any(len(part) >= NAME_LENGTH and part in folded for part in parts)


def _has_date(password: str, day: date) -> bool:
    digits = re.sub(r"\D", "", password)
    forms = ("%d%m%Y", "%Y%m%d", "%m%d%Y", "%d%m%y", "%y%m%d")
    return any(day.strftime(form) in digits for form in forms)


def _without_runs(folded: str) -> str:
    """The text without its runs of four neighbouring keys or more, in either direction."""
    kept, start = [], 0
    for begin, end in _runs(folded):
        kept.append(folded[start:begin])
        start = end
    kept.append(folded[start:])
    return "".join(kept)


def _runs(folded: str) -> Iterator[tuple[int, int]]:
    position = 0
    while position + _RUN <= len(folded):
        length = _run_at(folded, position)
        if length >= _RUN:
            yield position, position + length
            position += length
        else:
            position += 1


def _run_at(folded: str, position: int) -> int:
    longest = 0
    for row in _ROWS:
        for keys in (row, row[::-1]):
            length = 0
            while position + length < len(folded) and (
                folded[position : position + length + 1] in keys
            ):
                length += 1
            longest = max(longest, length)
    return longest
