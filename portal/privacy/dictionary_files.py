"""The data dictionary as a file: ODT, DOCX, CSV and JSON, whole or of one module."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from portal.channels import Channel
from portal.declare import Verb
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import NotFound
from portal.exports import inert
from portal.gate import Gate
from portal.i18n import _, gettext, language
from portal.privacy import dictionary, register
from portal.privacy.dictionary import Entry
from portal.privacy.register_files import MIME_TYPES as REGISTER_TYPES
from portal.privacy.register_files import as_json, check

MIME_TYPES: Mapping[str, str] = {
    kind: REGISTER_TYPES[kind] for kind in ("odt", "docx", "csv", "json")
}
JOURNALED_AS = "privacy.dictionary"


def export(
    gate: Gate, format: str, speaking: str, *, module: str = "", words: str = ""
) -> tuple[bytes, str, str]:
    """The dictionary as (content, file name, type); journaled. Raises NotFound, Invalid."""
    check(format, speaking, MIME_TYPES)
    with language(speaking):
        values = collect(gate, module, words)
        if format == "csv":
            content = _csv(values)
        elif format == "json":
            content = as_json(values)
        else:
            content = render(template("privacy/dictionary", speaking, format), values, speaking)
        name = gettext("data-dictionary")
    rows = sum(len(one["fields"]) for one in values["modules"])
    gate.at(Channel.REGISTER).note(Verb.EXPORT, JOURNALED_AS, (), rows)
    part = f"-{module}" if module else ""
    day = values["produced_on"].isoformat()
    return content, f"{name}{part}-{day}.{format}", MIME_TYPES[format]


def collect(gate: Gate, module: str = "", words: str = "") -> dict[str, Any]:
    """The dictionary in the current language, as plain values, module by module. NotFound."""
    if not register.may_read(gate):
        raise NotFound(_("There is nothing at this address."))
    known = dictionary.modules(gate.catalog)
    if module and module not in dict(known):
        raise NotFound(_("There is no such module."))
    found = dictionary.whole(gate.catalog, module, words)
    parts: dict[str, list[Entry]] = {}
    for one in found:
        parts.setdefault(one.module, []).append(one)
    return {
        "organisation": register.organisation(gate),
        "produced_on": gate.today,
        "software": register.software(),
        "modules": [
            {
                "name": name,
                "label": str(label),
                "kinds": [
                    {"codes": list(kind.codes), "label": str(kind.label)}
                    for kind in dictionary.kinds(parts[name])
                ],
                "fields": [_field(one) for one in parts[name]],
            }
            for name, label in known
            if name in parts
        ],
    }


def columns() -> list[str]:
    """The columns of the dictionary."""
    return [
        gettext("Table"),
        gettext("Description of the table"),
        gettext("Description of the field"),
        gettext("Technical name"),
        gettext("Type of data"),
        gettext("Sensitive data"),
        gettext("Exported"),
        gettext("When the person is erased"),
    ]


def _field(one: Entry) -> dict[str, Any]:
    return {
        "table": one.table,
        "table_label": str(one.table_label),
        "label": str(one.label),
        "field": one.field,
        "code": one.code,
        "data_type": str(dictionary.label_of(one.data_type)) if one.data_type else "",
        "sensitive": one.sensitive,
        "exported": one.exported,
        "at_erasure": str(one.at_erasure),
        "third_party": str(one.third_party),
    }


def _csv(values: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([gettext("Module"), *columns(), gettext("Other person named")])
    words = {True: gettext("yes"), False: gettext("no")}
    for module in values["modules"]:
        for one in module["fields"]:
            cells = [
                module["label"],
                one["table"],
                one["table_label"],
                one["label"],
                one["field"],
                one["code"],
                words[one["sensitive"]],
                words[one["exported"]],
                one["at_erasure"],
                one["third_party"],
            ]
            writer.writerow([inert(cell) for cell in cells])
    return out.getvalue().encode("utf-8-sig")
