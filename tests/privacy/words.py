"""The words of a produced document, read back from its parts."""

from __future__ import annotations

import io
import zipfile

from lxml import etree


def words(document: bytes) -> str:
    """Every text of an ODT or DOCX, headers and footers too, with one space between."""
    with zipfile.ZipFile(io.BytesIO(document)) as file:
        names = [
            name
            for name in file.namelist()
            if name in ("content.xml", "styles.xml")
            or name.startswith(("word/document", "word/header", "word/footer"))
        ]
        roots = [etree.fromstring(file.read(name)) for name in names]
    texts = (text.strip() for root in roots for text in root.itertext())
    return " ".join(text for text in texts if text)
