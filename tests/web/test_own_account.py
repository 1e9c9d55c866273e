"""My account: name, e-mail, what it holds; and one profile type at a time."""

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
from portal.builtin.accounts import Account, Holding, ProfileType
from portal.builtin.history import Change
from portal.operations import jobs
from portal.settings_sections import Mail
from portal.start import Portal
from portal.web.app import make_app
from tests.factories import PASSWORD, account
from tests.operations.test_mail import Postbox, free_port
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE, NAME, EMAIL, ROLE = "/me/account", "/me/account/name", "/me/account/email", "/me/role"
MINE = {"current": PASSWORD}


def profile(slug: str) -> int:
    return int(ProfileType.get(ProfileType.slug == slug).id)


def hold(login: str, slug: str) -> None:
    """Give an account one more profile type."""
    Holding.create(account=account(login), profile_type=profile(slug))


def stranger(app: Flask) -> Visitor:
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return Visitor(client)


# --- name and address


def test_a_person_changes_their_sign_in_name(signed_in: SignIn, app: Flask) -> None:
    answer = signed_in("member").post(NAME, {"login": " Inès ", **MINE})
    assert answer.location == PAGE
    assert stranger(app).sign_in("ines", PASSWORD).status_code == 302


def test_the_first_administrator_changes_theirs(admin: Visitor, app: Flask) -> None:
    admin.post(NAME, {"login": "claire", **MINE})
    assert stranger(app).sign_in("claire", PASSWORD).location == "/admin/"


@pytest.mark.parametrize("path", [NAME, EMAIL])
@pytest.mark.parametrize("current", ["", "wrong"])
def test_nothing_is_changed_without_the_password(
    signed_in: SignIn, path: str, current: str
) -> None:
    typed = {"login": "ines", "email": "a@b.example", "current": current}
    answer = signed_in("member").post(path, typed)
    assert answer.status_code == 400
    assert "This is not your present password." in answer.text
    row = Account.get_by_id(account("member"))
    assert (row.login, row.email) == ("member", row.email)
    assert row.email != "a@b.example"


def test_ten_wrong_passwords_are_all_that_may_be_tried(signed_in: SignIn) -> None:
    member = signed_in("member")
    answers = [
        member.post(NAME, {"login": "x", "current": "wrong"}).status_code for _time in range(11)
    ]
    assert answers == [400] * 10 + [429]
    assert member.post(NAME, {"login": "x", **MINE}).status_code == 429


@pytest.mark.parametrize("login", ["", "ADMIN", "a\nb", "x" * 101])
def test_a_name_that_will_not_do_is_refused(signed_in: SignIn, login: str) -> None:
    answer = signed_in("member").post(NAME, {"login": login, **MINE})
    assert answer.status_code == 400
    assert Account.get_by_id(account("member")).login == "member"


@pytest.mark.parametrize("email", ["ines", "a@b@c", "a@b.example\nBcc: x@y.example"])
def test_what_is_no_address_is_refused(signed_in: SignIn, email: str) -> None:
    assert signed_in("member").post(EMAIL, {"email": email, **MINE}).status_code == 400


def test_without_mail_an_address_is_written_at_once(signed_in: SignIn) -> None:
    signed_in("member").post(EMAIL, {"email": "ines@club.example", **MINE})
    assert Account.get_by_id(account("member")).email == "ines@club.example"


def test_a_changed_name_stands_in_the_history(signed_in: SignIn) -> None:
    signed_in("member").post(NAME, {"login": "ines", **MINE})
    kept = Change.select().where(Change.row == account("ines"), Change.field == "login")
    assert [(change.old, change.new) for change in kept] == [("member", "ines")]


@pytest.fixture
def mailing(demo_portal: Portal) -> Iterator[tuple[Flask, Callable[[], list[Any]]]]:
    """Give the web of a demonstration that sends mail, and what arrived."""
    box = Postbox()
    controller = Controller(box, hostname="127.0.0.1", port=free_port())
    controller.start()
    mail = Mail(host="127.0.0.1", port=controller.port, sender="portail@club.example")
    settings = replace(demo_portal.settings, mail=mail)
    jobs.configure(settings)

    def received() -> list[Any]:
        while jobs.run_pending(settings):
            pass
        return box.messages

    yield make_app(replace(demo_portal, settings=settings)), received
    controller.stop()


def member_of(app: Flask) -> Visitor:
    visitor = stranger(app)
    with visitor.client.session_transaction() as kept:
        kept["_user_id"] = sessions.open_session(account("member"), Origin())
    return visitor


def test_a_new_address_counts_once_its_link_was_followed(
    mailing: tuple[Flask, Callable[[], list[Any]]],
) -> None:
    app, received = mailing
    before = Account.get_by_id(account("member")).email
    member_of(app).post(EMAIL, {"email": "ines@club.example", **MINE})
    assert Account.get_by_id(account("member")).email == before
    (message,) = received()
    assert message["To"] == "ines@club.example"
    found = re.search(r"http://localhost(/confirm-email/\S+)", message.get_content())
    assert found
    assert stranger(app).get(found[1]).status_code == 200
    assert Account.get_by_id(account("member")).email == before
    assert stranger(app).post(found[1]).location == "/sign-in"
    assert Account.get_by_id(account("member")).email == "ines@club.example"
    assert stranger(app).get(found[1]).status_code == 400


def test_a_link_for_a_password_confirms_no_address(app: Flask) -> None:
    token = links.issue(Purpose.PASSWORD, account("member"))
    assert stranger(app).get(f"/confirm-email/{token}").status_code == 400


# --- what it holds


def test_the_page_says_what_the_account_holds(signed_in: SignIn) -> None:
    page = signed_in("structure").get(PAGE).text
    for words in ("Administrator of a structure", "My profile", "and those below"):
        assert words in page


def test_the_page_does_not_exist_without_the_privilege(signed_in: SignIn) -> None:
    ProfileType.update(privileges="").where(ProfileType.slug == "member").execute()
    member = signed_in("member")
    token = re.search(r'csrf_token" value="([^"]+)', member.get("/me/").text)
    assert token
    assert member.get(PAGE).status_code == 404
    data = {"csrf_token": token[1], "login": "x", **MINE}
    assert member.client.post(NAME, data=data).status_code == 404


# --- one profile type at a time


def test_who_holds_one_profile_type_is_asked_nothing(visitor: Visitor) -> None:
    assert visitor.sign_in("admin").location == "/admin/"


def test_who_holds_several_chooses_after_signing_in(visitor: Visitor) -> None:
    hold("secretary", "treasurer")
    assert visitor.sign_in("secretary").location == "/me/role?next=/admin/"
    page = visitor.get("/me/role?next=/admin/").text
    assert {"Secretary", "Treasurer"} <= set(re.findall(r">(\w+)</button>", page))


def test_one_profile_type_alone_is_loaded(signed_in: SignIn) -> None:
    hold("secretary", "treasurer")
    both = signed_in("secretary")
    assert both.get("/admin/accounting.entry/").status_code == 200
    answer = both.post(ROLE, {"role": str(profile("secretary")), "next": "/admin/"})
    assert answer.location == "/admin/"
    assert both.get("/admin/accounting.entry/").status_code == 404
    assert both.get("/admin/bookings.booking/").status_code == 200
    both.post(ROLE, {"role": "all"})
    assert both.get("/admin/accounting.entry/").status_code == 200


def test_the_choice_is_of_this_session_alone(signed_in: SignIn) -> None:
    hold("secretary", "treasurer")
    one, other = signed_in("secretary"), signed_in("secretary")
    one.post(ROLE, {"role": str(profile("secretary"))})
    assert other.get("/admin/accounting.entry/").status_code == 200


def test_level_and_privileges_are_those_of_the_chosen_one(signed_in: SignIn) -> None:
    hold("admin", "member")
    admin = signed_in("admin")
    admin.post(ROLE, {"role": str(profile("member"))})
    assert admin.get("/admin/accounts/new/").status_code == 404
    assert admin.get("/admin/accounts.profiletype/").status_code == 404


@pytest.mark.parametrize("role", ["superuser", "none", "999999", "-1", ""])
def test_a_profile_type_that_is_not_held_is_refused(signed_in: SignIn, role: str) -> None:
    hold("secretary", "treasurer")
    chosen = str(profile("superuser")) if role == "superuser" else role
    assert signed_in("secretary").post(ROLE, {"role": chosen}).status_code in (400, 404)


def test_a_withdrawn_profile_type_leaves_the_others(signed_in: SignIn) -> None:
    hold("secretary", "treasurer")
    both = signed_in("secretary")
    both.post(ROLE, {"role": str(profile("treasurer"))})
    Holding.delete().where(Holding.profile_type == profile("treasurer")).execute()
    assert both.get("/admin/accounting.entry/").status_code == 404
    assert both.get("/admin/bookings.booking/").status_code == 200


def test_the_choice_leads_nowhere_else(signed_in: SignIn) -> None:
    answer = signed_in("admin").post(ROLE, {"role": "all", "next": "https://example.org/"})
    assert answer.location == "/"
