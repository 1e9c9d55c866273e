"""The search index: the same rows on both databases, whatever is typed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from portal import search
from portal.database import open_database, proxy
from portal.errors import DatabaseError

TABLE = "directory.person"
FIELDS = ("last_name", "first_name", "notes")
ROWS: tuple[tuple[int, dict[str, str]], ...] = (
    (1, {"last_name": "Dupont", "first_name": "Élodie", "notes": "Vol de nuit"}),
    (2, {"last_name": "Dupuis", "first_name": "Éloïse", "notes": "élève de Dupont"}),
    (3, {"last_name": "Lœwe-Straße", "first_name": "Bo", "notes": "x_y", "x_size": "Grande"}),
    (4, {"last_name": "王小明", "first_name": "", "notes": ""}),
)


@pytest.fixture
def index(database_url: str) -> None:
    """Give an index of four persons."""
    open_database(database_url)
    proxy.connect(reuse_if_open=True)
    search.create({TABLE: FIELDS})
    search.write(TABLE, ROWS)


def find(text: str, fields: Sequence[str] = FIELDS) -> list[int] | None:
    query = search.matching(TABLE, text, fields)
    if query is None:
        return None
    return sorted(row for (row,) in query.tuples().execute(proxy.obj))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dupont", [1, 2]),
        ("DUPONT", [1, 2]),
        ("elodie", [1]),
        ("élo dup", [1, 2]),
        ("dup eloi", [2]),
        ("nuit vol", [1]),
        ("loewe strasse", [3]),
        ("Lœ", [3]),
        ("pont", []),
        ("王", [4]),
        ("d" * 300, []),
        ("dupont OR dupuis", []),
        ('"dupont" AND NOT (x', []),
        ("dupont*", [1, 2]),
        ("last_name:dupont", []),
        ("f_notes : dupont", []),
        ("'; DROP TABLE search_directory_person; --", []),
        ("\\ ' \" dupont", [1, 2]),
        ("dup\0ont", []),
        ("dup & !ont | <-> :*", []),
    ],
)
def test_every_word_begins_a_word_of_a_field(index: None, text: str, found: list[int]) -> None:
    assert find(text) == found


@pytest.mark.parametrize("text", ["", "   ", "-- ' \" * ( ) : ^ %", "\0", "_"])
def test_a_question_without_a_word_is_none(index: None, text: str) -> None:
    assert find(text) is None


def test_a_field_that_is_not_given_finds_nothing(index: None) -> None:
    assert find("dupont", ["last_name"]) == [1]


def test_no_field_finds_nothing(index: None) -> None:
    assert find("dupont", []) == []


def test_a_custom_field_is_found_by_its_name_alone(index: None) -> None:
    assert (find("grand", ["x_size"]), find("grand", ["x_other", "notes"])) == ([3], [])


def test_words_may_stand_in_a_custom_field_and_in_a_real_one(index: None) -> None:
    assert find("grand loewe", [*FIELDS, "x_size"]) == [3]


def test_two_thousand_words_ask_for_twelve(index: None) -> None:
    assert len(search.asked(" ".join(f"w{number}" for number in range(2_000)))) == 12
    assert find("dupont " * 2_000) == [1, 2]


def test_a_word_is_cut_at_forty_characters_on_both_sides(index: None) -> None:
    search.write(TABLE, [(9, {"last_name": "a" * 80})])
    assert find("a" * 60) == [9]


def test_writing_replaces_what_was_there(index: None) -> None:
    search.write(TABLE, [(1, {"last_name": "Martin", "first_name": "", "notes": ""})])
    assert (find("dupont"), find("martin")) == ([2], [1])


def test_a_removed_row_is_not_found(index: None) -> None:
    search.remove(TABLE, [1, 2])
    assert find("dup") == []


def test_more_rows_than_one_statement_takes_are_written_and_removed(index: None) -> None:
    rows = [(100 + number, {"last_name": f"Zed{number}"}) for number in range(1_200)]
    search.write(TABLE, rows)
    found = find("zed")
    search.remove(TABLE, [row for row, _texts in rows])
    assert (len(found or []), find("zed")) == (1_200, [])


def test_a_long_text_is_indexed(index: None) -> None:
    search.write(TABLE, [(8, {"notes": " ".join(f"mot{number}" for number in range(9_000))})])
    assert find("mot1234") == [8]


def test_optimize_leaves_no_erased_word_in_the_file(index: None, database_url: str) -> None:
    search.write(TABLE, [(7, {"last_name": "Zanzibarine"})])
    search.remove(TABLE, [7])
    search.optimize([TABLE])
    if database_url.startswith("sqlite"):
        with open(database_url.removeprefix("sqlite:///"), "rb") as file:
            assert b"zanzibarin" not in file.read()
    assert find("zanzibarine") == []


def test_a_query_of_ids_serves_as_a_condition(index: None) -> None:
    query = search.matching(TABLE, "dup", FIELDS)
    assert query is not None
    assert len(list(query.limit(1).tuples().execute(proxy.obj))) == 1


def test_an_index_whose_fields_change_is_to_be_filled_again(index: None) -> None:
    search.filled(TABLE)
    search.create({TABLE: FIELDS})
    before = search.stale()
    search.create({TABLE: (*FIELDS, "city")})
    assert (before, search.stale(), find("dupont")) == ((), (TABLE,), [])


@pytest.mark.parametrize("name", ["person", "a.b; DROP", "A.b", "a.b.c", 'a."b', ""])
def test_a_name_that_is_no_table_never_reaches_the_database(name: str) -> None:
    with pytest.raises(DatabaseError):
        search.index_name(name)


@pytest.mark.parametrize("name", ["last name", 'a"', "a}", "", "A"])
def test_a_name_that_is_no_field_never_reaches_the_database(name: str) -> None:
    with pytest.raises(DatabaseError):
        search.matching(TABLE, "dupont", [name])
