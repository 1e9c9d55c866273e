"""`register export` and `access`: the registers on paper, made of real rows."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from portal.builtin.directory import Person
from portal.builtin.journal import Entry
from portal.start import Portal
from tests.cli.conftest import Greffe


@pytest.mark.parametrize("kind", ["odt", "docx"])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_register_is_a_document(
    greffe: Greffe, tmp_path: Path, kind: str, language: str
) -> None:
    file = tmp_path / f"register.{kind}"
    done = greffe("register", "export", "--format", kind, "--lang", language, "-o", str(file))
    assert (done.exit_code, zipfile.is_zipfile(file)) == (0, True)


def test_the_register_is_data_too(greffe: Greffe, tmp_path: Path) -> None:
    greffe("register", "export", "--format", "json", "-o", str(tmp_path / "r.json"))
    assert json.loads((tmp_path / "r.json").read_bytes())


def test_one_sheet_of_the_register_is_a_workbook(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "bookings.ods"
    done = greffe("register", "export", "--activity", "bookings", "--lang", "en", "-o", str(file))
    assert done.exit_code == 0
    content = zipfile.ZipFile(file).read("content.xml").decode()
    assert content.count("<table:table-row>") == 2
    assert "Bookings" in content


def test_an_unknown_treatment_leaves_no_file(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("register", "export", "--activity", "nothing", "-o", str(tmp_path / "r.odt"))
    assert (done.exit_code, list(tmp_path.glob("r.odt*"))) == (1, [])


@pytest.mark.parametrize("kind", ["odt", "docx"])
def test_an_access_document_is_made(greffe: Greffe, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"access.{kind}"
    done = greffe("access", "1", "--format", kind, "--lang", "fr", "-o", str(file))
    assert (done.exit_code, zipfile.is_zipfile(file)) == (0, True)


def test_an_access_document_is_journaled(
    greffe: Greffe, demo_portal: Portal, tmp_path: Path
) -> None:
    greffe("access", "1", "-o", str(tmp_path / "a.odt"))
    kinds = {entry.kind for entry in Entry.select().where(Entry.actor == "command line")}
    assert "access_document" in kinds


def test_an_unknown_person_leaves_no_file(greffe: Greffe, tmp_path: Path) -> None:
    assert greffe("access", "99999", "-o", str(tmp_path / "a.odt")).exit_code == 1
    assert not list(tmp_path.glob("a.odt*"))


def test_an_unknown_language_is_a_mistake_of_use(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("access", "1", "--lang", "de", "-o", str(tmp_path / "a.odt"))
    assert done.exit_code == 2


@pytest.mark.parametrize("kind", ["odt", "docx"])
def test_the_name_of_the_file_chooses_the_format(greffe: Greffe, tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"access.{kind}"
    assert greffe("access", "1", "--lang", "fr", "-o", str(file)).exit_code == 0
    parts = zipfile.ZipFile(file).namelist()
    assert ("word/document.xml" in parts, "content.xml" in parts) == (kind == "docx", kind == "odt")


@pytest.mark.parametrize(
    "options", [("access", "1"), ("access", "1", "--format", "odt"), ("register", "export")]
)
def test_a_name_that_says_another_format_leaves_no_file(
    greffe: Greffe, tmp_path: Path, options: tuple[str, ...]
) -> None:
    done = greffe(*options, "-o", str(tmp_path / "a.rtf"))
    assert (done.exit_code, "Let it end like one of" in done.stderr) == (1, True)
    assert not list(tmp_path.glob("a.*"))


def test_a_person_is_named_by_their_external_identifier(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    done = greffe("access", "P00001", "--zip", "--lang", "en", "-o", str(file))
    assert (done.exit_code, "data.json" in zipfile.ZipFile(file).namelist()) == (0, True)


def test_the_portable_data_are_a_package_of_their_own(greffe: Greffe, tmp_path: Path) -> None:
    file = tmp_path / "a.zip"
    assert greffe("access", "1", "--portable", "--lang", "en", "-o", str(file)).exit_code == 0
    assert "schema.json" in zipfile.ZipFile(file).namelist()


def test_a_zip_is_not_a_document_too(greffe: Greffe, tmp_path: Path) -> None:
    done = greffe("access", "1", "--zip", "--format", "odt", "-o", str(tmp_path / "a.zip"))
    assert (done.exit_code, "Choose one of" in done.stderr) == (1, True)


def test_an_erasure_is_shown_without_being_done(greffe: Greffe, demo_portal: Portal) -> None:
    done = greffe("erase", "P00005", "--dry-run")
    assert (done.exit_code, "Nothing was changed." in done.stdout) == (0, True)
    assert "Persons" in done.stdout
    assert Person.get_or_none(Person.id == 5)


def test_an_erasure_asks_for_the_number(greffe: Greffe, demo_portal: Portal) -> None:
    assert greffe("erase", "5", given="6\n").exit_code == 1
    before = Person.get_by_id(5).last_name
    assert greffe("erase", "5", given="5\n").exit_code == 0
    left = Person.get_or_none(Person.id == 5)
    assert left is None or left.last_name != before
