"""Typed lists as files on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.choice import Choice
from tests.cli.conftest import Greffe

LIST = "members.validity-types"
HEAD = "slug,label_fr,label_en,parent"


def labels() -> dict[str, str]:
    """Give the labels of the list as they are stored, by identifier."""
    query = Choice.select(Choice.slug, Choice.label_fr).where(Choice.list_name == LIST)
    return dict(query.tuples())


def written(folder: Path, *lines: str) -> str:
    file = folder / "list.csv"
    file.write_text("\n".join((HEAD, *lines)) + "\n")
    return str(file)


def test_a_list_is_read_again_as_it_was_written(greffe: Greffe, tmp_path: Path) -> None:
    file = str(tmp_path / "out.csv")
    assert greffe("choices", "export", LIST, file).exit_code == 0
    done = greffe("choices", "import", LIST, file)
    assert (done.exit_code, "0 changed rows, 6 unchanged" in done.stdout) == (0, True)


def test_a_file_adds_and_changes(greffe: Greffe, tmp_path: Path) -> None:
    file = written(tmp_path, "licence,Licences,,", "ulm,ULM,,licence")
    done = greffe("choices", "import", LIST, file)
    assert done.exit_code == 0
    assert "Line 2: Licence, Label in French: Licence → Licences" in done.stdout
    found = labels()
    assert (found["licence"], found["ulm"]) == ("Licences", "ULM")


def test_a_dry_run_changes_nothing(greffe: Greffe, tmp_path: Path) -> None:
    file = written(tmp_path, "ulm,ULM,,")
    done = greffe("choices", "import", LIST, file, "--dry-run")
    assert (done.exit_code, "Line 2: new, ULM (ulm)" in done.stdout) == (0, True)
    assert "ulm" not in labels()


@pytest.mark.parametrize("line", ["Été,Été,,", "ok,Encore,,", "ulm,=1+1,,", "ulm,ULM,,ulm"])
def test_a_refused_line_is_told_and_nothing_is_written(
    greffe: Greffe, tmp_path: Path, line: str
) -> None:
    done = greffe("choices", "import", LIST, written(tmp_path, "ok,Bonne ligne,,", line))
    assert (done.exit_code, "Line 3: " in done.stderr) == (1, True)
    assert "ok" not in labels()


def test_an_unknown_list_is_refused_with_the_nearest(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("choices", "export", "members.validity", str(tmp_path / "x.csv"))
    assert (done.exit_code, LIST in done.stderr) == (1, True)


def test_a_file_that_is_not_there_is_refused(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("choices", "import", LIST, str(tmp_path / "nothing.csv"))
    assert done.exit_code == 1
