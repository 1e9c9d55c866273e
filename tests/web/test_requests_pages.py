"""The register of requests on screen: recording, treating, refusing; who finds it."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date

import pytest

from portal.accounts import sessions
from portal.actor import Origin
from portal.database import close_database
from portal.privacy.requests import REQUEST
from portal.rows import Filter, Selection
from portal.web import organisation
from portal.web.app import make_app
from tests.conftest import DATABASES
from tests.factories import account, gate
from tests.web.conftest import Visitor

PAGE = "/admin/privacy/requests/"
SignIn = Callable[[str], Visitor]


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def enter(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    prepared_demo: Callable[..., object],
) -> Iterator[SignIn]:
    """Sign accounts of one demonstration in, for the module."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    portal = prepared_demo(server).copy(tmp_path_factory.mktemp("web"), server)  # type: ignore[attr-defined]  # a PreparedDemo
    organisation.forget()
    app = make_app(portal)

    def made(login: str) -> Visitor:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        with client.session_transaction() as kept:
            kept["_user_id"] = sessions.open_session(account(login), Origin())
        return Visitor(client)

    yield made
    close_database()
    if server:
        server.drop(portal.settings.database_url)


@pytest.fixture(scope="module")
def dpo(enter: SignIn) -> Visitor:
    """Give the privacy officer."""
    return enter("dpo")


FORM = {
    "received_on": "2026-11-10",
    "channel": "letter",
    "rights": "access",
    "capacity": "self",
    "applicant_name": "Paule Ferrand",
    "scope": "Everything",
}


def record(dpo: Visitor, **more: str) -> int:
    answer = dpo.post(f"{PAGE}new/", FORM | more)
    assert answer.status_code == 302, answer.text
    return int(answer.headers["Location"].rpartition("=")[2])


def act(dpo: Visitor, id: int, name: str, **more: str) -> int:
    return dpo.post(f"{PAGE}act/", {"id": str(id), "act": name, **more}).status_code


def test_the_late_request_of_the_demonstration_stands_first(dpo: Visitor) -> None:
    text = dpo.get(PAGE).text
    assert "days late" in text
    assert text.index("days late") < text.index("days left")


def test_the_start_page_tells_what_is_late(dpo: Visitor) -> None:
    assert "1 request of a data subject is past its term." in dpo.get("/admin/").text


def test_the_start_page_of_others_does_not(enter: SignIn) -> None:
    assert "data subject" not in enter("secretary").get("/admin/").text


@pytest.mark.parametrize("login", ["secretary", "treasurer", "structure", "instructor"])
def test_others_find_no_register(enter: SignIn, login: str) -> None:
    visitor = enter(login)
    assert visitor.get(PAGE).status_code == 404
    assert visitor.get(f"{PAGE}one/?id=1").status_code == 404
    assert visitor.post(f"{PAGE}new/", FORM).status_code == 404


def test_a_request_of_somebody_unknown_is_recorded(dpo: Visitor) -> None:
    page = dpo.get(f"{PAGE}one/?id={record(dpo)}").text
    assert "Paule Ferrand" in page
    assert "Request received" in page


def test_a_typed_name_finds_the_person(dpo: Visitor) -> None:
    row = gate().list("directory.person", Selection(page_size=1)).rows[0]
    id = record(dpo, **{"person": str(row.id), "applicant_name": ""})
    assert gate().one(REQUEST, id).values["person"].id == row.id


def test_a_name_that_several_have_is_asked_again(dpo: Visitor) -> None:
    gate().create("directory.person", {"last_name": "Zwei", "first_name": "Anna"})
    gate().create("directory.person", {"last_name": "Zwei", "first_name": "Otto"})
    answer = dpo.post(f"{PAGE}new/", FORM | {"person-text": "Zwei"})
    assert answer.status_code == 400
    assert "Zwei Anna</option>" in answer.text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"received_on": "2099-01-01"}, "after today"),
        ({"received_on": "soon"}, "day of its receipt"),
        ({"applicant_name": ""}, "name of who asks"),
        ({"channel": "pigeon"}, "not one of the values"),
        ({"rights": "everything"}, "not one of the values"),
    ],
)
def test_a_wrong_form_is_refused_with_what_was_typed(
    dpo: Visitor, given: dict[str, str], sentence: str
) -> None:
    before = gate().count(REQUEST, Selection(), exact=True)
    answer = dpo.post(f"{PAGE}new/", FORM | given)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert "Everything</textarea>" in answer.text
    assert gate().count(REQUEST, Selection(), exact=True) == before


def test_a_request_is_treated_from_its_page(dpo: Visitor) -> None:
    id = record(dpo, received_on=gate().today.isoformat())
    assert act(dpo, id, "identity_checked", means="document", evidence="Seen on Monday") == 302
    assert act(dpo, id, "extended", reason="A thousand pages") == 302
    assert act(dpo, id, "decided", decision="refused", reasons="Not held") == 302
    assert act(dpo, id, "answered", means="letter") == 302
    assert act(dpo, id, "closed") == 302
    page = dpo.get(f"{PAGE}one/?id={id}").text
    assert "A thousand pages" in page
    assert "Seen on Monday" not in page
    assert "What may be done now" not in page


def test_a_refused_act_says_why_and_changes_nothing(dpo: Visitor) -> None:
    id = record(dpo)
    answer = dpo.post(f"{PAGE}act/", {"id": str(id), "act": "decided", "decision": "granted"})
    assert answer.status_code == 409
    assert "identity of the applicant is not checked" in answer.text
    assert gate().one(REQUEST, id).values["state"] == "to_treat"


def test_an_act_that_is_none_is_refused(dpo: Visitor) -> None:
    assert act(dpo, record(dpo), "forgotten") == 400


def test_filters_keep_what_is_asked_for(dpo: Visitor) -> None:
    record(dpo, rights="portability", applicant_name="Portable Jean")
    assert "Portable Jean" in dpo.get(f"{PAGE}?right=portability").text
    assert "Portable Jean" not in dpo.get(f"{PAGE}?right=erasure").text
    assert dpo.get(f"{PAGE}?right=nothing").status_code == 400
    assert dpo.get(f"{PAGE}?state=nothing").status_code == 400


def test_the_timeline_names_the_account(dpo: Visitor) -> None:
    id = record(dpo)
    chosen = Selection(filters=(Filter("request", "equals", str(id)),))
    acts = gate().list("privacy.requestact", chosen).rows
    assert [act.values["account"].id for act in acts] == [account("dpo")]


def test_the_sheet_of_a_person_leads_to_a_new_request(dpo: Visitor) -> None:
    row = gate().list("directory.person", Selection(page_size=1)).rows[0]
    address = f"{PAGE}new/?id={row.id}"
    assert address in dpo.get(f"/admin/directory.person/details/?id={row.id}").text
    assert f'value="{row.title}"' in dpo.get(address).text


def granted_erasure(dpo: Visitor) -> int:
    person = gate().create("directory.person", {"last_name": "Effacé", "first_name": "Luc"})
    days = {"starts_on": date(2020, 1, 1), "ends_on": date(2020, 12, 31)}
    gate().create("members.membership", {"person": person, "season": "2020", **days})
    id = record(dpo, **{"person": str(person), "rights": "erasure", "applicant_name": ""})
    act(dpo, id, "identity_checked", means="known")
    act(dpo, id, "decided", decision="granted")
    return id


def signature(page: str) -> str:
    found = re.search(r'name="previewed" value="([^"]+)"', page)
    assert found
    return found[1]


def test_an_erasure_is_planned_confirmed_and_executed(dpo: Visitor) -> None:
    id = granted_erasure(dpo)
    address = f"{PAGE}erase/?id={id}"
    assert address.replace("&", "&amp;") in dpo.get(f"{PAGE}one/?id={id}").text
    page = dpo.get(address).text
    assert "Memberships" in page
    assert dpo.post(address, {"previewed": "another", "word": "erase"}).status_code == 409
    assert dpo.post(address, {"previewed": signature(page), "word": "no"}).status_code == 400
    assert gate().one(REQUEST, id).values["erasure"] == "planned"
    assert dpo.post(address, {"previewed": signature(page), "word": "erase"}).status_code == 302
    assert gate().one(REQUEST, id).values["erasure"] == "done"
    assert dpo.get(address).status_code == 409


def test_a_letter_is_downloaded_and_noted(dpo: Visitor) -> None:
    id = record(dpo)
    form = {"id": str(id), "code": "acknowledgement", "format": "docx", "lang": "fr"}
    answer = dpo.post(f"{PAGE}letter/", form)
    assert answer.status_code == 200
    assert zipfile.is_zipfile(io.BytesIO(answer.data))
    assert "Letter made" in dpo.get(f"{PAGE}one/?id={id}").text


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"code": "refusal"}, 409),
        ({"code": "rectified"}, 400),
        ({"code": "nothing"}, 404),
        ({"format": "exe"}, 400),
        ({"lang": "de"}, 400),
    ],
)
def test_a_letter_that_is_not_made_says_why(
    dpo: Visitor, given: dict[str, str], status: int
) -> None:
    form = {"id": str(record(dpo)), "code": "no_data", "format": "odt", "lang": "fr"}
    assert dpo.post(f"{PAGE}letter/", form | given).status_code == status


def test_the_access_document_answers_a_request_whose_identity_is_sure(dpo: Visitor) -> None:
    row = gate().list("directory.person", Selection(page_size=1)).rows[0]
    id = record(dpo, **{"person": str(row.id), "applicant_name": ""})
    form = {"id": str(id), "format": "zip", "lang": "fr"}
    assert dpo.post(f"{PAGE}document/", form).status_code == 409
    act(dpo, id, "identity_checked", means="known")
    answer = dpo.post(f"{PAGE}document/", form)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        assert f"D{id:04}" in archive.read("data.json").decode()
