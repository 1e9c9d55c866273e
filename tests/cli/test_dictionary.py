"""`greffe dictionary export`: one module or all, in the format that is asked."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cli.conftest import Greffe


def test_a_module_is_written(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "dictionary.csv"
    options = ("--format", "csv", "--module", "members", "--lang", "en", "-o", str(file))
    assert greffe("dictionary", "export", *options).exit_code == 0
    lines = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert {line[1] for line in lines[1:]} == {"members.membership", "members.validity"}


def test_an_unknown_module_is_refused(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "dictionary.odt"
    done = greffe("dictionary", "export", "--module", "nowhere", "-o", str(file))
    assert (done.exit_code, file.exists()) == (1, False)
