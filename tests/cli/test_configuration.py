"""`config export` and `config import`."""

from __future__ import annotations

import json
from pathlib import Path

from tests.cli.conftest import Greffe, caller


def changed(path: Path) -> None:
    """Rename the first profile type of a settings file."""
    content = json.loads(path.read_text())
    content["tables"]["accounts.profiletype"][0]["label_en"] = "Renamed"
    path.write_text(json.dumps(content))


def test_another_portal_takes_the_settings_of_this_one(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    greffe("config", "export", str(file))
    changed(file)
    other = caller(tmp_path / "other")
    done = other("config", "import", str(file))
    again = other("config", "import", str(file))
    assert (done.exit_code, again.exit_code) == (0, 0)
    assert "+ Renamed" in done.stdout
    assert "Changed: 0" in again.stdout


def test_a_dry_run_changes_nothing(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    greffe("config", "export", str(file))
    changed(file)
    first = greffe("config", "import", str(file), "--dry-run")
    second = greffe("config", "import", str(file), "--dry-run")
    assert "+ Renamed" in first.stdout
    assert (second.exit_code, second.stdout) == (0, first.stdout)


def test_a_refused_row_is_named_and_nothing_is_done(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "settings.json"
    greffe("config", "export", str(file))
    content = json.loads(file.read_text())
    content["tables"]["typing.choice"][0]["nope"] = "x"
    file.write_text(json.dumps(content))
    done = greffe("config", "import", str(file))
    assert done.exit_code == 1
    assert "There is no field 'nope' here." in done.stdout


def test_a_picture_is_no_settings_file(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "picture.json"
    file.write_bytes(b"\x89PNG\r\n\x1a\n")
    done = greffe("config", "import", str(file))
    assert (done.exit_code, "This is not a settings file." in done.stderr) == (1, True)
