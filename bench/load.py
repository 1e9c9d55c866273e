"""Two hundred list pages by eight threads while a writer commits.

    python -m bench.load [--home DIR | --persons N] [--pages N] [--threads N]

Each thread is a browser signed in as another demo account. The writer changes a person, again and
again, through the same gate.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from bench.greffe_app import Greffe
from bench.instances import LISTING, prepare_large
from portal.actor import process
from portal.channels import Channel
from portal.database import proxy
from portal.gate import Gate
from portal.rows import Selection

LIST = "/admin/directory.person/"
ASKED = ("", "?page=100", "?search=ma", "?f.active.equals=true", "?sort=email")
WORST_SECONDS = 1.0


@dataclass
class Load:
    """What a run saw: the seconds of each page, what failed, how often the writer committed."""

    seconds: list[tuple[float, str]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    writes: int = 0

    @property
    def worst(self) -> tuple[float, str]:
        """The slowest page: its seconds, and which it was."""
        return max(self.seconds, default=(0.0, ""))


def run(greffe: Greffe, pages: int, threads: int) -> Load:
    """Ask `pages` list pages by `threads` threads while another thread writes."""
    load, done = Load(), threading.Event()
    for who in LISTING:  # a portal that serves already: signed in, and each account saw its list
        greffe.get(who, LIST)

    def browse(number: int) -> None:
        client = greffe.app.test_client()
        who = LISTING[number % len(LISTING)]
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
        client.set_cookie("greffe", greffe.browser(who).get_cookie("greffe").value)  # type: ignore[union-attr]  # signed in
        for turn in range(pages // threads):
            path = LIST + ASKED[(number + turn) % len(ASKED)]
            started = time.perf_counter()
            status = client.get(path).status_code
            load.seconds.append((time.perf_counter() - started, f"{who} {path}"))
            if status != 200:
                load.failures.append(f"{who} {path}: {status}")
        proxy.obj.close()

    def write() -> None:
        gate = Gate(process("bench"), Channel.FORM)
        number = gate.list("directory.person", Selection(page_size=1), ()).rows[0].id
        while not done.is_set():
            row = gate.one("directory.person", number)
            gate.update("directory.person", row.id, {"notes": f"{load.writes}"}, row.version)
            load.writes += 1
        proxy.obj.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(browse, range(threads)))
    finally:
        done.set()
        writer.join()
    return load


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, help="the folder of a filled instance")
    parser.add_argument("--persons", type=int, default=20_000)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--threads", type=int, default=8)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        prepare_large(home, options.persons)
        load = run(Greffe(home), options.pages, options.threads)
    worst, where = load.worst
    median = statistics.median(seconds for seconds, _page in load.seconds)
    print(
        f"{len(load.seconds)} pages by {options.threads} threads, {load.writes} writes meanwhile:"
        f" median {median * 1000:.0f} ms,"
        f" worst {worst * 1000:.0f} ms ({where}), {len(load.failures)} failed."
    )
    print("\n".join(load.failures))
    return 1 if load.failures or worst > WORST_SECONDS else 0


if __name__ == "__main__":
    sys.exit(main())
