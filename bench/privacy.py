"""The work of the privacy officer beside the same work in hand-written SQL.

    python -m bench.privacy [--bookings N] [--kept N]

A purge of N bookings, with its preview's rows asked again, its evidence and its journal entry, is
timed beside the deletion of the same rows from the table and its search index in a copy of the same
file, `optimize` included. Meanwhile another process opens pages of the portal.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from datetime import datetime, timedelta
from pathlib import Path
from threading import Event, Thread

from portal.actor import process
from portal.channels import Channel
from portal.database import close_database, fold_or_none, proxy
from portal.gate import Gate
from portal.operations.instance import open_instance
from portal.privacy import retention
from portal.settings import Settings

BOOKINGS, KEPT, AT_ONCE = 200_000, 50_000, 5_000
MOST = 2.5
"""How many times the hand-written deletion a purge may take."""
OLD, NOW = datetime(2012, 5, 4, 9), datetime.now().replace(microsecond=0)  # noqa: DTZ005 - local


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "instance"
        _fill(home, options.bookings, options.kept)
        raw_home = Path(folder) / "raw"
        shutil.copytree(home, raw_home)
        raw = _raw(raw_home / "greffe.db")
        purge, waits = _purge(home)
    ratio = purge / raw
    print(f"purge of {options.bookings:,} bookings: {purge:.1f} s")
    print(f"the same rows in hand-written SQL: {raw:.1f} s; ratio {ratio:.2f} (at most {MOST})")
    print(f"pages opened meanwhile: {len(waits)}; the slowest {max(waits, default=0):.2f} s")
    return int(ratio > MOST)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bookings", type=int, default=BOOKINGS)
    parser.add_argument("--kept", type=int, default=KEPT)
    parser.add_argument("--pages", metavar="HOME", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pages:
        sys.exit(_open_pages(Path(options.pages)))
    return options


def _gate() -> Gate:
    return Gate(process("bench"), Channel.LIST)


def _fill(home: Path, old: int, kept: int) -> None:
    """An instance with a resource, a hundred persons and the bookings."""
    open_instance(Settings(home=home))
    gate = _gate()
    names = [{"last_name": f"Martin {n}", "first_name": "Élodie"} for n in range(100)]
    persons = gate.create_many("directory.person", names)
    resource = gate.create("bookings.resource", {"name": "F-GKQA"})
    for first, count in ((OLD, old), (NOW, kept)):
        for start in range(0, count, AT_ONCE):
            rows = [
                {
                    "person": persons[n % 100],
                    "resource": resource,
                    "starts_at": first + timedelta(minutes=n),
                    "ends_at": first + timedelta(minutes=n + 1),
                    "comment": f"Tour de piste numéro {n}",
                }
                for n in range(start, min(start + AT_ONCE, count))
            ]
            gate.create_many("bookings.booking", rows)
    close_database()


def _raw(file: Path) -> float:
    """The seconds that the deletion takes by hand, with the pragmas of the portal."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.create_function("greffe_fold", 1, fold_or_none, deterministic=True)
    for pragma in ("journal_mode = wal", "foreign_keys = 1", "secure_delete = 1"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    for pragma in ("synchronous = normal", "temp_store = memory", "cache_size = -20000"):
        connection.execute(f"PRAGMA {pragma}").fetchall()
    limit = (NOW - timedelta(days=365)).isoformat(" ")
    index = connection.execute(
        "SELECT name FROM sqlite_master WHERE name = 'search_bookings_booking'"
    ).fetchone()
    start = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    if index:
        connection.execute(
            "DELETE FROM search_bookings_booking WHERE rowid IN"
            " (SELECT id FROM bookings_booking WHERE ends_at < ?)",
            (limit,),
        )
    connection.execute("DELETE FROM bookings_booking WHERE ends_at < ?", (limit,))
    connection.execute("COMMIT")
    if index:
        connection.execute(
            "INSERT INTO search_bookings_booking (search_bookings_booking) VALUES ('optimize')"
        )
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    spent = time.perf_counter() - start
    connection.close()
    return spent


def _purge(home: Path) -> tuple[float, list[float]]:
    """The seconds that the purge takes, and those of each page opened meanwhile."""
    open_instance(Settings(home=home))
    plan = retention.plan(_gate(), "bookings")
    words = [sys.executable, "-m", "bench.privacy", "--pages", str(home)]
    other = subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    if other.stdout is None or other.stdin is None:
        raise RuntimeError("The other process has no pipes.")
    other.stdout.readline()
    start = time.perf_counter()
    done = retention.run(_gate(), plan)
    spent = time.perf_counter() - start
    told, _nothing = other.communicate("stop\n")
    if done.erased != plan.counts.deletable or proxy.obj.is_closed():
        raise RuntimeError("The purge did not do what it previewed.")
    close_database()
    return spent, [float(word) for word in told.split()]


def _open_pages(home: Path) -> int:
    """Open list pages one after the other until told to stop; print how long each took."""
    open_instance(Settings(home=home))
    print("ready", flush=True)
    stop = Event()

    def hear() -> None:
        sys.stdin.readline()
        stop.set()

    Thread(target=hear, daemon=True).start()
    while not stop.wait(0.1):
        start = time.perf_counter()
        _gate().titles("directory.person", [1, 2, 3])
        print(f"{time.perf_counter() - start:.3f}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
