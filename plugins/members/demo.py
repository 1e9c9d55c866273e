"""Demo rows of members: memberships, licences, medical certificates, ratings, insurances."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

FEES = {"avion": 185, "planeur": 160, "ulm": 150, "aeromodelisme": 75}
FEDERATIONS = {
    "avion": "Fédération française aéronautique",
    "planeur": "Fédération française de vol en planeur",
    "ulm": "Fédération française d'ULM",
    "aeromodelisme": "Fédération française d'aéromodélisme",
}
RATINGS = {
    "avion": ("SEP terrestre", "Vol de nuit", "Variante train rentrant"),
    "planeur": ("Lancement remorqué", "Lancement au treuil", "Vol en nuage"),
    "ulm": ("Classe 3 multiaxe", "Emport de passager"),
    "aeromodelisme": ("QPDD avion", "QPDD planeur"),
}
SEASONS = 3


MONTHS = "x_members_validity_types__usual_months"
USUAL_MONTHS = {"federation-licence": 12, "insurance": 12, "medical-certificate": 24}
WORDS = {
    "young": "Moins de 25 ans au 1er janvier de la saison.",
    "discovery": "Trois vols au plus, une seule fois par personne.",
    "honorary": "Nommé par le comité ; sans cotisation.",
}
RETIRED = {
    "list_name": "members.membership-types",
    "label_fr": "Membre de passage",
    "label_en": "Visiting member",
    "comment": "Remplacé par « Membre à l’essai » depuis la fusion des tarifs.",
    "available": False,
    "position": 60,
}


def make(demo: Any) -> None:
    """Write the memberships (remembered as "memberships") and validities of who was a member."""
    _adapt_lists(demo)
    joined = [person for person in demo.people if person.story not in ("contact", "forgotten")]
    rows = [row for person in joined for row in _memberships(demo, person)]
    ids = demo.rows("members.membership", rows)
    demo.remember("memberships", [{**row, "id": id} for id, row in zip(ids, rows, strict=True)])
    demo.rows("members.validity", (row for person in joined for row in _validities(demo, person)))


def _adapt_lists(demo: Any) -> None:
    """Let the club have its own words on the lists that the module ships."""
    for slug, comment in WORDS.items():
        _change(demo, "members.membership-types", slug, {"comment": comment})
    for slug, months in USUAL_MONTHS.items():
        _change(demo, "members.validity-types", slug, {MONTHS: months})
    demo.rows("typing.choice", [RETIRED])


def _change(demo: Any, list_name: str, slug: str, values: dict[str, Any]) -> None:
    id = demo.choice(list_name, slug)
    demo.gate.update("typing.choice", id, values, demo.gate.one("typing.choice", id).version)


def _memberships(demo: Any, person: Any) -> Iterator[dict[str, Any]]:
    last = (person.left_on or demo.today).year
    for year in range(max(person.joined_on.year, last - SEASONS + 1), last + 1):
        start = max(date(year, 1, 1), person.joined_on)
        kind, fee = _kind(demo, person, start)
        paid = year < demo.today.year or demo.random.random() < 0.93
        paid_on = start + timedelta(days=demo.random.randint(0, 45))
        yield {
            "person": person.id,
            "kind": demo.choice("members.membership-types", kind),
            "season": str(year),
            "starts_on": start,
            "ends_on": date(year, 12, 31),
            "fee": fee,
            "paid": paid,
            "paid_on": min(paid_on, demo.today) if paid else None,
            "comment": "",
        }


def _kind(demo: Any, person: Any, start: date) -> tuple[str, Decimal]:
    full = Decimal(FEES[person.section])
    if (start - person.birth_date).days < 25 * 365:
        return "young", (full / 2).quantize(Decimal("0.01"))
    chance = demo.random.random()
    if chance < 0.03:
        return "honorary", Decimal(0)
    if chance < 0.08:
        return "supporter", Decimal(40)
    if chance < 0.11 and start == person.joined_on:
        return "discovery", Decimal(60)
    return "adult", full


def _validities(demo: Any, person: Any) -> Iterator[dict[str, Any]]:
    last = (person.left_on or demo.today).year
    number = demo.random.randint(1_000_000, 9_999_999)
    for year in range(max(person.joined_on.year, last - 4), last + 1):
        start = max(date(year, 1, 1), person.joined_on)
        yield _validity(
            demo,
            person,
            kind="federation-licence",
            number=f"{number}-{year}",
            issuer=FEDERATIONS[person.section],
            issued_on=start,
            expires_on=date(year, 12, 31),
        )
    if person.section != "aeromodelisme":
        yield from _medical(demo, person)
        if demo.random.random() < 0.7:
            yield _licence(demo, person)
    if demo.random.random() < 0.45:
        yield _rating(demo, person)
    if demo.random.random() < 0.35:
        start = max(date(last, 1, 1), person.joined_on)
        yield _validity(
            demo,
            person,
            kind="insurance",
            number=f"RC-{demo.random.randint(10_000, 99_999)}",
            issuer="Assurance de la fédération",
            issued_on=start,
            expires_on=date(last, 12, 31),
        )


def _medical(demo: Any, person: Any) -> Iterator[dict[str, Any]]:
    """Certificates one after the other up to now, or to the leaving; a few are late."""
    until = person.left_on or demo.today
    issued = max(person.joined_on, until - timedelta(days=6 * 365)) - timedelta(
        days=demo.random.randint(0, 300)
    )
    while issued <= until:
        young = (issued - person.birth_date).days < 40 * 365
        lasts = (5 if young else 2) if person.section != "ulm" else 3
        expires = issued + timedelta(days=lasts * 365)
        medical_class = {"avion": "class-2", "planeur": "lapl", "ulm": "no-objection"}
        yield _validity(
            demo,
            person,
            kind="medical-certificate",
            number=f"CM-{demo.random.randint(100_000, 999_999)}",
            issuer="Médecin agréé" if person.section != "ulm" else "Médecin traitant",
            issued_on=issued,
            expires_on=expires,
            medical_class=medical_class[person.section],
        )
        if demo.random.random() < 0.08:
            return
        issued = expires - timedelta(days=demo.random.randint(0, 30))


def _licence(demo: Any, person: Any) -> dict[str, Any]:
    """A pilot licence has no expiry: it follows the person."""
    since = person.joined_on + timedelta(days=demo.random.randint(0, 200))
    return _validity(
        demo,
        person,
        kind="pilot-licence",
        number=f"FRA.FCL.{demo.random.randint(10_000, 99_999)}",
        issuer="Direction générale de l'aviation civile",
        issued_on=min(since, person.left_on or demo.today),
        expires_on=None,
    )


def _rating(demo: Any, person: Any) -> dict[str, Any]:
    until = person.left_on or demo.today
    issued = max(person.joined_on, until - timedelta(days=demo.random.randint(10, 900)))
    return _validity(
        demo,
        person,
        kind="rating",
        number=f"QUAL-{demo.random.randint(1_000, 9_999)}",
        issuer="Examinateur du club",
        issued_on=issued,
        expires_on=issued + timedelta(days=2 * 365),
        comment=demo.random.choice(RATINGS[person.section]),
    )


def _validity(demo: Any, person: Any, *, kind: str, **values: Any) -> dict[str, Any]:
    return {
        "person": person.id,
        "kind": demo.choice("members.validity-types", kind),
        "medical_class": "",
        "comment": "",
        **values,
    }
