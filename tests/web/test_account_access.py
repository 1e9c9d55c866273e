"""Passwords, links, disabling and locks of other accounts, and the links that strangers open."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from portal.accounts import links, sessions
from portal.accounts.links import Purpose
from portal.actor import Origin
from portal.builtin.accounts import Account
from portal.builtin.journal import Entry
from portal.builtin.operations import Job
from portal.operations import jobs
from portal.settings_sections import Mail
from portal.start import Portal
from portal.web.app import make_app
from tests.factories import account, gate
from tests.operations.test_mail import Postbox, free_port
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
NEW = "cumulus planeur verveine"
TWICE = {"password": NEW, "again": NEW}
LINK = re.compile(r"http://[^\s<]+/new-password/[\w-]+")


def access(login: str) -> str:
    """Give the address of the page of an account."""
    return f"/admin/accounts/access/?id={account(login)}"


def act(login: str, **more: str) -> dict[str, str]:
    return {"id": str(account(login)), **more}


def stranger(app: Flask) -> Visitor:
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return Visitor(client)


# --- setting a password


def test_the_sheet_of_an_account_leads_to_its_access(admin: Visitor) -> None:
    sheet = admin.get(f"/admin/accounts.account/details/?id={account('member')}").text
    assert access("member").replace("&", "&amp;") in sheet


def test_a_set_password_opens_and_the_old_one_does_not(admin: Visitor, app: Flask) -> None:
    answer = admin.post("/admin/accounts/password/", act("member", **TWICE))
    assert answer.location.endswith(access("member"))
    assert stranger(app).sign_in("member").status_code == 403
    assert stranger(app).sign_in("member", NEW).status_code == 302


def test_a_set_password_ends_the_sessions_of_the_account(admin: Visitor, signed_in: SignIn) -> None:
    member = signed_in("member")
    admin.post("/admin/accounts/password/", act("member", **TWICE))
    assert member.get("/me/").status_code == 302


def test_a_set_password_is_journaled_as_an_act_of_who_set_it(admin: Visitor) -> None:
    admin.post("/admin/accounts/password/", act("member", **TWICE))
    mine = Entry.select().where(Entry.account == account("admin"), Entry.kind == "update")
    assert [entry.table_name for entry in mine] == ["accounts.account"]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"password": "court", "again": "court"}, "12 characters"),
        ({"password": NEW, "again": "other"}, "The two new passwords differ."),
        ({"password": "azertyuiopqsdfgh", "again": "azertyuiopqsdfgh"}, "neighbouring keys"),
    ],
)
def test_a_password_that_will_not_do_is_refused_beside_its_form(
    admin: Visitor, app: Flask, typed: dict[str, str], sentence: str
) -> None:
    answer = admin.post("/admin/accounts/password/", act("member", **typed))
    assert answer.status_code == 400
    assert sentence in answer.text
    assert typed["password"] not in answer.text
    assert stranger(app).sign_in("member").status_code == 302


@pytest.mark.parametrize("login", ["dpo", "structure", "secretary", "instructor"])
def test_the_page_does_not_exist_for_who_may_set_no_password(signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    assert visitor.get(access("member")).status_code == 404
    assert visitor.get(f"/admin/accounts/access/?id={account(login)}").status_code == 404
    for path in ("password", "link", "active", "unlock"):
        answer = visitor.post(f"/admin/accounts/{path}/", act("member", active="0", **TWICE))
        assert answer.status_code == 404


@pytest.mark.parametrize("id", ["", "0", "-1", "abc", "9" * 30, "999999"])
def test_an_account_that_is_none_is_refused(admin: Visitor, id: str) -> None:
    assert admin.get(f"/admin/accounts/access/?id={id}").status_code in (400, 404)
    for path in ("password", "link", "active", "unlock"):
        answer = admin.post(f"/admin/accounts/{path}/", {"id": id, "active": "0", **TWICE})
        assert answer.status_code in (400, 404)


@pytest.mark.parametrize("login", ["admin", "technical", "dpo"])
def test_a_stronger_account_is_not_opened(signed_in: SignIn, app: Flask, login: str) -> None:
    technical = signed_in("technical")
    assert technical.get(access(login)).status_code == 403
    for path in ("password", "link", "active", "unlock"):
        answer = technical.post(f"/admin/accounts/{path}/", act(login, active="0", **TWICE))
        assert answer.status_code == 403
        assert not LINK.search(answer.text)
    assert stranger(app).sign_in(login).status_code == 302


# --- disabling, and the lock


def test_a_disabled_account_is_signed_out_and_may_not_sign_in(
    admin: Visitor, signed_in: SignIn, app: Flask
) -> None:
    member = signed_in("member")
    admin.post("/admin/accounts/active/", act("member", active="0"))
    assert member.get("/me/").status_code == 302
    assert stranger(app).sign_in("member").status_code == 403
    assert "Disabled" in admin.get(access("member")).text


def test_an_enabled_account_signs_in_again_and_its_old_sessions_do_not_return(
    admin: Visitor, signed_in: SignIn, app: Flask
) -> None:
    member = signed_in("member")
    admin.post("/admin/accounts/active/", act("member", active="0"))
    admin.post("/admin/accounts/active/", act("member", active="1"))
    assert member.get("/me/").status_code == 302
    assert stranger(app).sign_in("member").status_code == 302


def test_disabling_twice_is_the_same_as_once(admin: Visitor) -> None:
    for _time in range(2):
        answer = admin.post("/admin/accounts/active/", act("member", active="0"))
        assert answer.status_code == 302


def test_the_lock_after_wrong_attempts_is_lifted(admin: Visitor, app: Flask) -> None:
    for _attempt in range(6):
        stranger(app).sign_in("member", "wrong")
    assert "Lift the sign-in lock" in admin.get(access("member")).text
    assert stranger(app).sign_in("member").status_code == 429
    admin.post("/admin/accounts/unlock/", act("member"))
    assert stranger(app).sign_in("member").status_code == 302


# --- a link shown once


def shown_link(admin: Visitor, login: str) -> str:
    """Make a link for an account and give its path."""
    page = admin.post("/admin/accounts/link/", act(login)).text
    found = LINK.search(page)
    assert found, page[:2_000]
    return found[0].removeprefix("http://localhost")


def test_without_mail_the_link_is_shown_and_the_page_says_so(admin: Visitor) -> None:
    page = admin.post("/admin/accounts/link/", act("member")).text
    assert LINK.search(page)
    assert "The portal sends no mail" in page


def test_a_link_is_shown_once(admin: Visitor) -> None:
    shown_link(admin, "member")
    assert not LINK.search(admin.get(access("member")).text)


def test_a_password_is_chosen_by_the_link(admin: Visitor, app: Flask) -> None:
    link = shown_link(admin, "member")
    answer = stranger(app).post(link, TWICE)
    assert answer.location == "/sign-in"
    assert stranger(app).sign_in("member", NEW).status_code == 302


def test_choosing_a_password_ends_the_sessions(
    admin: Visitor, signed_in: SignIn, app: Flask
) -> None:
    member = signed_in("member")
    stranger(app).post(shown_link(admin, "member"), TWICE)
    assert member.get("/me/").status_code == 302


def test_a_weak_password_leaves_the_link_whole(admin: Visitor, app: Flask) -> None:
    link = shown_link(admin, "member")
    assert stranger(app).post(link, {"password": "x", "again": "x"}).status_code == 400
    assert stranger(app).post(link, TWICE).status_code == 302


def refusal(app: Flask, path: str) -> tuple[int, str]:
    """Give the answer to a link, without the address that stands in its page."""
    answer = stranger(app).get(path)
    return answer.status_code, answer.text.partition("<main")[2]


def test_bad_used_old_and_disabled_links_get_the_same_answer(admin: Visitor, app: Flask) -> None:
    used = shown_link(admin, "member")
    stranger(app).post(used, TWICE)
    replaced = shown_link(admin, "secretary")
    shown_link(admin, "secretary")
    past = links.utc_now() - links.TERM * 2
    old = "/new-password/" + links.issue(Purpose.PASSWORD, account("dpo"), now=past)
    disabled = shown_link(admin, "treasurer")
    admin.post("/admin/accounts/active/", act("treasurer", active="0"))
    other = "/new-password/" + links.issue(Purpose.FIRST_ADMINISTRATOR)
    answers = {
        refusal(app, path)
        for path in (used, replaced, old, disabled, other, "/new-password/x", "/new-password/é")
    }
    assert len(answers) == 1
    assert next(iter(answers))[0] == 400


def test_a_set_password_closes_the_links_that_were_made_before(admin: Visitor, app: Flask) -> None:
    link = shown_link(admin, "member")
    admin.post("/admin/accounts/password/", act("member", **TWICE))
    assert stranger(app).get(link).status_code == 400


def test_an_account_disabled_by_its_form_has_no_working_link(admin: Visitor, app: Flask) -> None:
    link = shown_link(admin, "member")
    Account.update(active=False).where(Account.id == account("member")).execute()
    assert stranger(app).get(link).status_code == 400


def test_a_disabled_account_gets_no_link(admin: Visitor) -> None:
    admin.post("/admin/accounts/active/", act("member", active="0"))
    assert admin.post("/admin/accounts/link/", act("member")).status_code == 400


# --- mail


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, Mail]]:
    """Start an SMTP server on the loopback."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    mail = Mail(host="127.0.0.1", port=controller.port, sender="portail@club.example")
    yield box, mail
    controller.stop()


@pytest.fixture
def mailing(demo_portal: Portal, postbox: tuple[Postbox, Mail]) -> tuple[Flask, Any]:
    """Give the web of a demonstration that sends mail, and a function that says what arrived."""
    box, mail = postbox
    settings = replace(demo_portal.settings, mail=mail)
    made = make_app(replace(demo_portal, settings=settings))
    jobs.configure(settings)
    Account.update(email="ines@club.example").where(Account.login_key == "member").execute()

    def received() -> list[Any]:
        while jobs.run_pending(settings):
            pass
        return box.messages

    return made, received


def signed(app: Flask, login: str) -> Visitor:
    visitor = stranger(app)
    with visitor.client.session_transaction() as kept:
        kept["_user_id"] = sessions.open_session(account(login), Origin())
    return visitor


def test_a_link_is_sent_to_the_account(mailing: tuple[Flask, Any]) -> None:
    app, received = mailing
    answer = signed(app, "admin").post("/admin/accounts/link/", act("member"))
    assert answer.status_code == 302
    (message,) = received()
    assert message["To"] == "ines@club.example"
    found = LINK.search(message.get_content())
    assert found
    path = found[0].removeprefix("http://localhost")
    assert stranger(app).post(path, TWICE).location == "/sign-in"


def test_an_account_without_an_address_has_its_link_shown(mailing: tuple[Flask, Any]) -> None:
    app, _received = mailing
    Account.update(email="").where(Account.login_key == "secretary").execute()
    page = signed(app, "admin").post("/admin/accounts/link/", act("secretary")).text
    assert LINK.search(page)
    assert "the account has no e-mail address" in page


@pytest.mark.parametrize("who", ["member", " MEMBER ", "Ines@Club.example"])
def test_a_forgotten_password_brings_a_link(mailing: tuple[Flask, Any], who: str) -> None:
    app, received = mailing
    stranger(app).post("/forgotten-password", {"who": who})
    (message,) = received()
    assert message["To"] == "ines@club.example"
    assert LINK.search(message.get_content())


def test_the_message_is_in_the_language_of_the_account(mailing: tuple[Flask, Any]) -> None:
    app, received = mailing
    Account.update(language="en").where(Account.login_key == "member").execute()
    stranger(app).post("/forgotten-password", {"who": "member"})
    assert [message["Subject"] for message in received()] == ["Choose your password"]


@pytest.mark.parametrize("who", ["", "nobody", "nobody@club.example", "\r\nBcc: x@y.example", "é"])
def test_known_and_unknown_accounts_get_the_same_answer(
    mailing: tuple[Flask, Any], who: str
) -> None:
    app, received = mailing
    known = stranger(app).post("/forgotten-password", {"who": "member"})
    unknown = stranger(app).post("/forgotten-password", {"who": who})
    assert known.status_code == unknown.status_code == 200
    assert known.text.partition("<main")[2] == unknown.text.partition("<main")[2]
    assert len(received()) == 1


def test_asking_costs_the_same_work_for_known_and_unknown(mailing: tuple[Flask, Any]) -> None:
    app, _received = mailing
    for who in ("member", "nobody"):
        stranger(app).post("/forgotten-password", {"who": who})
    waiting = Job.select(Job.name, Job.state).where(Job.name != "mail.send").tuples()
    assert list(waiting) == [("accounts.forgotten", "queued")] * 2


def test_the_fourth_asking_is_refused_for_known_and_unknown(mailing: tuple[Flask, Any]) -> None:
    app, _received = mailing
    for who in ("member", "nobody"):
        answers = [
            stranger(app).post("/forgotten-password", {"who": who}).status_code
            for _time in range(4)
        ]
        assert answers == [200, 200, 200, 429]


def test_asking_for_links_locks_no_sign_in(mailing: tuple[Flask, Any]) -> None:
    app, _received = mailing
    for _time in range(4):
        stranger(app).post("/forgotten-password", {"who": "member"})
    assert stranger(app).sign_in("member").status_code == 302


def test_a_disabled_account_is_sent_nothing(mailing: tuple[Flask, Any]) -> None:
    app, received = mailing
    Account.update(active=False).where(Account.login_key == "member").execute()
    stranger(app).post("/forgotten-password", {"who": "member"})
    assert received() == []


def test_what_was_typed_is_forgotten_with_the_job(mailing: tuple[Flask, Any]) -> None:
    app, received = mailing
    stranger(app).post("/forgotten-password", {"who": "member"})
    received()
    assert {row.arguments for row in Job.select()} == {"{}"}


def test_without_mail_nobody_is_offered_a_link(visitor: Visitor) -> None:
    assert "Forgotten password?" not in visitor.get("/sign-in").text
    assert visitor.get("/forgotten-password").status_code == 404


def test_with_mail_the_sign_in_page_leads_to_it(mailing: tuple[Flask, Any]) -> None:
    app, _received = mailing
    assert "/forgotten-password" in stranger(app).get("/sign-in").text


def test_a_portal_that_does_not_know_its_address_sends_no_link(demo_portal: Portal) -> None:
    server = replace(demo_portal.settings.server, host="0.0.0.0")  # noqa: S104 - it is not opened
    app = make_app(replace(demo_portal, settings=replace(demo_portal.settings, server=server)))
    answer = signed(app, "admin").post("/admin/accounts/link/", act("member"))
    assert answer.status_code == 400
    assert "server.public_address" in answer.text


def test_the_gate_kept_no_link_in_a_row(admin: Visitor) -> None:
    link = shown_link(admin, "member").removeprefix("/new-password/")
    row = gate().one("accounts.account", account("member"))
    assert link not in str(row.values)
