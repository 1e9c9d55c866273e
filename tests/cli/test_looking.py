"""`check`, `plugins`, `tables`, `jobs`, `sessions`: what an instance is and does."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.accounts import sessions
from portal.actor import Origin
from portal.database import proxy
from portal.operations import jobs
from portal.start import Portal
from tests import factories
from tests.cli.conftest import Greffe, caller


def test_check_says_where_each_setting_comes_from(tmp_path: Path) -> None:
    (tmp_path / "greffe.toml").write_text("[server]\nport = 8080\n", encoding="utf-8")
    lines = caller(tmp_path)("check").stdout.splitlines()
    assert next(line.split() for line in lines if "server.port" in line)[1:] == [
        "8080",
        "greffe.toml",
    ]


def test_check_makes_nothing(tmp_path: Path) -> None:
    assert caller(tmp_path / "new")("check").exit_code == 0
    assert not (tmp_path / "new").exists()


def test_check_is_content_with_a_demonstration(greffe: Greffe) -> None:
    assert greffe("check").exit_code == 0


def test_a_demonstration_is_not_to_be_deployed(greffe: Greffe) -> None:
    done = greffe("check", "--deploy")
    assert (done.exit_code, "demonstration" in done.stdout) == (1, True)


def test_a_newer_database_is_wrong(greffe: Greffe, demo_portal: Portal) -> None:
    proxy.execute_sql("UPDATE portal_version SET core = 9000")
    done = greffe("check")
    assert (done.exit_code, "newer version" in done.stdout) == (1, True)


def test_a_broken_plugin_is_named(tmp_path: Path) -> None:
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "boats.py").write_text("raise RuntimeError('no wind')\n")
    done = caller(tmp_path, GREFFE_PLUGINS_FOLDER="plugins")("plugins")
    assert (
        done.exit_code,
        "boats is left out: Its code stopped with an error (RuntimeError: no wind)" in done.stdout,
    ) == (1, True)


def test_a_folder_of_plugins_that_is_not_there_is_wrong(tmp_path: Path) -> None:
    done = caller(tmp_path, GREFFE_PLUGINS_FOLDER="plugin")("check")
    assert (done.exit_code, "correct plugins.folder" in done.stdout) == (1, True)


def test_plugins_are_listed(greffe: Greffe) -> None:
    done = greffe("plugins")
    assert (done.exit_code, "members" in done.stdout) == (0, True)


def test_tables_are_listed_with_their_activity(greffe: Greffe) -> None:
    lines = greffe("tables").stdout.splitlines()
    found = next(line for line in lines if line.startswith("bookings.booking "))
    assert found.split() == ["bookings.booking", "Bookings", "Bookings"]


def test_there_are_no_jobs_at_first(greffe: Greffe) -> None:
    assert greffe("jobs", "list").stdout == "There are none.\n"


def test_jobs_are_listed(greffe: Greffe, demo_portal: Portal) -> None:
    jobs.enqueue("journal.prune")
    assert "journal.prune" in greffe("jobs", "list").stdout


def test_a_job_is_cancelled(greffe: Greffe, demo_portal: Portal) -> None:
    number = jobs.enqueue("journal.prune")
    greffe("jobs", "cancel", str(number))
    assert jobs.state_of(number)["state"] == "cancelled"


def test_an_unknown_job_is_refused(greffe: Greffe) -> None:
    assert greffe("jobs", "cancel", "99").exit_code == 1


def test_a_worker_runs_what_waits(greffe: Greffe, demo_portal: Portal) -> None:
    number = jobs.enqueue("journal.prune")
    assert greffe("worker", "--once").stdout == "Jobs run: 1\n"
    assert jobs.state_of(number)["state"] == "done"


@pytest.mark.parametrize(("login", "count"), [("member", 1), ("dpo", 0)])
def test_an_account_is_signed_out(
    greffe: Greffe, demo_portal: Portal, login: str, count: int
) -> None:
    token = sessions.open_session(factories.account("member"), Origin())
    text = "1 session was ended." if count else "0 sessions were ended."
    assert greffe("sessions", "end", login).stdout.strip() == text
    assert (sessions.actor_of(token, Origin()) is None) == bool(count)


def test_an_open_session_is_listed(greffe: Greffe, demo_portal: Portal) -> None:
    sessions.open_session(factories.account("member"), Origin(address="192.0.2.7"))
    assert "192.0.2.7" in greffe("sessions", "list").stdout
