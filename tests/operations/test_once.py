"""A form that two workers are given at once makes one record."""

from __future__ import annotations

import threading
import time
from datetime import timedelta

import pytest

from portal.builtin.operations import Attempt, SentForm
from portal.database import proxy
from portal.models import utc_now
from portal.operations import backup, jobs, once
from portal.operations.queue import close_connection
from portal.settings import Settings

TOKEN = "0123456789abcdef0123456789abcdef"  # noqa: S105 - of a form, in a test
TABLE = "directory.person"


def make(token: str = TOKEN, account: int = 1, table: str = TABLE) -> int:
    """Make a record, as a form does."""
    with once.only(token, account, table) as done:
        row = int(Attempt.insert(account_digest="a", address_digest="b").execute())
        done(row)
    return row


def records() -> int:
    return int(Attempt.select().count())


def test_the_second_sender_finds_the_record_of_the_first(settings: Settings) -> None:
    row = make()
    with pytest.raises(once.AlreadySent) as again:
        make()
    assert (again.value.row, records()) == (row, 1)


def test_two_workers_at_once_make_one_record(settings: Settings) -> None:
    made: list[int] = []
    found: list[int | None] = []
    inside = threading.Event()

    def first() -> None:
        with once.only(TOKEN, 1, TABLE) as done:
            row = int(Attempt.insert(account_digest="a", address_digest="b").execute())
            inside.set()
            time.sleep(0.3)
            done(row)
        made.append(row)
        close_connection()

    def second() -> None:
        inside.wait(10)
        try:
            made.append(make())
        except once.AlreadySent as sent:
            found.append(sent.row)
        close_connection()

    workers = [threading.Thread(target=act) for act in (first, second)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert (len(made), found, records()) == (1, made, 1)


def test_a_form_that_failed_may_be_sent_again(settings: Settings) -> None:
    def fail() -> None:
        with once.only(TOKEN, 1, TABLE):
            Attempt.insert(account_digest="a", address_digest="b").execute()
            raise ValueError("refused")

    with pytest.raises(ValueError, match="refused"):
        fail()
    assert records() == 0
    assert make()


@pytest.mark.parametrize(
    "other", [{"token": "f" * 32}, {"account": 2}, {"table": "bookings.booking"}], ids=str
)
def test_another_form_is_another(settings: Settings, other: dict[str, str]) -> None:
    assert make() != make(**other)  # type: ignore[arg-type]  # one of three, in a parametrised test


def test_no_token_is_kept_as_it_is(settings: Settings) -> None:
    make()
    (kept,) = proxy.execute_sql("SELECT token FROM operations_sentform").fetchone()
    assert TOKEN not in kept


def test_the_nightly_job_forgets_old_ones(settings: Settings) -> None:
    make()
    SentForm.update(sent_at=utc_now() - timedelta(days=2)).execute()
    make("e" * 32)
    jobs.enqueue(backup.TIDY)
    jobs.run_pending(settings)
    assert SentForm.select().count() == 1
