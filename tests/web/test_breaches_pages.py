"""The register of breaches on screen: recording, deciding, letter, files; who finds it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest

from portal.accounts import sessions
from portal.actor import Origin
from portal.database import close_database
from portal.fieldtypes import DateTimeType
from portal.models import utc_now
from portal.privacy.breaches import BREACH
from portal.web import organisation
from portal.web.app import make_app
from portal.web.pages.breaches import left
from tests.conftest import DATABASES
from tests.factories import account, gate
from tests.web.conftest import Visitor

PAGE = "/admin/privacy/breaches/"
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


def ago(hours: int) -> str:
    """Write the moment that many hours ago, as the browser sends it."""
    return DateTimeType().write(utc_now() - timedelta(hours=hours))[:16].replace(" ", "T")


def record(dpo: Visitor, hours: int = 5, **more: str) -> int:
    form = {"discovered_at": ago(hours), "facts": "A laptop was stolen", "natures": "availability"}
    answer = dpo.post(f"{PAGE}new/", form | more)
    assert answer.status_code == 302, answer.text
    return int(answer.headers["Location"].rpartition("=")[2])


def act(dpo: Visitor, id: int, name: str, **more: str) -> int:
    return dpo.post(f"{PAGE}act/", {"id": str(id), "act": name, **more}).status_code


def describe(id: int) -> None:
    values = {
        "natures": "availability",
        "consequences": "Bookings are lost",
        "measures": "The backup was restored",
    }
    gate().update(BREACH, id, values, gate().one(BREACH, id).version)


@pytest.mark.parametrize("login", ["secretary", "treasurer", "structure", "instructor"])
def test_others_find_no_register(enter: SignIn, login: str) -> None:
    visitor = enter(login)
    assert visitor.get(PAGE).status_code == 404
    assert visitor.get(f"{PAGE}new/").status_code == 404
    assert visitor.get(f"{PAGE}export/?format=csv&lang=fr").status_code == 404


def test_time_left_stands_on_the_list_the_sheet_and_the_start_page(dpo: Visitor) -> None:
    id = record(dpo, hours=30)
    assert "41 h 5" in dpo.get(PAGE).text
    assert "41 h 5" in dpo.get(f"{PAGE}one/?id={id}").text
    assert "for its notification: 41 h 5" in dpo.get("/admin/").text
    assert act(dpo, id, "not_notified", note="Encrypted disk") == 302
    assert "for its notification" not in dpo.get("/admin/").text


def test_an_overdue_breach_is_told_at_once(dpo: Visitor, enter: SignIn) -> None:
    id = record(dpo, hours=74)
    assert "overdue" in dpo.get(PAGE).text
    assert "1 breach of personal data is past its term" in dpo.get("/admin/").text
    assert "breach" not in enter("secretary").get("/admin/").text
    late = {"notified_at": ago(0)}
    answer = dpo.post(f"{PAGE}act/", {"id": str(id), "act": "notified", **late})
    assert answer.status_code == 400
    assert "needs the reason for the delay" in answer.text
    assert act(dpo, id, "notified", **late, delay_reason="Found on Monday") == 302
    assert "Found on Monday" in dpo.get(f"{PAGE}one/?id={id}").text


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"discovered_at": "2099-01-01T10:00"}, "later than now"),
        ({"discovered_at": "soon"}, "is not a date and time"),
        ({"discovered_at": ""}, "Give a day and an hour"),
        ({"facts": " "}, "Say what happened"),
        ({"natures": "gossip"}, "gossip"),
        ({"occurred_at": "2099-01-01T10:00"}, "after it was discovered"),
    ],
)
def test_a_breach_that_cannot_be_is_refused(
    dpo: Visitor, given: dict[str, str], sentence: str
) -> None:
    form = {"discovered_at": ago(1), "facts": "A laptop was stolen"} | given
    answer = dpo.post(f"{PAGE}new/", form)
    assert answer.status_code == 400
    assert sentence in answer.text


def test_a_breach_is_treated_to_its_end(dpo: Visitor) -> None:
    id = record(dpo)
    assert act(dpo, id, "closed") == 409
    described = {
        "data_categories": "identity",
        "person_categories": "members",
        "gravity": "significant",
    }
    describe(id)
    gate().update(BREACH, id, described, gate().one(BREACH, id).version)
    assert "told without delay" in dpo.get(f"{PAGE}one/?id={id}").text
    assert act(dpo, id, "notified", notified_at=ago(0)) == 302
    today = datetime.fromisoformat(ago(0)).date().isoformat()
    assert act(dpo, id, "informed", persons_told_on=today, note="By letter") == 302
    assert act(dpo, id, "closed") == 302
    assert f"V{id:04}" in dpo.get(f"{PAGE}?ended=1").text
    assert f"V{id:04}" not in dpo.get(PAGE).text


def test_an_act_that_is_none_is_refused(dpo: Visitor) -> None:
    assert act(dpo, record(dpo), "forgotten") == 400
    assert act(dpo, 999_999, "not_notified", note="x") == 404


def test_a_letter_is_made_for_a_person(dpo: Visitor) -> None:
    id = record(dpo)
    form = {"id": str(id), "addressee": "Zoé Roux", "format": "odt", "lang": "fr"}
    refused = dpo.post(f"{PAGE}letter/", form)
    assert refused.status_code == 409
    assert "The letter would lack" in refused.text
    describe(id)
    answer = dpo.post(f"{PAGE}letter/", form)
    assert answer.mimetype == "application/vnd.oasis.opendocument.text"
    assert "Letter made" in dpo.get(f"{PAGE}one/?id={id}").text


@pytest.mark.parametrize("kind", ["odt", "docx", "csv", "json"])
def test_the_register_is_downloaded(dpo: Visitor, kind: str) -> None:
    id = record(dpo)
    answer = dpo.get(f"{PAGE}export/?format={kind}&lang=en")
    assert answer.status_code == 200
    assert f".{kind}" in answer.headers["Content-Disposition"]
    if kind in ("csv", "json"):
        assert f"V{id:04}" in answer.text


def test_the_record_is_completed_in_its_form(dpo: Visitor) -> None:
    page = dpo.get(f"/admin/privacy.breach/edit/?id={record(dpo)}").text
    assert 'name="gravity"' in page
    assert 'name="discovered_at"' not in page


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (61, "1 h 01 left"),
        (-61, "1 h 01 overdue"),
        (6 * 24 * 60, "6 days left"),
        (0, "0 h 00 left"),
    ],
)
def test_the_clock_in_words(minutes: int, words: str) -> None:
    assert left(minutes) == words
