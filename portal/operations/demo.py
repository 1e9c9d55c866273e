"""Demo data: a French flying club with its sections, its members and three years of their life.

The same seed, size and day give the same rows. Everything is written through the gate, in batches;
beyond `TOLD` persons only the persons and their attachments grow, so that a million persons do not
make thirty million rows.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from portal.declare import DemoRows
from portal.errors import Invalid
from portal.gate import Gate
from portal.i18n import _
from portal.operations.demo_directory import attachment_rows, write_structures
from portal.operations.demo_people import LOGINS, DemoPerson, person_row, story
from portal.operations.demo_requests import write_requests
from portal.operations.demo_writer import BATCH, Demo
from portal.rows import Selection

TOLD = 2_000
FEWEST, MOST = 24, 10_000_000

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """Whom a demo account belongs to, and the profile type that it holds in `zone`.

    `zone` is a structure's id; None leaves it to the attachments of the person.
    """

    login: str
    profile: str
    person: int
    zone: int | None
    staff: bool


def generate(
    gate: Gate,
    *,
    persons: int = 300,
    seed: int = 1,
    today: date,
    progress: Progress | None = None,
) -> Demo:
    """Write the demo data through `gate`; what was written is told by the returned `Demo`.

    `progress(done, total)` counts persons and, at the end, the plugins. Raises Invalid for fewer
    than 24 persons, and for a portal in which somebody stands already.
    """
    if persons < FEWEST:
        raise Invalid(
            _("The demo data need at least {fewest} persons.").format(fewest=FEWEST),
            _("Ask for 300, or leave the number out."),
        )
    if gate.count("directory.person", Selection()).value:
        raise Invalid(
            _("This portal already holds persons: the demo data would stand among them."),
            _("Load the demo data in a new, empty portal."),
        )
    makers = _makers(gate)
    total = persons + len(makers)
    tell = progress or (lambda _done, _total: None)
    demo = Demo(gate, today, seed, _chance(seed, "directory"))
    demo.scale = min(1.0, TOLD / persons)
    demo.structures = write_structures(demo)
    _write_persons(demo, persons, lambda done: tell(done, total))
    for number, (name, maker) in enumerate(makers, start=1):
        demo.random = _chance(seed, name)
        maker.make(demo)
        tell(persons + number, total)
    write_requests(demo)
    return demo


def _chance(seed: int, name: str) -> random.Random:
    """One source of chance for each plugin: a new one does not change the rows of the others."""
    return random.Random(f"{seed}/{name}")  # noqa: S311  # demo rows, nothing secret


def _write_persons(demo: Demo, count: int, tell: Callable[[int], None]) -> None:
    ids = array("q")
    civilities = {slug: demo.choice("directory.civilities", slug) for slug in ("mme", "m")}
    while len(ids) < count:
        first = len(ids)
        size = min(BATCH, count - first)
        rows, stories = [], []
        for index in range(first, first + size):
            row = person_row(demo.random, index, demo.today, civilities)
            told = story(demo.random, index, demo.today)
            row["active"] = told[3] is None
            rows.append(row)
            stories.append(told)
        made = demo.gate.create_many("directory.person", rows)
        people = [
            DemoPerson(
                id=made[at],
                index=first + at,
                last_name=str(row["last_name"]),
                first_name=str(row["first_name"]),
                birth_date=row["birth_date"],
                section=told[0],
                story=told[1],
                joined_on=told[2],
                left_on=told[3],
            )
            for at, (row, told) in enumerate(zip(rows, stories, strict=True))
        ]
        demo.rows("directory.attachment", attachment_rows(demo, people))
        if first < TOLD:
            demo.people.extend(people[: TOLD - first])
        ids.extend(made)
        tell(len(ids))
    demo.persons = ids


def _makers(gate: Gate) -> list[tuple[str, DemoRows]]:
    """The plugins' demo rows, each after those that it names."""
    waiting = {
        loaded.name: loaded.plugin.demo
        for loaded in gate.catalog.plugins
        if loaded.plugin.demo is not None
    }
    ordered: list[tuple[str, DemoRows]] = []
    while waiting:
        ready = [
            name for name, maker in waiting.items() if not any(n in waiting for n in maker.after)
        ]
        for name in sorted(ready) or sorted(waiting)[:1]:
            ordered.append((name, waiting.pop(name)))
    return ordered


def accounts_of_demo(demo: Demo) -> list[DemoAccount]:
    """The demo accounts, strongest first, with the person whose sign-in each one is."""
    club, glider = demo.structures["club"], demo.structures["planeur"]
    profiles = {"admin": "superuser"}
    zones = {"structure": glider, "secretary": club}
    return [
        DemoAccount(
            login,
            profiles.get(login, login),
            demo.people[at].id,
            zones.get(login),
            staff=login != "member",
        )
        for at, login in enumerate(LOGINS)
    ]
