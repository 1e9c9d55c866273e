"""What demo rows are made with: one seed, one day, the persons so far, and one way to write rows.

It knows no plugin: a plugin's `make(demo)` gets it, and writes only through it.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any

from portal.fieldtypes import EDGES
from portal.gate import Gate
from portal.operations.demo_people import INSTRUCTORS, OFFICERS, DemoPerson

BATCH = 2_000

Row = Mapping[str, object]


@dataclass(slots=True)
class Demo:
    """What a plugin makes its demo rows with: persons, chance, and what others remembered."""

    gate: Gate
    today: date
    seed: int
    random: random.Random
    structures: dict[str, int] = field(default_factory=dict)
    persons: Sequence[int] = ()
    people: list[DemoPerson] = field(default_factory=list)
    scale: float = 1.0
    _choices: dict[tuple[str, str], int] = field(default_factory=dict)
    _remembered: dict[str, Any] = field(default_factory=dict)

    def rows(self, table: str, rows: Iterable[Row]) -> list[int]:
        """Write rows of a table in batches; their ids, in order."""
        ids: list[int] = []
        for batch in batches(rows):
            ids.extend(self.gate.create_many(table, batch))
        return ids

    def choice(self, list_name: str, slug: str) -> int:
        """The id of a choice, by its list ("bookings.resource-types") and identifier."""
        key = (list_name, slug)
        if key not in self._choices:
            self._choices[key] = self.gate.choice_id(list_name, slug)
        return self._choices[key]

    def remember(self, name: str, value: Any) -> None:
        """Keep facts for the plugins that come after."""
        self._remembered[name] = value

    def recall(self, name: str) -> Any:
        """The facts that an earlier plugin remembered; an empty tuple when it is not there."""
        return self._remembered.get(name, ())

    def moment(self, day: date, hour: int, minute: int = 0) -> datetime:
        """A moment of a day at the club, as the database keeps it (UTC, without zone)."""
        local = datetime.combine(day, time(hour, minute), EDGES.zone)
        return local.astimezone(UTC).replace(tzinfo=None)

    def instructors(self, section: str) -> list[DemoPerson]:
        """The persons who instruct in a section."""
        first = self.people[: OFFICERS + INSTRUCTORS]
        return [p for p in first if p.instructs and p.section == section]


def batches(rows: Iterable[Row], size: int = BATCH) -> Iterator[list[Row]]:
    """The rows by lists of at most `size`."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch
