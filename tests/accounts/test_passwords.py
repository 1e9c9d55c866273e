"""What is accepted as a password, and what is kept of it."""

from __future__ import annotations

from datetime import date

import pytest

from portal.accounts import passwords
from portal.errors import Invalid

OWNER = passwords.Owner("jdupont", ("Dupont", "Élodie"), date(1980, 3, 14))


@pytest.mark.parametrize(
    "password",
    [
        "greffe-demo-2026",
        "correct horse battery staple",
        "le chat dort sur le toit",
        "x9$kL2mvQ8rT",
        "ж" * 6 + "漢字かな交じり文",
        "a long sentence, longer than sixty-four characters, is welcome here too",
    ],
)
def test_a_long_password_that_nobody_guesses_is_accepted(password: str) -> None:
    passwords.check(password, OWNER)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("court", "12 characters"),
        ("é" * 513, "1,024 bytes"),
        ("aaaaaaaaaaaa", "too few"),
        ("jdupont-aime-voler", "sign-in name"),
        ("la belle Elodie vole", "person's name"),
        ("naissance 14/03/1980", "birth date"),
        ("bel hiver 1980-03-14", "birth date"),
        ("azertyuiop12", "neighbouring keys"),
        ("qwerty123456!", "neighbouring keys"),
        ("poiuytrezamlk", "neighbouring keys"),
        ("passwordpassword", "guessed first"),
        ("Motdepasse2026", "guessed first"),
        ("Soleil2026!!!!", "guessed first"),
    ],
)
def test_a_weak_password_is_refused_with_its_reason(password: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        passwords.check(password, OWNER)


def test_the_refusal_stands_on_the_field_of_the_password() -> None:
    with pytest.raises(Invalid) as refused:
        passwords.check("court")
    assert list(refused.value.fields) == ["password"]


def test_a_password_verifies_against_its_hash_alone() -> None:
    stored = passwords.hashed("le chat dort")
    assert stored.startswith("$argon2id$")
    assert passwords.verify("le chat dort", stored)
    assert not passwords.verify("le chien dort", stored)


def test_the_same_letters_typed_on_another_keyboard_verify() -> None:
    assert passwords.verify("e\u0301t\u00e9", passwords.hashed("\u00e9te\u0301"))


def test_an_account_without_a_password_opens_with_none() -> None:
    assert not passwords.verify("", "")
    assert not passwords.verify("no account has this password", "")


def test_a_password_of_a_megabyte_is_not_hashed() -> None:
    assert not passwords.verify("x" * 1_000_000, passwords.hashed("x"))


def test_a_broken_hash_opens_nothing() -> None:
    assert not passwords.verify("x", "$argon2id$broken")


def test_a_hash_of_weaker_parameters_is_outdated() -> None:
    weak = "$argon2id$v=19$m=8,t=1,p=1$c29tZXNhbHQ$9TGjvAVeOgLmVxiWCQPGKg"
    assert passwords.outdated(weak)
    assert not passwords.outdated(passwords.hashed("x"))
