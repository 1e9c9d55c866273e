"""An empty portal with its four domains, and short ways to fill it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from portal.actor import process
from portal.channels import Channel
from portal.gate import Gate
from portal.settings import Database, Settings
from portal.start import open_portal

TODAY = date(2026, 11, 22)


class Club:
    """A portal with one person in it, and a gate that may do everything."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.person = self.add("directory.person", last_name="Dupont", first_name="Élodie")
        self.instructor = self.add("directory.person", last_name="Martin", first_name="Luc")

    def add(self, table: str, **values: Any) -> int:
        """Create a row; its id."""
        return self.gate.create(table, values)

    def deletable(self, table: str, id: int) -> bool:
        """Tell whether the row may be erased."""
        return self.gate.erasure(table, [id]).deletable == (id,)

    def resource(self) -> int:
        """Give an aircraft."""
        return self.add("bookings.resource", name="Robin", manager=self.instructor)

    def ledger_account(self, code: str = "411001", **values: Any) -> int:
        """Give the account of the person."""
        own = {"code": code, "label": "DUPONT", "person": self.person}
        return self.add("accounting.ledgeraccount", **(own | values))

    def fiscal_year(self, year: int, *, closed: bool = True) -> int:
        """Give a fiscal year, closed the spring after it."""
        return self.add(
            "accounting.fiscalyear",
            label=str(year),
            starts_on=date(year, 1, 1),
            ends_on=date(year, 12, 31),
            closed_on=date(year + 1, 4, 15) if closed else None,
        )

    def entry(self, year: int, account: int, day: date, **values: Any) -> int:
        """Give an entry on an account."""
        own = {"fiscal_year": year, "ledger_account": account, "day": day, "label": "Vol"}
        return self.add("accounting.entry", **(own | values))


@pytest.fixture
def club(portal_url: str, tmp_path: Path) -> Club:
    """Give an empty portal on each of the two databases."""
    settings = replace(Settings(home=tmp_path / "home"), database=Database(url=portal_url))
    open_portal(settings)
    return Club(Gate(process("test"), Channel.FORM, today=TODAY))
