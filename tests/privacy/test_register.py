"""The register: read from declarations, rights and rows; given in four formats."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest

from portal.accounts import profiles
from portal.actor import Actor
from portal.channels import Channel
from portal.errors import Forbidden, Invalid
from portal.i18n import language
from portal.privacy import register
from portal.register_catalogue import catalogue
from portal.rows import Filter, Selection
from tests.factories import PASSWORD, grant, granted
from tests.privacy.conftest import OLD, RECENT, Club
from tests.privacy.words import words

KEYS = {
    "number", "label", "processing", "purposes", "data_types", "data_categories", "sensitive",
    "subjects", "collection", "collection_mode", "source", "storage", "controller", "manager",
    "readers", "editors", "people_read", "people_modify", "subjects_count", "recipients",
    "transfers", "security", "retention", "oldest", "obsolete_deletable", "obsolete_blocked",
    "obsolete", "not_obsolete", "fields", "name", "joint_controllers", "special_condition",
    "blocked_by", "counted_at", "created_on", "updated_on", "updated_by", "changed", "missing",
    "screening",
}  # fmt: skip


def line(club: Club, label: str) -> dict[str, Any]:
    """Give one activity of the register, in English."""
    lines = register.collect(club.gate)["activities"]
    return next(activity for activity in lines if activity["label"] == label)


def people(club: Club, label: str, slug: str) -> int:
    """Give how many people of a profile type may read an activity."""
    wanted = Selection(filters=(Filter("slug", "equals", slug),))
    row = club.gate.list("accounts.profiletype", wanted).rows[0]
    readers = line(club, label)["readers"]
    return sum(r["people"] for r in readers if r["profile"].startswith(row.values["label_en"]))


def test_every_activity_has_every_heading(club: Club) -> None:
    lines = register.collect(club.gate)["activities"]
    assert {frozenset(activity) for activity in lines} == {frozenset(KEYS)}
    assert [activity["number"] for activity in lines] == list(range(1, len(lines) + 1))


def test_declared_and_shipped_activities_are_in_it_and_optional_ones_are_not(club: Club) -> None:
    labels = {activity["label"] for activity in register.collect(club.gate)["activities"]}
    shipped = {row["label"]["en"]: row["optional"] for row in catalogue()["categories"]}
    assert labels == {label for label, optional in shipped.items() if not optional}


def test_rows_are_counted(club: Club) -> None:
    club.booking(RECENT)
    club.booking(OLD)
    club.paid(booking=club.booking(OLD, person=club.instructor))
    found = line(club, "Bookings")
    assert (found["not_obsolete"], found["obsolete_deletable"], found["obsolete_blocked"]) == (
        1, 1, 1,
    )  # fmt: skip
    assert (found["subjects_count"], found["oldest"], found["obsolete"]) == (2, OLD, 2)


def test_an_activity_without_a_table_is_not_counted(club: Club) -> None:
    found = line(club, "Consents")
    assert [found[name] for name in ("subjects_count", "obsolete", "not_obsolete", "oldest")] == [
        None
    ] * 4


def test_a_right_that_is_granted_changes_the_count(club: Club) -> None:
    assert people(club, "Bookings", "secretary") == 0
    account = profiles.create_account(
        club.gate, "secretariat", PASSWORD, profiles=[("secretary", None)], staff=True
    )
    assert people(club, "Bookings", "secretary") == 1
    profiles.set_active(club.gate, account, active=False)
    assert people(club, "Bookings", "secretary") == 0


def test_somebody_with_two_profiles_is_counted_once(club: Club) -> None:
    both = [("secretary", None), ("treasurer", None)]
    profiles.create_account(club.gate, "deux", PASSWORD, profiles=both, staff=True)
    found = line(club, "Bookings")
    assert (found["people_read"], people(club, "Bookings", "treasurer")) == (1, 1)


def test_each_purpose_has_one_legal_basis(club: Club) -> None:
    found = line(club, "Accounting entries")
    assert {purpose["legal_basis"] for purpose in found["purposes"]} >= {"Legal obligation"}
    assert found["retention"]["minimum_source"].startswith("Code de commerce L123-22")


def test_sensitive_data_are_said(club: Club) -> None:
    validities = next(
        a for a in register.collect(club.gate)["activities"] if a["label"].startswith("Validities")
    )
    assert validities["sensitive"]
    assert any(field["sensitive"] for field in validities["fields"])


@pytest.mark.parametrize(
    ("code", "heading", "first"),
    [("fr", "Catégorie", "Personnes / adhérents"), ("en", "Category", "Persons / members")],
)
def test_the_csv_has_its_fifteen_columns_in_order(
    club: Club, code: str, heading: str, first: str
) -> None:
    content, name, kind = register.export(club.gate, "csv", code)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert {len(line) for line in lines} == {15}
    assert (lines[0][0], lines[1][0]) == (heading, first)
    assert (name.rpartition(".")[2], kind) == ("csv", "text/csv; charset=utf-8")


def test_the_json_is_the_whole_register(club: Club) -> None:
    content, _name, _kind = register.export(club.gate, "json", "en")
    with language("en"):
        wanted = register.collect(club.gate)
    assert json.loads(content) == json.loads(json.dumps(wanted, default=lambda d: d.isoformat()))


@pytest.mark.parametrize("kind", ["odt", "docx"])
@pytest.mark.parametrize(
    ("code", "said"),
    [("fr", "Registre des activités de traitement"), ("en", "Record of processing activities")],
)
def test_the_document_says_what_the_rows_are(club: Club, kind: str, code: str, said: str) -> None:
    content, _name, _kind = register.export(club.gate, kind, code)
    text = words(content)
    assert said in text
    assert ("Réservations" if code == "fr" else "Bookings") in text
    assert "{{" not in text


def test_an_export_is_journaled(club: Club) -> None:
    register.export(club.gate, "json", "fr")
    reader = club.acting(granted(grant("journal.*")))
    rows = reader.list("journal.entry", Selection(search="")).rows
    assert ("register_export", "privacy.register") in {
        (row.values["kind"], row.values["table_name"]) for row in rows
    }


@pytest.mark.parametrize(("kind", "code"), [("xls", "fr"), ("odt", "de")])
def test_a_format_or_a_language_that_is_not_made_is_refused(
    club: Club, kind: str, code: str
) -> None:
    with pytest.raises(Invalid):
        register.export(club.gate, kind, code)


def test_the_register_needs_its_right(club: Club) -> None:
    stranger: Actor = granted(grant("directory.*"))
    with pytest.raises(Forbidden, match="right to read “Purges”"):
        register.export(club.acting(stranger, Channel.REGISTER), "csv", "en")


def test_who_may_not_read_a_table_gets_no_count_of_it(club: Club) -> None:
    rights = [grant("privacy.purge"), grant("accounts.*"), grant("directory.*")]
    asked = club.acting(granted(*rights))
    lines = register.collect(asked)["activities"]
    counts = {activity["label"]: activity["not_obsolete"] for activity in lines}
    assert counts["Persons / members"] == 2
    assert counts["Bookings"] is None
