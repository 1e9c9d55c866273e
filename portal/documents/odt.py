"""ODT templates.

Prepared once with secretary's placement of tags, rendered and zipped by our own code.

Preparing answers text that can be kept by the template's hash; rendering shares nothing between
two calls.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from lxml import etree
from markupsafe import Markup, escape

from portal.documents import odt_tags
from portal.documents.package import ODT, Package
from portal.documents.sandbox import Sandbox
from portal.documents.secretary_placement import place
from portal.errors import Invalid
from portal.i18n import _

RENDERED_PARTS = ("content.xml", "styles.xml")
_LEFT_OUT = re.compile(
    r"^(Thumbnails|Configurations2)(/|$)|^layout-cache$|^META-INF/documentsignatures\.xml$"
)
_MANIFEST = "META-INF/manifest.xml"
_TOKEN = re.compile(r"\{\{ t(\d+) \}\}|\{% t(\d+) %\}")
_LOOKALIKE = re.compile(r"\{(?=[{%#])|(?<=[}%#])\}")
_SPACES = re.compile(" {2,}|^ | $")
_XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def prepare(package: Package) -> dict[str, str]:
    """The Jinja text of each part that holds tags; Invalid names a tag that cannot be placed."""
    return {name: _prepare_part(package.parts[name]) for name in RENDERED_PARTS}


def render(
    package: Package, prepared: Mapping[str, str], values: Mapping[str, object], language: str
) -> bytes:
    """The document as the bytes of an ODT, written in `language`; `values` are plain and clean."""
    sandbox = Sandbox(language, lines)
    parts = dict(package.parts)
    for name, text in prepared.items():
        rendered = _DECLARATION + sandbox.from_string(text).render(values)
        parts[name] = rendered.encode()
        _check_well_formed(parts[name])
    return pack(parts)


def lines(text: str) -> Markup:
    """A text as ODT writes it: breaks, tabs and runs of spaces are elements."""
    safe = escape(text)
    if not ("\n" in safe or "\t" in safe or "  " in safe or safe[:1] == " " or safe[-1:] == " "):
        return safe
    spaced = _SPACES.sub(lambda run: f'<text:s text:c="{len(run.group())}"/>', str(safe))
    broken = spaced.replace("\n", "<text:line-break/>").replace("\t", "<text:tab/>")
    return Markup(broken)  # noqa: S704  the text was escaped above; only our own elements were added


def pack(parts: Mapping[str, bytes]) -> bytes:
    """The zip file of an ODT.

    Its type first and stored, stale pictures of the template left out.
    """
    kept = {name: content for name, content in parts.items() if not _LEFT_OUT.search(name)}
    kept[_MANIFEST] = _manifest(kept[_MANIFEST])
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(_entry("mimetype"), ODT, zipfile.ZIP_STORED)
        for name, content in kept.items():
            if name != "mimetype":
                archive.writestr(_entry(name), content, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )


def _prepare_part(content: bytes) -> str:
    root = etree.fromstring(content, _parser())
    for changes in root.iter(f"{{{odt_tags.TEXT}}}tracked-changes"):
        if len(changes):
            raise Invalid(
                _("The template keeps a record of its changes."),
                _("Accept or reject the tracked changes, then save it again."),
            )
    for listed in root.iter(f"{{{odt_tags.TEXT}}}list"):
        listed.attrib.pop(_XML_ID, None)  # a list inside a loop would carry one identifier twice
    tags = odt_tags.gather(root)
    odt_tags.arrange(root, tags)
    return _with_tags(place(etree.tostring(root)), tags)


def _with_tags(xml: str, tags: list[str]) -> str:
    """The placed XML with the authors' tags for their numbers, any other brace made inert."""
    seen: list[int] = []
    pieces: list[str] = []
    end = 0
    for match in _TOKEN.finditer(xml):
        number = int(match.group(1) or match.group(2))
        seen.append(number)
        pieces.append(_LOOKALIKE.sub(_as_reference, xml[end : match.start()]))
        pieces.append(tags[number] if number < len(tags) else "")
        end = match.end()
    pieces.append(_LOOKALIKE.sub(_as_reference, xml[end:]))
    if sorted(seen) != list(range(len(tags))):
        raise Invalid(
            _("The tags of the template cannot be placed."),
            _("Put each if, for, else and end in a paragraph or a row of its own."),
        )
    return "".join(pieces)


def _as_reference(brace: re.Match[str]) -> str:
    return f"&#{ord(brace.group())};"


def _check_well_formed(content: bytes) -> None:
    try:
        etree.fromstring(
            content, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
    except etree.XMLSyntaxError as error:
        raise Invalid(
            _("The loops and conditions of the template cross its paragraphs or tables."),
            _("Put each if, for, else and end in a paragraph or a row of its own."),
        ) from error


def _manifest(content: bytes) -> bytes:
    root = etree.fromstring(content, _parser())
    for entry in list(root):
        path = next(
            (value for key, value in entry.attrib.items() if key.endswith("}full-path")), ""
        )
        if _LEFT_OUT.search(path):
            root.remove(entry)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
