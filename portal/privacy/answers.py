"""The documents that answer a request: its access document, or the data to take along."""

from __future__ import annotations

from portal.channels import Channel
from portal.errors import Conflict, Invalid
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privacy import access, requests
from portal.privacy.requests import REQUEST

PORTABLE = "portable"
FORMATS = ("odt", "docx", "zip", PORTABLE)


def document(gate: Gate, id: int, format: str, speaking: str) -> tuple[bytes, str, str]:
    """The document as (content, file name, type), noted in the timeline of the request.

    Raises NotFound, Forbidden, Invalid, and Conflict for a request of somebody without a sheet, or
    whose identity is not checked.
    """
    if format not in FORMATS:
        raise Invalid(_("There is no such format."), _("Choose one of the list."))
    row = gate.at(Channel.DETAIL).one(REQUEST, id)
    person = row.values["person"]
    if person is None or person.id is None:
        raise Conflict(
            _("No sheet is linked to this request."), _("Link the data subject, or answer no data.")
        )
    if not row.values["identity_means"]:
        raise Conflict(
            _("The identity of the applicant is not checked yet."),
            _("Say first how it was checked."),
        )
    if format == PORTABLE:
        made = access.portable(gate, person.id, speaking)
    else:
        asked = {
            "number": str(row.values["identifier"]),
            "received_on": row.values["received_on"],
            "scope": str(row.values["scope"]),
        }
        made = access.document(gate, person.id, format, speaking, asked)
    label = gettext("Portable data") if format == PORTABLE else gettext("Access document")
    requests.tell(requests.keeping(gate), id, "document", f"{label} ({made[1]})")
    return made
