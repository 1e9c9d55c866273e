"""A club with short ways to write its rows, on each of the two databases."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from portal.actor import Actor, process
from portal.channels import Channel
from portal.gate import Gate
from portal.obsolete import Counts
from portal.rows import Selection
from tests.factories import make_portal

TODAY = date(2026, 11, 22)
OLD, RECENT = date(2012, 5, 4), date(2026, 5, 4)


class Club:
    """A portal with a disabled person, an instructor and a resource; a gate that may do all."""

    def __init__(self) -> None:
        self.gate = self.acting(process("test"))
        self.person = self.add("directory.person", last_name="Dupont", first_name="Élodie")
        self.instructor = self.add("directory.person", last_name="Martin", first_name="Jean-Luc")
        self.resource = self.add("bookings.resource", name="F-GKQA", manager=self.instructor)
        self._codes = 0

    def acting(self, actor: Actor, channel: Channel = Channel.FORM, reason: str = "") -> Gate:
        """Give the gate of an actor, on the day of the tests."""
        return Gate(actor, channel, today=TODAY, reason=reason)

    def add(self, table: str, **values: Any) -> int:
        return self.gate.create(table, values)

    def change(self, table: str, id: int, **values: Any) -> None:
        self.gate.update(table, id, values, self.gate.one(table, id).version)

    def exists(self, table: str, id: int) -> bool:
        return self.gate.count(table, Selection(ids=(id,))).value == 1

    def counts(self, activity: str) -> tuple[int, int, int]:
        """Give (not obsolete, deletable, blocked)."""
        found = self.found(activity)
        return found.not_obsolete, found.deletable, found.blocked

    def found(self, activity: str) -> Counts:
        return self.gate.obsolete(activity).counts(along=True)

    def why(self, activity: str) -> dict[str, int]:
        return {str(blocker): n for blocker, n in self.found(activity).blocked_by.items()}

    def outing(self, day: date, **values: Any) -> int:
        return self.add("activities.outing", **({"person": self.person, "day": day} | values))

    def training(self, start: date, end: date | None, **values: Any) -> int:
        own = {"person": self.person, "instructor": self.instructor}
        return self.add("activities.training", started_on=start, ended_on=end, **(own | values))

    def booking(self, day: date, **values: Any) -> int:
        start, end = (
            datetime(day.year, day.month, day.day, 9),
            datetime(day.year, day.month, day.day, 11),
        )
        own = {"person": self.person, "resource": self.resource}
        return self.add("bookings.booking", starts_at=start, ends_at=end, **(own | values))

    def ledger_account(self, **values: Any) -> int:
        self._codes += 1
        own = {"code": f"4110{self._codes}", "label": "Compte", "person": self.person}
        return self.add("accounting.ledgeraccount", **(own | values))

    def fiscal_year(self, year: int, *, closed: bool = True) -> int:
        return self.add(
            "accounting.fiscalyear",
            label=str(year),
            starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
            closed_on=date(year + 1, 4, 15) if closed else None,
        )

    def entry(self, year: int, account: int, day: date, **values: Any) -> int:
        own = {"fiscal_year": year, "ledger_account": account, "day": day, "label": "Vol"}
        return self.add("accounting.entry", **(own | values))

    def paid(self, **link: int) -> int:
        """Write an entry of this year that names a booking, an activity or a training."""
        year = self.fiscal_year(TODAY.year, closed=False)
        return self.entry(year, self.ledger_account(), RECENT, **link)


@pytest.fixture
def club(portal_url: str, tmp_path: Path) -> Club:
    """Give an empty portal with a few rows."""
    make_portal(tmp_path / "home", portal_url)
    return Club()
