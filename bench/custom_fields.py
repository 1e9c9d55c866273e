"""A filter on an indexed custom field beside the same filter on an indexed real column.

    python -m bench.custom_fields --home DIR [--rounds N]

Gives every person of the instance in DIR (a copy: it is changed) two custom fields that hold the
e-mail address and the town again, has the job index them, and asks both for the same values: the
page of a list with its count, as the screens ask them. Each time is the median of the run.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from datetime import date
from pathlib import Path

from bench.instances import opened
from portal import catalog, configured, custom_upkeep, version
from portal.actor import process
from portal.channels import Channel
from portal.database import is_sqlite, proxy, transaction
from portal.gate import Gate
from portal.rows import Filter, Selection

PERSON, FIELD = "directory.person", "typing.customfield"
PAIRS = {"email": "bench_email", "city": "bench_city"}
LARGEST_RATIO = 3.0


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, required=True, help="a copy of a filled instance")
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    opened(options.home)
    _prepare()
    missed = [_compared(real, key, options.rounds) for real, key in PAIRS.items()]
    found = [sentence for sentence in missed if sentence]
    print("\n".join(["", *found]) if found else "\nEvery filter is within its bound.")
    return 1 if found else 0


def _gate() -> Gate:
    return Gate(process("bench"), Channel.LIST, today=date(2026, 11, 22))


def _prepare() -> None:
    known = {field for field in catalog.current().table(PERSON).fields if field.startswith("x_")}
    for key in PAIRS.values():
        if f"x_{key}" not in known:
            values = {"table_name": PERSON, "key": key, "label_fr": key, "kind": "text"}
            _gate().create(FIELD, values | {"personal": True, "indexed": True})
    configured.refresh(version.catalog_version())
    made = "json_object" if is_sqlite() else "json_build_object"
    pairs = ", ".join(f"'{key}', {real}" for real, key in PAIRS.items())
    start = time.perf_counter()
    with transaction():
        proxy.execute_sql(f"UPDATE directory_person SET custom = {made}({pairs})")  # noqa: S608 - names of this file
    print(f"values written in {time.perf_counter() - start:.1f} s", file=sys.stderr)
    start = time.perf_counter()
    custom_upkeep.bring(catalog.current())
    print(f"indexes made in {time.perf_counter() - start:.1f} s", file=sys.stderr)


def _compared(real: str, key: str, rounds: int) -> str:
    """Print both times of a field; a sentence when the custom one is too slow."""
    query = f"SELECT DISTINCT {real} FROM directory_person WHERE id % 997 = 3 AND {real} <> ''"  # noqa: S608 - names of this file
    values = [row[0] for row in proxy.execute_sql(query).fetchall()][: rounds + 3]
    times: dict[str, list[float]] = {real: [], f"x_{key}": []}
    rows = 0
    for value in values:
        for name, taken in times.items():
            start = time.perf_counter()
            rows = _ask(name, value)
            taken.append(time.perf_counter() - start)
    slow, quick = (statistics.median(times[name][3:] or times[name]) for name in (f"x_{key}", real))
    ratio = slow / quick
    print(
        f"{real:8} {len(values):3} values, {rows:6} rows found at the last:"
        f" real {quick * 1000:7.2f} ms, custom {slow * 1000:7.2f} ms, {ratio:.2f} times"
    )
    if ratio <= LARGEST_RATIO:
        return ""
    return f"A custom field like {real} takes {ratio:.1f} times as long; the most is 3."


def _ask(field: str, value: str) -> int:
    wanted = Selection(filters=(Filter(field, "equals", value),))
    asked = _gate()
    count = asked.count(PERSON, wanted)
    asked.list(PERSON, wanted, ["last_name", "first_name"])
    return count.value


if __name__ == "__main__":
    raise SystemExit(main())
