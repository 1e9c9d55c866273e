"""secretary's placement of control tags, and nothing else of secretary.

secretary was written for an older Jinja: the two names that it imports are given to jinja2 before
its own import. Its renderer, environment, image and markdown filters are not used: see docs/adr on
secretary.
"""

from __future__ import annotations

from xml.dom import minidom

import jinja2
from markupsafe import Markup

vars(jinja2).update(Markup=Markup, evalcontextfilter=lambda function: function)

from secretary import Renderer  # noqa: E402  it reads the two names above while it is imported


def place(xml: bytes) -> str:
    """The XML with each tag in place of its field; a control tag replaces its own paragraph or row.

    The caller has checked the XML (no DTD, few nodes) and put a short made-up tag in each field.
    """
    document = minidom.parseString(xml)  # noqa: S318  the guard has refused any DTD, and the process has limits
    try:
        Renderer(environment=jinja2.Environment(autoescape=True))._prepare_document_tags(document)
        root = document.documentElement
        return str(root.toxml()) if root is not None else ""
    finally:
        document.unlink()
