"""The answer to an access request as a ZIP, and the package of portability (GDPR art. 15 and 20).

The ZIP holds the parts of the document as JSON, a CSV file for each table, and the document itself.
The package of portability is another thing: what the person gave, under consent or contract, with
the names of the code, which stay the same, and what they mean.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from portal.catalog import Catalog, CatalogTable
from portal.declare import Activity, LegalBasis
from portal.exports import inert
from portal.fields import Field
from portal.i18n import gettext
from portal.privacy.register_files import as_json
from portal.rows import Row
from portal.text import fold

GIVEN = (LegalBasis.CONSENT, LegalBasis.CONTRACT)
NEVER = ("secret", "system", "derived")


def zipped(values: Mapping[str, Any], document: tuple[str, bytes]) -> bytes:
    """The parts as JSON, each table as CSV, and the document itself."""
    named = {"data.json": as_json({"produced_on": values["produced_on"], "parts": values["parts"]})}
    for part in values["parts"]:
        for place, table in enumerate(part["tables"], start=1):
            name = f"{part['number']:02}-{place}-{_plain(table['label'])}.csv"
            named[name] = _csv([table["columns"], *table["rows"]])
        if part["lines"]:
            rows = [[one["label"], one["value"]] for one in part["lines"]]
            named[f"{part['number']:02}-{_plain(part['title'])}.csv"] = _csv(rows)
    journal = [part for part in values["parts"] if part["accesses"]]
    for part in journal:
        rows = [[str(one["on"]), one["operation"], one["role"]] for one in part["accesses"]]
        named[f"{part['number']:02}-{_plain(part['title'])}.csv"] = _csv(rows)
    name, content = document
    named[name] = content
    return archive(named)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Files as one ZIP."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return buffer.getvalue()


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    for row in rows:
        writer.writerow([inert(str(value)) for value in row])
    return ("\ufeff" + buffer.getvalue()).encode()


def _plain(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", fold(label)).strip("-")[:60] or "data"


# --- portability ----------------------------------------------------------------------------------


def portable(catalog: Catalog, rows: Mapping[str, Sequence[Row]]) -> bytes:
    """What the person gave under consent or contract: JSON, CSV, and a schema of both."""
    schema: dict[str, Any] = {}
    data: dict[str, list[dict[str, str]]] = {}
    files: dict[str, bytes] = {}
    for name, found in rows.items():
        table = catalog.table(name)
        fields = _given(table)
        if not found or not fields:
            continue
        schema[name] = {
            "title": str(table.label),
            "fields": {
                field.name: {"title": str(field.label), "type": field.type.name} for field in fields
            },
        }
        data[name] = [
            {field.name: _written(field, row) for field in fields if field.name in row.values}
            for row in found
        ]
        names = [field.name for field in fields]
        lines = [[line.get(column, "") for column in names] for line in data[name]]
        files[f"{name}.csv"] = _csv([names, *lines])
    files["data.json"] = json.dumps(data, ensure_ascii=False, indent=2).encode()
    files["schema.json"] = json.dumps(schema, ensure_ascii=False, indent=2).encode()
    files["README.txt"] = gettext(
        "What you gave the organisation under your consent or a contract (GDPR art. 20). Each table"
        " is in data.json and in a CSV file of its own; schema.json says what the names mean. Free"
        " texts are left out: they may be appraisals of the organisation, which the access document"
        " holds."
    ).encode()
    return archive(files)


def _given(table: CatalogTable) -> tuple[Field, ...]:
    """The fields of a table that are the person's to take along."""
    activity = table.declaration.activity
    if activity is None or not _by_consent_or_contract(activity) or table.declaration.read_only:
        return ()
    return tuple(
        field
        for field in table.fields.values()
        if not any(getattr(field, unwanted) for unwanted in NEVER)
        and field.type.name not in ("longtext", "reference")
        and field.data_type is not None
    )


def _by_consent_or_contract(activity: Activity) -> bool:
    return any(purpose.legal_basis in GIVEN for purpose in activity.purposes)


def _written(field: Field, row: Row) -> str:
    value = row.values.get(field.name)
    if field.type.name == "choice":
        return "" if value is None else str(value)
    return str(field.type.write(value))
