"""The registers of processors as files: a document of both, or of one; CSV of one."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from portal.channels import Channel
from portal.declare import Verb
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.exports import inert
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import Label, _, gettext, language
from portal.privacy import processors
from portal.privacy.processors import CONTROLLER, CONTROLLERS, PROCESSOR, PROCESSORS
from portal.privacy.register_files import MIME_TYPES as REGISTER_TYPES
from portal.privacy.register_files import as_json, check

MIME_TYPES: Mapping[str, str] = {
    kind: REGISTER_TYPES[kind] for kind in ("odt", "docx", "csv", "json")
}
HEADS: Mapping[str, tuple[Label, ...]] = {
    PROCESSORS: (
        _("Name"),
        _("Contact"),
        _("What it does"),
        _("Treatments"),
        _("Date of the contract"),
        _("Reference of the contract"),
        _("Its own processors"),
        _("Location of the data"),
        _("Outside the European Economic Area"),
        _("Guarantee of the transfer"),
        _("Ended on"),
        _("Still to be filled in"),
    ),
    CONTROLLERS: (
        _("Controller"),
        _("Contact"),
        _("Representative"),
        _("Data protection officer"),
        _("Categories of processing"),
        _("What is done"),
        _("Processors engaged"),
        _("Outside the European Economic Area"),
        _("Countries and recipients of transfers"),
        _("Guarantee of the transfer"),
        _("Security measures"),
        _("Date of the contract"),
        _("Reference of the contract"),
        _("Ended on"),
        _("Still to be filled in"),
    ),
}


def export(gate: Gate, format: str, speaking: str, part: str = "") -> tuple[bytes, str, str]:
    """Both registers, or one, as (content, file name, type); journaled. NotFound, Invalid.

    CSV has one register: that of the processors unless the other is asked for.
    """
    check(format, speaking, MIME_TYPES)
    part = part or (PROCESSORS if format == "csv" else "")
    asked = gate.at(Channel.REGISTER)
    with language(speaking):
        values = processors.collect(asked, part)
        if format == "csv":
            content = _csv(values, part)
        elif format == "json":
            content = as_json(values)
        else:
            content = render(template("privacy/processors", speaking, format), values, speaking)
        name = gettext("controllers-served") if part == CONTROLLERS else gettext("processors")
    for table, lines in ((PROCESSOR, PROCESSORS), (CONTROLLER, CONTROLLERS)):
        if part in ("", lines):
            asked.note(Verb.EXPORT, table, (), len(values[lines]))
    day = values["produced_on"].isoformat()
    return content, f"{name}-{day}.{format}", MIME_TYPES[format]


def _csv(values: dict[str, Any], part: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    cells = _of_processor if part == PROCESSORS else _of_controller
    writer.writerow([str(head) for head in HEADS[part]])
    writer.writerows([inert(cell) for cell in cells(one)] for one in values[part])
    return out.getvalue().encode("utf-8-sig")


def _of_processor(one: dict[str, Any]) -> list[str]:
    return [
        one["name"],
        one["contact"],
        one["task"],
        "\n".join(one["treatments"]),
        _day(one["contract_on"]),
        one["contract_reference"],
        one["subprocessors"],
        one["location"],
        _yes(one["outside_eu"]),
        one["guarantee"],
        _day(one["ended_on"]),
        "\n".join(one["missing"]),
    ]


def _of_controller(one: dict[str, Any]) -> list[str]:
    return [
        one["name"],
        one["contact"],
        one["representative"],
        one["officer"],
        "\n".join(one["categories"]),
        one["details"],
        one["subprocessors"],
        _yes(one["outside_eu"]),
        one["transfers"],
        one["guarantee"],
        "\n".join(one["security"]),
        _day(one["contract_on"]),
        one["contract_reference"],
        _day(one["ended_on"]),
        "\n".join(one["missing"]),
    ]


def _day(value: Any) -> str:
    return DateType().show(value)


def _yes(value: object) -> str:
    return gettext("yes") if value else gettext("no")
