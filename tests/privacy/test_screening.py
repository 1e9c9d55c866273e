"""The screening of treatments for an impact assessment: criteria, outcome, warnings, refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from portal import treatments
from portal.database import close_database
from portal.declare import Verb
from portal.errors import Forbidden, Invalid
from portal.privacy import register
from portal.privacy import treatment_editing as editing
from portal.register_catalogue import vocabulary
from portal.treatments import DECISIONS
from tests.conftest import DATABASES
from tests.factories import grant, granted, make_portal
from tests.privacy.conftest import Club


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def club(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Club]:
    """Give one portal for the module: each test screens a treatment of its own."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    make_portal(tmp_path_factory.mktemp("screening"), url)
    yield Club()
    close_database()
    if server:
        server.drop(url)


def screen(club: Club, name: str, *criteria: str, on: str = "2026-03-10", note: str = "") -> None:
    value = {"criteria": list(criteria), "on": on, "note": note}
    shown = editing.stamped(treatments.current().get(name))
    editing.save(club.gate, name, {"screening": value}, shown)


def said(club: Club, name: str) -> Any:
    """Give what the sheet of the register says."""
    return register.collect(club.gate, only=name)["activities"][0]["screening"]


def test_nothing_is_said_before_a_screening(club: Club) -> None:
    found = said(club, "donors")
    assert (found["outcome"], found["on"], found["by"]) == ("Not screened yet", None, "")


@pytest.mark.parametrize(
    ("name", "criteria", "outcome"),
    [
        ("governance", (), "No impact assessment is needed"),
        ("communications", ("large_scale",), "No impact assessment is needed"),
        ("images", ("large_scale", "vulnerable"), "An impact assessment is needed"),
    ],
)
def test_two_criteria_are_enough(
    club: Club, name: str, criteria: tuple[str, ...], outcome: str
) -> None:
    screen(club, name, *criteria, note="Looked at with the board")
    found = said(club, name)
    assert found["outcome"] == outcome
    assert found["needed"] == (len(criteria) >= 2)
    assert found["on"] == date(2026, 3, 10)
    assert (found["note"], found["by"]) == ("Looked at with the board", "The portal itself")


def test_there_are_nine_criteria(club: Club) -> None:
    screen(club, "video", *vocabulary("dpia_criteria"))
    assert len(said(club, "video")["criteria"]) == 9


def test_medical_data_and_minors_are_warned_of_until_their_criterion_is_ticked(club: Club) -> None:
    assert len(said(club, "medical")["warnings"]) == 2
    screen(club, "medical", "sensitive")
    assert said(club, "medical")["warnings"] == [
        "Minors are concerned: the criterion of vulnerable persons is likely to apply."
    ]
    screen(club, "medical", "sensitive", "vulnerable")
    assert said(club, "medical")["warnings"] == []
    assert said(club, "bookings")["warnings"] == []


@pytest.mark.parametrize(
    ("value", "field"),
    [
        ({"criteria": ["boredom"], "on": "2026-03-10"}, "value"),
        ({"criteria": ["evaluation"], "on": ""}, "on"),
        ({"criteria": [], "on": "tomorrow"}, "on"),
        ({"criteria": [], "on": "2199-01-01"}, "on"),
        ({"outcome": "not needed"}, "value"),
    ],
)
def test_a_screening_that_cannot_be_is_refused(
    club: Club, value: dict[str, Any], field: str
) -> None:
    shown = editing.stamped(treatments.current().get("staff"))
    with pytest.raises(Invalid) as refused:
        editing.save(club.gate, "staff", {"screening": value}, shown)
    assert field in refused.value.fields
    assert said(club, "staff")["outcome"] == "Not screened yet"


def test_a_screening_is_taken_back(club: Club) -> None:
    screen(club, "applicants", "evaluation", "exclusion")
    editing.reset(
        club.gate,
        "applicants",
        "screening",
        editing.stamped(treatments.current().get("applicants")),
    )
    assert said(club, "applicants")["outcome"] == "Not screened yet"


def test_who_only_reads_screens_nothing(club: Club) -> None:
    reader = club.acting(granted(grant("privacy.*", "read")))
    shown = editing.stamped(treatments.current().get("backups"))
    value = {"criteria": [], "on": "2026-03-10", "note": ""}
    with pytest.raises(Forbidden):
        editing.save(reader, "backups", {"screening": value}, shown)
    assert not reader.can(Verb.CREATE, DECISIONS)
