"""The templates shipped with the portal, one file for each document, language and format."""

from __future__ import annotations

import re
from pathlib import Path

from portal.errors import NotFound
from portal.i18n import _
from portal.resources import folder

FORMATS = ("odt", "docx")
_NAME = re.compile(r"[a-z][a-z_]*(/[a-z][a-z_]*)?")


def shipped(name: str, language: str, format: str) -> Path:
    """The template `name` ("register", or "privacy/register") in "fr" or "en", as "odt" or "docx".

    NotFound if none.
    """
    wanted = name if "/" in name else f"privacy/{name}"
    if _NAME.fullmatch(name) and language in ("fr", "en") and format in FORMATS:
        path = folder("odt_templates") / f"{wanted}.{language}.{format}"
        if path.is_file():
            return path
    raise NotFound(
        _("There is no template {name} in {language} as {format}.").format(
            name=name, language=language, format=format
        ),
        _("Choose French or English, and ODT or DOCX."),
    )
