"""Jobs and backups on screen: who sees what, what the buttons do, what the start page says."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask

from portal import search
from portal.builtin.operations import CANCELLED, DONE, FAILED, QUEUED, Job, State
from portal.database import proxy
from portal.models import utc_now
from portal.operations import archive, backup, indexing, jobs, mail, stock, waiting, work
from portal.settings import Settings
from portal.settings_sections import Mail
from portal.start import Portal
from tests.factories import account, gate
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/admin/operations/"
START = "/admin/"


@pytest.fixture
def settings(demo_portal: Portal) -> Settings:
    """Give the settings of the demonstration that is served."""
    jobs.configure(demo_portal.settings)
    return demo_portal.settings


def back_up(settings: Settings, days: int = 0) -> Path:
    """Make a backup, so many days ago by its name."""
    made = backup.create(settings)
    stamp = archive.moment(utc_now() - timedelta(days=days))
    older = made.with_name(f"{backup.PREFIX}{stamp}-abcdef.zip")
    made.rename(older)
    stock.note(older.name)
    return older


def states(name: str) -> list[str]:
    return [state for (state,) in Job.select(Job.state).where(Job.name == name).tuples()]


# --- who sees it


@pytest.mark.parametrize(("login", "status"), [("admin", 200), ("technical", 200), ("dpo", 200)])
def test_who_reads_every_job_sees_backups_and_nights(
    signed_in: SignIn, login: str, status: int
) -> None:
    answer = signed_in(login).get(PAGE)
    assert answer.status_code == status
    assert "Every night" in answer.text


def test_others_see_their_own_jobs_alone(signed_in: SignIn, settings: Settings) -> None:
    jobs.enqueue(backup.JOB, account=account("admin"))
    jobs.enqueue(indexing.JOB, account=account("secretary"))
    page = signed_in("secretary").get(PAGE).text
    assert "Make the search index" in page
    assert "Back up the portal" not in page
    assert "Every night" not in page


def test_it_does_not_exist_for_members(signed_in: SignIn) -> None:
    assert signed_in("member").get(PAGE).status_code == 404


@pytest.mark.parametrize("act", ["backup/", "verify/", "mail/", "cancel/"])
@pytest.mark.parametrize("login", ["dpo", "secretary"])
def test_acts_need_the_right_to_execute_jobs(
    signed_in: SignIn, settings: Settings, login: str, act: str
) -> None:
    job = jobs.enqueue(indexing.JOB, account=account(login))
    visitor = signed_in(login)
    assert visitor.post(PAGE + act, {"id": job, "name": "x"}).status_code == 403
    assert states(indexing.JOB) == [QUEUED]
    assert states(backup.JOB) == []
    assert 'class="btn btn-primary"' not in visitor.get(PAGE).text


# --- jobs


def test_a_job_shows_how_far_it_is(admin: Visitor, settings: Settings) -> None:
    job = jobs.enqueue(indexing.JOB, account=account("admin"))
    Job.update(state="running", progress=30, total=40).where(Job.id == job).execute()
    assert '<progress max="100" value="75">' in admin.get(PAGE).text


def test_a_job_is_cancelled(admin: Visitor, settings: Settings) -> None:
    job = jobs.enqueue(indexing.JOB)
    page = admin.post(f"{PAGE}cancel/", {"id": job}, follow_redirects=True).text
    assert "The job is asked to stop." in page
    assert states(indexing.JOB) == [CANCELLED]


def test_a_job_that_is_over_stays_as_it_is(admin: Visitor, settings: Settings) -> None:
    job = jobs.enqueue(indexing.JOB)
    jobs.run_pending(settings)
    page = admin.post(f"{PAGE}cancel/", {"id": job}, follow_redirects=True).text
    assert "This job is over." in page
    assert states(indexing.JOB) == [DONE]


@pytest.mark.parametrize(("id", "status"), [("999999", 404), ("x", 400), ("", 400)])
def test_a_job_that_is_not_there_is_a_page(admin: Visitor, id: str, status: int) -> None:
    assert admin.post(f"{PAGE}cancel/", {"id": id}).status_code == status


@pytest.mark.parametrize("page", ["-1", "x", "1.5"])
def test_a_wrong_page_is_refused(admin: Visitor, page: str) -> None:
    assert admin.get(f"{PAGE}?page={page}").status_code == 400


# --- backups


def test_a_backup_is_made_by_a_job(admin: Visitor, settings: Settings) -> None:
    admin.post(f"{PAGE}backup/")
    jobs.run_pending(settings)
    (made,) = stock.kept(settings)
    assert states(backup.JOB) == [DONE]
    page = admin.get(PAGE).text
    assert made.name in page
    assert "Good on " in page


def test_a_second_backup_waits_for_the_first(admin: Visitor, settings: Settings) -> None:
    admin.post(f"{PAGE}backup/")
    page = admin.post(f"{PAGE}backup/", follow_redirects=True).text
    assert "A backup is being made already." in page
    assert states(backup.JOB) == [QUEUED]


def test_a_damaged_backup_is_found_out(admin: Visitor, settings: Settings) -> None:
    file = back_up(settings)
    os.truncate(file, file.stat().st_size // 2)
    admin.post(f"{PAGE}verify/", {"name": file.name})
    jobs.run_pending(settings)
    assert states(stock.VERIFY) == [FAILED]
    assert "Damaged" in admin.get(PAGE).text
    assert stock.last_good(settings) is None


@pytest.mark.parametrize("name", ["", "../greffe.toml", "greffe-x.zip", "/etc/passwd"])
def test_only_a_backup_of_the_folder_is_verified(
    admin: Visitor, settings: Settings, name: str
) -> None:
    assert admin.post(f"{PAGE}verify/", {"name": name}).status_code == 404
    assert states(stock.VERIFY) == []


def test_what_is_known_of_a_backup_goes_with_it(settings: Settings) -> None:
    back_up(settings).unlink()
    backup.create(settings)
    assert State.select().where(State.name.startswith("backup ")).count() == 1


# --- the start page


def test_a_portal_without_a_backup_says_so(signed_in: SignIn) -> None:
    assert "There is no backup yet." in signed_in("admin").get(START).text
    assert "There is no backup yet." not in signed_in("secretary").get(START).text


@pytest.mark.parametrize(("days", "told"), [(0, False), (1, False), (2, True), (9, True)])
def test_an_old_backup_needs_attention(
    admin: Visitor, settings: Settings, days: int, told: bool
) -> None:
    back_up(settings, days)
    page = admin.get(START).text
    assert (f"The last good backup is {days} days old" in page) is told
    assert "There is no backup yet." not in page


def test_an_index_that_is_being_made_needs_attention(signed_in: SignIn, settings: Settings) -> None:
    proxy.execute_sql("UPDATE search_fields SET filled = 0 WHERE table_name = 'bookings.booking'")
    assert search.stale() == ("bookings.booking",)
    told = "Bookings: the search index is being made"
    assert told in signed_in("secretary").get(START).text


# --- mail


def with_mail(app: Flask) -> None:
    portal: Portal = app.extensions["portal"]
    mailing = replace(portal.settings, mail=Mail(host="127.0.0.1", sender="greffe@example.org"))
    app.extensions["portal"] = replace(portal, settings=mailing)


def test_without_a_mail_server_the_setting_is_named(admin: Visitor) -> None:
    page = admin.get(PAGE).text
    assert "set mail.host in greffe.toml" in page
    assert "Send a test message to me" not in page


def test_a_test_message_goes_to_who_asks(app: Flask, admin: Visitor) -> None:
    with_mail(app)
    person = gate("admin").actor.person or 0
    address = gate().one("directory.person", person).values["email"]
    assert "Send a test message to me" in admin.get(PAGE).text
    page = admin.post(f"{PAGE}mail/", follow_redirects=True).text
    assert f"A test message to {address} is being sent." in page
    assert states(mail.JOB) == [QUEUED]


def test_who_has_no_address_is_told(app: Flask, admin: Visitor) -> None:
    with_mail(app)
    person = gate().one("directory.person", gate("admin").actor.person or 0)
    gate().update("directory.person", person.id, {"email": ""}, person.version)
    page = admin.post(f"{PAGE}mail/", follow_redirects=True).text
    assert "Your record holds no e-mail address." in page
    assert states(mail.JOB) == []


def test_a_message_without_a_server_is_refused(admin: Visitor) -> None:
    page = admin.post(f"{PAGE}mail/", follow_redirects=True).text
    assert "Set mail.host in greffe.toml." in page
    assert states(mail.JOB) == []


def left_by(settings: Settings, job: str, account_name: str | None) -> tuple[int, str]:
    """Give the number and the name of a file that a job of an account left."""
    folder = settings.home / work.FOLDER
    folder.mkdir(exist_ok=True)
    name = f"{job}.csv"
    (folder / name).write_text("a,b\n")
    owner = None if account_name is None else account(account_name)
    return Job.create(name=job, state="done", account=owner, result_file=name).id, name


def test_who_asked_for_a_job_downloads_its_file(settings: Settings, signed_in: SignIn) -> None:
    id, name = left_by(settings, "own", "secretary")
    answer = signed_in("secretary").get(f"/admin/operations/result/?id={id}")
    assert (answer.status_code, answer.text) == (200, "a,b\n")
    assert name in answer.headers["Content-Disposition"]


def test_who_reads_jobs_downloads_the_file_of_any(settings: Settings, admin: Visitor) -> None:
    id, name = left_by(settings, "other", "secretary")
    page = admin.get("/admin/operations/").text
    assert f"/admin/operations/result/?id={id}" in page
    assert admin.get(f"/admin/operations/result/?id={id}").status_code == 200


@pytest.mark.parametrize("login", ["treasurer", "instructor", "member"])
def test_the_file_of_another_is_not_there(
    settings: Settings, signed_in: SignIn, login: str
) -> None:
    id, _name = left_by(settings, "secret", "secretary")
    assert signed_in(login).get(f"/admin/operations/result/?id={id}").status_code == 404


def test_a_file_that_is_gone_is_not_there(settings: Settings, admin: Visitor) -> None:
    id = Job.create(name="gone", state="done", result_file="gone.csv").id
    assert admin.get(f"/admin/operations/result/?id={id}").status_code == 404


def test_the_start_page_says_how_much_waits_to_be_purged(
    settings: Settings, signed_in: SignIn
) -> None:
    officer = signed_in("dpo")
    assert "past their term" not in officer.get("/admin/").text
    jobs.enqueue(waiting.JOB)
    jobs.run_pending(settings)
    found = waiting.last()
    assert found
    assert found[0] > 0
    assert f"{found[0]:,} rows are past their term" in officer.get("/admin/").text
    assert "past their term" not in signed_in("instructor").get("/admin/").text
