"""Documents as PDF: by LibreOffice where it is, with a sentence where it is not."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pytest
from pypdf import PdfReader

from portal.documents import conversion, templates
from portal.documents.render import render
from portal.errors import Invalid


@pytest.fixture
def no_office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave this machine without LibreOffice."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.libreoffice
def test_a_document_becomes_a_pdf_with_its_words() -> None:
    contact = dict.fromkeys(("address", "email", "phone", "dpo_name", "dpo_email"), "")
    organisation = {"name": "Aéro-club", "representative": "", **contact}
    values: dict[str, object] = {
        "organisation": organisation,
        "activities": [],
        "software": "Greffe",
    }
    values |= {"produced_on": date(2026, 11, 22), "structure": "", "counted_at": None}
    odt = render(templates.shipped("privacy/register", "fr", "odt"), values, "fr")
    pages = PdfReader(io.BytesIO(conversion.as_pdf(odt))).pages
    text = "".join(page.extract_text() for page in pages)
    assert "Registre des activités de traitement" in text


def test_without_libreoffice_it_says_so_and_offers_odt(no_office: None) -> None:
    assert not conversion.available()
    with pytest.raises(Invalid, match="not installed here.*ODT"):
        conversion.as_pdf(b"")
