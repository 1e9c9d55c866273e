"""The sixteen letters of a request: which ones its state allows, and one filled from it.

A letter that would lack what the law wants in it (reasons, a question, what is kept) is refused
with a sentence; every letter says when and with what it was made, and is noted in the timeline.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.builtin.requests import LETTERS, PARTLY, REFUSED
from portal.channels import Channel
from portal.declare import Verb
from portal.documents.conversion import as_pdf
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import Conflict, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import Label, _, gettext, language
from portal.privacy import request_list, requests, wording
from portal.privacy.register import organisation, software
from portal.privacy.register_files import MIME_TYPES, check
from portal.privacy.requests import ACT, REQUEST
from portal.rows import Filter, Row, Selection

FORMATS = ("odt", "docx", "pdf")
NEEDED: Mapping[str, Label] = {
    "clarification": _("The question"),
    "identity_request": _("What makes you doubt"),
    "rectified": _("What was put right"),
    "restriction_lift": _("When the restriction ends, and why"),
    "recipient_notice": _("What the recipient has to change"),
    "breach_notice": _(
        "What happened, its consequences, the measures taken, what the person can do"
    ),
}
"""The letters that say something which the request does not hold: what it is called."""
FROM_ACT = {"clarification": "clarification_asked", "identity_request": "identity_asked"}
"""The letters whose words may come from an act of the timeline."""
_LABELS = dict(LETTERS)


@dataclass(frozen=True, slots=True)
class Asked:
    """A letter that is asked for: its code, what it adds, and whom it goes to if not who asks."""

    code: str
    details: str = ""
    addressee: str = ""


def letter(gate: Gate, id: int, asked: Asked, format: str, speaking: str) -> tuple[bytes, str, str]:
    """The letter as (content, file name, type). Raises NotFound, Conflict, Invalid."""
    check(format, speaking, FORMATS)
    if asked.code not in _LABELS:
        raise NotFound(_("There is no such letter."), _("Choose one of the list."))
    row = gate.at(Channel.DOCUMENT).one(REQUEST, id)
    with language(speaking):
        values = _values(gate, row, asked)
        made = "docx" if format == "docx" else "odt"
        path = template(f"privacy/letter_{asked.code}", speaking, made)
        content = render(path, values, speaking)
        number = str(row.values["identifier"])
        name = f"{number}-{gettext('letter')}-{asked.code}.{format}"
    if format == "pdf":
        content = as_pdf(content)
    gate.at(Channel.DOCUMENT).note(Verb.EXPORT, REQUEST, row.persons, 1)
    if requests.may_act(gate):
        requests.tell(requests.keeping(gate), id, "letter", str(_LABELS[asked.code]))
    return content, name, MIME_TYPES[format]


def _values(gate: Gate, row: Row, asked: Asked) -> dict[str, Any]:
    """What the letter is filled with, in the current language."""
    who = organisation(gate)
    details = asked.details.strip() or _of_timeline(gate, row.id, asked.code)
    _require(row, asked, details)
    notice = wording.notice(who, ())
    values = row.values
    return {
        "organisation": who,
        "addressee": _addressee(row, asked),
        "subject": str(values["person"] or ""),
        "request": {
            "number": str(values["identifier"]),
            "received_on": values["received_on"],
            "due_on": values["due_on"],
            "first_due_on": values["first_due_on"] or values["due_on"],
            "rights": gate.catalog.table(REQUEST).fields["rights"].type.show(values["rights"]),
            "scope": values["scope"],
        },
        "details": details,
        "breach": None,
        "reasons": values["extension_reason"] if asked.code == "extension" else values["reasons"],
        "kept": values["erasure_kept"] or values["reasons"],
        "recipients": values["recipients_told"],
        "complaint": notice["complaint"],
        "contact": notice["contact"],
        "signature": who["dpo_name"] or who["representative"] or who["name"],
        "produced_on": gate.today,
        "software": software(),
    }


def _of_timeline(gate: Gate, id: int, code: str) -> str:
    """What the last act of that kind said."""
    if code not in FROM_ACT or not requests.reads_whole(gate, ACT):
        return ""
    chosen = Selection(
        filters=(
            Filter("request", "equals", str(id)),
            Filter("act", "equals", FROM_ACT[code]),
        ),
        sort="id",
        descending=True,
        page_size=1,
    )
    rows = gate.list(ACT, chosen).rows
    return str(rows[0].values["note"]) if rows else ""


def _require(row: Row, asked: Asked, details: str) -> None:
    """Refuse a letter that its request does not bear. Raises Conflict or Invalid."""
    values, code = row.values, asked.code
    if code == "extension" and values["extended_on"] is None:
        raise Conflict(_("This request is not extended."), _("Extend it first, with its reason."))
    if code == "refusal" and values["decision"] not in (REFUSED, PARTLY):
        raise Conflict(_("Nothing is refused yet."), _("Decide first, with the reasons."))
    if code == "partly_erased" and not (values["erasure_kept"] or values["reasons"]):
        raise Conflict(
            _("It is not said yet what is kept, and why."), _("Execute the erasure first.")
        )
    if code == "recipient_notice" and not asked.addressee.strip():
        raise Invalid(
            _("This letter goes to somebody who received the data."),
            _("Write their name and address."),
            {"addressee": _("Write a name and an address.")},
        )
    if code in NEEDED and not details:
        raise Invalid(
            _("This letter needs some words: {what}.").format(what=NEEDED[code]),
            _("Write them as the person will read them."),
            {"details": NEEDED[code]},
        )


def _addressee(row: Row, asked: Asked) -> dict[str, str]:
    """Who the letter goes to: the first line is the name, the others the address."""
    name = str(row.values["applicant_name"])
    address = str(row.values["applicant_address"] or row.values["applicant_email"])
    if asked.addressee.strip():
        name, _line, address = asked.addressee.strip().partition("\n")
    return {"name": name.strip(), "address": address.strip()}


def offered(sheet: request_list.Sheet) -> tuple[tuple[str, Label], ...]:
    """The letters that the page of a request offers, those of its state first."""
    likely = _likely(sheet)
    return tuple(sorted(LETTERS, key=lambda pair: (pair[0] not in likely, _place(pair[0]))))


def _place(code: str) -> int:
    return [known for known, _label in LETTERS].index(code)


def _likely(sheet: request_list.Sheet) -> set[str]:
    """The letters that the state of a request calls for."""
    state, rights = sheet.values["state"], str(sheet.values["rights"]).split()
    done = {
        "access": "access_response",
        "rectification": "rectified",
        "erasure": "erased",
        "restriction": "restricted",
        "portability": "portability_response",
        "objection": "objection_granted",
    }
    by_state = {
        "to_treat": {"acknowledgement"},
        "identity_pending": {"identity_request"},
        "clarification_pending": {"clarification"},
        "extended": {"extension"},
        "granted": {done[right] for right in rights if right in done},
        "partly_granted": {"partly_erased" if "erasure" in rights else "refusal"},
        "refused": {"refusal"},
    }
    return by_state.get(state, set())
