"""Entries of reads while somebody writes for long on SQLite: none is lost or written twice."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal import journal, journal_waiting
from portal.actor import process
from portal.builtin.audit import AuditEvent
from portal.builtin.journal import Anchor, Entry, ErasedName
from portal.channels import Channel
from portal.database import close_database, open_database, proxy, transaction
from portal.declare import Verb
from portal.errors import Busy
from portal.models import utc_now

FAR = 20.0
"""Seconds, fewer than a writer waits for another one."""


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """Give the file of a database with the journal alone in it."""
    made = tmp_path / "greffe.db"
    opened(made)
    proxy.create_tables([Entry, ErasedName, Anchor, AuditEvent])
    journal.create()
    journal.configure(enabled=True)
    yield made
    close_database()


def opened(file: Path) -> None:
    open_database(f"sqlite:///{file}")
    proxy.connect(reuse_if_open=True)


def read(person: int) -> None:
    act = journal.Act(Channel.LIST, Verb.READ, "directory.person", persons=(person,), rows=1)
    journal.record(process("test"), act)


def told() -> list[str]:
    """The persons of the entries in the chain, in its order."""
    return [persons for (persons,) in Entry.select(Entry.persons).order_by(Entry.id).tuples()]


def waiting() -> list[Path]:
    place = journal_waiting.folder()
    return sorted(place.iterdir()) if place and place.exists() else []


@contextmanager
def writing(file: Path) -> Iterator[sqlite3.Connection]:
    """Another process writes inside this block, as far as the database can tell."""
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        if other.in_transaction:
            other.rollback()
        other.close()


def test_a_read_does_not_wait_for_a_long_write(file: Path) -> None:
    started = time.monotonic()
    with writing(file):
        read(1)
        taken = time.monotonic() - started
        found = (told(), len(waiting()))
    assert (found, taken < FAR) == (([], 1), True)


def test_the_next_entry_comes_behind_those_that_waited(file: Path) -> None:
    with writing(file):
        read(1)
        read(2)
    read(3)
    assert (told(), waiting()) == (["[1]", "[2]", "[3]"], [])


def test_an_entry_that_waited_says_when_the_read_was(file: Path) -> None:
    with writing(file):
        before = utc_now()
        read(1)
        after = utc_now()
    read(2)
    assert before <= Entry.get_by_id(1).at <= after


def test_the_chain_is_whole_with_what_waited(file: Path) -> None:
    with writing(file):
        read(1)
    assert journal.verify() == journal.Verdict(True, 1)


def test_who_saw_a_person_is_told_with_what_waited(file: Path) -> None:
    with writing(file):
        read(7)
    found = journal.who_saw(7).tuples().execute(proxy.obj)
    assert list(found) == [(1,)]


def test_many_entries_wait_and_are_put_in_order(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_waiting, "PATIENCE", 0.01)
    monkeypatch.setattr(journal_waiting, "AT_ONCE", 3)
    with writing(file):
        for number in range(10):
            read(number)
    journal.gather()
    assert told() == [f"[{number}]" for number in range(10)]


def test_the_journal_is_read_while_somebody_writes(file: Path) -> None:
    with writing(file):
        read(1)
        journal.gather()
        left = len(waiting())
    assert left == 1


def test_other_accounts_of_the_machine_read_nothing_of_it(file: Path) -> None:
    with writing(file):
        read(1)
    (kept,) = waiting()
    modes = [stat.S_IMODE(path.stat().st_mode) for path in (kept, kept.parent)]
    assert modes == [0o600, 0o700]


def test_a_write_waits_for_the_other_one(file: Path) -> None:
    with writing(file) as other:
        threading.Timer(journal_waiting.PATIENCE * 2, other.rollback).start()
        act = journal.Act(Channel.FORM, Verb.UPDATE, "directory.person", persons=(1,), rows=1)
        journal.record(process("test"), act)
    assert (told(), waiting()) == (["[1]"], [])


def test_a_read_waits_for_the_writer_where_nothing_can_be_kept(file: Path) -> None:
    place = journal_waiting.folder()
    assert place
    place.write_text("not a folder")
    with writing(file) as other:
        threading.Timer(journal_waiting.PATIENCE * 2, other.rollback).start()
        read(1)
    place.unlink()
    assert told() == ["[1]"]


def test_an_impatient_writer_is_told_that_it_has_to_come_again(file: Path) -> None:
    with writing(file), pytest.raises(Busy), transaction(0.05):
        pass
    with transaction(0.05):
        pass


def test_an_impatient_writer_waits_for_a_thread_of_its_own_process(file: Path) -> None:
    refused: list[BaseException] = []

    def impatient() -> None:
        try:
            with transaction(0.05):
                pass
        except Busy as error:
            refused.append(error)
        finally:
            proxy.close()

    with transaction():
        thread = threading.Thread(target=impatient)
        thread.start()
        thread.join(FAR)
    assert len(refused) == 1


def test_a_writer_that_waited_long_enough_is_told_to_come_again(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.database.BUSY_SECONDS", 0.2)
    proxy.execute_sql("PRAGMA busy_timeout = 200")
    again = pytest.raises(Busy, match=r"Somebody else is writing\. Try again")
    with writing(file), again, transaction(0.2):
        pass


# --- a process that dies


def dying(file: Path, act: Callable[[], None]) -> None:
    """Run an act in a process of its own, which is killed at its end or before."""
    child = multiprocessing.get_context("spawn").Process(target=_die, args=(file, act))
    child.start()
    child.join(FAR * 3)
    assert child.exitcode == -signal.SIGKILL


def _die(file: Path, act: Callable[[], None]) -> None:
    opened(file)
    journal.configure(enabled=True)
    act()
    _kill()


def _kill() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _read_seven() -> None:
    read(7)


def _die_before_the_commit() -> None:
    with transaction():
        journal._append([*journal_waiting.collect().rows])
        _kill()


def _die_before_the_files_are_erased() -> None:
    with transaction():
        journal._append([*journal_waiting.collect().rows])
    _kill()


def test_the_entry_of_a_killed_process_is_kept(file: Path) -> None:
    with writing(file):
        dying(file, _read_seven)
    read(8)
    assert told() == ["[7]", "[8]"]


@pytest.mark.parametrize("act", [_die_before_the_commit, _die_before_the_files_are_erased])
def test_a_process_that_dies_while_it_collects_loses_and_doubles_nothing(
    file: Path, act: Callable[[], None]
) -> None:
    with writing(file):
        read(1)
    dying(file, act)
    read(2)
    assert (told(), waiting(), journal.verify().whole) == (["[1]", "[2]"], [], True)


def test_names_of_files_that_are_gone_are_forgotten(file: Path) -> None:
    with writing(file):
        read(1)
    read(2)
    with writing(file):
        read(3)
    read(4)
    noted = proxy.execute_sql("SELECT count(*) FROM journal_collected").fetchone()
    assert noted == (1,)


def test_a_file_that_was_cut_is_never_named_whole(file: Path) -> None:
    """What a machine without power leaves: the part of an entry whose rows nobody was given."""
    place = journal_waiting.folder()
    assert place
    place.mkdir()
    (place / "1.part").write_text('[{"at": "20')
    read(1)
    assert (told(), journal.verify().whole) == (["[1]"], True)


def test_damaged_entries_hold_nobody_up_and_are_told(file: Path) -> None:
    place = journal_waiting.folder()
    assert place
    place.mkdir()
    (place / "1.json").write_text("[{}]")
    read(1)
    verdict = journal.verify()
    assert (told(), verdict.whole, verdict.broken_at) == (["[1]"], False, 2)
