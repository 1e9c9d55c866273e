"""The two portals that are compared: a large one, and one whose table of persons has forty rows."""

from __future__ import annotations

import sqlite3
import sys
from datetime import datetime
from pathlib import Path

from portal import settings
from portal.accounts import profiles
from portal.actor import process
from portal.channels import Channel
from portal.fieldtypes import EDGES
from portal.gate import Gate
from portal.operations import instance
from portal.operations.demo import DemoAccount
from portal.operations.demo_people import LOGINS
from portal.rows import Filter, Selection
from portal.start import Portal

SMALL = 40
SECTION = "Section planeur"
LISTING = ("admin", "technical", "dpo", "treasurer", "secretary", "structure", "instructor")
"""The demo accounts that may open the list of persons."""


def opened(home: Path) -> Portal:
    """Open the portal of an instance folder, as a demonstration."""
    return instance.open_instance(settings.load(home, {}))


def prepare_large(home: Path, persons: int) -> None:
    """Fill a new instance with demo persons, or give one that has persons the demo accounts."""
    portal = opened(home)
    if instance.is_empty():
        told = sys.stderr
        instance.fill_demo(
            portal,
            persons,
            progress=lambda done, total: print(f"\r{done} of {total}", end="", file=told),
        )
        print(file=told)
        return
    gate = Gate(process("bench"), Channel.IMPORT)
    if gate.count("accounts.account", Selection()).value:
        return
    for login, person in zip(LOGINS, _first_persons(gate), strict=False):
        zone = {"structure": SECTION, "secretary": ""}.get(login)
        made = DemoAccount(
            login,
            "superuser" if login == "admin" else login,
            person,
            None if zone is None else _structure(gate, zone),
            staff=login != "member",
        )
        profiles.create_account(
            gate,
            made.login,
            instance.DEMO_PASSWORD,
            person=made.person,
            profiles=[(made.profile, made.zone)],
            staff=made.staff,
        )
    (home / instance.DEMO_FILE).write_text(instance.FILLED, encoding="ascii")


def prepare_small(home: Path) -> None:
    """Make a demonstration of forty persons in which every account of staff sees all forty."""
    portal = opened(home)
    if not instance.is_empty():
        return
    instance.fill_demo(portal, SMALL)
    gate = Gate(process("bench"), Channel.IMPORT)
    persons = _first_persons(gate, SMALL)
    today = datetime.now(EDGES.zone).date()
    section = _structure(gate, SECTION)
    gate.create_many(
        "directory.attachment",
        [{"person": person, "structure": section, "starts_on": today} for person in persons],
    )
    instructor = persons[LOGINS.index("instructor")]
    gate.create_many(
        "activities.training",
        [
            {"person": person, "instructor": instructor, "started_on": today}
            for person in persons
            if person != instructor
        ],
    )


def _first_persons(gate: Gate, many: int = len(LOGINS)) -> list[int]:
    rows = gate.list("directory.person", Selection(sort="id", page_size=many), ("id",)).rows
    return [row.id for row in rows]


def _structure(gate: Gate, name: str) -> int:
    """Give the structure of that name; the root for no name."""
    wanted = Filter("name", "equals", name) if name else Filter("parent", "empty", "true")
    return gate.list("directory.structure", Selection(filters=(wanted,)), ("name",)).rows[0].id


def words(home: Path) -> dict[str, str]:
    """Give a rare word, a surname, a prefix that many names have, a town, and an e-mail address.

    The person of the rare word belongs to the section of the demo account "structure".
    """
    with sqlite3.connect(f"file:{home / 'greffe.db'}?mode=ro", uri=True) as rows:
        email, surname, town = rows.execute(
            "SELECT email, last_name, city FROM directory_person WHERE id = ("
            " SELECT max(person_id) FROM directory_attachment JOIN directory_structure s"
            " ON s.id = structure_id WHERE s.name = ? AND ends_on IS NULL)",
            (SECTION,),
        ).fetchone()
    return {
        "rare": email.split("@")[0].rpartition(".")[2],
        "surname": surname,
        "prefix": surname[:2],
        "town": town,
        "email": email,
    }
