"""A new account in steps: what is kept between them, and that all or nothing is written."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal.builtin.accounts import Account, Holding, ProfileType
from portal.builtin.directory import Attachment, Person, Structure
from portal.builtin.operations import Draft
from portal.models import utc_now
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/admin/accounts/new/"
PASSWORD = "cumulus planeur verveine"
NOBODY = {"person-text": "", "person": ""}
LEA = {"new-last_name": "Dubois", "new-first_name": "Léa"}
SIGN_IN = {"login": "lea", "email": "lea@club.example", "staff": "false", "language": ""}
TYPED = {"how": "password", "password": PASSWORD, "again": PASSWORD}


def profile(slug: str) -> str:
    return f"p{ProfileType.get(ProfileType.slug == slug).id}"


def send(visitor: Visitor, step: int, draft: str, go: str = "next", **typed: str) -> TestResponse:
    """Send a step of the form."""
    return visitor.post(PAGE, {"step": str(step), "draft": draft, "go": go, **typed})


def next_draft(answer: TestResponse, step: int) -> str:
    """Give the token of the draft after a step that led to `step`."""
    assert answer.status_code == 302, answer.text
    found = re.fullmatch(r".*\?step=(\d)&draft=([\w-]+)", answer.location)
    assert found
    assert found[1] == str(step)
    return found[2]


def new_person() -> dict[str, str]:
    structure = Structure.select().order_by(Structure.id).first()
    return {**NOBODY, **LEA, "new-structure": str(structure.id), "new-structure-text": ""} | {
        "new-structure-text": structure.name
    }


def until(visitor: Visitor, step: int, **third: str) -> str:
    """Fill the form in before `step`; the token of its draft."""
    draft = next_draft(send(visitor, 1, "", **new_person()), 2)
    if step > 2:
        draft = next_draft(send(visitor, 2, draft, **SIGN_IN), 3)
    if step > 3:
        draft = next_draft(send(visitor, 3, draft, **(third or TYPED)), 4)
    return draft


def finish(visitor: Visitor, draft: str, slug: str = "member") -> TestResponse:
    return send(visitor, 4, draft, **{profile(slug): "1"})


def stored() -> tuple[int, int, int]:
    """Give how many accounts, persons and profiles held there are."""
    return Account.select().count(), Person.select().count(), Holding.select().count()


def test_new_on_the_list_leads_to_the_steps(admin: Visitor) -> None:
    assert admin.get("/admin/accounts.account/new/").location == PAGE


def test_an_account_is_created_with_its_person(admin: Visitor, app: Flask) -> None:
    answer = finish(admin, until(admin, 4))
    made = Account.get(Account.login_key == "lea")
    assert answer.location.endswith(f"/admin/accounts/access/?id={made.id}")
    assert (made.person.last_name, made.email, made.active) == ("Dubois", "lea@club.example", True)
    assert Attachment.select().where(Attachment.person == made.person).count() == 1
    assert Visitor(app.test_client()).sign_in("lea", PASSWORD).status_code == 302


def test_an_account_is_created_for_a_person_of_the_directory(admin: Visitor) -> None:
    person = Person.select().order_by(Person.id.desc()).first()
    chosen = {"person": str(person.id), "person-text": ""}
    title = admin.get(f"/admin/directory.person/lookup/?search={person.last_name}").json
    chosen["person-text"] = next(row["title"] for row in title or [] if row["id"] == person.id)
    draft = next_draft(send(admin, 1, "", **chosen), 2)
    draft = next_draft(send(admin, 2, draft, **SIGN_IN), 3)
    draft = next_draft(send(admin, 3, draft, **TYPED), 4)
    finish(admin, draft)
    assert Account.get(Account.login_key == "lea").person.id == person.id


def test_a_profile_type_has_its_zone(admin: Visitor) -> None:
    zone = Structure.select().order_by(Structure.id.desc()).first()
    held = profile("secretary")
    draft = until(admin, 4)
    typed = {held: "1", f"{held}-zone": str(zone.id), f"{held}-zone-text": zone.name}
    send(admin, 4, draft, **typed)
    made = Holding.get(Holding.account == Account.get(Account.login_key == "lea"))
    assert (made.profile_type.slug, made.zone.id) == ("secretary", zone.id)


def test_a_link_is_shown_in_place_of_a_password(admin: Visitor, app: Flask) -> None:
    page = finish(admin, until(admin, 4, how="link")).text
    link = re.search(r"http://localhost(/new-password/[\w-]+)", page)
    assert link
    twice = {"password": PASSWORD, "again": PASSWORD}
    assert Visitor(app.test_client()).post(link[1], twice).location == "/sign-in"
    assert Visitor(app.test_client()).sign_in("lea", PASSWORD).status_code == 302


def test_nothing_is_stored_before_the_last_step(admin: Visitor) -> None:
    before = stored()
    until(admin, 4)
    assert stored() == before


def test_what_was_typed_is_kept_back_and_forth(admin: Visitor) -> None:
    draft = until(admin, 4)
    draft = next_draft(send(admin, 4, draft, "back", **{profile("member"): "1"}), 3)
    draft = next_draft(send(admin, 3, draft, "back", how="password"), 2)
    assert 'value="lea"' in admin.get(f"{PAGE}?step=2&draft={draft}").text
    draft = next_draft(send(admin, 2, draft, "back", **SIGN_IN), 1)
    assert 'value="Dubois"' in admin.get(f"{PAGE}?step=1&draft={draft}").text
    assert "A password is kept." in admin.get(f"{PAGE}?step=3&draft={draft}").text
    fourth = admin.get(f"{PAGE}?step=4&draft={draft}").text
    assert f'name="{profile("member")}" value="1" checked' in fourth


def test_a_kept_password_needs_not_be_typed_again(admin: Visitor, app: Flask) -> None:
    draft = next_draft(send(admin, 4, until(admin, 4), "back"), 3)
    draft = next_draft(send(admin, 3, draft, how="password", password="", again=""), 4)
    finish(admin, draft)
    assert Visitor(app.test_client()).sign_in("lea", PASSWORD).status_code == 302


def test_a_password_is_asked_again_when_the_name_changes(admin: Visitor) -> None:
    draft = until(admin, 4)
    next_draft(send(admin, 2, draft, **SIGN_IN | {"login": "other"}), 3)
    answer = finish(admin, draft)
    assert answer.status_code == 400
    assert "Type the password again" in answer.text


def test_no_password_is_kept_or_shown(admin: Visitor) -> None:
    draft = until(admin, 4)
    assert PASSWORD not in Draft.get().content
    assert PASSWORD not in admin.get(f"{PAGE}?step=3&draft={draft}").text
    assert "argon2" not in admin.get(f"{PAGE}?step=3&draft={draft}").text


def test_the_draft_goes_with_the_creation(admin: Visitor) -> None:
    finish(admin, until(admin, 4))
    assert Draft.select().count() == 0


def test_a_form_that_is_sent_twice_creates_one_account(admin: Visitor) -> None:
    draft = until(admin, 4)
    finish(admin, draft)
    assert finish(admin, draft).status_code == 400
    assert Account.select().where(Account.login_key == "lea").count() == 1


@pytest.mark.parametrize(
    ("step", "typed", "sentence"),
    [
        (1, NOBODY, "An account belongs to a person."),
        (1, {"person-text": "zzzz no such person"}, "No record matches"),
        (1, {**NOBODY, **LEA, "new-last_name": ""}, "A value is needed here."),
        (2, {**SIGN_IN, "login": ""}, "A value is needed here."),
        (2, {**SIGN_IN, "login": "ADMIN"}, "This sign-in name is taken."),
        (2, {**SIGN_IN, "email": "lea"}, "cannot be kept"),
        (3, {}, "Choose how the person gets a password."),
        (3, {**TYPED, "again": "other"}, "The two new passwords differ."),
        (3, {"how": "password", "password": "dubois et lea", "again": "dubois et lea"}, "name"),
        (4, {}, "Tick at least one profile type"),
    ],
)
def test_what_is_wrong_is_said_on_its_step(
    admin: Visitor, step: int, typed: dict[str, str], sentence: str
) -> None:
    before = stored()
    draft = until(admin, step) if step > 1 else ""
    answer = send(admin, step, draft, **typed)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert stored() == before


def test_a_name_that_was_taken_meanwhile_leaves_nothing(admin: Visitor) -> None:
    draft = until(admin, 4)
    Account.create(login="lea", login_key="lea")
    before = stored()
    answer = finish(admin, draft)
    assert answer.status_code == 400
    assert "This sign-in name is taken." in answer.text
    assert stored() == before


def test_a_profile_type_as_strong_as_ones_own_is_not_offered(signed_in: SignIn) -> None:
    technical = signed_in("technical")
    page = technical.get(f"{PAGE}?step=4&draft={until(technical, 4)}").text
    assert f'name="{profile("secretary")}"' in page
    assert f'name="{profile("superuser")}"' not in page


@pytest.mark.parametrize("slug", ["superuser", "technical", "dpo"])
def test_a_profile_type_that_was_not_offered_gives_nothing(signed_in: SignIn, slug: str) -> None:
    technical = signed_in("technical")
    before = stored()
    assert finish(technical, until(technical, 4), slug).status_code in (400, 403)
    assert stored() == before


def test_a_draft_opens_to_who_began_it_alone(admin: Visitor, signed_in: SignIn) -> None:
    draft = until(admin, 3)
    answer = signed_in("technical").get(f"{PAGE}?step=2&draft={draft}")
    assert answer.status_code == 400
    assert "lea@club.example" not in answer.text


def test_a_draft_is_kept_for_two_hours(admin: Visitor) -> None:
    draft = until(admin, 3)
    Draft.update(ends_at=utc_now() - timedelta(seconds=1)).execute()
    assert admin.get(f"{PAGE}?step=2&draft={draft}").status_code == 400


@pytest.mark.parametrize("login", ["dpo", "structure", "secretary"])
def test_the_steps_do_not_exist_for_who_may_not_create_accounts(
    signed_in: SignIn, login: str
) -> None:
    assert signed_in(login).get(PAGE).status_code == 404
    assert send(signed_in(login), 1, "", **new_person()).status_code == 404


@pytest.mark.parametrize("query", ["step=0", "step=5", "step=x", "step=-1", "draft=é", "other=1"])
def test_an_address_that_makes_no_sense_is_refused(admin: Visitor, query: str) -> None:
    assert admin.get(f"{PAGE}?{query}").status_code == 400
