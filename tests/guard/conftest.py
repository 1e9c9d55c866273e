"""A portal with a section, two persons in it and one outside, for tests of the gate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from portal import configured, version
from portal.actor import Grant
from portal.channels import Channel
from portal.declare import Reach, Verb
from portal.gate import Gate
from portal.rows import Selection
from tests import factories

TODAY = date(2026, 11, 22)
PERSON = "directory.person"
ATTACHMENT = "directory.attachment"
EVERY = frozenset(Verb)


@dataclass
class Office:
    """A portal with a gate that may do everything, and the numbers of what is in it."""

    gate: Gate
    root: int
    section: int
    elsewhere: int
    eric: int
    zoe: int
    paul: int

    def granted(self, *grants: Grant, channel: Channel = Channel.LIST, reason: str = "") -> Gate:
        """A gate with these rights alone, for Éric's account."""
        actor = factories.granted(*grants, person=self.eric)
        return Gate(actor, channel, today=TODAY, reason=reason)

    def in_section(self, verbs: str, table: str = "*", **options: object) -> Gate:
        """A gate over the section."""
        zone = frozenset({self.section})
        return self.granted(
            factories.grant(table, verbs, Reach.STRUCTURE, zones=zone, **options),
            factories.grant("directory.structure", "read"),
        )

    def refresh(self) -> None:
        """Read the configuration again, as the next request would."""
        configured.refresh(version.catalog_version())

    def persons(self, gate: Gate | None = None) -> list[str]:
        """The last names that a gate lists."""
        from_gate = gate or self.gate
        return [row.title for row in from_gate.list(PERSON, Selection()).rows]


@pytest.fixture
def office(portal_url: str, tmp_path: Path) -> Office:
    """Give a portal with two sections; Éric and Zoé are in the first, Paul in the second."""
    factories.make_portal(tmp_path / "home", portal_url)
    gate = Gate(factories.process("test"), Channel.LIST, today=TODAY)
    root = gate.list("directory.structure", Selection()).rows[0].id
    section, elsewhere = gate.create_many(
        "directory.structure",
        [{"name": "Vol à voile", "parent": root}, {"name": "Modélisme", "parent": root}],
    )
    configured.refresh(version.catalog_version())
    eric, zoe, paul = gate.create_many(
        PERSON,
        [
            {"last_name": "Éric", "email": "eric@example.org"},
            {"last_name": "Zoé", "email": "zoe@example.org"},
            {"last_name": "Paul", "email": "paul@example.org"},
        ],
    )
    gate.create_many(
        ATTACHMENT,
        [
            {"person": eric, "structure": section},
            {"person": zoe, "structure": section},
            {"person": paul, "structure": elsewhere},
        ],
    )
    return Office(gate, root, section, elsewhere, eric, zoe, paul)
