"""`greffe processors export`: both registers, or one."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Greffe


def test_both_registers_are_written(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "processors.json"
    done = greffe("processors", "export", "--format", "json", "--lang", "en", "-o", str(file))
    assert done.exit_code == 0
    assert {"processors", "controllers"} <= set(json.loads(file.read_text(encoding="utf-8")))


def test_one_register_is_written(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "controllers.csv"
    options = ("--format", "csv", "--part", "controllers", "--lang", "fr", "-o", str(file))
    assert greffe("processors", "export", *options).exit_code == 0
    assert file.read_text(encoding="utf-8-sig").startswith("Responsable du traitement,")
