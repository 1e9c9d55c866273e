"""The screening of a treatment on screen: ticked, dated, warned of, refused."""

from __future__ import annotations

from collections.abc import Callable

from portal import configured, version
from portal.privacy import screening
from tests.web.conftest import Visitor
from tests.web.test_register_pages import REGISTER, shown

SignIn = Callable[[str], Visitor]
ADDRESS = f"{REGISTER}medical/screening/"


def screen(officer: Visitor, *criteria: str, on: str) -> tuple[int, str]:
    """Tick criteria on the page of a treatment; the status and the page that follows."""
    typed = [("shown", shown(officer.get(ADDRESS).text)), ("on", on), ("note", "Class only")]
    typed += [("criteria", code) for code in criteria]
    answer = officer.post(ADDRESS, typed, follow_redirects=True)
    configured.refresh(version.catalog_version())
    return answer.status_code, answer.text


def test_a_treatment_is_screened_on_its_page(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    page = officer.get(ADDRESS).text
    assert page.count('name="criteria"') == 9
    assert "Medical data" in page
    assert "Minors are concerned" in page
    assert "Not screened yet" in officer.get(f"{REGISTER}medical/").text
    status, sheet = screen(officer, "sensitive", on="2026-03-10")
    assert status == 200
    assert "No impact assessment is needed" in sheet
    assert "Minors are concerned" in sheet
    status, sheet = screen(officer, "sensitive", "vulnerable", on="2026-03-10")
    assert "An impact assessment is needed" in sheet
    assert "Minors are concerned" not in sheet
    assert "Class only" in sheet
    assert "10 Mar 2026" in sheet
    status, again = screen(officer, "sensitive", "vulnerable", on="2199-01-01")
    assert status == 400
    assert "still to come" in again
    assert signed_in("secretary").get(ADDRESS).status_code == 404


def test_two_criteria_of_nine_are_enough() -> None:
    assert [screening.needed(["large_scale"] * n) for n in (0, 1, 2)] == [False, False, False]
    assert screening.needed(["large_scale", "vulnerable"])
