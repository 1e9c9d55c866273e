"""Persons imported by who is limited to a structure: each enters a structure, or is refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from portal import configured, version
from portal.builtin.directory import Attachment, Person
from portal.builtin.journal import Entry
from portal.channels import Channel
from portal.declare import Reach
from portal.errors import Invalid
from portal.gate import Gate
from portal.start import Portal
from tests import factories
from tests.imports.conftest import Importer

ATTACHMENT, STRUCTURE = "directory.attachment", "directory.structure"


@pytest.fixture
def places(demo_portal: Portal) -> tuple[int, int]:
    """Give two structures, side by side."""
    gate = factories.gate()
    root = gate.lookup(STRUCTURE, "planeurs") or gate.lookup(STRUCTURE, "club")
    made = [
        gate.create(STRUCTURE, {"name": name, "parent": root[0][0]})
        for name in ("Atelier Nord", "Atelier Sud")
    ]
    configured.refresh(version.catalog_version())
    return made[0], made[1]


def limited(zone: int, folder: Path, *, attaches: bool = True) -> Importer:
    """Give an importer whose rights on persons end with a structure."""
    here: dict[str, Any] = {"reach": Reach.STRUCTURE, "zones": frozenset({zone})}
    grants = [factories.grant("directory.person", "read create update import", **here)]
    grants.append(factories.grant(STRUCTURE, "read", Reach.ALL))
    grants.append(factories.grant(ATTACHMENT, "read create" if attaches else "read", **here))
    actor = factories.granted(*grants, account_id=factories.account("secretary"))
    return Importer(Gate(actor, Channel.IMPORT), folder)


def homes(name: str) -> list[int]:
    query = Attachment.select(Attachment.structure).join(Person).where(Person.last_name == name)
    return [row[0] for row in query.tuples()]


def test_without_a_structure_a_new_person_is_out_of_reach(
    places: tuple[int, int], tmp_path: Path
) -> None:
    reasons = limited(places[0], tmp_path).reasons("last_name\nZorro\n")
    assert "out of your reach" in reasons[2]


def test_the_chosen_structure_takes_every_new_person(
    places: tuple[int, int], tmp_path: Path
) -> None:
    importer = limited(places[0], tmp_path)
    importer.written("last_name\nZorro\nZora\n", structure=places[0])
    assert (homes("Zorro"), homes("Zora")) == ([places[0]], [places[0]])
    acts = Entry.select(Entry.channel, Entry.row_count).where(Entry.table_name == ATTACHMENT)
    assert list(acts.order_by(Entry.id.desc()).limit(1).tuples()) == [("import", 2)]


def test_a_column_names_the_structure(places: tuple[int, int], tmp_path: Path) -> None:
    importer = limited(places[0], tmp_path)
    importer.written("Nom;Structure\nZorro;Atelier Nord\n")
    assert homes("Zorro") == [places[0]]


@pytest.mark.parametrize("how", ["page", "column"])
def test_a_structure_out_of_reach_is_refused_line_by_line(
    places: tuple[int, int], tmp_path: Path, how: str
) -> None:
    importer = limited(places[0], tmp_path)
    text = "Nom;Structure\nZorro;Atelier Sud\nZora;Atelier Nord\n"
    found = (
        importer.reasons("Nom\nZorro\n", structure=places[1])
        if how == "page"
        else importer.reasons(text)
    )
    assert list(found) == [2]
    assert not homes("Zorro")


def test_who_attaches_nobody_is_offered_no_structure(
    places: tuple[int, int], tmp_path: Path
) -> None:
    importer = limited(places[0], tmp_path, attaches=False)
    with pytest.raises(Invalid, match="Structure"):
        importer.staged("Nom;Structure\nZorro;Atelier Nord\n")


def test_a_person_who_is_found_keeps_their_structures(
    places: tuple[int, int], tmp_path: Path
) -> None:
    importer = limited(places[0], tmp_path)
    importer.written("last_name;email\nZorro;z@club.example\n", structure=places[0])
    importer.written("email;city\nz@club.example;Vichy\n", key="email", structure=places[0])
    assert homes("Zorro") == [places[0]]
