"""`greffe journal list` and `export`: the entries, narrowed, and both journaled."""

from __future__ import annotations

import json
from pathlib import Path

from portal import journal
from portal.builtin.journal import Entry
from tests.cli.conftest import Greffe


def test_the_latest_entries_are_listed(greffe: Greffe) -> None:
    done = greffe("journal", "list", "--last", "3", "--kind", "create")
    assert done.exit_code == 0
    assert len(done.stdout.splitlines()) == 4
    assert "Creation" in done.stdout
    assert "investigate incidents" in done.stderr


def test_a_list_that_finds_nothing_says_so(greffe: Greffe) -> None:
    assert "There are none." in greffe("journal", "list", "--table", "history.change").stdout


def test_reading_is_journaled_under_the_name_of_the_command_line(greffe: Greffe) -> None:
    greffe("journal", "list", "--last", "1")
    kinds = [(e.kind, e.actor) for e in Entry.select().order_by(Entry.id.desc()).limit(4)]
    assert ("journal_access", "command line") in kinds


def test_entries_are_written_to_a_file(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "journal.json"
    before = journal.head()[0]
    done = greffe("journal", "export", "--format", "json", "-o", str(file))
    assert done.exit_code == 0
    ids = [one["id"] for one in json.loads(file.read_text(encoding="utf-8"))["entries"]]
    assert before <= len(ids) < journal.head()[0]
    assert ids == list(range(1, len(ids) + 1))


def test_a_wrong_filter_is_refused_and_leaves_no_file(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "journal.csv"
    done = greffe("journal", "export", "--since", "tomorrow", "-o", str(file))
    assert (done.exit_code, list(tmp_path.glob("journal*"))) == (1, [])


def test_check_names_superusers_who_are_no_officers(greffe: Greffe) -> None:
    assert "admin is a superuser, no privacy officer" in greffe("check").stdout
