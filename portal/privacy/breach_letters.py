"""The letter to a person whom a breach concerns (GDPR art. 34), filled from the breach.

It is made for one person at a time. The journal names the person; the register of breaches only
notes that a letter was made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.documents.conversion import as_pdf
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import Conflict, Invalid
from portal.fieldtypes import DateTimeType
from portal.gate import Gate
from portal.i18n import _, gettext, language
from portal.privacy import breach_list, breaches, wording
from portal.privacy.breaches import BREACH
from portal.privacy.letters import FORMATS
from portal.privacy.register import organisation, software
from portal.privacy.register_files import MIME_TYPES, check
from portal.rows import Row

NEEDED = ("natures", "consequences", "measures")
"""What the law wants in the letter, beside what happened."""


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a letter goes to: a person with a sheet here, or a name and an address below it."""

    person: int | None = None
    written: str = ""


def letter(
    gate: Gate, id: int, to: Addressee, format: str, speaking: str
) -> tuple[bytes, str, str]:
    """The letter as (content, file name, type). Raises NotFound, Conflict, Invalid, Forbidden."""
    check(format, speaking, FORMATS)
    asked = gate.at(Channel.DOCUMENT)
    row = asked.one(BREACH, id)
    _require(asked, row)
    with language(speaking):
        values = _values(asked, row, _addressee(asked, to))
        made = "docx" if format == "docx" else "odt"
        path = template("privacy/letter_breach_notice", speaking, made)
        content = render(path, values, speaking)
        name = f"{row.values['identifier']}-{gettext('letter')}.{format}"
    if format == "pdf":
        content = as_pdf(content)
    concerned = (to.person,) if to.person is not None else ()
    asked.note(Verb.EXPORT, BREACH, concerned, 1)
    if breaches.may_act(gate):
        breaches.tell(breaches.keeping(gate), id, "letter")
    return content, name, MIME_TYPES[format]


def _require(gate: Gate, row: Row) -> None:
    """Refuse a letter that would lack what the law wants in it. Raises Conflict."""
    known = gate.catalog.table(BREACH).fields
    missing = [str(known[name].label) for name in NEEDED if not row.values[name]]
    if missing:
        raise Conflict(
            _("The letter would lack: {fields}.").format(fields=", ".join(missing)),
            _("Complete the record first: the letter says what stands in it."),
        )


def _addressee(gate: Gate, to: Addressee) -> dict[str, str]:
    if to.written.strip():
        name, _line, address = to.written.strip().partition("\n")
        return {"name": name.strip(), "address": address.strip()}
    if to.person is None:
        raise Invalid(
            _("A letter needs the person it goes to."),
            _("Choose a person, or write a name and an address."),
            {"person": _("Choose a person, or write a name and an address.")},
        )
    row = gate.one(PERSON, to.person)
    values = row.values
    place = f"{values.get('postcode') or ''} {values.get('city') or ''}".strip()
    lines = (values.get("address") or "", place)
    address = "\n".join(line for line in lines if line) or str(values.get("email") or "")
    return {"name": row.title, "address": address}


def _values(gate: Gate, row: Row, addressee: dict[str, str]) -> dict[str, Any]:
    """What the letter is filled with, in the current language."""
    who = organisation(gate)
    notice = wording.notice(who, ())
    values = row.values
    local = DateTimeType().plain
    words = ("facts", "natures", "data_categories", "consequences", "measures", "advice")
    return {
        "organisation": who,
        "addressee": addressee,
        "subject": "",
        "breach": {
            "number": str(values["identifier"]),
            "discovered_on": local(values["discovered_at"]).date(),
            "occurred_on": local(values["occurred_at"]).date() if values["occurred_at"] else None,
            **{name: breach_list.said(gate, name, values) for name in words},
        },
        "details": "",
        "complaint": notice["complaint"],
        "contact": notice["contact"],
        "signature": who["dpo_name"] or who["representative"] or who["name"],
        "produced_on": gate.today,
        "software": software(),
    }
