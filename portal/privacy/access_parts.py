"""The eighteen parts of the answer to an access request, in their order, whatever is in them.

A part without data says so in a sentence. The document, the JSON and the ZIP all have these parts,
so that none holds less than another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal.fieldtypes import DateType
from portal.i18n import Label, _, gettext, ngettext

COVER, NOTICE, IDENTITY, JOURNAL, WITHHELD, GLOSSARY = 1, 2, 3, 16, 17, 18
OTHERS = 12
TITLES: Mapping[int, Label] = {
    COVER: _("About this document"),
    NOTICE: _("What your data are used for"),
    IDENTITY: _("Your identity"),
    4: _("Membership"),
    5: _("Account of the portal"),
    6: _("Accounting"),
    7: _("Bookings"),
    8: _("Activities and flights"),
    9: _("Trainings"),
    10: _("Validities"),
    11: _("Medical data"),
    OTHERS: _("Documents and data of other modules"),
    13: _("Communications"),
    14: _("Consents"),
    15: _("Requests and restrictions"),
    JOURNAL: _("Who consulted or changed your data"),
    WITHHELD: _("What was left out, and why"),
    GLOSSARY: _("Words and columns of this document"),
}
OF_ACTIVITY: Mapping[str, int] = {
    "persons": 4,
    "portal_accounts": 5,
    "accounting_entries": 6,
    "accounts": 6,
    "payment_means": 6,
    "bookings": 7,
    "activities": 8,
    "trainings": 9,
    "validities": 10,
    "medical": 11,
    "contacts": 13,
    "communications": 13,
    "consents": 14,
    "rights_requests": 15,
    "access_journal": JOURNAL,
}
"""Where the rows of an activity stand; those of any other, among the other modules."""


def made(values: Mapping[str, Any], request: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What was collected, with its `parts`; `request` is the one that is answered, if any."""
    tables = _placed(values["sections"])
    found = [_part(number) for number in TITLES]
    by_number = {part["number"]: part for part in found}
    by_number[COVER]["lines"] = cover(values, request)
    by_number[NOTICE]["blocks"] = [_block(section) for section in values["sections"]]
    by_number[NOTICE]["bullets"] = values["notice"]["rights"]
    by_number[NOTICE]["paragraphs"] = [
        values["notice"]["complaint"],
        gettext("No decision about you is taken by a machine alone."),
        gettext("Contact for your data: {contact}.").format(contact=values["notice"]["contact"]),
    ]
    by_number[IDENTITY]["lines"] = values["identity"]
    for number, held in tables.items():
        by_number[number]["tables"] = held
    by_number[JOURNAL]["accesses"] = values["accesses"]
    by_number[WITHHELD]["lines"] = [
        {"label": one["what"], "value": one["why"]} for one in values["withheld"]
    ]
    by_number[GLOSSARY]["lines"] = _glossary(values)
    for part in found:
        part["sentence"] = "" if _filled(part) else _nothing(part["number"])
    return {**values, "parts": found}


def _part(number: int) -> dict[str, Any]:
    empty: dict[str, list[Any]] = {
        name: [] for name in ("lines", "blocks", "bullets", "paragraphs", "tables", "accesses")
    }
    return {"number": number, "title": str(TITLES[number]), **empty}


def _filled(part: Mapping[str, Any]) -> bool:
    return any(value for value in part.values() if isinstance(value, list))


def _nothing(number: int) -> str:
    if number == WITHHELD:
        return gettext("Nothing was left out.")
    if number == JOURNAL:
        return gettext("No act is listed here.")
    return gettext("Nothing about you is held here.")


def _placed(sections: Sequence[Mapping[str, Any]]) -> dict[int, list[dict[str, Any]]]:
    """The tables by part; one that has rows in two activities stands in both, with its own rows."""
    found: dict[int, list[dict[str, Any]]] = {}
    for section in sections:
        if section["tables"]:
            number = OF_ACTIVITY.get(section.get("code", ""), OTHERS)
            found.setdefault(number, []).extend(section["tables"])
    return found


def cover(values: Mapping[str, Any], request: Mapping[str, Any] | None) -> list[dict[str, str]]:
    """Who answers, about whom, which request, and the state of the data."""
    who, day = values["organisation"], DateType().show
    lines = [
        (gettext("Controller"), who["name"]),
        (gettext("Address"), who["address"]),
        (gettext("E-mail"), who["email"]),
        (gettext("Data protection officer"), who["dpo_name"] or who["dpo_email"]),
        (gettext("Person"), values["person"]["title"]),
        (gettext("Number of the sheet"), str(values["person"]["number"])),
    ]
    if request is not None:
        lines += [
            (gettext("Request"), request["number"]),
            (gettext("Received on"), day(request["received_on"])),
            (gettext("What is asked"), request["scope"]),
        ]
    rows = sum(len(table["rows"]) for s in values["sections"] for table in s["tables"])
    held = ngettext("{count} row of data", "{count} rows of data", rows).format(count=rows)
    lines += [
        (gettext("State of the data on"), day(values["produced_on"])),
        (gettext("Period covered"), gettext("Everything that is held, whatever its date.")),
        (gettext("Extent"), held),
        (gettext("Made with"), values["software"]),
    ]
    return [{"label": label, "value": value} for label, value in lines if value]


def _block(section: Mapping[str, Any]) -> dict[str, Any]:
    """One processing that concerns the person, with what article 15(1) asks to say of it."""
    none = gettext("none")
    purposes = "\n".join(
        f"{given['text']} ({given['legal_basis']})" if given["legal_basis"] else given["text"]
        for given in section["purposes"]
    )
    lines = [
        (gettext("Purposes and legal bases"), purposes),
        (gettext("Categories of data"), section.get("categories", "")),
        (gettext("Recipients"), ", ".join(section["recipients"]) or none),
        (gettext("Kept for"), section["retention"]),
        (gettext("Kept until"), section.get("until", "")),
        (gettext("Source"), section["source"] or gettext("Yourself")),
        (gettext("Transfers outside the European Union"), section.get("transfers") or none),
    ]
    return {
        "title": section["activity"],
        "lines": [{"label": label, "value": value} for label, value in lines if value],
    }


def _glossary(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """The words of the law, then each table with the columns that it shows."""
    words = [{"label": one["term"], "value": one["meaning"]} for one in values["glossary"]]
    tables: dict[str, dict[str, None]] = {}
    for section in values["sections"]:
        for table in section["tables"]:
            tables.setdefault(table["label"], {}).update(dict.fromkeys(table["columns"]))
    columns = gettext("Its columns: {columns}.")
    return words + [
        {"label": label, "value": columns.format(columns=", ".join(names))}
        for label, names in tables.items()
    ]
