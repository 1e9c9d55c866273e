"""Processors: in the register and the access document of their treatments, and registers apart."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from typing import Any

import pytest

from portal import configured, treatments, version
from portal.actor import Grant
from portal.channels import Channel
from portal.configuration import applying, files
from portal.errors import Conflict, Invalid, NotFound
from portal.gate import Gate
from portal.privacy import access, processor_files, processors, register, treatment_editing
from portal.rows import Selection
from tests.factories import grant, granted
from tests.privacy.conftest import TODAY, Club
from tests.privacy.words import words

PROCESSOR, CONTROLLER = processors.PROCESSOR, processors.CONTROLLER
COMPLETE = {
    "name": "Nuage SAS",
    "contact": "dpo@nuage.example",
    "task": "Hosts the portal",
    "contract_on": date(2024, 2, 5),
    "location": "France",
}


def linked(club: Club, *codes: str, **values: Any) -> int:
    """Add a processor that takes part in these treatments."""
    id = club.add(PROCESSOR, **(COMPLETE | values))
    processors.take_part(club.gate, id, codes, processors.stamped(club.gate, id))
    return id


def line(club: Club, name: str) -> dict[str, Any]:
    """Give one treatment of the register."""
    return next(a for a in register.collect(club.gate)["activities"] if a["name"] == name)


def section(club: Club, code: str) -> dict[str, Any]:
    """Give what the access document says of a treatment."""
    club.booking(TODAY)
    values = access.collect(club.gate, club.person)
    return next(s for s in values["sections"] if s.get("code") == code)


def lacking(club: Club, **values: Any) -> set[str]:
    """Give what is still to be filled in of a processor."""
    id = linked(club, "bookings", **values)
    found = processors.collect(club.gate)["processors"]
    return next(set(one["missing"]) for one in found if one["id"] == id)


# --- recipients


def test_a_processor_is_a_recipient_of_its_treatments_alone(club: Club) -> None:
    linked(club, "bookings")
    said = "Nuage SAS (processor, France)"
    assert said in line(club, "bookings")["recipients"]
    assert said not in line(club, "accounting_entries")["recipients"]
    assert said in section(club, "bookings")["recipients"]


def test_who_was_a_processor_before_is_told_to_the_person_alone(club: Club) -> None:
    linked(club, "bookings", ended_on=date(2025, 3, 1))
    assert not any("Nuage" in one for one in line(club, "bookings")["recipients"])
    said = [one for one in section(club, "bookings")["recipients"] if "Nuage" in one]
    assert len(said) == 1
    assert "until" in said[0]


def test_a_transfer_without_guarantee_is_an_empty_cell_of_the_treatment(club: Club) -> None:
    linked(club, "bookings", location="United States", outside_eu=True)
    found = line(club, "bookings")
    assert "Guarantee of the transfer to Nuage SAS" in found["missing"]
    assert "Nuage SAS, United States: no guarantee" in found["transfers"]


def test_a_guaranteed_transfer_is_said_with_its_guarantee(club: Club) -> None:
    linked(club, "bookings", location="United States", outside_eu=True, guarantee="scc")
    found = line(club, "bookings")
    assert not any("Nuage" in one for one in found["missing"])
    assert found["transfers"] == "Nuage SAS, United States: Standard contractual clauses"
    assert "Standard contractual clauses" in section(club, "bookings")["transfers"]


def test_a_processor_that_is_erased_leaves_the_register(club: Club) -> None:
    id = linked(club, "bookings")
    club.gate.erase(club.gate.erasure(PROCESSOR, [id]))
    configured.refresh(version.catalog_version())
    assert not any("Nuage" in one for one in line(club, "bookings")["recipients"])


def test_an_added_treatment_is_erased_with_its_processors(club: Club) -> None:
    treatment_editing.add(club.gate, "paper", "Papier", "")
    linked(club, "paper")
    shown = treatment_editing.stamped(treatments.current().get("paper"))
    treatment_editing.remove(club.gate, "paper", shown)
    assert club.gate.count(treatments.PROCESSED, Selection(), exact=True).value == 0


# --- what is written


def test_a_treatment_that_is_none_is_refused(club: Club) -> None:
    id = club.add(PROCESSOR, **COMPLETE)
    with pytest.raises(Invalid, match="no treatment 'nothing'"):
        processors.take_part(club.gate, id, ["nothing"], processors.stamped(club.gate, id))
    assert processors.treatments_of(club.gate, id) == {}


def test_only_what_changed_is_written(club: Club) -> None:
    id = linked(club, "bookings", "persons")
    before = processors.treatments_of(club.gate, id)
    shown = processors.stamped(club.gate, id)
    assert processors.take_part(club.gate, id, ["persons", "accounts"], shown)
    after = processors.treatments_of(club.gate, id)
    assert (set(after), after["persons"]) == ({"persons", "accounts"}, before["persons"])
    shown = processors.stamped(club.gate, id)
    assert not processors.take_part(club.gate, id, ["accounts", "persons"], shown)


def test_what_others_changed_meanwhile_is_not_overwritten(club: Club) -> None:
    id = linked(club, "bookings")
    shown = processors.stamped(club.gate, id)
    processors.take_part(club.gate, id, ["persons"], shown)
    with pytest.raises(Conflict):
        processors.take_part(club.gate, id, [], shown)
    assert set(processors.treatments_of(club.gate, id)) == {"persons"}


@pytest.mark.parametrize(
    ("table", "values"),
    [
        (PROCESSOR, {"name": "Nuage SAS"}),
        (CONTROLLER, {"controller": "Ligue", "contract_on": TODAY, "ended_on": date(2020, 1, 1)}),
        (CONTROLLER, {"controller": "Ligue", "categories": "nothing"}),
        (PROCESSOR, {"name": "Autre", "guarantee": "nothing"}),
    ],
)
def test_a_wrong_row_is_refused(club: Club, table: str, values: dict[str, Any]) -> None:
    club.add(PROCESSOR, **COMPLETE)
    with pytest.raises(Invalid):
        club.add(table, **values)


def test_processors_travel_in_a_settings_file_with_their_treatments(club: Club) -> None:
    id = linked(club, "bookings")
    club.add(CONTROLLER, controller="Ligue")
    content = files.export(club.gate)
    club.gate.erase(club.gate.erasure(PROCESSOR, [id]))
    applying.apply(club.gate, files.read(content))
    found = club.gate.list(PROCESSOR, Selection()).rows[0]
    assert found.values["contract_on"] == COMPLETE["contract_on"]
    assert set(processors.treatments_of(club.gate, found.id)) == {"bookings"}


# --- what is still to be filled in


def test_a_complete_processor_lacks_nothing(club: Club) -> None:
    assert lacking(club) == set()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"contract_on": None}, "Date of the contract"),
        ({"contact": ""}, "Contact"),
        ({"location": ""}, "Location of the data"),
        ({"outside_eu": True}, "Guarantee of the transfer outside the European Economic Area"),
    ],
)
def test_what_a_processor_lacks_is_said(club: Club, values: dict[str, Any], said: str) -> None:
    assert lacking(club, **values) == {said}


def test_nothing_is_asked_of_a_contract_that_is_over(club: Club) -> None:
    assert lacking(club, contract_on=None, ended_on=date(2025, 1, 1)) == set()


def test_what_a_controller_lacks_is_said(club: Club) -> None:
    club.add(CONTROLLER, controller="Ligue", outside_eu=True)
    assert set(processors.collect(club.gate)["controllers"][0]["missing"]) == {
        "Contact",
        "Categories of processing",
        "Security measures",
        "Date of the contract",
        "Countries and recipients of transfers",
        "Guarantee of the transfer outside the European Economic Area",
    }


# --- files


@pytest.mark.parametrize("kind", ["odt", "docx"])
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("fr", ("Sous-traitants de l’organisme", "5 février 2024", "Hébergement", "Réservations")),
        ("en", ("Processors of the organisation", "5 February 2024", "Hosting", "Bookings")),
    ],
)
def test_the_document_has_both_registers(
    club: Club, kind: str, code: str, said: tuple[str, ...]
) -> None:
    linked(club, "bookings")
    club.add(CONTROLLER, controller="Ligue", categories="hosting backup", security="backup")
    content, name, _kind = processor_files.export(club.gate, kind, code)
    text = words(content).replace("\u202f", " ").replace("\u00a0", " ")
    assert [one for one in (*said, "Nuage SAS", "Ligue") if one not in text] == []
    assert ("{{" in text, "{%" in text, name.endswith(kind)) == (False, False, True)


def test_a_part_has_one_register(club: Club) -> None:
    linked(club, "bookings")
    club.add(CONTROLLER, controller="Ligue")
    content, _name, _kind = processor_files.export(club.gate, "odt", "en", "controllers")
    assert ("Ligue" in words(content), "Nuage" in words(content)) == (True, False)


@pytest.mark.parametrize(
    ("part", "first", "columns"), [("", "Nuage SAS", 12), ("controllers", "Ligue", 15)]
)
def test_the_csv_has_one_register(club: Club, part: str, first: str, columns: int) -> None:
    linked(club, "bookings")
    club.add(CONTROLLER, controller="Ligue", security="software_protection")
    content, _name, _kind = processor_files.export(club.gate, "csv", "en", part)
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert {len(one) for one in lines} == {columns}
    assert [one[0] for one in lines[1:]] == [first]


def test_measures_with_commas_stay_whole(club: Club) -> None:
    club.add(CONTROLLER, controller="Ligue", security="software_protection")
    content, _name, _kind = processor_files.export(club.gate, "json", "en")
    measures = json.loads(content)["controllers"][0]["security"]
    assert measures == ["Software protection (updates, tests)"]


@pytest.mark.parametrize(
    ("kind", "code", "part"), [("xlsx", "en", ""), ("csv", "de", ""), ("csv", "en", "nothing")]
)
def test_what_is_not_made_is_refused(club: Club, kind: str, code: str, part: str) -> None:
    with pytest.raises(Invalid):
        processor_files.export(club.gate, kind, code, part)


def test_an_export_is_journaled_for_each_register_in_it(club: Club) -> None:
    processor_files.export(club.gate, "json", "en")
    reader = club.acting(granted(grant("journal.*")))
    rows = reader.list("journal.entry", Selection()).rows
    noted = {row.values["table_name"] for row in rows if row.values["kind"] == "register_export"}
    assert {PROCESSOR, CONTROLLER} <= noted


@pytest.mark.parametrize(
    "rights",
    [
        (grant("privacy.processor"),),
        (grant("privacy.*", readable="name controller processor activity"),),
        (grant("directory.*"),),
    ],
)
def test_who_does_not_read_all_of_it_finds_nothing(club: Club, rights: tuple[Grant, ...]) -> None:
    with pytest.raises(NotFound):
        processors.collect(Gate(granted(*rights), Channel.LIST, today=TODAY))
