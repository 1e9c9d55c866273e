"""The directory of the demo data: the club, its sections and groups, and who is attached where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from portal.operations.demo_people import CONTACT, DemoPerson
from portal.operations.demo_writer import Demo
from portal.rows import Selection

CLUB = "Aéro-club des Trois Vallées"
ADDRESS = "Aérodrome des Trois Vallées\n73190 Challes-les-Eaux"
GROUP = "voltige"
OF_THE_CLUB = ("admin", "dpo", "secretary", "treasurer", "technical")

STRUCTURES = (
    ("avion", "", "section", "Section avion", "avion"),
    ("planeur", "", "section", "Section planeur", "planeur"),
    ("ulm", "", "section", "Section ULM", "ulm"),
    ("aeromodelisme", "", "section", "Section aéromodélisme", "modelisme"),
    (GROUP, "avion", "group", "Groupe voltige", "voltige"),
    ("jeunes", "aeromodelisme", "group", "École des jeunes", "jeunes"),
)


def write_structures(demo: Demo) -> dict[str, int]:
    """Write the organisation and its tree; the ids by short name ("club" is the root)."""
    _replace(demo, "directory.organisation", _organisation())
    root: Mapping[str, object] = {
        "name": CLUB,
        "kind": demo.choice("directory.structure-types", "organisation"),
        "parent": None,
        "email": "contact@trois-vallees.example.org",
        "correspondent_email": "secretariat@trois-vallees.example.org",
        "website": "https://trois-vallees.example.org/",
        "address": ADDRESS,
        "landline": "04 65 71 10 00",
        "mobile": "",
    }
    found = {"club": _replace(demo, "directory.structure", root)}
    for place, (slug, parent, kind, name, box) in enumerate(STRUCTURES, start=1):
        row = {
            "name": name,
            "kind": demo.choice("directory.structure-types", kind),
            "parent": found[parent or "club"],
            "email": f"{box}@trois-vallees.example.org",
            "correspondent_email": f"responsable.{box}@trois-vallees.example.org",
            "website": f"https://trois-vallees.example.org/{box}",
            "address": ADDRESS,
            "landline": f"04 65 71 10 {place:02}",
            "mobile": f"06 39 98 10 {place:02}",
        }
        found[slug] = demo.rows("directory.structure", [row])[0]
    return found


def _replace(demo: Demo, table: str, values: Mapping[str, object]) -> int:
    """Give the one row that a new portal has these values, or create it; its id."""
    first = demo.gate.list(table, Selection(page_size=1)).rows
    if not first:
        return demo.rows(table, [values])[0]
    demo.gate.update(table, first[0].id, values, first[0].version)
    return first[0].id


def _organisation() -> Mapping[str, object]:
    return {
        "name": CLUB,
        "legal_form": "Association loi de 1901",
        "address": ADDRESS,
        "email": "contact@trois-vallees.example.org",
        "phone": "04 65 71 10 00",
        "website": "https://trois-vallees.example.org/",
        "representative": "La présidence du club",
        "dpo_name": "La personne référente pour les données",
        "dpo_email": "donnees@trois-vallees.example.org",
    }


def attachment_rows(demo: Demo, people: Iterable[DemoPerson]) -> Iterator[Mapping[str, object]]:
    """Where each person belongs: a section, for some a second one or a group."""
    kinds = {
        slug: demo.choice("directory.attachment-types", slug)
        for slug in ("member", "officer", "volunteer", "customer")
    }

    def row(person: DemoPerson, structure: str, kind: str) -> Mapping[str, object]:
        return {
            "person": person.id,
            "structure": demo.structures[structure],
            "kind": kinds[kind],
            "starts_on": person.joined_on,
            "ends_on": person.left_on,
        }

    for person in people:
        customer = person.story == CONTACT
        kind = "customer" if customer else "member"
        yield row(person, person.section, "officer" if person.login == "structure" else kind)
        if person.login in OF_THE_CLUB:
            yield row(person, "club", "officer")
        if not person.login and person.active and not customer:
            group = _group(demo, person)
            if group:
                yield row(person, group, "member")


def _group(demo: Demo, person: DemoPerson) -> str:
    """A second attachment, for about one member in eight."""
    chance = demo.random.random()
    if person.section == "avion" and chance < 0.12:
        return GROUP
    if person.section == "aeromodelisme" and person.minor_on(demo.today):
        return "jeunes"
    if person.section == "avion" and chance > 0.95:
        return "planeur"
    return "ulm" if person.section == "planeur" and chance > 0.95 else ""
