"""The CSV of a large table through its route, beside `csv.writer` over a raw cursor.

    python -m bench.exports [--home DIR | --persons N]

Each export runs in a process of its own, which tells the time to the first bytes, the time to the
last, and how much memory it took beyond what the open portal holds.
"""

from __future__ import annotations

import argparse
import csv
import io
import multiprocessing
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from bench.greffe_app import Greffe
from bench.instances import prepare_large

ADDRESS = "/admin/directory.person/export/csv/"
FIRST_BYTE, MOST_MEMORY, LARGEST_RATIO = 0.5, 100.0, 3.0
ROWS_AT_ONCE = 1_000
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
"""Where Linux tells the most memory that a process held, and where that is set back."""


@dataclass(frozen=True)
class Measure:
    """One export: seconds to the first byte and to the last (by clock and of processor), sizes."""

    first: float
    last: float
    cpu: float
    lines: int
    megabytes: float
    peak: float


def portal_csv(home: Path) -> Callable[[], Iterator[bytes]]:
    """The export route, as the administrator of the demonstration asks it."""
    greffe = Greffe(home)
    browser = greffe.browser("admin")
    browser.get("/admin/")
    return lambda: iter(browser.get(ADDRESS, buffered=False).iter_encoded())


def raw_csv(home: Path) -> Callable[[], Iterator[bytes]]:
    """The same columns through the standard library alone: no rights, no journal."""
    columns = _columns(home)

    def pieces() -> Iterator[bytes]:
        rows = sqlite3.connect(f"file:{home / 'greffe.db'}?mode=ro", uri=True)
        cursor = rows.execute(f"SELECT {', '.join(columns)} FROM directory_person ORDER BY id")
        buffer = io.StringIO()
        out = csv.writer(buffer)
        out.writerow(columns)
        while chunk := cursor.fetchmany(ROWS_AT_ONCE):
            out.writerows(chunk)
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()

    return pieces


def _columns(home: Path) -> list[str]:
    """The columns that the portal exports, by their names in the database."""
    greffe = Greffe(home)
    browser = greffe.browser("admin")
    read = b""
    for piece in browser.get(ADDRESS, buffered=False).iter_encoded():
        read += piece
        if b"\n" in read:
            break
    head = read.decode("utf-8-sig")
    names = next(csv.reader(io.StringIO(head)))
    fields = greffe.app.extensions["portal"].catalog.table("directory.person").fields
    return [f'"{fields[name].column.column_name}"' for name in names]


def _run(
    pipe: Connection, make: Callable[[Path], Callable[[], Iterator[bytes]]], home: Path
) -> None:
    pieces = make(home)
    CLEAR.write_text("5", encoding="ascii")
    started, cpu = time.perf_counter(), time.process_time()
    first, lines, size = 0.0, 0, 0
    for piece in pieces():
        first = first or time.perf_counter() - started
        lines += piece.count(b"\n")
        size += len(piece)
    pipe.send(
        Measure(
            first,
            time.perf_counter() - started,
            time.process_time() - cpu,
            lines,
            size / 1_000_000,
            _peak(),
        )
    )


def _peak() -> float:
    """The most memory that this process held since the export began, in megabytes."""
    line = next(x for x in STATUS.read_text().splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) / 1_000


def measure(make: Callable[[Path], Callable[[], Iterator[bytes]]], home: Path) -> Measure:
    """Run an export in a new process."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_run, args=(there, make, home))
    process.start()
    there.close()
    try:
        found: Measure = here.recv()
    finally:
        process.join()
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, help="the folder of a filled instance")
    parser.add_argument("--persons", type=int, default=1_000_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        maker = multiprocessing.get_context("spawn").Process(
            target=prepare_large, args=(home, options.persons)
        )
        maker.start()
        maker.join()
        if maker.exitcode:
            return 1
        raw = measure(raw_csv, home)
        made = measure(portal_csv, home)
    print(
        f"{'':16} {'first byte':>10} {'total':>8} {'cpu':>8} {'lines':>9} {'MB':>6} {'peak MB':>8}"
    )
    for name, one in (("csv.writer", raw), ("export route", made)):
        print(
            f"{name:16} {one.first:9.3f}s {one.last:7.1f}s {one.cpu:7.1f}s {one.lines:>9}"
            f" {one.megabytes:6.0f} {one.peak:8.0f}"
        )
    ratio, of_cpu = made.last / raw.last, made.cpu / raw.cpu
    print(f"\nThe export takes {ratio:.2f} times as long ({of_cpu:.2f} of the processor).")
    missed = [
        sentence
        for sentence, bad in (
            (f"First byte after {made.first:.2f} s.", made.first > FIRST_BYTE),
            (f"{made.peak:.0f} MB of memory.", made.peak > MOST_MEMORY),
            (f"{ratio:.2f} times csv.writer.", min(ratio, of_cpu) > LARGEST_RATIO),
        )
        if bad
    ]
    print("\n".join(missed) or "It is within its bounds.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
