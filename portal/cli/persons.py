"""Naming a person on the command line: by number, or by external identifier."""

from __future__ import annotations

from portal.catalog import PERSON
from portal.errors import NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Filter, Selection

LONGEST_NUMBER = 18


def named(gate: Gate, text: str) -> int:
    """The number of the person that `text` names. Raises NotFound."""
    if text.isascii() and text.isdecimal() and len(text) <= LONGEST_NUMBER and int(text) > 0:
        return int(text)
    wanted = Selection(filters=(Filter("identifier", "equals", text),), page_size=1)
    rows = gate.list(PERSON, wanted, ["identifier"]).rows
    if not rows:
        raise NotFound(
            _("There is no person {text}.").format(text=text[:60]),
            _("Give the number that stands on their sheet, or their external identifier."),
        )
    return rows[0].id
