"""What an XML part of a template may say: size, depth, no DTD, nothing that runs or is fetched."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from portal.i18n import Label, _

MOST_NODES = 400_000
MOST_DEPTH = 120

_SCRIPT_ELEMENTS = re.compile(
    r"(^|:)(script|event-listener|execute-macro|dde-[a-z-]+|applet|plugin|floating-frame|object|object-ole"
    r"|altChunk|control|OLEObject|macrosDocument|attachedTemplate)$"
)
_LINK_ATTRIBUTES = re.compile(r"(^|:)(href|src)$", re.I)
_CLICKED = re.compile(r"(https?|mailto|tel):", re.I)
_FETCHING_FIELDS = re.compile(
    r"^\s*\"?(DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|INCLUDE|IMPORT|LINK|DATABASE|MACROBUTTON|EMBED|CONTROL|RD"
    r"|AUTOTEXT|AUTOTEXTLIST)\b",
    re.I | re.M,
)
_HYPERLINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/hyperlink"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a part may not say, and what to do."""

    message: str
    remedy: Label


class _Refused(Exception):
    def __init__(self, message: str, remedy: Label) -> None:
        super().__init__(message)
        self.finding = Finding(message, remedy)


@dataclass
class _Reader:
    part: str
    names: frozenset[str]
    nodes: int = 0
    depth: int = 0
    instructions: list[str] = field(default_factory=list)
    in_instruction: bool = False

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.nodes += 1 + len(attributes)
        self.depth += 1
        if self.nodes > MOST_NODES or self.depth > MOST_DEPTH:
            raise _Refused(
                str(_("A part of the template has too many or too deeply nested elements.")),
                _("Start from a new document and copy the text into it."),
            )
        if _SCRIPT_ELEMENTS.search(name) and name not in ("office:scripts",):
            raise _Refused(
                _("The template holds a macro, a script or an embedded object: {name}.").format(
                    name=name[:60]
                ),
                _("Remove it, or copy the text into a new document."),
            )
        if name == "Relationship" or name.endswith(":Relationship"):
            self.relationship(attributes)
            return
        for key, value in attributes.items():
            if "vnd.sun.star" in value or "macro:" in value.lower():
                raise _Refused(
                    str(_("The template calls a macro.")), _("Remove what calls the macro.")
                )
            if _LINK_ATTRIBUTES.search(key):
                self.link(name, value)
            elif key in ("w:instr", "instr"):
                self.instructions.append(f"{value}\n")
        self.in_instruction = name.endswith("instrText")
        if name.endswith("fldChar"):
            self.instructions.append("\n")

    def end(self, name: str) -> None:
        self.depth -= 1
        self.in_instruction = False

    def text(self, value: str) -> None:
        if self.in_instruction:
            self.instructions.append(value)

    def link(self, element: str, target: str) -> None:
        target = target.strip()
        if not target or target.startswith("#"):
            return
        if element == "text:a" and _CLICKED.match(target):
            return
        if target.startswith("data:"):
            return
        local = posixpath.normpath(posixpath.join(posixpath.dirname(self.part), target))
        if posixpath.normpath(target) in self.names or local in self.names:
            return
        self.external(target)

    def relationship(self, attributes: dict[str, str]) -> None:
        target = attributes.get("Target", "")
        if attributes.get("TargetMode", "").lower() == "external":
            if attributes.get("Type") == _HYPERLINK and _CLICKED.match(target):
                return
            self.external(target)
        elif (
            ".." in target.split("/")
            and not self.inside(target)
            or re.match(r"[a-z][a-z0-9+.-]*:|//|\\\\", target, re.I)
        ):
            self.external(target)

    def inside(self, target: str) -> bool:
        base = posixpath.dirname(posixpath.dirname(self.part))
        return posixpath.normpath(posixpath.join(base, target)) in self.names

    def external(self, target: str) -> None:
        shown = "".join(c if c.isprintable() else "?" for c in target[:60])
        raise _Refused(
            _("The template fetches something from outside: {target}.").format(target=shown),
            _("Embed the picture in the document, or remove the link."),
        )

    def finish(self) -> None:
        if _FETCHING_FIELDS.search("".join(self.instructions)):
            raise _Refused(
                str(_("The template holds a field that fetches something or runs a macro.")),
                _("Remove the field, or replace it by its text."),
            )


def _no_dtd(*_args: object) -> None:
    raise _Refused(
        str(_("A part of the template declares a document type or entities.")),
        _("Save it again from LibreOffice or Word."),
    )


def read_xml(part: str, content: bytes, names: frozenset[str]) -> Iterator[Finding]:
    """What is wrong in `content`, the part named `part` of a package that holds `names`.

    Nothing when all is well.
    """
    reader = _Reader(part, names)
    parser = expat.ParserCreate()
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _no_dtd
    parser.EntityDeclHandler = _no_dtd
    parser.buffer_text = True
    try:
        parser.Parse(content, True)
        reader.finish()
    except _Refused as refused:
        yield refused.finding
    except (expat.ExpatError, ValueError, LookupError):
        yield Finding(
            str(_("A part of the template is not well-formed.")),
            _("Save it again from LibreOffice or Word."),
        )
