"""Demo rows of activities: trainings made of the bookings with an instructor, and flights."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

PROGRAMMES = {
    "avion": ("ppl", "ppl", "lapl", "night", "refresher"),
    "planeur": ("spl",),
    "ulm": ("microlight", "microlight", "refresher"),
    "aeromodelisme": ("model",),
}
FIELDS = ("Challes-les-Eaux", "Albertville", "Grenoble Le Versoud", "Annecy", "Belley", "Aspres")
HOME = FIELDS[0]
APPRAISALS = (
    "Bonne progression, atterrissages à travailler.",
    "À l'aise en radio, tenue d'altitude à améliorer.",
    "Programme suivi régulièrement, prêt pour l'examen.",
    "Révision de la navigation demandée.",
)
LESSONS = (
    "Tours de piste",
    "Maniabilité",
    "Panne moteur simulée",
    "Navigation en double",
    "Décollages par vent de travers",
    "Révision des procédures radio",
)
RIDES = ("Vol local", "Tour des lacs", "Tour de Belledonne", "Vol du soir", "Baptême d'un ami")
OPEN_FOR = timedelta(days=150)
LEAST_LESSONS = 3


def make(demo: Any) -> None:
    """Write trainings and activities; remembered with their ids as "trainings" and "outings"."""
    resources = {row["id"]: row for row in demo.recall("resources")}
    done = demo.choice("bookings.booking-statuses", "done")
    flown = [row for row in demo.recall("bookings") if row["status"] == done]
    people = {person.id: person for person in demo.people}
    trainings = _write(demo, "activities.training", _trainings(demo, flown, people))
    under = {training["person"]: training for training in trainings}
    outings = [
        row
        for booking in flown
        for row in _outing(demo, booking, resources[booking["resource"]], under)
    ]
    old_trainings = _write(demo, "activities.training", _old_trainings(demo))
    outings += [row for training in old_trainings for row in _old_sessions(demo, training)]
    outings += [row for person in demo.people for row in _old_outings(demo, person, resources)]
    outings.sort(key=lambda row: (row["day"], row["person"]))
    bookings = [row.pop("booking") for row in outings]
    written = _write(demo, "activities.outing", outings)
    demo.remember("trainings", trainings + old_trainings)
    demo.remember(
        "outings",
        [{**row, "booking": at} for row, at in zip(written, bookings, strict=True)],
    )


def _write(demo: Any, table: str, rows: Any) -> list[dict[str, Any]]:
    made = list(rows)
    return [{**row, "id": id} for id, row in zip(demo.rows(table, made), made, strict=True)]


def _trainings(
    demo: Any, flown: list[dict[str, Any]], people: dict[int, Any]
) -> Iterator[dict[str, Any]]:
    """Who flew three times with an instructor is in training; it is over after a long silence."""
    lessons: dict[int, list[dict[str, Any]]] = {}
    for booking in flown:
        if booking["instructor"]:
            lessons.setdefault(booking["person"], []).append(booking)
    for person, taken in lessons.items():
        if len(taken) < LEAST_LESSONS:
            continue
        first, last = taken[0]["starts_at"].date(), taken[-1]["starts_at"].date()
        over = last < demo.today - OPEN_FOR or people[person].left_on is not None
        yield {
            "person": person,
            "instructor": taken[0]["instructor"],
            "kind": demo.choice(
                "activities.training-programmes",
                demo.random.choice(PROGRAMMES[people[person].section]),
            ),
            "started_on": first,
            "ended_on": last if over else None,
            "appraisal": demo.random.choice(APPRAISALS) if over else "",
        }


def _outing(
    demo: Any, booking: dict[str, Any], resource: dict[str, Any], under: dict[int, Any]
) -> Iterator[dict[str, Any]]:
    if resource["type"] == "room":
        return
    training = under.get(booking["person"]) if booking["instructor"] else None
    kind, label = _kind(demo, resource["type"], dual=booking["instructor"] is not None)
    away = demo.random.choice(FIELDS) if kind == "cross-country" else HOME
    yield {
        "person": booking["person"],
        "instructor": booking["instructor"],
        "training": training["id"] if training else None,
        "resource": resource["id"],
        "kind": demo.choice("activities.outing-types", kind),
        "label": label,
        "day": booking["starts_at"].date(),
        "started_at": booking["starts_at"] + timedelta(minutes=demo.random.randint(5, 25)),
        "minutes": demo.random.randint(25, 95),
        "departure": "" if kind == "simulator" else HOME,
        "arrival": "" if kind == "simulator" else away,
        "landings": 0 if kind == "simulator" else demo.random.choice((1, 1, 1, 2, 3, 6)),
        "comment": "",
        "booking": booking["id"],
    }


def _kind(demo: Any, resource_type: str, *, dual: bool) -> tuple[str, str]:
    if resource_type == "simulator":
        return "simulator", "Entraînement aux instruments"
    if resource_type == "equipment":
        return "model-session", "Vol de modèle réduit"
    if dual:
        return "instruction", demo.random.choice(LESSONS)
    if demo.random.random() < 0.3:
        return "cross-country", "Navigation"
    return "local-flight", demo.random.choice(RIDES)


def _old_trainings(demo: Any) -> Iterator[dict[str, Any]]:
    """Trainings of persons who left long ago, all past their term."""
    for person in demo.people:
        if person.story != "long gone" or demo.random.random() < 0.35:
            continue
        trainers = demo.instructors(person.section)
        yield {
            "person": person.id,
            "instructor": demo.random.choice(trainers).id,
            "kind": demo.choice(
                "activities.training-programmes", demo.random.choice(PROGRAMMES[person.section])
            ),
            "started_on": person.joined_on,
            "ended_on": person.left_on - timedelta(days=60),
            "appraisal": demo.random.choice(APPRAISALS),
        }


def _old_sessions(demo: Any, training: dict[str, Any]) -> Iterator[dict[str, Any]]:
    length = (training["ended_on"] - training["started_on"]).days
    for _each in range(demo.random.randint(1, 4)):
        day = training["started_on"] + timedelta(days=demo.random.randint(0, length))
        yield _old(
            demo,
            training["person"],
            day,
            instructor=training["instructor"],
            training=training["id"],
            kind="instruction",
            label=demo.random.choice(LESSONS),
        )


def _old_outings(
    demo: Any, person: Any, resources: dict[int, dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Flights of more than five years ago, on an aircraft that the club has sold."""
    if person.story != "long gone":
        return
    sold = [id for id, row in resources.items() if not row["active"]]
    for _each in range(demo.random.randint(0, 4)):
        day = person.left_on - timedelta(days=demo.random.randint(5, 250))
        yield _old(
            demo,
            person.id,
            day,
            resource=sold[0] if sold and person.section == "avion" else None,
            kind="local-flight",
            label=demo.random.choice(RIDES),
        )


def _old(demo: Any, person: int, day: date, *, kind: str, **values: Any) -> dict[str, Any]:
    return {
        "person": person,
        "instructor": None,
        "training": None,
        "resource": None,
        "kind": demo.choice("activities.outing-types", kind),
        "day": day,
        "started_at": demo.moment(day, demo.random.choice((9, 11, 14, 16))),
        "minutes": demo.random.randint(25, 95),
        "departure": HOME,
        "arrival": HOME,
        "landings": demo.random.choice((1, 1, 2)),
        "comment": "",
        "booking": None,
        **values,
    }
