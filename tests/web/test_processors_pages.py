"""The registers of processors on screen."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.privacy import processors
from portal.privacy.processors import PROCESSOR
from tests.factories import gate
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PROCESSORS = "/admin/privacy/processors/"


def made(officer: Visitor) -> int:
    """Add a processor by the form; its number."""
    values = {"name": "Nuage SAS", "task": "Héberge le portail", "guarantee": "none"}
    answer = officer.post("/admin/privacy.processor/new/", values)
    assert answer.status_code == 302
    found = re.search(r"treatments/\?id=(\d+)", answer.location)
    assert found, answer.location
    return int(found[1])


def test_the_officer_adds_a_processor_and_says_where_it_takes_part(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    assert f'href="{PROCESSORS}"' in officer.get("/admin/").text
    here = f"{PROCESSORS}treatments/?id={made(officer)}"
    page = officer.get(here).text
    shown = re.search(r'name="shown" value="([^"]+)"', page)
    assert shown
    answer = officer.post(here, [("shown", shown[1]), ("treatment", "bookings")])
    assert answer.status_code == 302
    page = officer.get(PROCESSORS).text
    assert "<strong>Date of the contract</strong>" in page
    assert "<td>Bookings<br>" in page
    assert "Nuage SAS (processor)" in officer.get("/admin/privacy/register/bookings/").text


def test_a_form_that_is_out_of_date_is_refused(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    id = made(officer)
    here = f"{PROCESSORS}treatments/?id={id}"
    answer = officer.post(here, {"shown": "other", "treatment": "bookings"})
    assert (answer.status_code, processors.treatments_of(gate(), id)) == (409, {})


def test_a_treatment_that_is_none_is_refused(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    id = gate().create(PROCESSOR, {"name": "Nuage SAS"})
    shown = processors.stamped(gate(), id)
    answer = officer.post(
        f"{PROCESSORS}treatments/?id={id}", {"shown": shown, "treatment": "nothing"}
    )
    assert answer.status_code == 400
    assert "no treatment &#39;nothing&#39;" in answer.text


@pytest.mark.parametrize("login", ["secretary", "treasurer", "member"])
@pytest.mark.parametrize("rest", ["", "export/?format=csv&lang=fr", "treatments/?id=1"])
def test_they_are_not_there_for_others(signed_in: SignIn, login: str, rest: str) -> None:
    assert signed_in(login).get(PROCESSORS + rest).status_code == 404


def test_they_are_downloaded(signed_in: SignIn) -> None:
    gate().create(PROCESSOR, {"name": "Nuage SAS"})
    answer = signed_in("dpo").get(f"{PROCESSORS}export/?format=csv&lang=fr&part=processors")
    assert "sous-traitants-" in answer.headers["Content-Disposition"]
    assert "Nuage SAS" in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("export/?format=xlsx", 400),
        ("export/?format=odt&part=nothing", 400),
        ("treatments/?id=999999", 404),
        ("treatments/", 400),
        ("?other=1", 400),
    ],
)
def test_bad_addresses_are_answered(signed_in: SignIn, query: str, status: int) -> None:
    assert signed_in("dpo").get(PROCESSORS + query).status_code == status
