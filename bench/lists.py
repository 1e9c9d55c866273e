"""List pages of a large table beside those of forty rows, Django's admin and Flask-Admin.

    python -m bench.lists [--home DIR | --persons N] [--rounds N]

Every demo account of staff opens the list of persons, searches it and filters it. Each time is the
median of the run, and stands beside the same account's page over forty rows.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from re import search
from urllib.parse import quote

from bench.django_app import DjangoAdmin
from bench.greffe_app import Greffe
from bench.instances import LISTING, prepare_large, prepare_small, words
from bench.stock_app import StockFlaskAdmin
from bench.worker import Question, Worker, medians

LIST = "/admin/directory.person/"
DEEP = 5_000
WHOLE = ("admin", "technical", "dpo", "treasurer")
LARGEST_RATIO, MOST_STATEMENTS, LARGEST_PAGE = 1.5, 8, 60_000
PAGES, NARROWED = ("page 1", "page 5,000"), ("search", "filter")


@dataclass(frozen=True)
class Case:
    """One line of the table: what is asked of the large portal, and of the small one."""

    name: str
    who: str
    path: str
    small: str


def main() -> int:
    options = _options()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder) / "large"
        small = Path(folder) / "small"
        _apart(prepare_large, home, options.persons)
        _apart(prepare_small, small)
        workers = {
            "large": Worker("Greffe", Greffe, home),
            "small": Worker("Greffe, 40 rows", Greffe, small),
            "Django": Worker("Django's admin 5.2", DjangoAdmin, home),
            "Flask-Admin": Worker("Flask-Admin, stock", StockFlaskAdmin, home),
        }
        try:
            missed = _accounts(workers, words(home), options.rounds)
            if not options.alone:
                missed += _peers(workers, words(home), options.rounds)
        finally:
            for worker in workers.values():
                worker.stop()
    print("\n".join(["", *missed]) if missed else "\nEvery page is within its bounds.")
    return 1 if missed else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--home", type=Path, help="the folder of a filled instance")
    parser.add_argument("--persons", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--alone", action="store_true", help="leave Django and Flask-Admin out")
    return parser.parse_args()


def _apart(make, *values) -> None:  # type: ignore[no-untyped-def]  # any function of this module
    """Run in a process of its own: a portal is one for a process."""
    import multiprocessing

    process = multiprocessing.get_context("spawn").Process(target=make, args=values)
    process.start()
    process.join()
    if process.exitcode:
        sys.exit("The portal could not be made.")


# --- every account, beside forty rows -------------------------------------------------------------


def _accounts(workers: Mapping[str, Worker], known: Mapping[str, str], rounds: int) -> list[str]:
    large, small = workers["large"], workers["small"]
    cases = [case for who in LISTING for case in _cases(large, who, known)]
    asked = [Question(large, case.who, case.path) for case in cases]
    asked += [Question(small, case.who, case.small) for case in cases]
    times = medians(asked, rounds)
    print(f"\nGreffe, medians of {rounds} in milliseconds (clock, processor), beside 40 rows\n")
    print(
        f"{'account':11} {'page':22} {'rows':>4} {'ms':>7} {'cpu':>7} {'40 rows':>8} {'rows':>4}"
        f" {'ratio':>6} {'cpu':>5} {'SQL':>4} {'kB':>5}  asked later, ms"
    )
    missed = []
    for case in cases:
        wall, cpu, answer = times[Question(large, case.who, case.path)]
        wall_small, cpu_small, small_answer = times[Question(small, case.who, case.small)]
        statements = len(large.statements(case.who, case.path))
        size = len(answer.text.encode())
        ratio = wall / wall_small
        print(
            f"{case.who:11} {case.name:22} {_rows(answer.text):>4} {wall:7.1f} {cpu:7.1f}"
            f" {wall_small:8.1f} {_rows(small_answer.text):>4} {ratio:6.2f}"
            f" {cpu / cpu_small:5.2f} {statements:>4} {size / 1000:5.0f}"
            f"  {_later(large, case, answer.text)}"
        )
        where = f"{case.who}, {case.name}"
        if min(ratio, cpu / cpu_small) > LARGEST_RATIO:
            missed.append(f"{where}: {ratio:.2f} times the page of forty rows.")
        if statements > MOST_STATEMENTS:
            missed.append(f"{where}: {statements} statements.")
        if size > LARGEST_PAGE:
            missed.append(f"{where}: {size} bytes.")
        if answer.status != 200:
            missed.append(f"{where}: {answer.status}.")
    return missed


def _later(large: Worker, case: Case, page: str) -> str:
    """What the page leaves to a request of its own, and how long that takes."""
    found = search(r'data-later-(count|rows)="([^"]+)"', page)
    if not found:
        return ""
    address = LIST + unescape(found[2])
    walls = [large.ask(case.who, address).wall for _turn in range(3)]
    return f"{found[1]} {1000 * walls[0]:.0f}, again {1000 * min(walls[1:]):.0f}"


def _cases(large: Worker, who: str, known: Mapping[str, str]) -> Iterator[Case]:
    """The pages of an account; the small portal answers the same question with all its rows."""
    yield Case("page 1", who, LIST, LIST)
    if who in WHOLE:
        yield Case("page 5,000", who, f"{LIST}?page={DEEP}", LIST)
    else:
        following = _following(large, who)
        if following:
            yield Case("next, after page 200", who, following, LIST)
    all_found, all_active = f"{LIST}?search=example", f"{LIST}?f.active.equals=true"
    for name in ("rare", "surname", "prefix"):
        yield Case(f"search, {name}", who, f"{LIST}?search={quote(known[name])}", all_found)
    yield Case("filter, active", who, all_active, all_active)
    yield Case("filter, not active", who, f"{LIST}?f.active.equals=false", all_active)
    town = f"{LIST}?f.city.equals={quote(known['town'])}"
    if large.ask(who, town).status == 200:
        yield Case("filter, town", who, town, all_active)
        yield Case("filter, no town", who, f"{LIST}?f.city.equals=nowhere", all_active)


def _following(large: Worker, who: str) -> str:
    """The address of the page that follows the deepest one that this account may ask by number."""
    last = large.ask(who, f"{LIST}?page=200")
    found = search(r'rel="next" href="([^"]+)"', last.text) if last.status == 200 else None
    return LIST + unescape(found[1]) if found else ""


def _rows(text: str) -> int:
    return text.count('name="rowid"')


# --- beside the others ----------------------------------------------------------------------------


def _peers(workers: Mapping[str, Worker], known: Mapping[str, str], rounds: int) -> list[str]:
    town, surname = quote(known["town"]), quote(known["surname"])
    folded = quote(known["town"].casefold().translate(str.maketrans("éèêëàâôöîïç", "eeeeaaooiic")))
    greffe, django, stock = LIST, "/admin/directory/person/", "/admin/person/"
    asked = {
        "page 1": (greffe, django, stock),
        "page 5,000": (
            f"{greffe}?page={DEEP}",
            f"{django}?p={DEEP + 1}",
            f"{stock}?page={DEEP}",
        ),
        "search": tuple(
            f"{base}?{name}={surname}"
            for base, name in ((greffe, "search"), (django, "q"), (stock, "search"))
        ),
        "filter": (
            f"{greffe}?f.city.equals={town}",
            f"{django}?city_key__exact={folded}",
            f"{stock}?flt0_0={folded}",
        ),
    }
    names = ("large", "Django", "Flask-Admin")
    questions = {
        (page, name): Question(workers[name], "admin", path)
        for page, paths in asked.items()
        for name, path in zip(names, paths, strict=True)
    }
    times = medians(list(questions.values()), rounds)
    print("\nThe same rows, in milliseconds by the clock (and SQL statements, kB)\n")
    print(
        f"{'page':12} {'Greffe':>20} {'Django 5.2':>20} {'Flask-Admin':>20}"
        f" {'of Django':>10} {'of Flask-Admin':>15}"
    )
    missed = []
    for page in asked:
        walls, cells = [], []
        for name in names:
            question = questions[page, name]
            wall, _cpu, answer = times[question]
            if answer.status != 200:
                missed.append(f"{name}, {page}: {answer.status}.")
            statements = len(question.worker.statements("admin", question.path))
            walls.append(wall)
            cells.append(f"{wall:9.1f} ({statements}, {len(answer.text.encode()) / 1000:.0f})")
        of_django, of_stock = walls[0] / walls[1], walls[0] / walls[2]
        print(
            f"{page:12}"
            + "".join(f" {cell:>20}" for cell in cells)
            + f" {of_django:10.3f} {of_stock:15.3f}"
        )
        most = 0.5 if page in PAGES else 0.1
        if of_django > most:
            missed.append(f"{page}: {of_django:.2f} of Django's time, at most {most} wanted.")
    return missed


if __name__ == "__main__":
    sys.exit(main())
