"""Objections by the officer: from a person, by a decided request; found by what is typed."""

from __future__ import annotations

import pytest

from portal.errors import Forbidden, Invalid, NotFound
from portal.objections import Known
from portal.privacy import objections, requests
from portal.privacy.requests import Received
from portal.rows import Filter, Selection
from tests.factories import grant, granted
from tests.privacy.conftest import TODAY, Club

PERSON = "directory.person"
REQUEST = "privacy.request"
MAIL = "elodie.dupont@example.org"


def objected(club: Club, person: int | None, email: str = "") -> int:
    """Give a request to object whose identity is checked."""
    came = Received(TODAY, "email", ("objection",), person, name="Dupont", email=email)
    id = requests.receive(club.gate, came)
    requests.identity_checked(club.gate, id, "known")
    return id


def acts(club: Club, id: int) -> list[str]:
    """Give the acts in the timeline of a request."""
    of = Selection(filters=(Filter("request", "equals", str(id)),))
    return [row.values["act"] for row in club.gate.list("privacy.requestact", of).rows]


def test_a_granted_objection_stops_news_and_stands_in_the_timeline(club: Club) -> None:
    club.change(PERSON, club.person, email=MAIL, accepts_news=True)
    id = objected(club, club.person)
    requests.decide(club.gate, id, "granted", "", "news")
    assert club.gate.one(PERSON, club.person).values["accepts_news"] is False
    (entry,) = objections.find(club.gate, Known(email=MAIL))
    assert (str(entry.scope), entry.lifted_at) == ("News and solicitation", None)
    assert {"granted", "objection_entered"} <= set(acts(club, id))


def test_a_request_without_a_sheet_is_entered_by_its_address(club: Club) -> None:
    requests.decide(club.gate, objected(club, None, MAIL), "granted", "", "recorded")
    with pytest.raises(Invalid, match="objected to being recorded"):
        club.add(PERSON, last_name="Dupont", email=MAIL)


def test_a_granted_objection_says_what_it_is_about(club: Club) -> None:
    id = objected(club, club.person, MAIL)
    with pytest.raises(Invalid, match="what the person objects to"):
        requests.decide(club.gate, id, "granted", "")
    assert club.gate.one(REQUEST, id).values["decision"] == ""
    requests.decide(club.gate, id, "granted", "", "elsewhere")
    assert objections.standing(club.gate) == []


def test_a_decision_that_can_recognise_nobody_is_not_taken(club: Club) -> None:
    id = objected(club, None)
    with pytest.raises(Invalid, match="Nothing tells who objects"):
        requests.decide(club.gate, id, "granted", "", "news")
    assert club.gate.one(REQUEST, id).values["decision"] == ""


def test_a_refused_objection_puts_nobody_on_the_list(club: Club) -> None:
    id = objected(club, club.person, MAIL)
    requests.decide(club.gate, id, "refused", "Compelling grounds")
    assert objections.standing(club.gate) == []


def test_a_person_is_entered_by_what_is_known_and_wanted(club: Club) -> None:
    club.change(PERSON, club.person, email=MAIL, mobile="0612345678")
    kinds = [kind for kind, _label in objections.recognised_by(club.gate, club.person)]
    assert kinds == ["email", "phone"]
    objections.enter_person(club.gate, club.person, ["phone"], "news")
    assert objections.find(club.gate, Known(email=MAIL)) == []
    assert len(objections.find(club.gate, Known(phones=("06 12 34 56 78",)))) == 1
    with pytest.raises(NotFound):
        objections.enter_person(club.gate, 999_999, ["phone"], "news")


def test_who_may_not_keep_the_list_puts_nobody_on_it_by_a_decision(club: Club) -> None:
    id = objected(club, club.person, MAIL)
    other = club.acting(granted(grant("*", "read create update")))
    with pytest.raises(Forbidden, match="objection list"):
        objections.enter_request(other, club.gate.one(REQUEST, id), "news")
    assert objections.standing(club.gate) == []
