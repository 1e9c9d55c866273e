"""The register as data: CSV and ODS with its fifteen columns, JSON with all of it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from portal.errors import Invalid
from portal.export_files import MIME_TYPES as SPREADSHEETS
from portal.export_files import sheet
from portal.exports import inert
from portal.fieldtypes import DateType
from portal.i18n import LANGUAGES, _, gettext, labelled

MIME_TYPES = {
    "odt": "application/vnd.oasis.opendocument.text",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pdf": "application/pdf",
    "ods": SPREADSHEETS["ods"],
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
}


def check(format: str, speaking: str, formats: Any) -> None:
    """Refuse a format or a language that is not made here."""
    if format not in formats:
        raise Invalid(
            _("There is no such format."),
            _("Use one of: {known}.").format(known=", ".join(formats)),
        )
    if speaking not in LANGUAGES:
        raise Invalid(
            _("This language is not spoken here."),
            _("Use one of: {known}.").format(known=", ".join(LANGUAGES)),
        )


def as_json(values: dict[str, Any]) -> bytes:
    """Plain values as JSON text; dates are ISO."""

    def iso(value: object) -> str:
        if isinstance(value, date):
            return value.isoformat()
        return str(value)

    return json.dumps(values, ensure_ascii=False, indent=2, default=iso).encode()


def columns() -> list[str]:
    """The fifteen columns of the register, in the order that managers know."""
    return [
        gettext("Category"),
        gettext("Processing"),
        gettext("Legal basis"),
        gettext("Purpose"),
        gettext("Types of data"),
        gettext("Collection"),
        gettext("Storage"),
        gettext("Controller"),
        gettext("Profiles that may read"),
        gettext("Profiles that may modify"),
        gettext("Users concerned"),
        gettext("Retention in days"),
        gettext("Oldest date"),
        gettext("Number of obsolete data"),
        gettext("Number of data not obsolete"),
    ]


def cells(activity: dict[str, Any]) -> list[str]:
    """One activity as the fifteen columns."""
    return [
        activity["label"],
        activity["processing"],
        "\n".join(dict.fromkeys(p["legal_basis"] for p in activity["purposes"])),
        "\n".join(p["text"] for p in activity["purposes"]),
        activity["data_types"],
        activity["collection_mode"],
        activity["storage"],
        activity["controller"],
        _profiles(activity["readers"], activity["people_read"]),
        _profiles(activity["editors"], activity["people_modify"]),
        _number(activity["subjects_count"]),
        _number(activity["retention"]["days"]) if activity["retention"]["days"] else "",
        DateType().show(activity["oldest"]),
        _obsolete(activity),
        _number(activity["not_obsolete"]),
    ]


def as_csv(values: dict[str, Any]) -> bytes:
    """One line for each activity, the fifteen columns in order; a spreadsheet opens it as it is."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns())
    writer.writerows([inert(cell) for cell in cells(a)] for a in values["activities"])
    return out.getvalue().encode("utf-8-sig")


def as_ods(values: dict[str, Any]) -> bytes:
    """The same lines as a workbook; nothing in it is a formula."""
    out = io.BytesIO()
    sheet([columns(), *([cell or None for cell in cells(a)] for a in values["activities"])], out)
    return out.getvalue()


MAKERS: Mapping[str, Callable[[dict[str, Any]], bytes]] = {
    "csv": as_csv,
    "ods": as_ods,
    "json": as_json,
}
"""The formats that are no document."""


def _profiles(profiles: list[dict[str, Any]], people: int | None) -> str:
    if people is None:
        return gettext("not counted")
    lines = [f"{entry['profile']} ({entry['people']})" for entry in profiles]
    total = gettext("People: {number}").format(number=people)
    return "\n".join([total, *lines])


def _obsolete(activity: dict[str, Any]) -> str:
    if activity["obsolete"] is None:
        return gettext("not counted")
    parts = [
        str(activity["obsolete"]),
        labelled(gettext("deletable"), activity["obsolete_deletable"]),
        labelled(gettext("blocked"), activity["obsolete_blocked"]),
    ]
    return "\n".join(parts if activity["obsolete"] else parts[:1])


def _number(value: int | None) -> str:
    return gettext("not counted") if value is None else str(value)
