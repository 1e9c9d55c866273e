"""`import`: what a file does, what is refused, what is left as it was."""

from __future__ import annotations

import csv
import json
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from portal.rows import Selection
from tests import factories
from tests.cli.conftest import Greffe


def count() -> int:
    return factories.gate().count("directory.person", Selection(), exact=True).value


def file(tmp_path: Path, text: str) -> str:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_file_is_imported(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("import", "directory.person", file(tmp_path, "Nom;Prénom\nZorro;Élodie\n"))
    assert (done.exit_code, count()) == (0, factories.DEMO_PERSONS + 1)


def test_what_was_recognised_is_told(greffe: Greffe, tmp_path: Path) -> None:
    told = greffe("import", "directory.person", file(tmp_path, "Nom;id\nZorro;\n")).stdout
    assert told.splitlines() == [
        "rows.csv: CSV, UTF-8, separator semicolon.",
        "Columns: Nom = last_name, id.",
        "Rows are found by: id.",
        "1 new row, 0 changed rows, 0 unchanged, 0 refused lines",
        "Written.",
    ]


def test_a_dry_run_writes_nothing(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("import", "directory.person", file(tmp_path, "Nom\nZorro\n"), "--dry-run")
    assert (done.exit_code, "1 new row" in done.stdout, count()) == (
        0,
        True,
        factories.DEMO_PERSONS,
    )


BAD = "last_name,birth_date\nZorro,2020-01-01\nZorra,never\n"


@pytest.mark.parametrize("option", ["", "--dry-run"])
def test_a_refused_line_refuses_the_file(greffe: Greffe, tmp_path: Path, option: str) -> None:
    done = greffe("import", "directory.person", file(tmp_path, BAD), *filter(None, [option]))
    assert (done.exit_code, "Line 3: Birth date: 'never'" in done.stderr, count()) == (
        1,
        True,
        factories.DEMO_PERSONS,
    )


def test_good_rows_are_written_and_the_others_told(greffe: Greffe, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    done = greffe(
        "import",
        "directory.person",
        file(tmp_path, BAD),
        "--good-rows",
        "--refused",
        str(bad),
    )
    (head, line) = csv.reader(bad.read_text(encoding="utf-8").splitlines())
    assert (done.exit_code, count(), head[2:], line[:3]) == (
        1,
        factories.DEMO_PERSONS + 1,
        ["greffe.line", "greffe.reason"],
        ["Zorra", "never", "3"],
    )


def test_a_corrected_file_of_refused_lines_is_imported(greffe: Greffe, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    greffe("import", "directory.person", file(tmp_path, BAD), "--refused", str(bad))
    text = bad.read_text(encoding="utf-8").replace("never", "2020-01-01", 1)
    done = greffe("import", "directory.person", file(tmp_path, text))
    assert (done.exit_code, count()) == (0, factories.DEMO_PERSONS + 1)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("directory.persn",), "Did you mean directory.person?"),
        (("directory.person", "--key", "shoe"), "Rows are not found by 'shoe'."),
        (("journal.entry",), "There is no table 'journal.entry'."),
        (("operations.job",), "You may not import into “Jobs”."),
        (("directory.person", "--encoding", "utf-16"), "The file is not written in UTF-16."),
    ],
)
def test_what_cannot_be_imported_is_one_sentence(
    greffe: Greffe, tmp_path: Path, arguments: tuple[str, ...], sentence: str
) -> None:
    done = greffe("import", arguments[0], file(tmp_path, "Nom\nX\n"), *arguments[1:])
    assert (done.exit_code, sentence in done.stderr) == (1, True)


def test_a_picture_is_refused(greffe: Greffe, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = greffe("import", "directory.person", str(tmp_path / "rows.csv"))
    assert (done.exit_code, "not a table but a picture" in done.stderr) == (1, True)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_an_export_is_imported_unchanged(greffe: Greffe, tmp_path: Path, kind: str) -> None:
    path = str(tmp_path / f"rows.{kind}")
    greffe("export", "directory.person", "--format", kind, "-o", path)
    done = greffe("import", "directory.person", path)
    assert f"{factories.DEMO_PERSONS} unchanged" in done.stdout


def test_a_workbook_has_dates_and_inert_texts(greffe: Greffe, tmp_path: Path) -> None:
    greffe("import", "directory.person", file(tmp_path, "last_name,birth_date\n'=1+1,1980-02-01\n"))
    path = tmp_path / "rows.xlsx"
    names = "last_name,birth_date"
    greffe("export", "directory.person", "--columns", names, "--format", "xlsx", "-o", str(path))
    *_rest, last = load_workbook(path).active.iter_rows()
    assert (last[0].value, last[0].data_type, last[1].is_date) == ("'=1+1", "s", True)


def test_an_ods_is_a_package_of_a_spreadsheet(greffe: Greffe, tmp_path: Path) -> None:
    path = tmp_path / "rows.ods"
    greffe("export", "directory.person", "--format", "ods", "-o", str(path))
    with zipfile.ZipFile(path) as package:
        rows = package.read("content.xml").decode().count("<table:table-row>")
        first = package.namelist()[0]
    assert (first, rows) == ("mimetype", factories.DEMO_PERSONS + 1)


def test_json_holds_values_as_they_are(greffe: Greffe) -> None:
    done = greffe("export", "directory.person", "--columns", "id,active", "--format", "json")
    assert json.loads(done.stdout)[0] == {"id": 1, "active": True}
