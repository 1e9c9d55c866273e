"""A sheet is one act; protected data open with the verb disclose and a reason, and say so."""

from __future__ import annotations

import json

import pytest

from portal import journal
from portal.actor import Grant
from portal.builtin.directory import Attachment, Person
from portal.builtin.journal import Entry
from portal.channels import Channel
from portal.declare import Reach
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.models import utc_now
from portal.rows import Selection
from tests import factories
from tests.guard.conftest import ATTACHMENT, EVERY, PERSON, TODAY, Office

VALIDITY = "members.validity"
REASON = "asked by the person"
MEDICAL = "medical_class"
DISCLOSING = (Grant("*", EVERY, Reach.ALL),)


@pytest.fixture(autouse=True)
def _journaled(office: Office) -> None:
    journal.configure(enabled=True)


def archive(model: type, id: int) -> None:
    """Archive a row, as the retention does."""
    model.update(archived_at=utc_now()).where(model.id == id).execute()


def disclosing(office: Office, reason: str = "", channel: Channel = Channel.DETAIL) -> Gate:
    return office.granted(*DISCLOSING, channel=channel, reason=reason)


def entries() -> int:
    return Entry.select().count()


def last() -> Entry:
    return Entry.select().order_by(Entry.id.desc()).get()


def a_certificate(office: Office) -> int:
    values = {"person": office.zoe, "number": "1", "issued_on": TODAY, MEDICAL: "class-2"}
    return office.gate.create(VALIDITY, values)


# --- one act


def test_a_sheet_is_one_entry(office: Office) -> None:
    a_certificate(office)
    gate, before = disclosing(office), entries()
    gate.sheet(PERSON, office.zoe)
    assert entries() == before + 1


def test_the_entry_of_a_sheet_names_the_persons_of_its_related_rows(office: Office) -> None:
    gate = disclosing(office)
    gate.sheet("directory.structure", office.section)
    entry = last()
    persons = sorted([office.eric, office.zoe])
    assert (entry.kind, entry.table_name, json.loads(entry.persons)) == (
        "sheet_view",
        "directory.structure",
        persons,
    )


def test_the_entry_of_a_sheet_counts_every_row_on_it(office: Office) -> None:
    found = disclosing(office).sheet(PERSON, office.zoe)
    assert last().row_count == 1 + sum(len(part.rows) for part in found.related)


def test_a_sheet_that_cannot_be_journaled_is_not_shown(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*act: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(journal, "record", full)
    with pytest.raises(OSError, match="disk full"):
        disclosing(office).sheet(PERSON, office.zoe)


def test_a_sheet_out_of_reach_is_like_none(office: Office) -> None:
    with pytest.raises(NotFound):
        office.in_section("read").sheet(PERSON, office.paul)


def test_a_sheet_of_a_table_that_is_not_read_is_like_none(office: Office) -> None:
    with pytest.raises(NotFound):
        office.granted(factories.grant(ATTACHMENT)).sheet(PERSON, office.paul)


# --- medical fields


def test_a_medical_field_is_closed_without_a_reason(office: Office) -> None:
    found = disclosing(office).sheet(VALIDITY, a_certificate(office))
    assert MEDICAL not in found.row.values


def test_a_sheet_names_the_fields_that_a_reason_would_open(office: Office) -> None:
    found = disclosing(office).sheet(VALIDITY, a_certificate(office))
    assert [field.name for field in found.closed] == [MEDICAL]


def test_a_reason_opens_a_medical_field(office: Office) -> None:
    found = disclosing(office, REASON).sheet(VALIDITY, a_certificate(office))
    assert (str(found.row.values[MEDICAL]), found.closed) != ("", ())
    assert MEDICAL in found.row.values


def test_opening_is_journaled_as_a_kind_of_its_own_with_the_reason(office: Office) -> None:
    disclosing(office, REASON).sheet(VALIDITY, a_certificate(office))
    assert (last().kind, last().reason) == ("archive_access", REASON)


def test_nothing_is_said_to_be_closed_to_who_may_not_disclose(office: Office) -> None:
    gate = office.granted(factories.grant("*", "read"))
    assert gate.sheet(VALIDITY, a_certificate(office)).closed == ()


def test_a_medical_field_is_open_to_its_person(office: Office) -> None:
    office.gate.create(VALIDITY, {"person": office.eric, "issued_on": TODAY, MEDICAL: "class-2"})
    gate = office.granted(factories.grant("*", "read", Reach.OWN))
    assert gate.list(VALIDITY, Selection()).rows[0].values[MEDICAL]


def test_a_reason_without_the_verb_reads_as_usual(office: Office) -> None:
    id = a_certificate(office)
    gate = office.granted(factories.grant("*", "read"), reason=REASON, channel=Channel.DETAIL)
    assert MEDICAL not in gate.sheet(VALIDITY, id).row.values
    assert last().kind == "sheet_view"


def test_a_medical_field_is_entered_without_a_reason(office: Office) -> None:
    id = disclosing(office).create(
        VALIDITY, {"person": office.zoe, "issued_on": TODAY, MEDICAL: "class-2"}
    )
    assert office.gate.one(VALIDITY, id).values[MEDICAL]


def test_a_medical_field_is_not_changed_blindly(office: Office) -> None:
    id = a_certificate(office)
    with pytest.raises(Forbidden):
        disclosing(office).update(VALIDITY, id, {MEDICAL: "lapl"}, 1)


def test_a_medical_field_is_changed_with_a_reason(office: Office) -> None:
    id = a_certificate(office)
    disclosing(office, REASON).update(VALIDITY, id, {MEDICAL: "lapl"}, 1)
    assert office.gate.one(VALIDITY, id).version == 2


def test_a_reason_does_not_export_a_medical_field(office: Office) -> None:
    a_certificate(office)
    with pytest.raises(Invalid):
        list(disclosing(office, REASON).export(VALIDITY, Selection(), [MEDICAL]))


# --- archived and restricted rows


def test_an_archived_row_opens_with_a_reason_and_says_so(office: Office) -> None:
    archive(Person, office.zoe)
    found = disclosing(office, REASON).sheet(PERSON, office.zoe)
    assert found.row.states == {"archived"}


def test_an_archived_row_is_like_none_without_a_reason(office: Office) -> None:
    archive(Person, office.zoe)
    with pytest.raises(NotFound):
        disclosing(office).sheet(PERSON, office.zoe)


def test_a_row_that_is_not_protected_has_no_state(office: Office) -> None:
    assert disclosing(office, REASON).sheet(PERSON, office.zoe).row.states == frozenset()


def test_the_protected_rows_are_those_that_lists_leave_out(office: Office) -> None:
    archive(Person, office.zoe)
    restriction = {"person": office.paul, "ground": "accuracy", "starts_on": TODAY}
    office.gate.create("privacy.restriction", restriction)
    office.refresh()
    page = disclosing(office, REASON, Channel.LIST).protected(PERSON, 0)
    assert {(row.title, *row.states) for row in page.rows} == {
        ("Zoé", "archived"),
        ("Paul", "restricted"),
    }


def test_the_protected_rows_of_a_zone_are_its_own(office: Office) -> None:
    for model, id in ((Person, office.zoe), (Person, office.paul)):
        archive(model, id)
    zone = frozenset({office.section})
    grant = factories.grant("*", "read disclose", Reach.STRUCTURE, zones=zone)
    page = office.granted(grant, reason=REASON).protected(PERSON, 0)
    assert [row.title for row in page.rows] == ["Zoé"]


def test_listing_protected_rows_is_journaled_with_its_reason_and_persons(office: Office) -> None:
    archive(Person, office.zoe)
    disclosing(office, REASON, Channel.LIST).protected(PERSON, 0)
    entry = last()
    assert (entry.kind, entry.reason, entry.persons) == (
        "archive_access",
        REASON,
        f"[{office.zoe}]",
    )


def test_protected_rows_are_not_listed_without_a_reason(office: Office) -> None:
    with pytest.raises(Invalid):
        disclosing(office).protected(PERSON, 0)


def test_protected_rows_are_not_listed_without_the_verb(office: Office) -> None:
    gate = office.granted(factories.grant("*", "read"), reason=REASON)
    with pytest.raises(Forbidden, match="the right to open the protected data"):
        gate.protected(PERSON, 0)


def test_no_row_is_protected_for_who_holds_the_verb_on_other_rows(office: Office) -> None:
    archive(Attachment, 1)
    grants = (factories.grant("*", "read"), factories.grant(ATTACHMENT, "disclose"))
    assert office.granted(*grants, reason=REASON).protected(ATTACHMENT, 0).rows == ()
