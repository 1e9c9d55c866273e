"""What a file is: its encoding, its separator, its lines; and what is no table at all."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import Workbook

from portal.errors import Invalid
from portal.imports.source import Source, opened

LINES = "Nom;Prénom\r\nDupont;Élodie\r\n"


def source(tmp_path: Path, content: bytes, name: str = "a.csv") -> Source:
    path = tmp_path / name
    path.write_bytes(content)
    return opened(path)


def cells(made: Source) -> list[tuple[str, ...]]:
    return [line.cells for line in made.lines()]


def problems(made: Source) -> dict[int, str]:
    return {line.number: str(line.problem) for line in made.lines() if line.problem}


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("utf-16-be", "utf-16-be"),
        ("cp1252", "cp1252"),
    ],
)
def test_the_encoding_is_recognised(tmp_path: Path, written: str, found: str) -> None:
    made = source(tmp_path, (LINES * 20).encode(written))
    assert (made.encoding, made.heads, cells(made)[0]) == (
        found,
        ("Nom", "Prénom"),
        ("Dupont", "Élodie"),
    )


@pytest.mark.parametrize("mark", [";", ",", "\t"])
def test_the_separator_is_recognised(tmp_path: Path, mark: str) -> None:
    made = source(tmp_path, f'a{mark}"b;,;,;,"{mark}c\n1{mark}2{mark}3\n'.encode())
    assert (made.separator, cells(made)) == (mark, [("1", "2", "3")])


def test_ragged_lines_are_named(tmp_path: Path) -> None:
    made = source(tmp_path, b"a,b\n1\n1,2\n1,2,3\n1,2,,\n")
    assert problems(made) == {
        2: "The line has 1 cells and not 2.",
        4: "The line has 3 cells and not 2.",
    }


def test_a_line_with_a_nul_is_named_and_the_next_is_read(tmp_path: Path) -> None:
    made = source(tmp_path, b"a,b\n1\x00,2\n3,4\n")
    assert (problems(made), cells(made)[1]) == (
        {2: "The line holds a NUL character."},
        ("3", "4"),
    )


@pytest.mark.parametrize("quote", [b"", b'"'])
def test_a_cell_of_ten_megabytes_is_named_and_the_next_line_is_read(
    tmp_path: Path, quote: bytes
) -> None:
    made = source(tmp_path, b"a,b\n1," + quote + b"x" * 10_000_000 + quote + b"\n3,4\n")
    assert (list(problems(made)), cells(made)[-1]) == ([2], ("3", "4"))


def test_blank_lines_are_left_out(tmp_path: Path) -> None:
    assert cells(source(tmp_path, b"\n\na,b\n\n,\n1,2\n\n")) == [("1", "2")]


def test_a_line_is_named_by_its_number_in_the_file(tmp_path: Path) -> None:
    made = source(tmp_path, b'a,b\n"x\ny",2\n3\n')
    assert [line.number for line in made.lines()] == [2, 4]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "not a table but a picture"),
        (b"%PDF-1.7 ...", "not a table but a PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "not a table but an old Excel"),
        (bytes(range(256)) * 40, "not a table"),
        (b"PK\x03\x04 no zip", "The workbook is damaged"),
        (b";;;\n", "no column"),
        (b"a;A\n1;2\n", "Two columns are named"),
        (b"a;" * 600 + b"\n", "more than 500 columns"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        source(tmp_path, content)


def test_a_mistaken_encoding_can_be_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(LINES.encode())
    assert opened(tmp_path / "a.csv", encoding="cp1252").heads == ("Nom", "PrÃ©nom")


def test_an_encoding_that_the_file_is_not_written_in_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(LINES.encode("cp1252"))
    with pytest.raises(Invalid, match="not written in UTF-8"):
        opened(tmp_path / "a.csv", encoding="utf-8")


# --- workbooks


def workbook(tmp_path: Path, *rows: list[object]) -> Source:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    path = tmp_path / "a.xlsx"
    book.save(path)
    return opened(path)


def test_a_workbook_is_read_as_texts(tmp_path: Path) -> None:
    made = workbook(tmp_path, ["a", "b", "c"], ["é", 12.0, True], [None, 1.5, None])
    assert (made.kind, cells(made)) == ("xlsx", [("é", "12", "true"), ("", "1.5", "")])


def test_a_formula_in_a_workbook_is_named(tmp_path: Path) -> None:
    made = workbook(tmp_path, ["a"], ["=1+1"], ["x"])
    assert problems(made) == {2: "A cell is a formula: write its value."}


def zipped(**parts: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), content)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (zipped(xl__bomb_xml=b"0" * 50_000_000), "unpacks to more than is allowed"),
        (zipped(nothing=b"1"), "The workbook is damaged"),
        (zipped(**{"..__evil": b"1"}), "The workbook is damaged"),
    ],
)
def test_a_hostile_package_is_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    with pytest.raises(Invalid, match=sentence):
        source(tmp_path, content, "a.xlsx")


def test_a_workbook_that_expands_entities_is_refused(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["a"])
    book.save(tmp_path / "good.xlsx")
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa">]><worksheet>&a;</worksheet>'
    with (
        zipfile.ZipFile(tmp_path / "good.xlsx") as good,
        zipfile.ZipFile(tmp_path / "bad.xlsx", "w") as bad,
    ):
        for info in good.infolist():
            sheet = info.filename == "xl/worksheets/sheet1.xml"
            bad.writestr(info.filename, bomb if sheet else good.read(info))
    with pytest.raises(Invalid, match="damaged"):
        list(opened(tmp_path / "bad.xlsx").lines())
