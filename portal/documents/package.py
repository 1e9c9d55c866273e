"""The guard on a template's package: what may be in the zip file before anything reads it.

Refuses bombs, strange names, macros, embedded objects and whatever would fetch something when the
document opens. A plain web or mail link that a person has to click is allowed: LibreOffice makes
one of every address that is typed.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NoReturn

from portal import zips
from portal.documents.markup import Finding, read_xml
from portal.errors import Invalid
from portal.i18n import Label, _

MEBIBYTE = zips.MEBIBYTE
MOST_PACKED = 20 * MEBIBYTE
MOST_UNPACKED = 64 * MEBIBYTE
MOST_ENTRIES = 1000
MOST_RATIO = 150  # a real content.xml of repeated rows packs 20 to 60 times
BOUNDS = zips.Bounds(MOST_ENTRIES, MOST_UNPACKED, MOST_RATIO)

ODT = "application/vnd.oasis.opendocument.text"
_DOCX_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_FORBIDDEN_FOLDERS = re.compile(
    r"^(basic|scripts|dialogs|database|object[^/]*|objectreplacements|word/activex|word/embeddings|word/macros)/",
    re.I,
)
_FORBIDDEN_NAMES = re.compile(
    r"(vbaproject\.bin|vbadata\.xml|attachedtoolbars\.bin|\.(class|jar|js|py|exe|dll|so))$", re.I
)
_XML = re.compile(r"\.(xml|rels|svg|rdf)$", re.I)


@dataclass(frozen=True, slots=True)
class Package:
    """A checked package.

    Its kind ("odt" or "docx") and its parts by name, in the order of the file.
    """

    kind: str
    parts: Mapping[str, bytes]


def check(data: bytes) -> Package:
    """Unpack a template of `data` once every rule is kept.

    Invalid names the part and the remedy.
    """
    if len(data) > MOST_PACKED:
        _refuse(
            _("The template is larger than {size} MB.").format(size=MOST_PACKED // MEBIBYTE),
            _("Make its pictures smaller."),
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_entries(archive)
            parts = {
                info.filename: _read(archive, info)
                for info in archive.infolist()
                if not info.is_dir()
            }
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        NotImplementedError,
        RuntimeError,
        ValueError,
        EOFError,
        OSError,
    ):
        _refuse(
            _("The template is damaged, or is neither an ODT nor a DOCX document."),
            _("Save it again from LibreOffice or Word as ODT or DOCX."),
        )
    kind = _kind(parts)
    for name, content in parts.items():
        if _XML.search(name):
            for finding in read_xml(name, content, frozenset(parts)):
                _report(name, finding)
    return Package(kind, parts)


def _refuse(message: Label, remedy: Label) -> NoReturn:
    raise Invalid(str(message), str(remedy))


def _report(part: str, finding: Finding) -> NoReturn:
    _refuse(f"{finding.message} ({part})", finding.remedy)


def _check_entries(archive: zipfile.ZipFile) -> None:
    found = zips.examine(archive, BOUNDS)
    if found is not None:
        _refuse(*_fault(found, len(archive.infolist())))
    for info in archive.infolist():
        if _FORBIDDEN_FOLDERS.search(info.filename) or _FORBIDDEN_NAMES.search(info.filename):
            _refuse(
                _("The template holds a macro, a script or an embedded object ({part}).").format(
                    part=zips.shown(info.filename)
                ),
                _("Remove it, or copy the text into a new document."),
            )


def _fault(found: zips.Found, count: int) -> tuple[Label, Label]:
    again = _("Save it again from LibreOffice or Word.")
    anew = _("Start from a new document and copy the text into it.")
    if found.fault is zips.Fault.TOO_MANY:
        told = _("The template holds {count} files; {limit} are allowed.")
        return told.format(count=count, limit=MOST_ENTRIES), anew
    if found.fault is zips.Fault.TWICE:
        return _("The template holds the same file twice."), again
    if found.fault is zips.Fault.TOO_LARGE:
        told = _("The template unpacks to more than is allowed ({part}).")
        return told.format(part=found.entry), anew
    if found.fault is zips.Fault.LOCKED:
        return _("The template is protected by a password."), _("Save it without a password.")
    told = _("The template holds a file with a name that is not allowed ({part}).")
    return told.format(part=found.entry), again


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    with archive.open(info) as file:
        content = file.read(info.file_size + 1)
    if len(content) != info.file_size:
        raise zipfile.BadZipFile
    return content


def _kind(parts: Mapping[str, bytes]) -> str:
    if "mimetype" in parts:
        found = parts["mimetype"].decode("ascii", "replace").strip()
        if found != ODT:
            _refuse(
                _("The template is not a text document but {found}.").format(
                    found=zips.shown(found)
                ),
                _("Save it as an ODF text document (.odt)."),
            )
        _require(parts, "content.xml", "styles.xml", "META-INF/manifest.xml")
        return "odt"
    if "[Content_Types].xml" in parts:
        types = parts["[Content_Types].xml"].decode("utf-8", "replace")
        if "macroEnabled" in types:
            _refuse(
                _("The template holds macros."),
                _("Save it as a Word document without macros (.docx)."),
            )
        if _DOCX_MAIN not in types:
            _refuse(
                _("The template is not a Word text document."),
                _("Save it as a Word document (.docx)."),
            )
        _require(parts, "word/document.xml", "word/_rels/document.xml.rels", "_rels/.rels")
        return "docx"
    _refuse(
        _("The template is neither an ODT nor a DOCX document."),
        _("Save it from LibreOffice or Word as ODT or DOCX."),
    )


def _require(parts: Mapping[str, bytes], *names: str) -> None:
    for name in names:
        if name not in parts:
            _refuse(
                _("The template lacks its part {part}.").format(part=name),
                _("Save it again from LibreOffice or Word."),
            )
