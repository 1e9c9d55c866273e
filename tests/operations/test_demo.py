"""The demo data: the same for the same seed, believable, with rows of every kind for a purge."""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from plugins.accounting.rules import deactivated_accounts, entries_past_their_term
from portal.actor import process
from portal.builtin.directory import disabled_persons
from portal.channels import Channel
from portal.database import proxy
from portal.errors import Invalid
from portal.gate import Gate
from portal.operations import demo
from portal.operations.demo import DemoAccount, generate
from portal.operations.demo_names import surname
from portal.operations.demo_writer import Demo
from portal.rows import Filter, Selection
from portal.settings import Database, Settings
from portal.start import open_portal
from tests.conftest import close_database

TODAY = date(2026, 11, 22)
DOMAINS = ("directory", "members", "bookings", "activities", "accounting")
KEPT_BY_CHANCE = {"uuid", "created_at", "updated_at"}


def new_gate(home: Path, url: str = "") -> Gate:
    open_portal(replace(Settings(home=home), database=Database(url=url)))
    return Gate(process("test"), Channel.IMPORT, today=TODAY)


def stored(gate: Gate) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of the domains, but for what no seed decides."""
    found = {}
    for table in gate.catalog:
        if table.plugin in DOMAINS:
            columns = [
                column
                for column in table.model._meta.sorted_fields
                if column.name not in KEPT_BY_CHANCE
            ]
            query = table.model.select(*columns).order_by(table.model.id).tuples()
            found[table.name] = list(proxy.obj.execute(query))
    return found


@pytest.fixture(scope="module")
def club(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """Give the demo data of 300 persons, on SQLite."""
    yield generate(new_gate(tmp_path_factory.mktemp("demo")), persons=300, today=TODAY)
    close_database()


def counted(club: Demo, table: str, *filters: Filter) -> int:
    return club.gate.count(table, Selection(filters=filters), exact=True).value


def account(club: Demo, login: str) -> DemoAccount:
    return next(one for one in demo.accounts_of_demo(club) if one.login == login)


def split(club: Demo, table: str, due: list[int]) -> tuple[bool, bool]:
    """Tell whether some of the due rows may be erased, and some may not."""
    planned = club.gate.erasure(table, due)
    return bool(planned.deletable), bool(planned.blocked)


def ids(query: Any) -> list[int]:
    return [row[0] for row in proxy.obj.execute(query.tuples())]


def older(club: Demo, table: str, field: str, day: date, **equal: object) -> list[int]:
    model = club.gate.catalog.table(table).model
    query = model.select(model.id).where(getattr(model, field) < day)
    for name, value in equal.items():
        query = query.where(getattr(model, name) == value)
    return ids(query)


def test_every_table_of_the_domains_is_filled(club: Demo) -> None:
    empty = [name for name, rows in stored(club.gate).items() if not rows]
    assert empty == []


def test_as_many_persons_as_asked(club: Demo) -> None:
    assert counted(club, "directory.person") == len(club.persons) == 300


def test_the_club_has_one_root_and_four_sections_below_it(club: Demo) -> None:
    rows = club.gate.list("directory.structure", Selection()).rows
    parents = Counter(str(row.values["parent"] or "") for row in rows)
    assert (parents[""], parents["Aéro-club des Trois Vallées"]) == (1, 4)


def test_every_person_is_attached(club: Demo) -> None:
    model = club.gate.catalog.table("directory.attachment").model
    attached = set(ids(model.select(model.person)))
    assert attached == set(club.persons)


def test_memberships_cover_three_seasons(club: Demo) -> None:
    seasons = Counter(row["season"] for row in club.recall("memberships"))
    assert min(seasons[str(year)] for year in (2024, 2025, 2026)) > 80


def test_nobody_books_what_another_has(club: Demo) -> None:
    rows = [(row["resource"], row["starts_at"]) for row in club.recall("bookings")]
    assert len(rows) == len(set(rows))


def test_the_books_balance(club: Demo) -> None:
    model = club.gate.catalog.table("accounting.entry").model
    vouchers: Counter[str] = Counter()
    for voucher, debit, credit in proxy.obj.execute(
        model.select(model.voucher, model.debit, model.credit).tuples()
    ):
        vouchers[voucher] += debit - credit
    assert set(vouchers.values()) == {0}


# --- the demo accounts


def test_the_accounts_are_those_of_the_sign_in_page(club: Demo) -> None:
    held = {one.login: (one.profile, one.staff) for one in demo.accounts_of_demo(club)}
    assert held == {
        "admin": ("superuser", True),
        "dpo": ("dpo", True),
        "structure": ("structure", True),
        "secretary": ("secretary", True),
        "treasurer": ("treasurer", True),
        "instructor": ("instructor", True),
        "member": ("member", False),
        "technical": ("technical", True),
    }


def test_each_account_has_its_own_person(club: Demo) -> None:
    assert len({one.person for one in demo.accounts_of_demo(club)}) == 8


def test_the_structure_account_is_of_the_gliding_section(club: Demo) -> None:
    one = account(club, "structure")
    model = club.gate.catalog.table("directory.attachment").model
    places = ids(model.select(model.structure).where(model.person == one.person))
    assert (one.zone, places) == (club.structures["planeur"], [club.structures["planeur"]])


@pytest.mark.parametrize("table", ["activities.training", "bookings.booking", "activities.outing"])
def test_the_instructor_instructs(club: Demo, table: str) -> None:
    instructor = str(account(club, "instructor").person)
    assert counted(club, table, Filter("instructor", "equals", instructor)) > 5


def test_the_instructor_has_the_member_in_training(club: Demo) -> None:
    pairs = [
        (row["person"], row["instructor"])
        for row in club.recall("trainings")
        if row["ended_on"] is None
    ]
    assert (account(club, "member").person, account(club, "instructor").person) in pairs


@pytest.mark.parametrize(
    "table",
    [
        "bookings.booking",
        "members.membership",
        "members.validity",
        "activities.outing",
        "accounting.ledgeraccount",
    ],
)
def test_the_member_has_rows_of_every_kind(club: Demo, table: str) -> None:
    member = str(account(club, "member").person)
    assert counted(club, table, Filter("person", "equals", member)) > 0


# --- what a purge meets


def test_persons_to_purge_are_linked_or_not(club: Demo) -> None:
    due = ids(disabled_persons(TODAY))
    assert split(club, "directory.person", due) == (True, True)


def test_bookings_to_purge_are_charged_or_not(club: Demo) -> None:
    due = older(club, "bookings.booking", "ends_at", date(2025, 11, 22))
    assert split(club, "bookings.booking", due) == (True, True)


def test_activities_to_purge_are_charged_or_not(club: Demo) -> None:
    due = older(club, "activities.outing", "day", date(2021, 11, 22))
    assert split(club, "activities.outing", due) == (True, True)


def test_accounts_to_purge_have_entries_or_not(club: Demo) -> None:
    due = ids(deactivated_accounts(TODAY))
    assert split(club, "accounting.ledgeraccount", due) == (True, True)


def test_old_trainings_are_charged_or_not(club: Demo) -> None:
    old = {id for id in older(club, "activities.training", "ended_on", date(2021, 11, 22))}
    model = club.gate.catalog.table("accounting.entry").model
    charged = set(ids(model.select(model.training).where(model.training.is_null(False))))
    assert (bool(old & charged), bool(old - charged)) == (True, True)


def test_validities_expired_long_ago(club: Demo) -> None:
    assert older(club, "members.validity", "expires_on", date(2023, 11, 22))


def test_of_two_old_fiscal_years_one_is_wholly_due(club: Demo) -> None:
    model = club.gate.catalog.table("accounting.entry").model
    due = set(ids(entries_past_their_term(date(2016, 11, 22))))
    years: dict[int, set[bool]] = {}
    for id, day in proxy.obj.execute(model.select(model.id, model.day).tuples()):
        years.setdefault(int(str(day)[:4]), set()).add(id in due)
    assert (years[2013], years[2014]) == ({True}, {True, False})


# --- seed, size, scale


def test_the_same_seed_gives_the_same_rows(tmp_path: Path) -> None:
    made = []
    for home in ("first", "second"):
        gate = new_gate(tmp_path / home)
        generate(gate, persons=30, seed=7, today=TODAY)
        made.append(stored(gate))
        close_database()
    assert made[0] == made[1]


def test_another_seed_gives_other_persons(tmp_path: Path) -> None:
    gates = []
    for seed in (1, 2):
        gate = new_gate(tmp_path / str(seed))
        gates.append(
            {p.last_name for p in generate(gate, persons=30, seed=seed, today=TODAY).people}
        )
        close_database()
    assert gates[0] != gates[1]


@pytest.mark.usefixtures("database_url")
def test_it_is_written_on_both_databases(database_url: str, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    gate = new_gate(tmp_path / "home", database_url)
    generate(gate, persons=40, today=TODAY, progress=lambda done, total: told.append((done, total)))
    persons = gate.count("directory.person", Selection()).value
    assert (persons, told[0][0], told[-1][0]) == (40, 40, told[-1][1])
    close_database()


def test_beyond_the_persons_whose_life_is_told_only_persons_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo, "TOLD", 30)
    monkeypatch.setattr(demo, "BATCH", 25)
    gate = new_gate(tmp_path / "home")
    made = generate(gate, persons=120, today=TODAY)
    booked = {row["person"] for row in made.recall("bookings")}
    assert (len(made.persons), len(made.people), booked <= set(made.persons[:30])) == (
        120,
        30,
        True,
    )
    close_database()


def test_a_portal_with_persons_is_left_alone(tmp_path: Path) -> None:
    gate = new_gate(tmp_path / "home")
    gate.create("directory.person", {"last_name": "Dupont"})
    with pytest.raises(Invalid, match="already holds persons"):
        generate(gate, persons=30, today=TODAY)
    close_database()


def test_too_few_persons_are_refused(tmp_path: Path) -> None:
    gate = new_gate(tmp_path / "home")
    with pytest.raises(Invalid, match="at least 24"):
        generate(gate, persons=23, today=TODAY)
    close_database()


def test_a_million_persons_have_thousands_of_last_names() -> None:
    draw = random.Random(1)  # noqa: S311  # demo rows, nothing secret
    names = Counter(surname(draw) for _each in itertools.repeat(None, 100_000))
    assert len(names) > 5_000
    assert names.most_common(1)[0][1] < 1_000
