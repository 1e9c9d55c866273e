"""DOCX templates: docxtpl repairs and places the tags, our sandbox renders them.

docxtpl is given values that are plain and clean, and an environment that escapes; neither its
sub-documents nor its pictures can be reached from a template.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping

from docxtpl import DocxTemplate
from lxml import etree
from markupsafe import Markup, escape

from portal.documents.package import Package
from portal.documents.sandbox import Sandbox
from portal.errors import Invalid
from portal.i18n import _

_BROKEN = '</w:t><w:{}/><w:t xml:space="preserve">'
_TRACKED = re.compile(rb"<w:(ins|del|moveFrom|moveTo)[ >]")


class _Strict(DocxTemplate):
    """docxtpl without the parser that drops in silence what a tag has broken."""

    def fix_tables(self, xml: str) -> etree._Element:
        etree.fromstring(xml)
        return super().fix_tables(xml)

    def resolve_listing(self, xml: str) -> str:
        """The text as it is: `lines` has written the breaks already."""
        return xml


def lines(text: str) -> Markup:
    """A text as DOCX writes it: breaks and tabs are elements of the run."""
    safe = escape(text)
    if "\n" not in safe and "\t" not in safe:
        return safe
    broken = str(safe).replace("\n", _BROKEN.format("br")).replace("\t", _BROKEN.format("tab"))
    return Markup(broken)  # noqa: S704  the text was escaped above; only our own elements were added


def render(template: bytes, package: Package, values: Mapping[str, object], language: str) -> bytes:
    """The document as the bytes of a DOCX, written in `language`; `values` are plain and clean."""
    if _TRACKED.search(package.parts["word/document.xml"]):
        raise Invalid(
            _("The template keeps a record of its changes."),
            _("Accept or reject the tracked changes, then save it again."),
        )
    document = _Strict(io.BytesIO(template))
    try:
        document.init_docx()
    except (
        etree.LxmlError,
        AttributeError,
        KeyError,
        TypeError,
        ValueError,
    ) as error:
        raise Invalid(
            _("The template is damaged, or is neither an ODT nor a DOCX document."),
            _("Save it again from LibreOffice or Word as ODT or DOCX."),
        ) from error
    sandbox = Sandbox(language, lines)
    try:
        document.render(dict(values), sandbox, autoescape=True)
        made = io.BytesIO()
        document.save(made)
    except (etree.LxmlError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Invalid(
            _("The loops and conditions of the template cross its paragraphs or tables."),
            _("Put each if, for, else and end in a paragraph or a row of its own."),
        ) from error
    return _same_dates(made.getvalue())


def _same_dates(data: bytes) -> bytes:
    """The package without its hour, so that the same values give the same bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(made, "w") as new:
        for info in old.infolist():
            entry = zipfile.ZipInfo(info.filename, (1980, 1, 1, 0, 0, 0))
            new.writestr(entry, old.read(info), zipfile.ZIP_DEFLATED)
    return made.getvalue()
