"""What opens an account, what is counted, and what is never said."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from portal.accounts import passwords
from portal.accounts.signin import SignInRefused, TooManyAttempts, forgive, sign_in
from portal.actor import Origin
from portal.builtin.accounts import Account
from portal.builtin.journal import Entry
from portal.builtin.operations import Attempt
from portal.database import proxy
from portal.models import utc_now
from tests.accounts.conftest import PASSWORD, Signer

HERE = Origin("192.0.2.7", True, "browser", "r1")
WRONG = "wrong"


def refused(login: str, password: str = WRONG, origin: Origin = HERE) -> str:
    """Give the sentence of a refusal."""
    with pytest.raises((SignInRefused, TooManyAttempts)) as refusal:
        sign_in(login, password, origin)
    return str(refusal.value)


@pytest.mark.parametrize("login", ["Inès", "ines", " INES "])
def test_a_login_opens_however_it_is_written(signer: Signer, login: str) -> None:
    assert sign_in(login, PASSWORD, HERE) == signer.account


def test_a_sign_in_is_dated_and_journaled(signer: Signer) -> None:
    now = utc_now()
    sign_in("ines", PASSWORD, HERE, now=now)
    entry = Entry.get()
    assert Account.get().last_sign_in == now
    assert (entry.kind, entry.outcome, entry.account) == ("sign_in", "done", signer.account)
    assert (entry.persons, entry.address) == (f"[{signer.person}]", "192.0.2.7")


def test_a_refusal_is_journaled_without_the_login(signer: Signer) -> None:
    refused("ines")
    entry = Entry.get()
    assert (entry.outcome, entry.account, entry.persons) == ("refused", None, f"[{signer.person}]")
    assert "ines" not in str(entry.__data__)


def test_unknown_wrong_and_disabled_get_the_same_answer(signer: Signer) -> None:
    Account.create(
        login="paul", login_key="paul", password=passwords.hashed(PASSWORD), active=False
    )
    answers = {refused("nobody"), refused("ines"), refused("paul", PASSWORD), refused("\0é" * 999)}
    assert len(answers) == 1


def test_unknown_and_known_accounts_take_the_same_time(signer: Signer) -> None:
    passwords.prepare()

    def shortest(login: str) -> float:
        taken = []
        for number in range(3):
            start = time.perf_counter()
            refused(login, origin=Origin(f"192.0.2.{number}"))
            taken.append(time.perf_counter() - start)
        return min(taken)

    known, unknown = shortest("ines"), shortest("nobody")
    assert unknown > known / 2
    assert known > unknown / 2


def test_the_sixth_attempt_is_refused_even_with_the_right_password(signer: Signer) -> None:
    for _attempt in range(5):
        refused("ines")
    with pytest.raises(TooManyAttempts):
        sign_in("INÈS", PASSWORD, Origin("198.51.100.1"))


def test_an_unknown_account_is_throttled_alike(signer: Signer) -> None:
    for _attempt in range(5):
        refused("nobody")
    with pytest.raises(TooManyAttempts):
        sign_in("nobody", "wrong", HERE)


def test_attempts_are_forgotten_after_a_quarter_of_an_hour(signer: Signer) -> None:
    for _attempt in range(5):
        refused("ines")
    later = utc_now() + timedelta(minutes=16)
    assert sign_in("ines", PASSWORD, HERE, now=later) == signer.account


def test_a_success_forgets_the_failures_before_it(signer: Signer) -> None:
    for _attempt in range(4):
        refused("ines")
    sign_in("ines", PASSWORD, HERE)
    assert Attempt.select().count() == 0


def test_an_address_is_throttled_over_all_accounts(
    signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.accounts.signin.BY_ADDRESS", 3)
    for number in range(3):
        refused(f"nobody{number}", origin=Origin(f"2001:db8::{number}"))
    with pytest.raises(TooManyAttempts):
        sign_in("ines", PASSWORD, Origin("2001:db8::ffff"))
    assert sign_in("ines", PASSWORD, Origin("2001:db8:0:1::1")) == signer.account


def test_no_attempt_names_a_login_or_an_address(signer: Signer) -> None:
    refused("ines")
    row = Attempt.get()
    assert len(row.account_digest) == len(row.address_digest) == 64


def test_an_administrator_forgives_the_failures_of_a_login(signer: Signer) -> None:
    for _attempt in range(5):
        refused("ines")
    assert forgive("Inès") == 5
    assert sign_in("ines", PASSWORD, HERE) == signer.account


def test_a_weak_hash_is_renewed_at_sign_in(signer: Signer) -> None:
    old = passwords.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    Account.update(password=old).execute()
    sign_in("ines", PASSWORD, HERE)
    assert not passwords.outdated(Account.get().password)


def test_attempts_at_once_are_counted_one_by_one(signer: Signer) -> None:
    answers: list[type[Exception]] = []

    def attempt() -> None:
        try:
            sign_in("ines", "wrong", HERE)
        except (SignInRefused, TooManyAttempts) as error:
            answers.append(type(error))
        finally:
            proxy.obj.close()

    threads = [threading.Thread(target=attempt) for _number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (answers.count(SignInRefused), answers.count(TooManyAttempts)) == (5, 5)
