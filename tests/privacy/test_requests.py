"""The register of requests: receipt, acts in their order, refusals, terms and traces."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from portal.accounts import profiles
from portal.builtin.requests import CLOSED, EXTENDED, IDENTITY, TO_TREAT, WITHDRAWN
from portal.channels import Channel
from portal.database import close_database
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.privacy import requests
from portal.privacy.requests import ACT, REQUEST, Received
from portal.rows import Filter, Selection
from tests.conftest import DATABASES
from tests.factories import PASSWORD, grant, granted, make_portal
from tests.privacy.conftest import TODAY, Club

RECEIVED = date(2026, 11, 10)


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def club(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Club]:
    """Give one portal for the module: each test has requests of its own."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    make_portal(tmp_path_factory.mktemp("requests"), url)
    yield Club()
    close_database()
    if server:
        server.drop(url)


@pytest.fixture(scope="module")
def officer(club: Club) -> Gate:
    """Give the gate of a privacy officer who has an account."""
    account = profiles.create_account(club.gate, "officer", PASSWORD, profiles=[("dpo", None)])
    rights = grant("privacy.*", "read create update erase export disclose execute")
    seen = (grant("directory.person"), grant("accounts.account"))
    return club.acting(granted(rights, *seen, account_id=account), Channel.FORM)


def received(club: Club, **values: Any) -> int:
    given = {
        "received_on": RECEIVED,
        "channel": "letter",
        "rights": ("access",),
        "person": club.person,
    }
    return requests.receive(club.gate, Received(**(given | values)))


def values(club: Club, id: int) -> Any:
    return club.gate.one(REQUEST, id).values


def timeline(club: Club, id: int) -> list[str]:
    chosen = Selection(filters=(Filter("request", "equals", str(id)),), sort="id")
    return [row.values["act"] for row in club.gate.list(ACT, chosen).rows]


def test_a_request_has_a_number_a_term_and_a_first_act(club: Club) -> None:
    id = received(club)
    found = values(club, id)
    assert found["identifier"] == f"D{id:04}"
    assert found["due_on"] == date(2026, 12, 10)
    assert found["state"] == TO_TREAT
    assert timeline(club, id) == ["received"]


def test_the_contact_of_the_person_is_kept_with_the_request(club: Club) -> None:
    club.change(
        "directory.person",
        club.person,
        email="elodie@example.org",
        address="3 rue du Lac",
        postcode="73000",
        city="Chambéry",
    )
    found = values(club, received(club))
    assert found["applicant_name"] == "Dupont Élodie"
    assert found["applicant_email"] == "elodie@example.org"
    assert found["applicant_address"] == "3 rue du Lac\n73000 Chambéry"


def test_somebody_without_an_account_asks_too(club: Club) -> None:
    found = values(club, received(club, person=None, name="Zoé Roux", email="z@example.org"))
    assert (found["person"], found["applicant_name"]) == (None, "Zoé Roux")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"person": None}, "applicant_name"),
        ({"rights": ()}, "rights"),
        ({"received_on": date(2026, 11, 23)}, "received_on"),
    ],
)
def test_a_receipt_that_lacks_something_is_refused(
    club: Club, given: dict[str, Any], field: str
) -> None:
    before = club.gate.count(REQUEST, Selection(), exact=True)
    with pytest.raises(Invalid) as refused:
        received(club, **given)
    assert field in refused.value.fields
    assert club.gate.count(REQUEST, Selection(), exact=True) == before


def test_a_mandate_needs_the_name_of_who_asks(club: Club) -> None:
    with pytest.raises(Invalid, match="name of who asks"):
        received(club, capacity="mandated")


def test_a_request_goes_from_receipt_to_its_end(club: Club) -> None:
    id = received(club)
    requests.ask_identity(club.gate, id, "The letter has another address")
    assert values(club, id)["state"] == IDENTITY
    requests.identity_checked(club.gate, id, "document", "Copy in the safe")
    assert values(club, id)["state"] == TO_TREAT
    requests.ask_clarification(club.gate, id, "Which years?")
    requests.resume(club.gate, id, "2025 and 2026")
    requests.decide(club.gate, id, "granted", "")
    requests.answer(club.gate, id, "letter")
    requests.close(club.gate, id)
    found = values(club, id)
    assert (found["state"], found["closed_on"]) == (CLOSED, TODAY)
    assert timeline(club, id) == [
        "received",
        "identity_asked",
        "identity_checked",
        "clarification_asked",
        "resumed",
        "granted",
        "evidence_deleted",
        "answered",
        "closed",
    ]


def test_the_evidence_of_identity_goes_with_the_decision(club: Club) -> None:
    id = received(club)
    requests.identity_checked(club.gate, id, "document", "Passport copy in the safe")
    assert values(club, id)["identity_evidence"] == "Passport copy in the safe"
    requests.decide(club.gate, id, "refused", "Manifestly excessive")
    assert values(club, id)["identity_evidence"] == ""
    assert values(club, id)["identity_means"] == "document"


@pytest.mark.parametrize("decision", ["granted", "partly_granted"])
def test_nothing_is_granted_to_somebody_unknown(club: Club, decision: str) -> None:
    with pytest.raises(Conflict, match="not checked yet"):
        requests.decide(club.gate, received(club), decision, "Part of it")


@pytest.mark.parametrize("decision", ["partly_granted", "refused"])
def test_what_is_not_granted_needs_reasons(club: Club, decision: str) -> None:
    id = received(club)
    requests.identity_checked(club.gate, id, "known")
    with pytest.raises(Invalid, match="needs its reasons"):
        requests.decide(club.gate, id, decision, " ")
    assert values(club, id)["state"] == TO_TREAT


def test_an_extension_is_told_with_its_reason_and_moves_the_term(club: Club) -> None:
    id = received(club)
    requests.extend(club.gate, id, "Five hundred messages to read")
    found = values(club, id)
    assert (found["state"], found["due_on"]) == (EXTENDED, date(2027, 2, 10))
    assert (found["extended_on"], found["first_due_on"]) == (TODAY, date(2026, 12, 10))


def test_a_request_is_extended_once(club: Club) -> None:
    id = received(club)
    requests.extend(club.gate, id, "Five hundred messages")
    with pytest.raises(Conflict, match="already"):
        requests.extend(club.gate, id, "Still more")


def test_an_extension_after_the_first_month_changes_nothing(club: Club) -> None:
    id = received(club, received_on=date(2026, 10, 1))
    with pytest.raises(Invalid, match="first term is over"):
        requests.extend(club.gate, id, "Forgotten")
    assert values(club, id)["due_on"] == date(2026, 11, 2)


def test_a_waiting_request_that_was_extended_stays_extended(club: Club) -> None:
    id = received(club)
    requests.extend(club.gate, id, "Five hundred messages")
    requests.ask_service(club.gate, id, "The treasurer looks for it")
    requests.resume(club.gate, id, "")
    assert values(club, id)["state"] == EXTENDED


def test_doubt_is_said_before_proof_is_asked_for(club: Club) -> None:
    with pytest.raises(Invalid, match="reasonable doubt"):
        requests.ask_identity(club.gate, received(club), "")


def test_an_unanswered_request_is_not_closed(club: Club) -> None:
    id = received(club)
    requests.decide(club.gate, id, "refused", "Not about this organisation")
    with pytest.raises(Conflict, match="not answered"):
        requests.close(club.gate, id)


def test_a_granted_erasure_is_executed_before_the_end(club: Club) -> None:
    id = received(club, rights=("erasure", "objection"))
    requests.identity_checked(club.gate, id, "known")
    requests.decide(club.gate, id, "granted", "", "elsewhere")
    requests.answer(club.gate, id, "email")
    with pytest.raises(Conflict, match="erasure of this request is not done"):
        requests.close(club.gate, id)


def test_a_withdrawn_request_takes_no_further_act(club: Club) -> None:
    id = received(club)
    requests.withdraw(club.gate, id)
    assert values(club, id)["state"] == WITHDRAWN
    for act in (
        lambda: requests.decide(club.gate, id, "refused", "No"),
        lambda: requests.extend(club.gate, id, "Why"),
        lambda: requests.withdraw(club.gate, id),
        lambda: requests.close(club.gate, id),
    ):
        with pytest.raises(Conflict, match="“Withdrawn”"):
            act()


def test_an_act_names_the_account_that_did_it(club: Club, officer: Gate) -> None:
    id = requests.receive(officer, Received(RECEIVED, "email", ("access",), club.person))
    chosen = Selection(filters=(Filter("request", "equals", str(id)),))
    acts = officer.list(ACT, chosen).rows
    assert [act.values["account"].id for act in acts] == [officer.actor.account]


def test_a_form_does_not_write_what_the_acts_write(club: Club, officer: Gate) -> None:
    id = received(club)
    version = officer.one(REQUEST, id).version
    for name, value in (("state", CLOSED), ("due_on", date(2030, 1, 1)), ("decision", "granted")):
        with pytest.raises(Forbidden):
            officer.update(REQUEST, id, {name: value}, version)
    officer.update(REQUEST, id, {"recipients_told": "The federation, by letter"}, version)


def test_who_only_reads_does_not_act(club: Club) -> None:
    id = received(club)
    reader = club.acting(granted(grant("privacy.*", "read")))
    with pytest.raises(Forbidden):
        requests.withdraw(reader, id)
    assert values(club, id)["state"] == TO_TREAT


def test_who_reads_no_request_meets_none(club: Club) -> None:
    id = received(club)
    with pytest.raises(NotFound):
        requests.withdraw(club.acting(granted(grant("directory.person"))), id)


def test_an_open_request_is_not_erased(club: Club) -> None:
    id = received(club)
    blocked = club.gate.erasure(REQUEST, [id]).blocked
    assert [str(b) for b in blocked[id]] == ["The request is not closed"]


def test_the_request_outlives_the_sheet_of_the_person(club: Club) -> None:
    leaving = club.add("directory.person", last_name="Faure", first_name="Ida")
    id = received(club, person=leaving)
    club.gate.erase(club.gate.erasure("directory.person", [leaving]))
    found = values(club, id)
    assert (found["person"], found["applicant_name"]) == (None, "Faure Ida")


def test_the_acts_offered_are_those_that_are_taken(club: Club) -> None:
    id = received(club)
    assert "granted" not in requests.allowed(club.gate.one(REQUEST, id))
    requests.identity_checked(club.gate, id, "known")
    offered = requests.allowed(club.gate.one(REQUEST, id))
    assert {"granted", "partly_granted", "refused", "extended", "withdrawn"} <= set(offered)
    assert not {"closed", "answered", "identity_checked", "resumed"} & set(offered)
