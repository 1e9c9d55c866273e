"""The journal: what an entry says, that nothing can be changed, and that every change shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import peewee
import pytest
from peewee import Select, Value

from portal import journal
from portal.actor import Actor, Origin, process
from portal.builtin.audit import AuditEvent
from portal.builtin.journal import Anchor, Entry, ErasedName
from portal.channels import KIND_LABELS, KINDS, REPORTED, Channel, Kind
from portal.database import open_database, proxy, transaction
from portal.declare import Verb
from portal.errors import Invalid
from portal.i18n import language
from portal.journal_chain import CHAINED, fingerprint
from portal.models import utc_now

LISTING = journal.Act(Channel.LIST, Verb.READ, "directory.person", persons=(3, 1, 2), rows=3)
YEAR_AGO = timedelta(days=365)


@pytest.fixture
def database(database_url: str) -> Iterator[str]:
    """Give a database with the journal alone in it."""
    open_database(database_url)
    proxy.connect(reuse_if_open=True)
    proxy.create_tables([Entry, ErasedName, Anchor, AuditEvent])
    journal.create()
    journal.configure(enabled=True)
    yield database_url
    journal.configure(enabled=True)


def someone(account: int = 7) -> Actor:
    return Actor(
        name="dupont",
        grants=(),
        account=account,
        origin=Origin("203.0.113.9", True, "Firefox", "r-1"),
    )


def write(count: int, *, now: datetime | None = None, persons: tuple[int, ...] = (1,)) -> None:
    for _number in range(count):
        act = journal.Act(Channel.DETAIL, Verb.READ, "directory.person", persons=persons, rows=1)
        journal.record(someone(), act, now=now)


def statements(act: journal.Act) -> list[str]:
    """The statements of one record, BEGIN and COMMIT left out."""
    seen: list[str] = []
    execute = proxy.obj.execute_sql
    proxy.obj.execute_sql = lambda sql, *rest, **more: (
        seen.append(sql) or execute(sql, *rest, **more)
    )
    try:
        journal.record(someone(), act)
    finally:
        proxy.obj.execute_sql = execute
    return [sql for sql in seen if not sql.startswith(("BEGIN", "COMMIT"))]


def drop_triggers() -> None:
    """What the owner of a database file can do."""
    for name in ("kept", "term", "pruned", "follows", "added", "whole"):
        on = "" if isinstance(proxy.obj, peewee.SqliteDatabase) else " ON journal_entry"
        proxy.execute_sql(f"DROP TRIGGER IF EXISTS journal_entry_{name}{on}")


def ids(query: peewee.Query) -> list[int]:
    return sorted(found for (found,) in query.tuples().execute(proxy.obj))


def test_an_entry_says_who_when_from_where_what_and_about_whom(database: str) -> None:
    now = utc_now()
    journal.record(someone(), LISTING, now=now)
    entry = Entry.get()
    said = (entry.at, entry.account, entry.actor, entry.kind, entry.channel, entry.table_name)
    assert said == (now, 7, "", "directory_list", "list", "directory.person")


def test_an_entry_holds_the_persons_once_in_order(database: str) -> None:
    journal.record(someone(), LISTING)
    entry = Entry.get()
    assert (entry.persons, entry.person_count, entry.row_count) == ("[1,2,3]", 3, 3)


def test_an_entry_says_whether_the_address_is_routable(database: str) -> None:
    journal.record(someone(), LISTING)
    entry = Entry.get()
    said = (entry.address, entry.routable, entry.client, entry.request)
    assert said == ("203.0.113.9", True, "Firefox", "r-1")


def test_a_process_is_named(database: str) -> None:
    journal.record(process("nightly purge"), LISTING)
    entry = Entry.get()
    assert (entry.account, entry.actor) == (None, "nightly purge")


def test_what_a_client_sends_is_kept_as_text_of_a_bounded_length(database: str) -> None:
    origin = Origin("x" * 500, False, "a\0b\ud800" + "c" * 900, "r")
    journal.record(Actor("a", (), account=1, origin=origin), LISTING)
    entry = Entry.get()
    assert (len(entry.address), entry.client[:5], len(entry.client)) == (64, "ab?cc", 199)


def test_one_record_costs_two_statements(database: str) -> None:
    assert len(statements(LISTING)) == 2


def test_many_persons_make_several_entries_in_the_same_two_statements(database: str) -> None:
    act = journal.Act(
        Channel.EXPORT, Verb.EXPORT, "directory.person", tuple(range(1, 2_501)), 2_500
    )
    assert len(statements(act)) == 2
    counts = [(e.person_count, e.row_count) for e in Entry.select().order_by(Entry.id)]
    assert counts == [(1_000, 2_500), (1_000, 0), (500, 0)]


def test_a_write_that_fails_leaves_no_entry(database: str) -> None:
    class Failed(Exception):
        pass

    def fail() -> None:
        with transaction():
            journal.record(someone(), LISTING)
            raise Failed

    with pytest.raises(Failed):
        fail()
    write(1)
    assert journal.verify() == journal.Verdict(True, 1)


def test_a_journal_that_is_off_writes_nothing(database: str) -> None:
    journal.configure(enabled=False)
    write(3)
    assert Entry.select().count() == 0


def test_who_saw_a_person_is_answered_from_an_index(database: str) -> None:
    write(1, persons=(5,))
    write(1, persons=(15, 25))
    write(1, persons=(5, 6))
    assert ids(journal.who_saw(5)) == [1, 3]
    assert ids(journal.who_saw(1)) == []


def test_who_saw_serves_as_a_condition_of_another_query(database: str) -> None:
    write(2, persons=(5,))
    assert Entry.select().where(Entry.id.in_(journal.who_saw(5))).count() == 2


def test_an_entry_is_never_updated(database: str) -> None:
    write(2)
    with pytest.raises(peewee.DatabaseError, match="never changed"):
        Entry.update(account=8).where(Entry.id == 1).execute()


def test_an_entry_is_not_deleted_outside_a_prune(database: str) -> None:
    write(2, now=utc_now() - YEAR_AGO)
    with pytest.raises(peewee.DatabaseError, match="only deleted by a prune"):
        Entry.delete().execute()


def test_an_entry_that_does_not_follow_the_last_is_refused(database: str) -> None:
    write(1)
    forged = dict(Entry.select().dicts().get()) | {"id": 9}
    with pytest.raises(peewee.DatabaseError, match="must follow"):
        Entry.insert(forged).execute()


def test_a_cut_off_newer_than_the_term_is_refused(database: str) -> None:
    write(1)
    tomorrow = str(utc_now() + timedelta(days=1))
    with pytest.raises(peewee.DatabaseError, match="newer than the term"):
        proxy.execute_sql(f"UPDATE journal_term SET cutoff = '{tomorrow}'")


def test_a_whole_journal_is_verified(database: str) -> None:
    write(5)
    assert journal.verify() == journal.Verdict(True, 5)


def test_an_empty_journal_is_whole(database: str) -> None:
    assert journal.verify() == journal.Verdict(True, 0)


def test_an_altered_entry_is_found(database: str) -> None:
    write(5)
    drop_triggers()
    Entry.update(account=8).where(Entry.id == 3).execute()
    verdict = journal.verify()
    assert (verdict.whole, verdict.broken_at) == (False, 3)


def test_a_removed_entry_is_found(database: str) -> None:
    write(5)
    drop_triggers()
    Entry.delete().where(Entry.id == 3).execute()
    assert journal.verify().broken_at == 3


def test_a_cut_end_is_found_by_the_head_in_the_database(database: str) -> None:
    write(5)
    drop_triggers()
    Entry.delete().where(Entry.id > 3).execute()
    assert journal.verify().broken_at == 4


def test_a_cut_end_with_its_head_is_found_by_the_written_head(
    database: str, tmp_path: Path
) -> None:
    write(5)
    journal.write_head(tmp_path / "journal.head")
    drop_triggers()
    Entry.delete().where(Entry.id > 3).execute()
    last = Entry.get_by_id(3).hash
    proxy.execute_sql(f"UPDATE journal_head SET entry = 3, hash = '{last}'")
    assert journal.verify() == journal.Verdict(True, 3)
    assert journal.verify(tmp_path / "journal.head").broken_at == 4


def test_a_chain_that_is_forged_anew_is_found_by_the_written_head(
    database: str, tmp_path: Path
) -> None:
    write(5)
    journal.write_head(tmp_path / "journal.head")
    drop_triggers()
    previous = "0" * 64
    for entry in list(Entry.select().order_by(Entry.id)):
        entry.account, entry.previous = 99, previous
        previous = entry.hash = fingerprint([getattr(entry, field.name) for field in CHAINED])
        entry.save()
    proxy.execute_sql(f"UPDATE journal_head SET hash = '{previous}'")
    assert journal.verify() == journal.Verdict(True, 5)
    assert journal.verify(tmp_path / "journal.head").broken_at == 5


def test_a_journal_that_went_on_after_its_head_was_written_is_whole(
    database: str, tmp_path: Path
) -> None:
    head = tmp_path / "journal.head"
    for _day in range(3):
        write(2)
        journal.write_head(head)
    write(1)
    assert journal.verify(head) == journal.Verdict(True, 7)


def test_prune_deletes_the_oldest_and_keeps_an_anchor(database: str) -> None:
    write(4, now=utc_now() - YEAR_AGO)
    write(2)
    last = Entry.get_by_id(4).hash
    assert journal.prune(utc_now() - timedelta(days=200)) == 4
    anchor = Anchor.get()
    assert (anchor.entry, anchor.hash, anchor.count) == (4, last, 4)


def test_a_pruned_journal_is_whole(database: str, tmp_path: Path) -> None:
    head = tmp_path / "journal.head"
    write(4, now=utc_now() - YEAR_AGO)
    journal.write_head(head)
    write(2)
    journal.prune(utc_now() - timedelta(days=200))
    write(1)
    assert journal.verify(head) == journal.Verdict(True, 3)


def test_a_journal_that_is_pruned_to_the_last_entry_goes_on(database: str) -> None:
    write(3, now=utc_now() - YEAR_AGO)
    journal.prune(utc_now() - timedelta(days=200))
    write(1)
    assert (journal.verify(), Entry.get().id) == (journal.Verdict(True, 1), 4)


def test_the_index_of_persons_forgets_what_was_pruned(database: str) -> None:
    write(3, now=utc_now() - YEAR_AGO, persons=(5,))
    write(1, persons=(5,))
    journal.prune(utc_now() - timedelta(days=200))
    assert ids(journal.who_saw(5)) == [4]


def test_prune_refuses_a_date_within_the_term(database: str) -> None:
    write(1)
    with pytest.raises(Invalid, match="184 days"):
        journal.prune(utc_now() - timedelta(days=100))


def test_the_term_is_a_setting(database: str) -> None:
    write(1, now=utc_now() - timedelta(days=120))
    journal.keep(90)
    assert journal.prune(utc_now() - timedelta(days=100)) == 1


def test_the_name_of_an_erased_person_stays_while_entries_are_about_them(database: str) -> None:
    write(1, now=utc_now() - YEAR_AGO, persons=(5,))
    write(1, persons=(6,))
    for number, last_name, first_name in ((5, "Dupont", "Élodie"), (6, "Martin", "Paul")):
        told = [Value(number), Value(last_name), Value(first_name), Value(utc_now())]
        journal.remember_erased(Select(columns=told))
    journal.prune(utc_now() - timedelta(days=200))
    kept = [(name.person, name.last_name, name.first_name) for name in ErasedName.select()]
    assert kept == [(6, "Martin", "Paul")]


def test_eight_threads_make_one_chain(database: str) -> None:
    failures: list[BaseException] = []

    def work() -> None:
        try:
            write(10)
        except BaseException as error:
            failures.append(error)
        finally:
            proxy.close()

    threads = [threading.Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (failures, journal.verify()) == ([], journal.Verdict(True, 80))


def test_every_channel_and_verb_has_a_kind() -> None:
    assert set(KINDS) == {(channel, verb) for channel in Channel for verb in Verb}


@pytest.mark.parametrize(
    ("channel", "verb", "kind"),
    [
        (Channel.LIST, Verb.READ, Kind.DIRECTORY_LIST),
        (Channel.SEARCH, Verb.READ, Kind.DIRECTORY_LIST),
        (Channel.EXPORT, Verb.EXPORT, Kind.DIRECTORY_EXPORT),
        (Channel.API, Verb.EXPORT, Kind.DIRECTORY_EXPORT),
        (Channel.DETAIL, Verb.READ, Kind.SHEET_VIEW),
        (Channel.FORM, Verb.READ, Kind.SHEET_VIEW),
        (Channel.DETAIL, Verb.EXPORT, Kind.SHEET_EXPORT),
        (Channel.FORM, Verb.CREATE, Kind.CREATE),
        (Channel.IMPORT, Verb.CREATE, Kind.CREATE),
        (Channel.IMPORT, Verb.UPDATE, Kind.UPDATE),
        (Channel.FORM, Verb.ERASE, Kind.DELETE),
        (Channel.LOOKUP, Verb.READ, Kind.LOOKUP),
        (Channel.PURGE, Verb.ERASE, Kind.PURGE),
        (Channel.PURGE, Verb.UPDATE, Kind.ANONYMISE),
        (Channel.ACCESS, Verb.EXPORT, Kind.ACCESS_DOCUMENT),
        (Channel.DOCUMENT, Verb.EXPORT, Kind.DOCUMENT),
        (Channel.DETAIL, Verb.DISCLOSE, Kind.ARCHIVE_ACCESS),
        (Channel.JOURNAL, Verb.READ, Kind.JOURNAL_ACCESS),
        (Channel.REGISTER, Verb.EXPORT, Kind.REGISTER_EXPORT),
    ],
)
def test_a_channel_and_a_verb_name_the_kind(channel: Channel, verb: Verb, kind: Kind) -> None:
    assert KINDS[channel, verb] is kind


def test_reading_the_journal_is_a_kind_of_its_own_from_any_list() -> None:
    act = journal.Act(Channel.LIST, Verb.READ, "journal.entry")
    assert journal.kind_of(act) is Kind.JOURNAL_ACCESS


def test_the_reported_kinds_are_the_seven() -> None:
    assert list(dict.fromkeys(REPORTED.values())) == list(Kind)[:7]


def test_every_kind_has_a_label_in_french() -> None:
    with language("fr"):
        french = [str(KIND_LABELS[kind]) for kind in Kind]
    assert french[:3] == ["Liste d’annuaire", "Export d’annuaire", "Fiche consultée"]
    assert [label for label in french if label.startswith("Sheet")] == []
