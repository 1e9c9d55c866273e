from __future__ import annotations

import io
import runpy
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from portal.documents.render import render
from portal.documents.templates import shipped
from portal.errors import NotFound
from portal.resources import folder
from tests.documents import packages, sample_values

EACH = [
    (name, code, kind)
    for name in ("register", "access")
    for code in ("fr", "en")
    for kind in ("odt", "docx")
]
VALUES = {"register": sample_values.register, "access": sample_values.access}


def converted(data: bytes, kind: str, wanted: str, place: Path) -> bytes:
    """The document as LibreOffice converts it."""
    (place / f"made.{kind}").write_bytes(data)
    out = place / "out"
    subprocess.run(
        [
            "soffice",
            "--headless",
            f"-env:UserInstallation=file://{place}/profile",
            "--convert-to",
            wanted,
            "--outdir",
            str(out),
            str(place / f"made.{kind}"),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    return (out / f"made.{wanted}").read_bytes()


def pages(data: bytes, kind: str, place: Path) -> list[str]:
    reader = PdfReader(io.BytesIO(converted(data, kind, "pdf", place)))
    return [page.extract_text() for page in reader.pages]


@pytest.mark.parametrize(("name", "code", "kind"), EACH)
def test_a_template_is_filled_without_a_tag_left(name: str, code: str, kind: str) -> None:
    document = render(shipped(name, code, kind), VALUES[name](), code)
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        texts = [
            archive.read(part).decode() for part in archive.namelist() if part.endswith(".xml")
        ]
    assert not any("{{" in text or "{%" in text for text in texts)


@pytest.mark.parametrize(("name", "code", "kind"), EACH)
def test_a_template_bears_empty_lists(name: str, code: str, kind: str) -> None:
    values: dict[str, Any] = VALUES[name]()
    for key, value in values.items():
        if isinstance(value, list):
            values[key] = []
    if name == "register":
        bare = sample_values.activity(3, "Vide")
        values["activities"] = [
            {key: [] if isinstance(value, list) else value for key, value in bare.items()}
        ]
    assert packages.words(render(shipped(name, code, kind), values, code))


@pytest.mark.libreoffice
@pytest.mark.parametrize("kind", ["odt", "docx"])
def test_the_register_opens_with_its_pages_numbered(kind: str, tmp_path: Path) -> None:
    document = render(shipped("register", "fr", kind), sample_values.register(), "fr")
    texts = pages(document, kind, tmp_path)
    assert f"Page 1 sur {len(texts)}" in texts[0]
    assert all("Références légales".lower() in text.lower() for text in texts)
    assert all(
        any(label in text for text in texts)
        for label in ("Tenir la liste des membres", "non compté", "Mme Élise Dupont & Fils")
    )


@pytest.mark.libreoffice
@pytest.mark.parametrize("kind", ["odt", "docx"])
def test_the_access_document_repeats_the_heading_of_a_long_table(kind: str, tmp_path: Path) -> None:
    document = render(shipped("access", "en", kind), sample_values.access(), "en")
    texts = pages(document, kind, tmp_path)
    assert sum("Réservations" in text for text in texts) >= 2
    assert "Produced on 22 November 2026 with Greffe 0.1.0" in texts[0].replace("\xa0", " ")


@pytest.mark.libreoffice
def test_a_template_saved_again_by_libreoffice_gives_the_same_words(tmp_path: Path) -> None:
    path = shipped("register", "fr", "odt")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "made.fodt").write_bytes(
        converted(path.read_bytes(), "odt", "fodt", tmp_path)
    )
    saved = converted(
        (tmp_path / "again" / "made.fodt").read_bytes(), "fodt", "odt", tmp_path / "again"
    )
    values = sample_values.register()
    assert filled(render(saved, values, "fr")) == filled(render(path, values, "fr"))


def filled(data: bytes) -> list[str]:
    return [text for text in packages.words(data) if text.strip()]


def test_the_shipped_files_are_those_that_the_script_builds() -> None:
    script = runpy.run_path(str(folder("odt_templates") / "build.py"))
    for path, content in script["built"]():
        assert parts(path.read_bytes()) == parts(content), path.name


def parts(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("register", "de", "odt"),
        ("register", "fr", "pdf"),
        ("nothing", "fr", "odt"),
        ("../register", "fr", "odt"),
        ("", "fr", "odt"),
    ],
)
def test_a_template_that_is_not_shipped_is_not_found(name: str, code: str, kind: str) -> None:
    with pytest.raises(NotFound):
        shipped(name, code, kind)


def test_the_templates_are_found_in_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "portal" / "_shared" / "odt_templates").mkdir(parents=True)
    monkeypatch.setattr("portal.resources._PACKAGE", tmp_path / "portal")
    assert folder("odt_templates") == tmp_path / "portal" / "_shared" / "odt_templates"
