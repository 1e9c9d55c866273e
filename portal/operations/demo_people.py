"""The persons of the demo data and their stories: who joined which section when, who left."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.operations.demo_names import (
    FIRST_NAMES_F,
    FIRST_NAMES_M,
    NOTES,
    PROFESSIONS,
    STREETS,
    TOWNS,
    surname,
)
from portal.text import slug

SECTIONS = ("avion", "planeur", "ulm", "aeromodelisme")
WEIGHTS = (45, 25, 16, 14)
INSTRUCTORS = 8
LOGINS = (
    "admin",
    "dpo",
    "structure",
    "secretary",
    "treasurer",
    "instructor",
    "member",
    "technical",
)
OFFICERS = len(LOGINS)
MEMBER, FORMER, LONG_GONE = "member", "former", "long gone"
FORGOTTEN, CONTACT = "forgotten", "contact"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """A person whose story the plugins tell; `left_on` is None for who still belongs."""

    id: int
    index: int
    last_name: str
    first_name: str
    birth_date: date
    section: str
    story: str
    joined_on: date
    left_on: date | None

    @property
    def active(self) -> bool:
        """True for a member or a contact of today."""
        return self.left_on is None

    @property
    def login(self) -> str:
        """The demo account of this person, empty for most."""
        return LOGINS[self.index] if self.index < OFFICERS else ""

    @property
    def instructs(self) -> bool:
        """True for the persons who train others; the one of the demo account is the first."""
        return self.login == "instructor" or OFFICERS <= self.index < OFFICERS + INSTRUCTORS

    def minor_on(self, day: date) -> bool:
        """True when the person is under 18 on that day."""
        born = self.birth_date
        return (day.year - 18, day.month, day.day) < (born.year, born.month, born.day)


def person_row(
    draw: random.Random, index: int, today: date, civilities: Mapping[str, int]
) -> dict[str, Any]:
    """The row of one invented person; telephone numbers come from the ranges kept for fiction."""
    woman = draw.random() < 0.34
    first = draw.choice(FIRST_NAMES_F if woman else FIRST_NAMES_M)
    last = surname(draw)
    grown = index < OFFICERS + INSTRUCTORS
    years = draw.triangular(30, 70, 48) if grown else draw.triangular(14, 84, 44)
    postcode, city = draw.choice(TOWNS)
    adult = years >= 18
    return {
        "civility": civilities["mme" if woman else "m"],
        "last_name": last,
        "first_name": first,
        "birth_date": today - timedelta(days=int(years * 365.25)),
        "email": f"{slug(first)}.{slug(last)}.{index + 1}@example.org",
        "accepts_news": draw.random() < 0.7,
        "profession": _profession(draw, years),
        "address": f"{draw.randint(1, 120)} {draw.choice(STREETS)}",
        "postcode": postcode,
        "city": city,
        "landline": f"04 65 71 {draw.randint(0, 99):02} {draw.randint(0, 99):02}"
        if draw.random() < 0.3
        else "",
        "mobile": f"06 39 98 {draw.randint(0, 99):02} {draw.randint(0, 99):02}",
        "emergency_contact": _emergency(draw, last) if draw.random() < 0.5 or not adult else "",
        "active": True,
        "notes": draw.choice(NOTES),
    }


def _profession(draw: random.Random, years: float) -> str:
    if years < 18:
        return "Élève"
    if years > 64:
        return "En retraite"
    if years < 24 and draw.random() < 0.6:
        return "En études"
    return draw.choice(PROFESSIONS) if draw.random() < 0.8 else ""


def _emergency(draw: random.Random, last: str) -> str:
    first = draw.choice((*FIRST_NAMES_F, *FIRST_NAMES_M))
    return f"{first} {last}, 06 39 98 {draw.randint(0, 99):02} {draw.randint(0, 99):02}"


def story(draw: random.Random, index: int, today: date) -> tuple[str, str, date, date | None]:
    """Section, story, day of joining and of leaving of the person number `index` (from 0).

    The first eight hold the offices and the demo accounts, the next eight instruct, two a section.
    """
    joined = today - timedelta(days=draw.randint(4 * 365, 12 * 365))
    if index < OFFICERS:
        return ("planeur" if LOGINS[index] == "structure" else "avion"), MEMBER, joined, None
    if index < OFFICERS + INSTRUCTORS:
        return SECTIONS[index % len(SECTIONS)], MEMBER, joined, None
    section = draw.choices(SECTIONS, WEIGHTS)[0]
    fate = draw.random()
    if fate < 0.76:
        return section, MEMBER, today - timedelta(days=draw.randint(20, 9 * 365)), None
    if fate < 0.88:
        left = today - timedelta(days=draw.randint(60, 2 * 365))
        return section, FORMER, left - timedelta(days=draw.randint(200, 1500)), left
    if fate < 0.93:
        left = today - timedelta(days=draw.randint(5 * 365 + 200, 8 * 365))
        return section, LONG_GONE, left - timedelta(days=draw.randint(300, 700)), left
    if fate < 0.97:
        left = today - timedelta(days=draw.randint(400, 4 * 365))
        return section, FORGOTTEN, left - timedelta(days=30), left
    return section, CONTACT, today - timedelta(days=draw.randint(10, 700)), None
