"""The answer to an access request: whole or refused, only about the person, others as declared."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import date, datetime
from typing import Any

import pytest

from portal.accounts import profiles
from portal.channels import Channel
from portal.declare import Reach, Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.privacy import access, access_parts
from portal.privacy.third_parties import initials
from portal.rows import Selection
from tests.factories import PASSWORD, grant, granted
from tests.privacy.conftest import OLD, RECENT, TODAY, Club
from tests.privacy.words import words

ALL = " ".join(verb.value for verb in Verb)


@pytest.fixture
def known(club: Club) -> Club:
    """Give a row about the person in each table of the domains."""
    club.change("directory.person", club.person, notes="Parle breton", email="e@example.org")
    club.add(
        "members.membership", person=club.person, season="2026", starts_on=RECENT, ends_on=TODAY
    )
    club.add("members.validity", person=club.person, issued_on=RECENT, medical_class="class-2")
    training = club.training(RECENT, None, appraisal="Atterrit bien")
    club.outing(RECENT, training=training, instructor=club.instructor, label="Tour de piste")
    club.outing(RECENT, label="Vol du soir")
    club.booking(RECENT, instructor=club.instructor, comment="Avec un passager")
    account = club.ledger_account()
    club.entry(club.fiscal_year(2026, closed=False), account, RECENT, debit=100)
    club.add("accounting.balance", ledger_account=account, day=RECENT)
    club.add("privacy.restriction", person=club.person, ground="claims", starts_on=OLD,
             lifted_at=datetime(2020, 1, 1))  # fmt: skip
    return club


def own_gate(club: Club, *grants: Any) -> Gate:
    """Give the gate of the person, who reads their own rows."""
    rights = grants or (grant("*", "read", Reach.OWN), grant("directory.organisation"))
    return club.acting(granted(*rights, person=club.person), Channel.DETAIL)


def tables(values: dict[str, Any]) -> dict[str, int]:
    """Give the number of rows by table."""
    found: dict[str, int] = {}
    for section in values["sections"]:
        for table in section["tables"]:
            found[table["label"]] = found.get(table["label"], 0) + len(table["rows"])
    return found


def everything(values: dict[str, Any]) -> str:
    """Give all the values of the document as one text."""
    return str([values["identity"], values["sections"]])


def test_every_table_about_persons_is_in_it(known: Club) -> None:
    values = access.collect(known.gate, known.person)
    assert tables(values) == {
        "Memberships": 1,
        "Validities": 1,
        "Trainings": 1,
        "Club activities": 2,
        "Bookings": 1,
        "Accounting entries": 1,
        "Accounts of the ledger": 1,
        "Balances": 1,
        "Restrictions": 1,
        "History of values": 1,
    }
    said = everything(values)
    for text in ("Parle breton", "Atterrit bien", "Tour de piste", "Avec un passager", "Class 2"):
        assert text in said


def test_a_training_session_stands_under_trainings(known: Club) -> None:
    sections = access.collect(known.gate, known.person)["sections"]
    labels = {s["activity"]: [t["label"] for t in s["tables"]] for s in sections}
    assert labels["Trainings"] == ["Trainings", "Club activities"]
    assert labels["Activities / flights"] == ["Club activities"]


def test_a_section_says_why_and_how_long(known: Club) -> None:
    sections = access.collect(known.gate, known.person)["sections"]
    bookings = next(s for s in sections if s["activity"] == "Bookings")
    assert bookings["purposes"][0]["legal_basis"]
    assert bookings["retention"].startswith("1 year")


def test_an_activity_without_rows_is_left_out(club: Club) -> None:
    sections = access.collect(club.gate, club.person)["sections"]
    assert [section["activity"] for section in sections] == ["Persons / members"]


def test_rows_of_another_person_are_not_in_it(known: Club) -> None:
    known.booking(RECENT, person=known.instructor, comment="Autre vie")
    known.outing(RECENT, person=known.instructor, label="Convoyage")
    said = everything(access.collect(known.gate, known.person))
    assert "Autre vie" not in said
    assert "Convoyage" not in said


def test_rows_where_one_is_only_the_instructor_are_not_one_s_own(known: Club) -> None:
    values = access.collect(known.gate, known.instructor)
    assert set(tables(values)) == {"Resources"}


def test_an_instructor_is_named_where_the_table_keeps_the_name(known: Club) -> None:
    values = access.collect(known.gate, known.person)
    assert "Martin Jean-Luc" in everything(values)


def test_another_person_is_shown_as_a_role_by_default(known: Club) -> None:
    gate = known.gate
    table = gate.catalog.table("bookings.resource")
    assert "manager" not in table.declaration.third_party
    other = known.booking(RECENT, person=known.instructor)
    entry = gate.list("accounting.entry", Selection()).rows[0]
    gate.update("accounting.entry", entry.id, {"booking": other}, entry.version)
    values = access.collect(gate, known.person)
    assert "Another person (booking)" in everything(values)
    withheld = {entry["what"]: entry["why"] for entry in values["withheld"]}
    assert withheld["Accounting entries: Booking"].startswith("The rights of other persons")


@pytest.mark.parametrize(
    ("name", "letters"), [("Martin Jean-Luc", "M. J. L."), ("élodie", "É."), ("", "")]
)
def test_initials_are_first_letters(name: str, letters: str) -> None:
    assert initials(name) == letters


def test_secrets_are_never_in_it(known: Club) -> None:
    profiles.create_account(known.gate, "elodie", PASSWORD, person=known.person)
    values = access.collect(known.gate, known.person)
    assert "argon2" not in str(values)
    assert "Accounts: Password" in [entry["what"] for entry in values["withheld"]]


def test_excluded_tables_are_listed_with_their_reason(known: Club) -> None:
    withheld = {e["what"]: e["why"] for e in access.collect(known.gate, known.person)["withheld"]}
    assert "dates and kinds" in withheld["Access journal"]


def test_the_history_does_not_say_who_changed(known: Club) -> None:
    section = next(
        t
        for s in access.collect(known.gate, known.person)["sections"]
        for t in s["tables"]
        if t["label"] == "History of values"
    )
    at = {name: n for n, name in enumerate(section["columns"])}
    assert section["rows"][0][at["Table"]] == "Persons"
    assert section["rows"][0][at["Process"]] == ""


def test_archived_and_restricted_rows_are_the_person_s_too(known: Club) -> None:
    model = known.gate.catalog.table("bookings.booking").model
    model.update(archived_at=datetime(2026, 1, 1)).execute()
    known.add("privacy.restriction", person=known.person, ground="claims", starts_on=OLD)
    officer = known.acting(granted(grant("*", ALL), grant("journal.*")))
    assert tables(access.collect(officer, known.person))["Bookings"] == 1
    assert tables(access.collect(own_gate(known), known.person))["Bookings"] == 1


def test_an_act_is_given_as_date_kind_and_role(known: Club) -> None:
    account = profiles.create_account(
        known.gate, "secretariat", PASSWORD, profiles=[("secretary", None)]
    )
    reader = known.acting(granted(grant("directory.person"), account_id=account), Channel.DETAIL)
    reader.one("directory.person", known.person)
    accesses = access.collect(known.gate, known.person)["accesses"]
    assert ("Sheet viewed", "Secretary") in [(a["operation"], a["role"]) for a in accesses]
    assert "secretariat" not in str(accesses)


def test_one_s_own_acts_are_one_s_own(known: Club) -> None:
    account = profiles.create_account(
        known.gate, "elodie", PASSWORD, person=known.person, profiles=[("member", None)]
    )
    own = granted(grant("*", "read", Reach.OWN), person=known.person, account_id=account)
    known.acting(own, Channel.DETAIL).one("directory.person", known.person)
    accesses = access.collect(known.acting(own), known.person)["accesses"]
    assert "Yourself" in {entry["role"] for entry in accesses}


def test_a_table_that_one_may_not_read_refuses_the_document(known: Club) -> None:
    rights = [grant("directory.*", ALL), grant("accounts.*", ALL), grant("journal.*")]
    with pytest.raises(Forbidden, match="lack “"):
        access.collect(known.acting(granted(*rights)), known.person)


def test_a_field_that_one_may_not_read_refuses_the_document(known: Club) -> None:
    some = grant("members.*", ALL, readable=frozenset({"person", "kind"}))
    names = ("directory", "accounts", "activities", "bookings", "accounting", "history", "privacy")
    rights = [grant(f"{name}.*", ALL) for name in (*names, "operations")]
    with pytest.raises(Forbidden, match="Memberships"):
        access.collect(known.acting(granted(*rights, some)), known.person)


def test_a_reader_without_the_verb_disclose_is_refused(known: Club) -> None:
    with pytest.raises(Forbidden, match="open the protected data of “Persons”"):
        access.collect(known.acting(granted(grant("*"))), known.person)


def test_a_person_out_of_reach_does_not_exist(known: Club) -> None:
    with pytest.raises(NotFound):
        access.collect(own_gate(known), known.instructor)
    with pytest.raises(NotFound):
        access.collect(known.gate, 999_999)


def test_without_the_journal_the_document_says_that_it_lacks(known: Club) -> None:
    values = access.collect(known.acting(granted(grant("*", ALL))), known.person)
    assert values["accesses"] == []
    assert "Who consulted or changed your data" in [e["what"] for e in values["withheld"]]


def test_a_member_makes_their_own(known: Club) -> None:
    values = access.collect(own_gate(known), known.person)
    assert values["person"] == {"title": "Dupont Élodie", "number": known.person}
    assert tables(values)["Bookings"] == 1
    assert values["accesses"]


def test_what_a_member_s_account_does_not_open_is_said(known: Club) -> None:
    some = grant(
        "directory.person", "read", Reach.OWN, readable=frozenset({"last_name", "first_name"})
    )
    values = access.collect(own_gate(known, some, grant("directory.organisation")), known.person)
    withheld = [entry["what"] for entry in values["withheld"]]
    assert "Persons: Notes" in withheld
    assert "Bookings" in withheld
    assert "Parle breton" not in str(values)


@pytest.mark.parametrize("kind", ["odt", "docx"])
@pytest.mark.parametrize(
    ("code", "said"), [("fr", "Vos données personnelles"), ("en", "Your personal data")]
)
def test_the_document_says_what_the_rows_are(known: Club, kind: str, code: str, said: str) -> None:
    content, name, _type = access.document(known.gate, known.person, kind, code)
    text = words(content)
    for part in (said, "Dupont", "Tour de piste", "Parle breton", "Martin Jean-Luc"):
        assert part in text
    assert "{{" not in text
    assert name.endswith(f"-{known.person}-2026-11-22.{kind}")


def test_a_document_is_journaled_with_its_person(known: Club) -> None:
    access.document(known.gate, known.person, "json", "fr")
    reader = known.acting(granted(grant("journal.*")))
    rows = reader.list("journal.entry", Selection(sort="id", descending=True)).rows
    found = {(r.values["kind"], r.values["persons"]) for r in rows}
    assert ("access_document", f"[{known.person}]") in found


def test_a_format_that_is_not_made_is_refused(known: Club) -> None:
    with pytest.raises(Invalid):
        access.document(known.gate, known.person, "rtf", "fr")


def test_the_document_has_eighteen_parts_and_each_says_something(known: Club) -> None:
    parts = access_parts.made(access.collect(known.gate, known.person))["parts"]
    assert [part["number"] for part in parts] == list(range(1, 19))
    for part in parts:
        held = [v for v in part.values() if isinstance(v, list) and v]
        assert bool(held) is not bool(part["sentence"]), part["title"]


def test_rows_stand_in_the_part_of_their_activity(known: Club) -> None:
    parts = access_parts.made(access.collect(known.gate, known.person))["parts"]
    placed = {table["label"]: part["number"] for part in parts for table in part["tables"]}
    assert placed["Memberships"] == 4
    assert placed["Accounting entries"] == 6
    assert placed["Bookings"] == 7
    assert placed["Trainings"] == 9
    assert placed["Validities"] == 10
    assert placed["Restrictions"] == 15


def test_every_row_stands_in_a_part(known: Club) -> None:
    values = access_parts.made(access.collect(known.gate, known.person))
    in_parts = sum(len(t["rows"]) for part in values["parts"] for t in part["tables"])
    assert in_parts == sum(tables(values).values())


def test_a_processing_says_until_when_its_rows_are_kept(known: Club) -> None:
    parts = access_parts.made(access.collect(known.gate, known.person))["parts"]
    block = next(b for b in parts[1]["blocks"] if b["title"] == "Bookings")
    said = {line["label"]: line["value"] for line in block["lines"]}
    assert said["Kept until"] == "4 May 2027"
    assert said["Transfers outside the European Union"] == "none"


def test_the_request_that_is_answered_stands_on_the_cover(known: Club) -> None:
    request = {"number": "D0007", "received_on": date(2026, 11, 3), "scope": "All of it"}
    lines = access_parts.cover(access.collect(known.gate, known.person), request)
    said = {line["label"]: line["value"] for line in lines}
    assert (said["Request"], said["What is asked"]) == ("D0007", "All of it")


def test_the_zip_holds_what_the_document_holds(known: Club) -> None:
    content, name, _type = access.document(known.gate, known.person, "zip", "en")
    assert name.endswith(".zip")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        data = json.loads(archive.read("data.json"))
        files = {name: archive.read(name) for name in archive.namelist()}
    document = next(content for name, content in files.items() if name.endswith(".odt"))
    text = words(document)
    for part in data["parts"]:
        for place, table in enumerate(part["tables"], start=1):
            file = next(n for n in files if n.startswith(f"{part['number']:02}-{place}-"))
            rows = list(csv.reader(io.StringIO(files[file].decode("utf-8-sig"))))
            assert rows[0] == table["columns"]
            assert len(rows) == len(table["rows"]) + 1
            for row in table["rows"]:
                assert all(line in text for value in row for line in value.split("\n") if line)


def test_a_cell_of_the_zip_runs_no_formula(known: Club) -> None:
    known.booking(RECENT, comment="=HYPERLINK(1)")
    content, _name, _type = access.document(known.gate, known.person, "zip", "en")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        name = next(name for name in archive.namelist() if "bookings" in name)
        assert "'=HYPERLINK(1)" in archive.read(name).decode()


def test_the_portable_data_are_those_of_consent_and_contract(known: Club) -> None:
    content, _name, _type = access.portable(known.gate, known.person, "en")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        data, schema = (json.loads(archive.read(f"{n}.json")) for n in ("data", "schema"))
    assert data["directory.person"][0]["last_name"] == "Dupont"
    assert schema["directory.person"]["fields"]["last_name"]["title"] == "Last name"
    assert "bookings.booking" in data
    assert "accounting.entry" not in data
    assert "Atterrit bien" not in str(data)
    assert all(set(row) <= set(schema[name]["fields"]) for name in data for row in data[name])


def test_dates_are_those_of_the_day(known: Club) -> None:
    assert access.collect(known.gate, known.person)["produced_on"] == date(2026, 11, 22)
