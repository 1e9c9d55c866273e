"""Demo rows of bookings: the club's aircraft, simulator and rooms, three years of bookings."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

RESOURCES = (
    ("avion", "aeroplane", "Robin DR400-120", "F-HTVA", 142),
    ("avion", "aeroplane", "Robin DR400-140B", "F-HTVB", 158),
    ("avion", "aeroplane", "Cessna 152", "F-HTVC", 126),
    ("voltige", "aeroplane", "CAP 10C", "F-HTVD", 214),
    ("avion", "simulator", "Simulateur de vol", "", 35),
    ("planeur", "glider", "ASK 21", "F-CTVA", 32),
    ("planeur", "glider", "LS 4", "F-CTVB", 28),
    ("planeur", "glider", "Pégase", "F-CTVC", 26),
    ("ulm", "microlight", "Savannah S", "73-TVA", 98),
    ("ulm", "microlight", "Pioneer 200", "73-TVB", 104),
    ("aeromodelisme", "equipment", "Avion école 2 m", "", None),
    ("aeromodelisme", "equipment", "Planeur de pente 3 m", "", None),
    ("club", "room", "Salle de cours", "", None),
    ("club", "room", "Salle de réunion", "", None),
)
RETIRED = ("avion", "aeroplane", "Morane Rallye 150", "F-BTVX", 120)
SLOTS = ((9, 2), (11, 2), (14, 2), (16, 2))
YEARS = 3
AHEAD = timedelta(days=28)
A_YEAR = {"avion": 5, "planeur": 5, "ulm": 5, "aeromodelisme": 3}
KEENNESS = (0, 0.3, 0.6, 1, 1, 1.5, 2.5)
COMMENTS = ("", "", "", "", "", "Prévoir le plein.", "Avec un passager.", "Retour avant la nuit.")


def make(demo: Any) -> None:
    """Write resources and bookings; remembered with their ids as "resources" and "bookings"."""
    resources = _resources(demo)
    demo.remember("resources", resources)
    demo.remember("slots", set())
    demo.remember("trainer", _trainers(demo))
    rows = [row for person in demo.people for row in _bookings(demo, person, resources)]
    rows.sort(key=lambda row: (row["starts_at"], row["resource"]))
    ids = demo.rows("bookings.booking", rows)
    demo.remember("bookings", [{**row, "id": id} for id, row in zip(ids, rows, strict=True)])


def _resources(demo: Any) -> list[dict[str, Any]]:
    """The rows as written, with their id, their section's short name and their type's."""
    rows = []
    for section, kind, name, registration, rate in (*RESOURCES, RETIRED):
        trainers = demo.instructors("avion" if section in ("club", "voltige") else section)
        rows.append(
            {
                "name": name,
                "kind": demo.choice("bookings.resource-types", kind),
                "registration": registration,
                "structure": demo.structures[section],
                "manager": demo.random.choice(trainers).id,
                "hourly_rate": None if rate is None else Decimal(rate),
                "active": name != RETIRED[2],
                "comment": "Vendu ; gardé pour l'historique." if name == RETIRED[2] else "",
            }
        )
    ids = demo.rows("bookings.resource", rows)
    sources = (*RESOURCES, RETIRED)
    return [
        {
            **row,
            "id": id,
            "section": "avion" if source[0] == "voltige" else source[0],
            "type": source[1],
        }
        for id, row, source in zip(ids, rows, sources, strict=True)
    ]


def _trainers(demo: Any) -> dict[int, int]:
    """Each person's usual instructor: of the member who signs in, the instructor who does."""
    found = {}
    for person in demo.people:
        others = [one for one in demo.instructors(person.section) if one.id != person.id]
        known = [one for one in others if person.login == "member" and one.login]
        found[person.id] = demo.random.choice(known or others).id
    return found


def _bookings(demo: Any, person: Any, resources: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    if person.story not in ("member", "former"):
        return
    since = max(person.joined_on, demo.today - timedelta(days=YEARS * 365))
    until = person.left_on or demo.today + AHEAD
    keen = 2 if person.login or person.instructs else demo.random.choice(KEENNESS)
    count = round(keen * A_YEAR[person.section] * max((until - since).days, 0) / 365)
    learner = demo.random.random() < 0.35 or person.login == "member"
    days = sorted(since + (until - since) * demo.random.random() for _each in range(count))
    if person.login == "member":
        days += [demo.today - timedelta(days=9), demo.today + timedelta(days=5)]
    mine = [r for r in resources if r["active"] and r["section"] in (person.section, "club")]
    for day in days:
        found = _free(demo, day, mine)
        if found:
            yield _booking(demo, person, found, learner=learner)


def _free(
    demo: Any, day: date, resources: list[dict[str, Any]]
) -> tuple[dict[str, Any], date, tuple[int, int]] | None:
    """A resource that nobody has at a time of that day, mostly an aircraft; None when full."""
    taken = demo.recall("slots")
    for _attempt in range(8):
        rooms = demo.random.random() < 0.06
        choices = [r for r in resources if (r["type"] == "room") == rooms]
        resource, slot = demo.random.choice(choices), demo.random.choice(SLOTS)
        key = (resource["id"], day, slot[0])
        if key not in taken:
            taken.add(key)
            return resource, day, slot
    return None


def _booking(
    demo: Any,
    person: Any,
    found: tuple[dict[str, Any], date, tuple[int, int]],
    *,
    learner: bool,
) -> dict[str, Any]:
    resource, day, (hour, hours) = found
    with_instructor = learner and resource["type"] != "room"
    chance = demo.random.random()
    if day >= demo.today:
        status = "confirmed" if chance < 0.8 else "requested"
    else:
        status = "cancelled" if chance < 0.12 else "done"
    return {
        "person": person.id,
        "resource": resource["id"],
        "instructor": demo.recall("trainer")[person.id] if with_instructor else None,
        "starts_at": demo.moment(day, hour),
        "ends_at": demo.moment(day, hour + hours),
        "status": demo.choice("bookings.booking-statuses", status),
        "comment": demo.random.choice(COMMENTS),
    }
