"""The access journal as its reader meets it: pages, filters, files, and who may read it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from peewee import Select, Value

from portal import journal
from portal.actor import Actor, Origin, process
from portal.channels import Channel
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import language
from portal.models import utc_now
from portal.privacy import access_journal
from portal.privacy.access_journal import Asked, Line
from portal.rows import Selection
from portal.start import Portal
from tests.factories import account, gate, grant, granted

HERE = Origin("93.184.216.34", routable=True, client="Firefox", request="r1")


def note(
    who: Actor | None = None,
    *,
    persons: tuple[int, ...] = (),
    verb: Verb = Verb.READ,
    channel: Channel = Channel.LIST,
    table: str = "directory.person",
    days_ago: int = 0,
) -> int:
    """Journal an act and give the number of its entry."""
    act = journal.Act(channel, verb, table, persons=persons, rows=max(1, len(persons)))
    journal.record(who or someone(), act, now=utc_now() - timedelta(days=days_ago))
    return journal.head()[0]


def someone(login: str = "secretary", origin: Origin = HERE) -> Actor:
    return Actor(login, (), account=account(login), origin=origin)


def read(size: int = 20, **asked: object) -> list[Line]:
    return list(access_journal.lines(gate("dpo"), Asked(**asked), size).lines)  # type: ignore[arg-type]  # as typed


def persons(count: int) -> tuple[int, ...]:
    return tuple(row.id for row in gate().list("directory.person", Selection()).rows[:count])


def counted(act: Callable[[], object]) -> int:
    """Count the statements of an act."""
    seen: list[str] = []
    execute = proxy.obj.execute_sql
    proxy.obj.execute_sql = lambda sql, *rest, **more: (
        seen.append(sql) or execute(sql, *rest, **more)
    )
    try:
        act()
    finally:
        proxy.obj.execute_sql = execute
    return len(seen)


def test_entries_come_the_newest_first_in_words(demo_portal: Portal) -> None:
    one = persons(1)
    note(persons=one, channel=Channel.DETAIL)
    line = read()[0]
    said = (line.who, line.kind, line.table, line.address, line.look)
    assert said == ("secretary", "Sheet viewed", "Persons", "93.184.216.34", ())
    assert line.persons == ((one[0], gate().titles("directory.person", one)[one[0]]),)


def test_a_process_is_named_in_words_and_kept_by_its_name(demo_portal: Portal) -> None:
    note(process("demo data"), table="history.change")
    with language("fr"):
        line = read()[0]
    assert (line.who, line.client) == ("Données de démonstration", "Le portail lui-même")
    (entry,) = json.loads(exported("json", table="history.change"))["entries"]
    assert (entry["process"], entry["client"]) == ("demo data", "process")


def test_an_entry_names_three_persons_and_counts_the_others(demo_portal: Portal) -> None:
    note(persons=persons(8))
    line = read()[0]
    assert (len(line.persons), line.more) == (3, 5)


def test_the_name_of_an_erased_person_is_said_while_it_is_kept(demo_portal: Portal) -> None:
    gone = 990_001
    told = [Value(gone), Value("Dupont"), Value("Élodie"), Value(utc_now())]
    journal.remember_erased(Select(columns=told))
    note(persons=(gone,))
    assert read(person=str(gone))[0].persons == ((gone, "Dupont Élodie"),)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"account": "secretary"}, {"old", "sheet", "inner"}),
        ({"kind": "delete"}, {"deleted"}),
        ({"table": "bookings.booking"}, {"deleted"}),
        ({"address": "93.184"}, {"old", "sheet", "deleted"}),
        ({"attention": True}, {"inner", "process"}),
        ({"account": "secretary", "kind": "sheet_view"}, {"sheet"}),
    ],
)
def test_filters_narrow_the_entries(
    demo_portal: Portal, asked: dict[str, object], found: set[str]
) -> None:
    known = {
        "old": note(days_ago=100),
        "sheet": note(channel=Channel.DETAIL),
        "inner": note(someone(origin=Origin("192.168.1.7", routable=False))),
        "process": note(process("nightly")),
        "deleted": note(someone("treasurer"), verb=Verb.ERASE, table="bookings.booking"),
    }
    shown = {line.id for line in read(200, **asked)}
    assert {name for name, id in known.items() if id in shown} == found


def test_entries_are_filtered_by_day(demo_portal: Portal) -> None:
    old = note(days_ago=100)
    day = (utc_now() - timedelta(days=100)).date()
    assert [
        line.id for line in read(since=f"{day - timedelta(1)}", until=f"{day + timedelta(1)}")
    ] == [old]


def test_entries_are_filtered_by_the_person_concerned(demo_portal: Portal) -> None:
    first, second = persons(2)
    both, one = note(persons=(first, second)), note(persons=(second,))
    assert {line.id for line in read(200, person=str(first))} & {both, one} == {both}


def test_a_person_is_found_by_words(demo_portal: Portal) -> None:
    gate().create("directory.person", {"last_name": "Zbrzyzny", "first_name": "Witold"})
    assert read(person="zbrzyzny")[-1].kind == "Creation"


@pytest.mark.parametrize(
    "asked",
    [
        {"since": "yesterday"},
        {"since": "2026-02-02", "until": "2026-02-01"},
        {"account": "nobody-of-that-name"},
        {"person": "zzzz"},
        {"kind": "looking"},
    ],
)
def test_what_cannot_be_asked_is_refused(demo_portal: Portal, asked: dict[str, object]) -> None:
    with pytest.raises(Invalid):
        read(**asked)


def test_what_deserves_a_look_says_why(demo_portal: Portal) -> None:
    note(process("nightly"))
    note(someone(origin=Origin("10.0.0.1", routable=False)))
    assert [line.look for line in read(2)] == [
        ("address not routable",),
        ("no account", "no address"),
    ]


def test_pages_follow_each_other_by_number(demo_portal: Portal) -> None:
    made = [note(table="history.change") for _number in range(7)][::-1]
    asked, door = Asked(table="history.change"), gate("dpo")
    first = access_journal.lines(door, asked, 3)
    assert ([line.id for line in first.lines], first.newer, first.older) == (
        made[:3],
        None,
        made[2],
    )
    second = access_journal.lines(door, asked, 3, below=first.older)
    assert [line.id for line in second.lines] == made[3:6]
    third = access_journal.lines(door, asked, 3, below=second.older)
    assert ([line.id for line in third.lines], third.older) == (made[6:], None)
    back = access_journal.lines(door, asked, 3, above=second.newer)
    assert ([line.id for line in back.lines], back.newer) == (made[:3], None)


def test_a_page_takes_as_many_statements_whatever_it_shows(demo_portal: Portal) -> None:
    note(persons=persons(1))
    read(1)
    few = counted(lambda: read(1))
    for who in ("secretary", "treasurer", "admin"):
        note(someone(who), persons=persons(8))
    assert counted(lambda: read(20)) == few


def test_reading_the_journal_is_journaled(demo_portal: Portal) -> None:
    read(5)
    line = next(line for line in read(20) if line.kind == "Journal consulted")
    assert (line.who, line.rows) == ("dpo", 5)


# --- who may read it


@pytest.mark.parametrize("login", ["admin", "secretary", "treasurer", "structure", "member"])
def test_the_journal_does_not_exist_for_others(demo_portal: Portal, login: str) -> None:
    with pytest.raises(NotFound):
        access_journal.lines(gate(login), Asked(), 5)
    with pytest.raises(NotFound):
        access_journal.export(gate(login, Channel.EXPORT), Asked(), "csv")


def test_an_officer_without_staff_status_does_not_read_it(demo_portal: Portal) -> None:
    right = grant("journal.*", "read export")
    plain = Actor("x", (right,), account=1, staff=False)
    with pytest.raises(NotFound):
        access_journal.lines(Gate(plain, Channel.LIST), Asked(), 5)


def test_who_may_read_and_not_export_gets_no_file(demo_portal: Portal) -> None:
    door = Gate(granted(grant("journal.*", "read")), Channel.EXPORT)
    with pytest.raises(Forbidden):
        access_journal.export(door, Asked(), "csv")


# --- files


def exported(kind: str, **asked: object) -> str:
    door = gate("dpo", Channel.EXPORT)
    return "".join(access_journal.export(door, Asked(**asked), kind))  # type: ignore[arg-type]  # as typed


def test_a_csv_states_purpose_and_notice_then_the_entries(demo_portal: Portal) -> None:
    id = note(persons=persons(2), table="history.change")
    lines = list(csv.reader(io.StringIO(exported("csv", table="history.change"))))
    assert [len(line) for line in lines[:2]] == [1, 1]
    assert "incidents" in lines[0][0]
    assert "Destroy" in lines[1][0]
    (entry,) = [dict(zip(lines[2], line, strict=True)) for line in lines[3:]]
    assert (entry["id"], entry["kind"]) == (str(id), "directory_list")
    assert entry["persons"].split() == [str(person) for person in sorted(persons(2))]


def test_a_json_states_purpose_and_notice_and_is_whole(demo_portal: Portal) -> None:
    id = note(process("nightly"), table="history.change")
    data = json.loads(exported("json", table="history.change"))
    assert set(data) == {"purpose", "notice", "exported_at", "entries"}
    (entry,) = data["entries"]
    assert (entry["id"], entry["to_look_at"]) == (id, ["no_account", "no_address"])
    assert entry["at_utc"].endswith("Z")


@pytest.mark.parametrize("kind", ["csv", "json"])
def test_a_file_without_an_entry_is_whole_and_journaled(demo_portal: Portal, kind: str) -> None:
    text = exported(kind, table="history.change")
    assert text.count("\n") == 3 if kind == "csv" else json.loads(text)["entries"] == []
    assert read()[0].kind == "Journal consulted"


def test_an_export_is_journaled_and_ends_where_it_began(
    demo_portal: Portal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.journal_reading.AT_ONCE", 2)
    last = [note() for _number in range(5)][-1]
    entries = json.loads(exported("json"))["entries"]
    assert entries[-1]["id"] == last
    assert [one["id"] for one in entries] == list(range(entries[0]["id"], last + 1))
    assert read()[0].kind == "Journal consulted"


def test_another_format_is_refused(demo_portal: Portal) -> None:
    with pytest.raises(Invalid):
        access_journal.export(gate("dpo", Channel.EXPORT), Asked(), "xlsx")
