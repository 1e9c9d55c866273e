"""Small ODT and DOCX templates made in memory, honest and hostile."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from docx import Document
from lxml import etree

ODT = "application/vnd.oasis.opendocument.text"
SPACES = (
    " ".join(
        f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for prefix, name in {
            "office": "office",
            "text": "text",
            "table": "table",
            "style": "style",
            "draw": "drawing",
            "script": "script",
        }.items()
    )
    + ' xmlns:xlink="http://www.w3.org/1999/xlink"'
)
MANIFEST = (
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{ODT}"/></manifest:manifest>'
)


def content(body: str) -> str:
    """A content.xml around the body."""
    return (
        f"<office:document-content {SPACES}><office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>"
    )


def odt(
    body: str, extra: Mapping[str, str | bytes | None] | None = None, footer: str = ""
) -> bytes:
    """An ODT whose text is `body`; `extra` adds parts, replaces them, or removes them with None."""
    parts: dict[str, str | bytes | None] = {
        "mimetype": ODT,
        "content.xml": content(body),
        "styles.xml": f"<office:document-styles {SPACES}><office:master-styles>"
        '<style:master-page style:name="Standard">'
        f"<style:footer><text:p>{footer}</text:p></style:footer></style:master-page>"
        f"</office:master-styles></office:document-styles>",
        "META-INF/manifest.xml": MANIFEST,
        **(extra or {}),
    }
    return packed({name: part for name, part in parts.items() if part is not None})


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A zip file of these parts."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return file.getvalue()


def paragraphs(*texts: str) -> str:
    """A paragraph for each text, whose markup is kept."""
    return "".join(f"<text:p>{text}</text:p>" for text in texts)


def docx(*texts: str) -> bytes:
    """A DOCX with a paragraph for each text."""
    word = Document()
    for text in texts:
        word.add_paragraph(text)
    file = io.BytesIO()
    word.save(file)
    return file.getvalue()


def with_part(data: bytes, name: str, old: str, new: str) -> bytes:
    """The package with a text replaced in one part."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {info.filename: archive.read(info) for info in archive.infolist()}
    parts[name] = parts[name].decode().replace(old, new).encode()
    return packed(parts)


def words(data: bytes, part: str = "content.xml") -> list[str]:
    """The text of each paragraph of a part, breaks as newlines."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        name = part if part in archive.namelist() else "word/document.xml"
        root = etree.fromstring(archive.read(name))
    for line in root.iter("{*}line-break", "{*}br"):
        line.tail = "\n" + (line.tail or "")
    for run in root.iter("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}s"):
        run.tail = " " * int(next(iter(run.attrib.values()), "1")) + (run.tail or "")
    return ["".join(node.itertext()) for node in root.iter("{*}p", "{*}h")]
