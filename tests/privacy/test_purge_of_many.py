"""A purge among others: two at once, one that is killed, and what is left of names in the file."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from portal import purging
from portal.actor import process
from portal.builtin.privacy import Purge
from portal.catalog import PERSON
from portal.channels import Channel
from portal.database import close_database, is_sqlite, proxy
from portal.errors import Conflict
from portal.gate import Gate
from portal.operations import instance
from portal.privacy import retention
from portal.rows import Selection
from portal.settings import load
from tests.factories import make_portal
from tests.privacy.conftest import OLD, Club

NAME = "Zylbersteinowicz"
ROWS = 3_000
PURGING = """
    from datetime import date
    from pathlib import Path
    from portal.actor import process
    from portal.channels import Channel
    from portal.gate import Gate
    from portal.operations.instance import open_instance
    from portal.privacy import retention
    from portal.settings import load

    open_instance(load(Path({home!r}), {{}}))
    gate = Gate(process("test"), Channel.PURGE, today=date(2026, 11, 22))
    plan = retention.plan(gate, "activities")
    print("ready", flush=True)
    retention.run(gate, plan)
    print("done", flush=True)
"""


def test_of_two_purges_at_once_one_runs_and_the_other_is_refused(club: Club) -> None:
    club.gate.create_many("activities.outing", [{"person": club.person, "day": OLD}] * 300)
    plan = retention.plan(club.gate, "activities")
    ready = threading.Barrier(2)
    ended: list[object] = []

    def purge() -> None:
        ready.wait()
        try:
            ended.append(retention.run(club.acting(club.gate.actor), plan).erased)
        except Conflict as conflict:
            ended.append(conflict)
        finally:
            if not proxy.obj.is_closed():
                proxy.obj.close()

    threads = [threading.Thread(target=purge) for _n in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(one).__name__ for one in ended) == ["Conflict", "int"]
    assert 300 in ended
    assert (club.counts("activities"), Purge.select().count()) == ((0, 0, 0), 1)


@pytest.mark.sqlite
def test_a_purge_does_not_wait_long_for_another_writer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_portal(tmp_path / "home", f"sqlite:///{tmp_path / 'greffe.db'}")
    club = Club()
    booking = club.booking(OLD)
    plan = retention.plan(club.gate, "bookings")
    monkeypatch.setattr(purging, "PATIENCE", 0.2)
    with sqlite3.connect(tmp_path / "greffe.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Conflict, match="Somebody else is writing"):
            retention.run(club.gate, plan)
        other.execute("ROLLBACK")
    other.close()
    assert club.exists("bookings.booking", booking)


def test_a_fiscal_year_that_is_still_open_is_not_purged(club: Club) -> None:
    account = club.ledger_account()
    entry = club.entry(club.fiscal_year(2011, closed=False), account, OLD)
    club.add("accounting.balance", ledger_account=account, day=OLD)
    plan = retention.plan(club.gate, "accounting_entries")
    assert plan.counts.deletable == 0
    with pytest.raises(Conflict, match="changed"):
        retention.run(club.gate, replace(plan, signature="accounting_entries x"))
    assert club.exists("accounting.entry", entry)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Give an instance on SQLite with three thousand outings that are due."""
    folder = tmp_path / "killed"
    instance.open_instance(load(folder, {}))
    club = Club()
    days = [{"person": club.person, "day": OLD} for _n in range(ROWS)]
    club.gate.create_many("activities.outing", days)
    close_database()
    return folder


def left(home: Path) -> tuple[int, int]:
    """Give how many outings and evidences there are, in a file that must be whole."""
    instance.open_instance(load(home, {}))
    assert proxy.execute_sql("PRAGMA integrity_check").fetchone() == ("ok",)
    gate = Gate(process("test"), Channel.LIST)
    found = gate.count("activities.outing", Selection(), exact=True)
    evidences = Purge.select().count()
    close_database()
    return found.value, evidences


@pytest.mark.sqlite
@pytest.mark.parametrize("moment", [0.0, 0.15, 0.4])
def test_a_purge_that_is_killed_has_done_all_or_nothing(home: Path, moment: float) -> None:
    program = textwrap.dedent(PURGING).format(home=str(home))
    words = [sys.executable, "-c", program]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"
        time.sleep(moment)
        os.kill(other.pid, signal.SIGKILL)
    assert left(home) in [(ROWS, 0), (0, 1)]


@pytest.mark.sqlite
def test_erased_names_are_nowhere_in_the_file_nor_beside_it(tmp_path: Path) -> None:
    folder = tmp_path / "bytes"
    portal = instance.open_instance(load(folder, {}))
    club = Club()
    persons = [
        {"last_name": f"{NAME}{n}", "first_name": NAME, "notes": f"Note {NAME}", "active": False}
        for n in range(200)
    ]
    ids = club.gate.create_many(PERSON, persons)
    bookings = [club.booking(OLD, comment=f"Avec {NAME}") for _n in range(20)]
    club.change("bookings.booking", bookings[0], comment=f"Sans {NAME}")
    assert NAME.encode() in _bytes(portal.settings.home)
    retention.run(club.gate, retention.plan(club.gate, "bookings"))
    done = retention.run(club.gate, retention.plan(club.gate, "persons"))
    assert done.erased == len(ids)
    names = club.gate.catalog.tables["journal.erasedname"]
    assert names.model.select().count() == len(ids)
    names.model.delete().execute()
    proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    found = _bytes(portal.settings.home)
    assert is_sqlite()
    assert NAME.encode() not in found
    assert NAME.lower().encode() not in found


def _bytes(home: Path) -> bytes:
    """Give every byte of the database file and of those beside it."""
    return b"".join(file.read_bytes() for file in sorted(home.glob("greffe.db*")))
