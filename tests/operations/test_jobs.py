"""Jobs run once, as who asked, say how far they are, stop when asked, and survive their process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from portal.builtin.accounts import Account
from portal.builtin.operations import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, QueueTask
from portal.database import proxy, transaction
from portal.errors import Conflict, Invalid, NotFound
from portal.models import utc_now
from portal.operations import jobs, work
from portal.operations.queue import PlainSerializer, close_connection
from portal.operations.work import KINDS, RunningJob
from portal.settings import Settings
from portal.settings_sections import Demo

NAME = "tests.job"
Act = Callable[[RunningJob, Mapping[str, Any]], str | None]


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., None]]:
    """Declare the job `tests.job` for one test."""
    monkeypatch.setattr(work, "WRITE_EVERY", 0.0)

    def declare(act: Act, **options: Any) -> None:
        jobs.register(NAME, "A job of the tests", **options)(act)

    yield declare
    KINDS.pop(NAME, None)


def row(job: int) -> Any:
    """Give the row of a job."""
    return Job.get_by_id(job)


def wait_for(condition: Callable[[], bool], seconds: float = 10.0) -> None:
    """Wait until `condition` holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_job_takes_its_arguments_and_leaves_its_result(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: f"{arguments['rows']} lignes")
    job = jobs.enqueue(NAME, {"rows": 3})
    assert row(job).state == QUEUED
    assert jobs.run_pending() == 1
    assert (row(job).state, row(job).result) == (DONE, "3 lignes")
    assert row(job).started_at <= row(job).finished_at


def test_a_job_that_nobody_declared_is_refused(settings: Settings) -> None:
    with pytest.raises(NotFound):
        jobs.enqueue("nothing.such")


def test_an_enqueue_rolls_back_with_its_transaction(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None)
    with transaction(), proxy.atomic() as act:
        jobs.enqueue(NAME)
        act.rollback()
    assert (Job.select().count(), QueueTask.select().count()) == (0, 0)


def test_a_job_runs_as_its_account(settings: Settings, kind: Callable[..., None]) -> None:
    account = Account.create(login="ines", login_key="ines", language="en")
    seen: list[Any] = []
    kind(lambda job, arguments: seen.append(job.actor))
    jobs.enqueue(NAME, account=account.id)
    jobs.enqueue(NAME)
    jobs.run_pending()
    assert [(actor.account, actor.name) for actor in seen] == [
        (account.id, "ines"),
        (None, f"job {NAME}"),
    ]


def test_a_job_of_a_disabled_account_does_nothing(
    settings: Settings, kind: Callable[..., None]
) -> None:
    account = Account.create(login="ines", login_key="ines")
    seen: list[Any] = []
    kind(lambda job, arguments: seen.append(job))
    job = jobs.enqueue(NAME, account=account.id)
    Account.update(active=False).execute()
    jobs.run_pending()
    assert (row(job).state, seen) == (FAILED, [])


def test_progress_is_seen_while_it_runs(settings: Settings, kind: Callable[..., None]) -> None:
    seen: list[tuple[int, int]] = []

    def act(job: RunningJob, arguments: Mapping[str, Any]) -> None:
        for done in (10, 20):
            job.progress(done, 40)
            state = jobs.state_of(job.id)
            seen.append((state["progress"], state["total"]))

    kind(act)
    jobs.enqueue(NAME)
    jobs.run_pending()
    assert seen == [(10, 40), (20, 40)]


def test_a_waiting_job_is_cancelled_at_once(settings: Settings, kind: Callable[..., None]) -> None:
    kind(lambda job, arguments: "done")
    job = jobs.enqueue(NAME)
    jobs.cancel(job)
    assert jobs.run_pending() == 0
    assert row(job).state == CANCELLED


def test_a_running_job_is_cancelled_at_its_next_progress(
    settings: Settings, kind: Callable[..., None]
) -> None:
    def act(job: RunningJob, arguments: Mapping[str, Any]) -> str:
        job.progress(1)
        jobs.cancel(job.id)
        job.progress(2)
        return "never"

    kind(act)
    job = jobs.enqueue(NAME)
    jobs.run_pending()
    assert (row(job).state, row(job).progress, row(job).result) == (CANCELLED, 2, "")


def test_a_job_that_is_over_cannot_be_cancelled(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None)
    job = jobs.enqueue(NAME)
    jobs.run_pending()
    with pytest.raises(Conflict):
        jobs.cancel(job)
    with pytest.raises(NotFound):
        jobs.cancel(job + 1)


def test_what_the_portal_refuses_is_the_message(
    settings: Settings, kind: Callable[..., None]
) -> None:
    def act(job: RunningJob, arguments: Mapping[str, Any]) -> None:
        raise Invalid("The file has no heading.", "Add one.")

    kind(act, retries=3)
    job = jobs.enqueue(NAME)
    jobs.run_pending()
    assert (row(job).state, row(job).message) == (FAILED, "The file has no heading. Add one.")


def test_a_crash_tells_nothing_of_the_values(
    settings: Settings, kind: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    def act(job: RunningJob, arguments: Mapping[str, Any]) -> None:
        raise ValueError(arguments["name"])

    kind(act)
    job = jobs.enqueue(NAME, {"name": "Inès Morel"})
    jobs.run_pending()
    assert row(job).state == FAILED
    assert "Morel" not in row(job).message + caplog.text
    assert "ValueError" in caplog.text


def test_a_file_left_by_a_job_has_a_random_name(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: str(job.new_file(".csv").write_text("a;b")))
    job = jobs.enqueue(NAME)
    jobs.run_pending()
    name = row(job).result_file
    assert len(name) == 36
    assert jobs.result_path(name).read_text() == "a;b"
    with pytest.raises(NotFound):
        jobs.result_path("../greffe.db")


def test_two_workers_run_a_job_once(settings: Settings, kind: Callable[..., None]) -> None:
    ran: list[int] = []
    kind(lambda job, arguments: ran.append(job.id))
    job = jobs.enqueue(NAME)

    def run() -> None:
        work.run(job)
        close_connection()

    threads = [threading.Thread(target=run) for _number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ran == [job]


def test_a_dead_job_starts_again(settings: Settings, kind: Callable[..., None]) -> None:
    kind(lambda job, arguments: "at last")
    job = jobs.enqueue(NAME)
    Job.update(state=RUNNING, attempts=1, heartbeat_at=utc_now() - timedelta(minutes=3)).execute()
    assert jobs.sweep() == 1
    jobs.run_pending()
    assert (row(job).state, row(job).result, row(job).attempts) == (DONE, "at last", 2)


def test_a_job_that_dies_each_time_is_given_up(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None)
    job = jobs.enqueue(NAME)
    Job.update(state=RUNNING, attempts=3, heartbeat_at=utc_now() - timedelta(minutes=3)).execute()
    jobs.sweep()
    assert row(job).state == FAILED


def test_a_dead_job_that_is_not_idempotent_is_not_repeated(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None, idempotent=False)
    job = jobs.enqueue(NAME)
    Job.update(state=RUNNING, attempts=1, heartbeat_at=utc_now() - timedelta(minutes=3)).execute()
    jobs.sweep()
    assert row(job).state == FAILED


def test_a_living_job_is_left_alone(settings: Settings, kind: Callable[..., None]) -> None:
    kind(lambda job, arguments: None)
    job = jobs.enqueue(NAME)
    Job.update(state=RUNNING, heartbeat_at=utc_now() - timedelta(seconds=90)).execute()
    assert jobs.sweep() == 0
    assert row(job).state == RUNNING


def test_a_wake_up_call_that_was_lost_is_made_again(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None)
    jobs.enqueue(NAME)
    QueueTask.delete().execute()
    jobs.sweep(utc_now() + timedelta(minutes=1))
    assert QueueTask.select().count() == 1


def test_a_turn_is_asked_for_once(settings: Settings, kind: Callable[..., None]) -> None:
    kind(lambda job, arguments: None)
    first = jobs.enqueue(NAME, turn="tests 2026-05-01")
    assert jobs.enqueue(NAME, turn="tests 2026-05-01") == first
    assert jobs.enqueue(NAME, turn="tests 2026-05-02") != first


def test_nightly_jobs_are_asked_for_once_a_night(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None, nightly=True)
    asked = []
    for moment in (
        datetime(2026, 5, 1, 12, 0),  # a new portal
        datetime(2026, 5, 2, 0, 59),  # 2:59 in Paris
        datetime(2026, 5, 2, 1, 0),
        datetime(2026, 5, 2, 23, 0),
        datetime(2026, 5, 5, 9, 0),  # it was off for two nights
    ):
        jobs.start_the_night(moment)
        asked.append(Job.select().where(Job.name == NAME).count())
    assert asked == [0, 0, 1, 1, 2]


def test_the_threads_run_what_is_asked(settings: Settings, kind: Callable[..., None]) -> None:
    kind(lambda job, arguments: threading.current_thread().name)
    jobs.start(settings)
    job = jobs.enqueue(NAME)
    wait_for(lambda: row(job).state == DONE)
    jobs.stop()
    assert row(job).result.startswith("Worker")


def test_messages_of_the_queue_are_not_pickles(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: None)
    jobs.enqueue(NAME)
    assert QueueTask.get().data.startswith(b"[")
    assert PlainSerializer().deserialize(b'"text"') == "text"


def test_jobs_speak_with_the_settings_of_the_process(
    settings: Settings, kind: Callable[..., None]
) -> None:
    kind(lambda job, arguments: str(job.settings.demo.enabled))
    job = jobs.enqueue(NAME)
    jobs.run_pending(replace(settings, demo=Demo(enabled=True)))
    assert row(job).result == "True"
