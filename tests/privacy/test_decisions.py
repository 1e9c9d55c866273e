"""What an officer decides of treatments: what is refused on every channel, and what it changes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from portal import catalog, configured, treatment_values, treatments, version
from portal.accounts import profiles
from portal.actor import process
from portal.channels import Channel
from portal.configuration import applying, files
from portal.database import close_database
from portal.declare import Period, Unit
from portal.errors import Conflict, Forbidden, Invalid, NotFound, PortalError
from portal.gate import Gate
from portal.privacy import register, treatment_editing
from portal.privacy.treatment_editing import stamped
from portal.rows import Filter, Selection
from portal.treatments import Treatment
from tests.factories import PASSWORD, grant, granted, make_portal
from tests.privacy.conftest import TODAY, Club

DECISIONS = "privacy.decision"
TERM = {"value": 2, "unit": "year"}
OBLIGATION = {"text": {"en": "Prove"}, "legal_basis": "legal_obligation"}
INTEREST = {"text": {"en": "Improve"}, "legal_basis": "legitimate_interest", "interest": "Order"}


def read_again() -> None:
    configured.refresh(version.catalog_version())


def treatment(name: str) -> Treatment:
    return treatments.current().get(name)


def gate() -> Gate:
    return Gate(process("test"), Channel.FORM, today=TODAY)


def decide(name: str, attribute: str, value: Any, reason: str = "") -> int:
    """Write a decision as an import or another program would, past the pages."""
    values = {"activity": name, "attribute": attribute, "value": json.dumps(value)}
    number = gate().create(DECISIONS, values | {"reason": reason})
    read_again()
    return number


def save(name: str, attribute: str, value: Any, reason: str = "", door: Gate | None = None) -> bool:
    """Decide as the pages do."""
    shown = stamped(treatment(name))
    return treatment_editing.save(door or gate(), name, {attribute: value}, shown, reason=reason)


# --- what is refused: one portal for all, since nothing is written


@pytest.fixture(
    scope="module",
    params=[pytest.param(n, marks=getattr(pytest.mark, n)) for n in ("sqlite", "postgresql")],
)
def standing(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[None]:
    """Open a portal in which these tests store nothing."""
    home = tmp_path_factory.mktemp("decisions")
    server = None
    url = f"sqlite:///{home / 'greffe.db'}"
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
        url = server.create()
    make_portal(home, url)
    yield
    close_database()
    if server is not None:
        server.drop(url)


@pytest.mark.parametrize(
    ("name", "attribute", "value", "why"),
    [
        ("bookings", "retention", {"value": "ten", "unit": "day"}, "whole number"),
        ("bookings", "retention", {"value": 1.5, "unit": "day"}, "whole number"),
        ("bookings", "retention", {"value": -1, "unit": "day"}, "whole number"),
        ("bookings", "retention", {"value": True, "unit": "day"}, "whole number"),
        ("bookings", "retention", {"value": 1, "unit": "week"}, "days, months or years"),
        ("bookings", "retention", {"value": 101, "unit": "year"}, "a hundred years"),
        ("bookings", "retention", 365, "these parts"),
        ("accounting_entries", "retention", {"value": 9, "unit": "year"}, "Code de commerce"),
        ("accounting_entries", "retention", {"value": 3650, "unit": "day"}, "10 years .3653 days."),
        ("accounting_entries", "retention", {"value": 3652, "unit": "day"}, "10 years .3653 days."),
        ("trainings", "retention", {"value": 35, "unit": "month"}, "3 years .1096 days."),
        ("bookings", "retention", {"value": 4, "unit": "year"}, "recommended maximum"),
        ("access_journal", "retention", {"value": 1, "unit": "year"}, "is a setting"),
        ("bookings", "purposes", [], "a purpose at least"),
        ("bookings", "purposes", [{"text": {"en": "Lend"}}], "six legal bases"),
        ("bookings", "purposes", [{"text": {}, "legal_basis": "consent"}], "processed for"),
        ("bookings", "purposes", [OBLIGATION], "needs the text"),
        ("bookings", "purposes", [INTEREST], "weighs it"),
        ("bookings", "purposes", [INTEREST | {"interest": "", "balancing": "x"}], "to be named"),
        ("bookings", "special_categories", {"categories": ["health"]}, "article 9"),
        ("bookings", "special_categories", {"categories": ["hair"]}, "Use one of"),
        ("bookings", "security", ["magic"], "Use one of"),
        ("bookings", "label", {"fr": "", "en": " "}, "value is required"),
        ("bookings", "label", {"de": "Buchungen"}, "these parts"),
        ("bookings", "storage", {"fr": "x" * 4001}, "4000 characters"),
        ("bookings", "in_use", False, "it is in use"),
        ("bookings", "in_use", "no", "yes or no"),
        ("nothing", "retention", TERM, "no treatment 'nothing'"),
    ],
)
def test_what_the_law_or_the_portal_cannot_hold_is_refused(
    standing: None, name: str, attribute: str, value: Any, why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        decide(name, attribute, value)
    assert gate().count(DECISIONS, Selection()).value == 0


def test_what_is_no_json_is_refused(standing: None) -> None:
    values = {"activity": "bookings", "attribute": "retention", "value": "{"}
    with pytest.raises(Invalid, match="as JSON"):
        gate().create(DECISIONS, values)


@pytest.mark.parametrize("code", ["new", "bookings", "Paper", "paper files", "é"])
def test_an_added_treatment_needs_a_name_of_its_own(standing: None, code: str) -> None:
    with pytest.raises(Invalid):
        treatment_editing.add(gate(), code, "Papier", "")


def test_all_of_the_catalogue_is_there_the_optional_ones_off(standing: None) -> None:
    known = treatments.current().all
    off = {name for name, one in known.items() if not one.in_use}
    assert len(known) == 25
    assert off == {"staff", "applicants", "donors", "governance", "images", "video"}


def test_a_decision_needs_its_right(standing: None) -> None:
    reader = Gate(granted(grant("privacy.*")), Channel.FORM)
    with pytest.raises(PortalError):
        save("bookings", "retention", TERM, door=reader)
    assert not treatment_editing.may_decide(reader)


def test_nothing_changed_is_no_decision(standing: None) -> None:
    present = treatment_values.current(treatment("bookings").shipped, "retention")
    assert save("bookings", "retention", present) is False


# --- what a decision does


def test_the_term_that_is_decided_is_the_one_that_purges(club: Club) -> None:
    club.booking(date(2025, 5, 4))
    assert club.counts("bookings") == (0, 1, 0)
    decide("bookings", "retention", TERM)
    club.gate = club.acting(process("test"))
    assert club.counts("bookings") == (1, 0, 0)
    assert catalog.current().activities["bookings"].retention.period == Period(2, Unit.YEARS)


def test_ten_years_are_ten_anniversaries_over_leap_years(club: Club) -> None:
    decide("activities", "retention", {"value": 10, "unit": "year"}, "Disputes")
    club.gate = club.acting(process("test"))
    club.outing(date(2016, 11, 22))
    assert (TODAY - date(2016, 11, 22)).days == 3652
    assert club.counts("activities") == (1, 0, 0)
    club.outing(date(2016, 11, 21))
    assert club.counts("activities") == (1, 1, 0)


def test_more_than_the_maximum_is_kept_with_its_reason(club: Club) -> None:
    decide("bookings", "retention", {"value": 4, "unit": "year"}, "A dispute with an insurer")
    assert treatment("bookings").changes["retention"].reason == "A dispute with an insurer"


@pytest.mark.parametrize("years", [{"value": 10, "unit": "year"}, {"value": 3653, "unit": "day"}])
def test_the_minimum_itself_is_taken(club: Club, years: dict[str, Any]) -> None:
    decide("accounting_entries", "retention", years)
    assert treatment("accounting_entries").changes["retention"].value == years


def test_a_changed_value_has_its_author_and_date_and_is_reset(club: Club) -> None:
    account = profiles.create_account(club.gate, "dpo", PASSWORD, profiles=[("dpo", None)])
    officer = Gate(
        granted(grant("*", "read create update erase"), account_id=account), Channel.FORM
    )
    save("bookings", "retention", TERM, door=officer)
    read_again()
    change = treatment("bookings").changes["retention"]
    assert (change.account, change.at.date() >= date(2026, 1, 1)) == (account, True)
    values = register.collect(gate(), only="bookings")["activities"][0]
    assert [(c["attribute"], c["by"]) for c in values["changed"]] == [("retention", "dpo")]
    assert (values["updated_by"], values["updated_on"]) == ("dpo", change.at)
    treatment_editing.reset(officer, "bookings", "retention", stamped(treatment("bookings")))
    assert treatment("bookings").changes == {}
    assert treatment("bookings").activity == treatment("bookings").shipped


def test_nobody_writes_the_author(club: Club) -> None:
    officer = Gate(granted(grant("privacy.*", "read create")), Channel.FORM)
    values = {"activity": "bookings", "attribute": "retention", "value": json.dumps(TERM)}
    with pytest.raises(Forbidden, match="Author"):
        officer.create(DECISIONS, values | {"account": 1})


def test_deciding_the_shipped_value_again_resets_it(club: Club) -> None:
    save("bookings", "retention", TERM)
    assert save("bookings", "retention", {"value": 1, "unit": "year"}) is True
    assert gate().count(DECISIONS, Selection()).value == 0


def test_what_somebody_else_changed_meanwhile_is_not_overwritten(club: Club) -> None:
    shown = stamped(treatment("bookings"))
    save("bookings", "retention", TERM)
    with pytest.raises(Conflict):
        treatment_editing.save(
            gate(), "bookings", {"retention": {"value": 3, "unit": "month"}}, shown
        )
    assert treatment("bookings").activity.retention.period == Period(2, Unit.YEARS)


def test_a_decision_that_a_newer_portal_wrote_is_left_without_effect(club: Club) -> None:
    number = decide("bookings", "retention", TERM)
    model = catalog.current().table(DECISIONS).model
    model.update(value='{"value": 2, "unit": "decade"}').where(model.id == number).execute()
    version.bump()
    read_again()
    found = treatment("bookings")
    assert found.changes["retention"].broken
    assert found.activity.retention == found.shipped.retention


# --- minimums that depend on the organisation


def say(club: Club, **said: str) -> None:
    """Say what the organisation is."""
    (row,) = club.gate.list("directory.organisation", Selection()).rows
    club.change("directory.organisation", row.id, **said)
    read_again()


@pytest.mark.parametrize(
    ("said", "name", "minimum"),
    [
        ({}, "trainings", Period(3, Unit.YEARS)),
        ({"training_body": "dto"}, "trainings", Period(3, Unit.YEARS)),
        ({"training_body": "ato"}, "validities", Period(3, Unit.YEARS)),
        ({"training_body": "none"}, "trainings", None),
        ({"bookkeeping": "commercial"}, "accounting_entries", Period(10, Unit.YEARS)),
        ({"bookkeeping": "tax"}, "accounting_entries", Period(6, Unit.YEARS)),
    ],
)
def test_minimums_follow_the_organisation(
    club: Club, said: dict[str, str], name: str, minimum: Period | None
) -> None:
    say(club, **said)
    assert treatment(name).activity.retention.minimum == minimum


def test_six_years_are_taken_of_who_keeps_books_for_taxes_only(club: Club) -> None:
    say(club, bookkeeping="tax")
    decide("accounting_entries", "retention", {"value": 6, "unit": "year"}, "Tax only")
    with pytest.raises(Invalid, match="6 years"):
        save("accounting_entries", "retention", {"value": 5, "unit": "year"})


# --- managers, and treatments of no module


def test_a_manager_is_one_whose_profile_type_may_be(club: Club) -> None:
    manager = profiles.create_account(club.gate, "chef", PASSWORD, profiles=[("structure", None)])
    other = profiles.create_account(club.gate, "eleve", PASSWORD, profiles=[("member", None)])
    assert [one.id for one in treatment_editing.candidates(club.gate)] == [manager]
    shown = stamped(treatment("bookings"))
    with pytest.raises(Invalid, match="may be appointed manager"):
        treatment_editing.appoint(club.gate, "bookings", other, shown)
    treatment_editing.appoint(club.gate, "bookings", manager, shown)
    line = register.collect(gate(), only="bookings")["activities"][0]
    assert line["manager"] == "chef"


def test_an_added_treatment_is_in_the_register_and_not_counted(club: Club) -> None:
    treatment_editing.add(gate(), "paper_files", "Dossiers papier", "Paper files")
    line = register.collect(gate(), only="paper_files")["activities"][0]
    counts = ("subjects_count", "obsolete", "not_obsolete", "people_read", "people_modify")
    assert [line[name] for name in counts] == [None] * 5
    assert len(line["missing"]) >= 9
    treatment_editing.remove(gate(), "paper_files", stamped(treatment("paper_files")))
    with pytest.raises(NotFound):
        treatment("paper_files")


def test_an_optional_treatment_is_put_in_use_and_out_of_it(club: Club) -> None:
    treatment_editing.use(gate(), "staff", stamped(treatment("staff")), on=True)
    labels = [line["name"] for line in register.collect(gate())["activities"]]
    assert "staff" in labels
    treatment_editing.use(gate(), "staff", stamped(treatment("staff")), on=False)
    assert gate().count(DECISIONS, Selection()).value == 0


# --- completeness


def test_an_empty_mandatory_cell_is_listed_until_it_is_filled(club: Club) -> None:

    def missing() -> list[str]:
        found: list[str] = register.collect(gate(), only="bookings")["activities"][0]["missing"]
        return found

    assert "A legitimate interest needs to be named." in missing()
    purposes = treatment_values.current(treatment("bookings").activity, "purposes")
    said = {"interest": "A fair use of the fleet", "balancing": "Little data, soon erased"}
    save("bookings", "purposes", [one | said for one in purposes])
    assert missing() == []


# --- settings files


def test_decisions_and_added_treatments_travel_in_a_settings_file(club: Club) -> None:
    treatment_editing.add(gate(), "paper_files", "Dossiers papier", "")
    save("paper_files", "storage", {"fr": "Armoire", "en": "Cupboard"})
    save("bookings", "retention", {"value": 4, "unit": "year"}, "Insurer")
    door = Gate(process("test"), Channel.IMPORT)
    content = files.export(door)
    treatment_editing.reset(gate(), "bookings", "retention", stamped(treatment("bookings")))
    treatment_editing.remove(gate(), "paper_files", stamped(treatment("paper_files")))
    applying.apply(Gate(process("test"), Channel.IMPORT), files.read(content))
    assert str(treatment("paper_files").activity.storage) == "Cupboard"
    found = treatment("bookings").changes["retention"]
    assert (found.value, found.reason) == ({"value": 4, "unit": "year"}, "Insurer")


def test_a_settings_file_with_a_term_under_the_minimum_changes_nothing(club: Club) -> None:
    save("bookings", "retention", TERM)
    door = Gate(process("test"), Channel.IMPORT)
    given = files.read(files.export(door))
    (row,) = given[DECISIONS]
    row |= {"activity": "accounting_entries"}
    with pytest.raises(Invalid, match="minimum value"):
        applying.apply(door, given)
    asked = Selection(filters=(Filter("activity", "equals", "accounting_entries"),))
    assert gate().count(DECISIONS, asked).value == 0
