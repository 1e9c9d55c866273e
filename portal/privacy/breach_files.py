"""The register of breaches as a file for the supervisory authority (GDPR art. 33(5))."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from portal.channels import Channel
from portal.declare import Verb
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import Forbidden
from portal.exports import inert
from portal.fieldtypes import DateTimeType
from portal.gate import Gate
from portal.i18n import gettext, language
from portal.privacy import breach_list, breaches
from portal.privacy.breaches import BREACH
from portal.privacy.register import organisation, software
from portal.privacy.register_files import MIME_TYPES as REGISTER_TYPES
from portal.privacy.register_files import as_json, check
from portal.rows import Selection

MIME_TYPES: Mapping[str, str] = {
    kind: REGISTER_TYPES[kind] for kind in ("odt", "docx", "csv", "json")
}


def export(gate: Gate, format: str, speaking: str) -> tuple[bytes, str, str]:
    """The register as (content, file name, type); journaled. Raises Forbidden, Invalid."""
    check(format, speaking, MIME_TYPES)
    asked = gate.at(Channel.REGISTER)
    if not (breaches.may_open(asked) and asked.can(Verb.EXPORT, BREACH)):
        raise Forbidden(gettext("You may not export the register of breaches."))
    with language(speaking):
        values = collect(asked)
        if format == "csv":
            content = _csv(values)
        elif format == "json":
            content = as_json(values)
        else:
            content = render(template("privacy/breaches", speaking, format), values, speaking)
        name = gettext("breaches")
    asked.note(Verb.EXPORT, BREACH, (), len(values["breaches"]))
    return content, f"{name}-{gate.today.isoformat()}.{format}", MIME_TYPES[format]


def collect(gate: Gate) -> dict[str, Any]:
    """Every breach with all its fields and its acts, in the current language."""
    known = gate.catalog.table(BREACH).fields
    shown = ("state", "due_at", *breach_list.SHOWN)
    moment = DateTimeType().show
    return {
        "organisation": organisation(gate),
        "produced_on": gate.today,
        "software": software(),
        "breaches": [
            {
                "number": str(row.values["identifier"] or row.id),
                "fields": [
                    {
                        "label": str(known[name].label),
                        "text": breach_list.said(gate, name, row.values),
                    }
                    for name in shown
                ],
                "steps": [
                    {"on": moment(step.on), "what": step.what, "by": step.by, "note": step.note}
                    for step in breach_list.steps(gate, row.id)
                ],
            }
            for row in list(gate.stream(BREACH, Selection(sort="id"), ("identifier", *shown)))
        ],
    }


def _csv(values: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    for number, breach in enumerate(values["breaches"]):
        if not number:
            labels = [field["label"] for field in breach["fields"]]
            writer.writerow([gettext("Number"), *labels])
        cells = [breach["number"], *(field["text"] for field in breach["fields"])]
        writer.writerow([inert(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
