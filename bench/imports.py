"""The import of many persons, beside `executemany` of the same rows into the same table.

    python -m bench.imports [--persons N]

Each runs in a process of its own, on a new instance. The import reads a CSV file, judges each line
within the rights of an account, stages it, writes all of it with its journal, indexes its words.
`executemany` runs before and after it: both meet what else the machine does, and the import is
compared with their mean. A last run imports while a visitor opens the list of persons again and
again.
"""

from __future__ import annotations

import argparse
import csv
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path

from bench.greffe_app import Greffe
from bench.instances import opened
from portal import bulk, imports
from portal.accounts import sessions
from portal.actor import Origin
from portal.builtin.accounts import Account
from portal.channels import Channel
from portal.database import transaction
from portal.gate import Gate
from portal.models import new_uuid
from portal.operations import instance
from portal.text import fold

TABLE = "directory.person"
LIST = f"/admin/{TABLE}/"
LARGEST_RATIO, MOST_MEMORY, SLOWEST_PAGE = 12.0, 200.0, 5.0
STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
HEADS = [
    "last_name",
    "first_name",
    "birth_date",
    "email",
    "accepts_news",
    "profession",
    "address",
    "postcode",
    "city",
    "mobile",
]
NAMES = ("Martin", "Bernard", "Thomas", "Petit", "Robert", "Richard", "Durand", "Dubois", "Éluard")
CITIES = ("Nantes", "Rennes", "Angers", "Le Mans", "Saint-Nazaire", "Vannes", "Laval", "Cholet")


@dataclass(frozen=True)
class Measure:
    """Seconds by clock and of processor, and the most memory held meanwhile (MB)."""

    seconds: float
    cpu: float
    peak: float
    staged: float = 0.0
    written: float = 0.0


def persons(count: int) -> Iterator[tuple[str, ...]]:
    """Persons, the same for the same count."""
    chance = random.Random(count)  # noqa: S311 - names for a measure
    for number in range(count):
        name = f"{chance.choice(NAMES)}-{chance.randrange(count)}"
        yield (
            name,
            chance.choice(NAMES),
            f"19{chance.randrange(40, 99)}-0{chance.randrange(1, 9)}-1{chance.randrange(9)}",
            f"person{number}@example.org",
            chance.choice(("true", "false")),
            "Pilote",
            f"{chance.randrange(200)} rue des Acacias",
            f"{chance.randrange(10_000, 95_999)}",
            chance.choice(CITIES),
            f"06 {chance.randrange(10_000_000, 99_999_999)}",
        )


def write_file(path: Path, count: int) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file)
        out.writerow(HEADS)
        out.writerows(persons(count))


def new_instance(home: Path) -> None:
    """A demonstration with its accounts and few persons."""
    instance.fill_demo(opened(home), 40)


def raw(pipe: Connection, home: Path, file: Path, stop: Event) -> None:
    """Insert the same rows by one statement, in one transaction."""
    new_instance(home)
    table = opened(home).catalog.table(TABLE)
    names = [column.name for column in table.model._meta.sorted_fields]
    plain = {"version": 1, "custom": "{}", "active": True, "created_at": "2026-01-01 00:00:00"}
    plain["updated_at"] = plain["created_at"]
    empty = {f.name: "" for f in table.fields.values() if f.type.name in ("text", "phone")}
    lines = []
    with file.open(encoding="utf-8", newline="") as source:
        for number, row in enumerate(csv.DictReader(source), 1_000):
            whole = plain | empty | {"notes": ""} | row | {"id": number, "uuid": new_uuid()}
            whole["identifier"] = f"bench-{number}"
            whole["accepts_news"] = row["accepts_news"] == "true"
            whole |= {f.folded: fold(str(whole[n])) for n, f in table.fields.items() if f.folded}
            lines.append(tuple(whole.get(name) for name in names))
    pipe.send(_timed(lambda: _insert(table.model, names, lines)))


def _insert(model: object, names: list[str], lines: list[tuple[object, ...]]) -> tuple[float, ...]:
    with transaction():
        bulk.insert(model, names, lines)
    return ()


def imported(pipe: Connection, home: Path, file: Path, stop: Event) -> None:
    """Import the file as the administrator of the demonstration."""
    new_instance(home)
    account = Account.get(Account.login_key == "admin").id
    gate = Gate(sessions.load_actor(account, Origin()), Channel.IMPORT)

    def act() -> tuple[float, ...]:
        started = time.perf_counter()
        source = imports.opened(file)
        number = imports.start(gate, source, imports.Wish(TABLE))
        imports.read(gate, number, source)
        staged = time.perf_counter()
        report = imports.write(gate, number, source)
        print(f"  {report}", file=sys.stderr)
        return staged - started, time.perf_counter() - staged

    pipe.send(_timed(act))
    stop.set()


def _timed(act: object) -> Measure:
    CLEAR.write_text("5", encoding="ascii")
    started, cpu = time.perf_counter(), time.process_time()
    parts = act()  # type: ignore[operator]
    seconds, spent = time.perf_counter() - started, time.process_time() - cpu
    line = next(x for x in STATUS.read_text().splitlines() if x.startswith("VmHWM"))
    return Measure(seconds, spent, int(line.split()[1]) / 1_000, *parts)


def visit(pipe: Connection, home: Path, file: Path, stop: Event) -> None:
    """Open the list of persons until the import is over; the times of the pages."""
    while not (home / "greffe.db").exists():
        time.sleep(0.2)
    time.sleep(8)  # until the instance is filled
    browser = Greffe(home).browser("admin")
    times = []
    while not stop.is_set():
        started = time.perf_counter()
        answer = browser.get(LIST)
        assert answer.status_code == 200
        times.append(time.perf_counter() - started)
        time.sleep(0.1)
    pipe.send(times)


def run(act: object, home: Path, file: Path, beside: object = None) -> tuple[Measure, list[float]]:
    """Run in a new process, with another beside it."""
    made = multiprocessing.get_context("spawn")
    stop = made.Event()
    pipes, started = [], []
    for one in (act, beside) if beside else (act,):
        here, there = made.Pipe()
        process = made.Process(target=one, args=(there, home, file, stop))
        process.start()
        there.close()
        pipes.append(here)
        started.append(process)
    try:
        measure = pipes[0].recv()
        times = pipes[1].recv() if beside else []
    finally:
        stop.set()
        for process in started:
            process.join()
    return measure, times


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--persons", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        file = root / "persons.csv"
        write_file(file, options.persons)
        for name in ("before", "import", "after", "visited"):
            (root / name).mkdir()
        before, _none = run(raw, root / "before", file)
        made, _none = run(imported, root / "import", file)
        after, _none = run(raw, root / "after", file)
        visited, times = run(imported, root / "visited", file, visit)
    print(f"{'':12} {'total':>8} {'cpu':>8} {'read':>8} {'written':>8} {'peak MB':>8}")
    measures = (("executemany", before), ("import", made), ("executemany", after))
    for name, one in (*measures, ("visited", visited)):
        print(
            f"{name:12} {one.seconds:7.1f}s {one.cpu:7.1f}s {one.staged:7.1f}s {one.written:7.1f}s"
            f" {one.peak:8.0f}"
        )
    ratio = 2 * made.seconds / (before.seconds + after.seconds)
    of_cpu = 2 * made.cpu / (before.cpu + after.cpu)
    slowest = max(times, default=0.0)
    print(f"\nThe import takes {ratio:.1f} times as long ({of_cpu:.1f} of the processor).")
    middle = statistics.median(times or [0.0])
    print(
        f"{len(times)} list pages were opened meanwhile: {middle:.2f} s in the middle, the slowest"
        f" {slowest:.2f} s."
    )
    missed = [
        sentence
        for sentence, bad in (
            (f"{ratio:.1f} times executemany.", min(ratio, of_cpu) > LARGEST_RATIO),
            (f"{made.peak:.0f} MB of memory.", made.peak > MOST_MEMORY),
            (f"A page took {slowest:.2f} s.", slowest > SLOWEST_PAGE),
        )
        if bad
    ]
    print("\n".join(missed) or "It is within its bounds.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
