"""The pages of identifiers through HTTP: formulas tried on a row, saved, made again by a job."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from portal.builtin.operations import DONE, Job
from portal.operations import identifying, jobs
from portal.rows import Selection
from portal.start import Portal
from tests.factories import gate
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
INDEX = "/admin/identifiers/"
PERSONS = f"{INDEX}directory.person/"
PERSON = "directory.person"


def first_person() -> int:
    """Give the person on whom formulas are tried."""
    return gate().list(PERSON, Selection(page_size=1)).rows[0].id


def form(formula: str, act: str = "save", **more: str) -> dict[str, str]:
    """Give a form with an external identifier in Jinja."""
    return {"identifier-formula": formula, "identifier-syntax": "jinja", "act": act} | more


def run_jobs(portal: Portal) -> list[tuple[str, str]]:
    """Run what was asked; the states and results of the jobs of identifiers."""
    jobs.run_pending(portal.settings)
    query = Job.select(Job.state, Job.result).where(Job.name == identifying.JOB).order_by(Job.id)
    return [tuple(row) for row in query.tuples()]


def test_every_table_with_identifiers_is_listed(admin: Visitor) -> None:
    page = admin.get(INDEX).text
    for label in ("Persons", "Structures", "Resources", "Memberships", "Trainings"):
        assert f">{label}</a>" in page


def test_a_table_shows_its_variables_and_a_preview(admin: Visitor) -> None:
    page = admin.get(PERSONS).text
    assert "<code>last_name</code>" in page
    assert f"<dd>P{first_person():05d}</dd>" in page


def test_a_formula_is_tried_on_a_row_without_being_saved(admin: Visitor) -> None:
    id = first_person()
    page = admin.post(PERSONS, form("X{{ id }}", "preview", row=str(id))).text
    assert f"<dd>X{id}</dd>" in page
    assert gate().one(PERSON, id).values["identifier"] == f"P{id:05d}"


@pytest.mark.parametrize("act", ["preview", "save"])
def test_a_wrong_formula_is_named_with_its_place(admin: Visitor, act: str) -> None:
    answer = admin.post(PERSONS, form("{{ id() }}", act))
    assert "Line 1, column 6: formulas call nothing." in answer.text
    assert answer.status_code == (400 if act == "save" else 200)


def test_a_saved_formula_is_made_for_every_row(admin: Visitor, demo_portal: Portal) -> None:
    answer = admin.post(PERSONS, form("X{{ id }}"), follow_redirects=True)
    assert "The identifiers of all rows are being made." in answer.text
    (job,) = run_jobs(demo_portal)
    count = gate().count(PERSON, Selection()).value
    assert job == (DONE, f"{count} fiches vues, {count} modifiées.")
    id = first_person()
    assert gate().one(PERSON, id).values["identifier"] == f"X{id}"


def test_rows_that_would_share_an_identifier_are_named(admin: Visitor, demo_portal: Portal) -> None:
    admin.post(PERSONS, form("same"))
    ((state, result),) = run_jobs(demo_portal)
    assert (state, "same" in result) == (DONE, True)
    assert "sans identifiant" in result


def test_the_custom_index_is_saved_and_numbered(admin: Visitor, demo_portal: Portal) -> None:
    admin.post(PERSONS, form("") | {"custom_index-made": "1"})
    run_jobs(demo_portal)
    rows = gate().list(PERSON, Selection(page_size=100)).rows
    numbers = sorted(row.values["custom_index"] for row in rows)
    assert numbers == list(range(1, len(rows) + 1))


def test_an_emptied_formula_gives_back_the_one_of_the_table(
    admin: Visitor, demo_portal: Portal
) -> None:
    admin.post(PERSONS, form("X{{ id }}"))
    admin.post(PERSONS, form(""))
    run_jobs(demo_portal)
    id = first_person()
    assert gate().one(PERSON, id).values["identifier"] == f"P{id:05d}"


def test_identifiers_in_a_ring_are_refused(admin: Visitor) -> None:
    ring = form("{{ full_identifier }}") | {
        "full_identifier-formula": "{identifier}",
        "full_identifier-syntax": "simple",
    }
    answer = admin.post(PERSONS, ring)
    assert (answer.status_code, "made of each other" in answer.text) == (400, True)


def test_two_formulas_are_exchanged_at_once(admin: Visitor) -> None:
    full = {"full_identifier-formula": "{identifier}", "full_identifier-syntax": "simple"}
    assert admin.post(PERSONS, form("X{{ id }}") | full).status_code == 302
    other = {"full_identifier-formula": "Y{id}", "full_identifier-syntax": "simple"}
    assert admin.post(PERSONS, form("{{ full_identifier }}") | other).status_code == 302


def test_saving_the_same_changes_nothing(admin: Visitor, demo_portal: Portal) -> None:
    admin.post(PERSONS, form("X{{ id }}"))
    page = admin.post(PERSONS, form("X{{ id }}"), follow_redirects=True).text
    assert "Nothing was changed." in page
    assert len(run_jobs(demo_portal)) == 1


def test_a_fixed_identifier_is_not_changed(admin: Visitor) -> None:
    page = admin.post(f"{INDEX}accounting.ledgeraccount/", form("X{{ id }}"), follow_redirects=True)
    assert "Nothing was changed." in page.text


def test_everything_is_made_again_when_asked(admin: Visitor, demo_portal: Portal) -> None:
    admin.post(PERSONS, {"act": "make"})
    ((state, _result),) = run_jobs(demo_portal)
    assert state == DONE


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"{INDEX}nothing.here/", 404),
        (f"{INDEX}directory.attachment/", 404),
        (f"{PERSONS}?row=-1", 400),
        (f"{PERSONS}?row=999999", 200),
    ],
)
def test_a_wrong_address_is_answered(admin: Visitor, address: str, status: int) -> None:
    assert admin.get(address).status_code == status


@pytest.mark.parametrize("login", ["secretary", "treasurer", "instructor"])
def test_the_pages_do_not_exist_for_others(signed_in: SignIn, login: str) -> None:
    visitor = signed_in(login)
    assert [visitor.get(INDEX).status_code, visitor.get(PERSONS).status_code] == [404, 404]


def test_who_reads_alone_does_not_save(signed_in: SignIn) -> None:
    assert signed_in("dpo").post(PERSONS, form("X{{ id }}")).status_code == 404


def test_an_unknown_act_is_refused(admin: Visitor) -> None:
    assert admin.post(PERSONS, form("X", "erase")).status_code == 400
