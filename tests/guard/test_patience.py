"""A list that takes long gives its beginning at once, and its count only when that costs little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from peewee import Database

from portal import counts, patience
from portal.database import is_sqlite, proxy
from portal.declare import Reach
from portal.gate import Gate
from portal.rows import Count, Filter, Page, Selection
from tests.factories import grant
from tests.guard.conftest import PERSON, Office

PLACE = Selection(filters=(Filter("city", "contains", "e"),))


@pytest.fixture
def crowd(office: Office) -> Iterator[Office]:
    """Give sixty more persons of one town, and nothing that was counted before."""
    told = [
        {"last_name": f"N{n:02}", "first_name": "A", "city": "Évian", "email": f"n{n}@example.org"}
        for n in range(60)
    ]
    people = office.gate.create_many(PERSON, told)
    office.gate.create_many(
        "directory.attachment",
        [{"person": person, "structure": office.section} for person in people],
    )
    counts._kept.clear()
    yield office
    counts._kept.clear()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave a reading no time at all, and look at the clock all the time."""
    monkeypatch.setattr(patience, "SECONDS", 0.0)
    monkeypatch.setattr(patience, "STEPS", 1)
    monkeypatch.setattr(counts, "AT_HAND_SECONDS", 0.0)
    monkeypatch.setattr(counts, "FEW_ROWS", 10)


def listed(office: Office, asked: Selection = PLACE, *, at_once: bool = True) -> Page:
    return office.gate.list(PERSON, asked, (), at_once=at_once)


# --- rows


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    "asked", [PLACE, Selection(search="evian"), Selection(sort="email")], ids=str
)
def test_a_list_that_takes_long_says_that_it_is_unfinished(crowd: Office, asked: Selection) -> None:
    found = listed(crowd, asked)
    assert found.unfinished == is_sqlite()
    assert len(found.rows) == (0 if is_sqlite() else 50)


@pytest.mark.usefixtures("hurried")
def test_who_waits_gets_the_whole_page(crowd: Office) -> None:
    found = listed(crowd, at_once=False)
    assert (len(found.rows), found.has_next, found.unfinished) == (50, True, False)


def test_what_is_found_before_it_breaks_off_is_the_beginning(
    crowd: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = [row.id for row in listed(crowd, at_once=False).rows]
    monkeypatch.setattr(patience, "STEPS", 1)
    begun = []
    for millionths in range(0, 400, 5):
        monkeypatch.setattr(patience, "SECONDS", millionths / 1_000_000)
        found = listed(crowd)
        ids = [row.id for row in found.rows]
        assert ids == whole[: len(ids)]
        assert found.unfinished or ids == whole
        begun.append(found.unfinished)
    assert begun[0] == is_sqlite()


@pytest.mark.usefixtures("hurried")
def test_after_a_reading_was_broken_off_the_next_is_whole(crowd: Office) -> None:
    listed(crowd)
    assert len(listed(crowd, at_once=False).rows) == 50


@pytest.mark.usefixtures("hurried")
def test_a_plain_list_of_all_rows_is_never_broken_off(crowd: Office) -> None:
    assert not listed(crowd, Selection()).unfinished


def test_an_error_is_not_taken_for_a_reading_that_took_long(crowd: Office) -> None:
    with pytest.raises(Exception, match="nowhere"), patience.Patience().shared():
        proxy.execute_sql("SELECT * FROM nowhere")


# --- counts


@pytest.mark.usefixtures("hurried")
def test_the_last_page_tells_the_count(crowd: Office) -> None:
    asked = Selection(filters=PLACE.filters, page=1)
    assert crowd.gate.count_at_hand(PERSON, asked, listed(crowd, asked, at_once=False)) == Count(60)


@pytest.mark.usefixtures("hurried")
def test_a_page_beyond_the_cap_tells_that_there_are_more(
    crowd: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "CAP", 20)
    asked = Selection(filters=PLACE.filters, page=2, page_size=10)
    page = listed(crowd, asked, at_once=False)
    assert crowd.gate.count_at_hand(PERSON, asked, page) == Count(20, capped=True)


@pytest.mark.usefixtures("hurried")
def test_a_count_that_takes_long_is_left_for_later(crowd: Office) -> None:
    page = listed(crowd, at_once=False)
    assert crowd.gate.count_at_hand(PERSON, PLACE, page) is None


def test_a_count_of_few_rows_is_there_at_once(crowd: Office) -> None:
    assert crowd.gate.count_at_hand(PERSON, PLACE, listed(crowd)) == Count(60)


@pytest.mark.usefixtures("hurried")
def test_a_count_that_was_kept_is_there_at_once(
    crowd: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counts, "FROM", 10)
    crowd.gate.count(PERSON, PLACE)
    assert crowd.gate.count_at_hand(PERSON, PLACE, listed(crowd)) == Count(60)


@pytest.mark.usefixtures("hurried")
def test_a_page_beside_a_row_does_not_tell_the_count(crowd: Office) -> None:
    first = listed(crowd, at_once=False).rows[-1].id
    asked = Selection(filters=PLACE.filters, page=1, after=first)
    page = listed(crowd, asked, at_once=False)
    assert (len(page.rows), crowd.gate.count_at_hand(PERSON, asked, page)) == (10, None)


@pytest.mark.usefixtures("hurried")
def test_an_unfinished_page_does_not_tell_the_count(crowd: Office) -> None:
    page = Page((), has_next=False, unfinished=True)
    assert crowd.gate.count_at_hand(PERSON, PLACE, page) is None


def test_a_count_at_hand_is_within_the_rights_of_who_asks(crowd: Office) -> None:
    zone = frozenset({crowd.elsewhere})
    other = crowd.granted(grant("*", "read", Reach.STRUCTURE, zones=zone))
    page = other.list(PERSON, Selection(), (), at_once=True)
    assert other.count_at_hand(PERSON, Selection(), page) == Count(1)


# --- how it is read


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Note the statements that read persons."""
    seen: list[str] = []
    execute = Database.execute_sql

    def noted(self: Any, sql: str, params: Any = None, *more: Any) -> Any:
        if 'FROM "directory_person"' in sql:
            seen.append(sql)
        return execute(self, sql, params, *more)

    monkeypatch.setattr(Database, "execute_sql", noted)
    return seen


def test_a_filter_with_an_index_of_its_own_is_not_counted_first(
    crowd: Office, statements: list[str]
) -> None:
    asked = Selection(filters=(Filter("city", "equals", "evian"),))
    crowd.gate.list(PERSON, asked, ())
    assert len(statements) == 2, statements


def test_a_reach_of_several_structures_looks_a_person_up_once(
    crowd: Office, monkeypatch: pytest.MonkeyPatch, statements: list[str]
) -> None:
    """Else SQLite would look once in each structure."""
    monkeypatch.setattr("portal.reachsize.TO_START", 0)
    wide: Gate = crowd.granted(
        grant("*", "read", Reach.STRUCTURE, zones=frozenset({crowd.root})),
    )
    wide.list(PERSON, Selection(), ())
    looked_up = '+"t1"."structure_id"' if is_sqlite() else '"t1"."structure_id"'
    assert looked_up in statements[-1], statements[-1]
