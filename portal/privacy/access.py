"""The answer to an access request (GDPR art. 15): all that the portal holds about a person.

Either it is whole or it is refused with the name of what lacks. Only a person's own copy may leave
out what their account does not open, and then it says so. Other persons appear as the tables
declare; secrets never do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from portal import rightwords
from portal.catalog import PERSON, CatalogTable
from portal.channels import Channel
from portal.declare import Activity, Verb
from portal.documents.conversion import as_pdf
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import Forbidden
from portal.fieldtypes import EMPTY, Reference
from portal.gate import Gate
from portal.i18n import gettext, labelled, language
from portal.privacy import (
    access_files,
    access_parts,
    lost_rows,
    recipients,
    terms,
    third_parties,
    wording,
)
from portal.privacy.register import organisation, software
from portal.privacy.register_files import MIME_TYPES, as_json, check
from portal.privacy.register_lines import purpose, retention
from portal.rows import Row
from portal.subject import Access

FORMATS = ("odt", "docx", "pdf", "json", "zip")
ZIP = "application/zip"
MOST_ACCESSES = 2_000


@dataclass(slots=True)
class Collected:
    """What was read about the person: rows by table, and what was left out with its reason."""

    person: int
    rows: dict[str, list[Row]] = field(default_factory=dict)
    withheld: list[dict[str, str]] = field(default_factory=list)
    lost: list[dict[str, Any]] = field(default_factory=list)

    def leave_out(self, what: str, why: str) -> None:
        """Say once that something is withheld."""
        entry = {"what": what, "why": why}
        if entry not in self.withheld:
            self.withheld.append(entry)

    def owns(self, table: str, id: int | None) -> bool:
        """True when a row is among those about the person."""
        return any(row.id == id for row in self.rows.get(table, ()))


def offered(gate: Gate, person: int) -> bool:
    """True when the document may be asked for (without a query); making it may still be refused."""
    own = gate.actor.person == person
    return gate.can(Verb.READ, PERSON) and (own or gate.can(Verb.DISCLOSE, PERSON))


def document(
    gate: Gate,
    person_id: int,
    format: str,
    speaking: str,
    request: Mapping[str, Any] | None = None,
) -> tuple[bytes, str, str]:
    """The document as (content, file name, type); `request` is the one that it answers.

    Raises NotFound, Forbidden, Invalid.
    """
    check(format, speaking, FORMATS)
    with language(speaking):
        values = access_parts.made(collect(gate, person_id), request)
        name = f"{gettext('personal-data')}-{person_id}-{values['produced_on'].isoformat()}"
        content = _written(values, format, speaking, name)
    rows = sum(len(t["rows"]) for s in values["sections"] for t in s["tables"])
    gate.at(Channel.ACCESS).note(Verb.EXPORT, PERSON, [person_id], rows + 1)
    return content, f"{name}.{format}", MIME_TYPES.get(format, ZIP)


def _written(values: dict[str, Any], format: str, speaking: str, name: str) -> bytes:
    if format == "json":
        return as_json(values)
    made = format if format in ("odt", "docx") else "odt"
    content = render(template("privacy/access", speaking, made), values, speaking)
    if format == "zip":
        return access_files.zipped(values, (f"{name}.odt", content))
    return as_pdf(content) if format == "pdf" else content


def portable(gate: Gate, person_id: int, speaking: str) -> tuple[bytes, str, str]:
    """The package of portability as (content, file name, type). Raises as `document`."""
    check("zip", speaking, FORMATS)
    with language(speaking):
        asked = _opened(gate, person_id)
        asked.one(PERSON, person_id)
        found = _read(asked, person_id)
        content = access_files.portable(asked.catalog, found.rows)
        name = f"{gettext('portable-data')}-{person_id}-{asked.today.isoformat()}.zip"
    rows = sum(len(part) for part in found.rows.values())
    gate.at(Channel.ACCESS).note(Verb.EXPORT, PERSON, [person_id], rows)
    return content, name, ZIP


def collect(gate: Gate, person_id: int) -> dict[str, Any]:
    """All that the portal holds about a person, as plain values in the current language.

    Raises NotFound for a person out of reach, and Forbidden naming what the actor may not read.
    """
    asked = _opened(gate, person_id)
    person = asked.one(PERSON, person_id)
    found = _read(asked, person_id)
    accesses = _accesses(asked, found)
    sections = [
        section
        for activity in asked.catalog.activities.values()
        if (section := _section(asked, activity, found))
    ] + found.lost
    who = organisation(asked)
    return {
        "organisation": who,
        "person": {"title": person.title, "number": person_id},
        "produced_on": asked.today,
        "software": software(),
        "notice": wording.notice(who, _activities(asked, found)),
        "identity": _identity(asked, found),
        "sections": sections,
        "accesses": accesses,
        "withheld": found.withheld,
        "glossary": wording.glossary(),
    }


def _opened(gate: Gate, person: int) -> Gate:
    """A gate that opens archived and restricted rows too: they are the person's as well.

    To their own rows, the right of access is what the verb disclose is to others.
    """
    actor = gate.actor
    if actor.person != person and not gate.can(Verb.DISCLOSE, PERSON):
        gate.one(PERSON, person)
        raise _lacking(gate.catalog.table(PERSON))
    if actor.person == person:
        grants = tuple(replace(g, verbs=g.verbs | {Verb.DISCLOSE}) for g in actor.grants)
        actor = replace(actor, grants=grants)
    return Gate(
        actor,
        Channel.ACCESS,
        reason=gate.reason or "GDPR art. 15",
        today=gate.today,
        catalog=gate.catalog,
    )


def _read(gate: Gate, person: int) -> Collected:
    """Every row about the person, table by table. Raises Forbidden naming a table or a field."""
    found = Collected(person)
    own = gate.actor.person == person
    subject = gate.subject(person)
    for table in gate.catalog.about_persons():
        if table.declaration.not_in_access:
            continue
        missing = subject.missing(table)
        if missing and not own:
            raise _lacking(table)
        if gate.can(Verb.READ, table.name):
            found.rows[table.name] = subject.rows(table)
        _say_missing(table, missing, found)
    found.lost = lost_rows.sections(gate, person, found.leave_out)
    _say_excluded(gate, found)
    return found


def _lacking(table: CatalogTable) -> Forbidden:
    return Forbidden(
        gettext("The document would lack “{table}”, so it is not made.").format(table=table.label),
        rightwords.whole_remedy(table.label),
    )


def _say_missing(table: CatalogTable, missing: tuple[str, ...], found: Collected) -> None:
    why = gettext("Your account does not open it; the organisation gives it to you on request.")
    whole = table.name not in found.rows or len(missing) == sum(
        not f.secret for f in table.fields.values()
    )
    if missing and whole:
        found.leave_out(str(table.label), why)
    elif found.rows.get(table.name):
        names = [str(table.fields[name].label) for name in missing]
        for name in names:
            found.leave_out(labelled(table.label, name), why)


def _say_excluded(gate: Gate, found: Collected) -> None:
    """What nobody is given: excluded tables, secrets, and modules that could not be read."""
    for table in gate.catalog:
        if table.declaration.not_in_access:
            found.leave_out(str(table.label), str(table.declaration.not_in_access))
        for spec in table.fields.values():
            if spec.secret and found.rows.get(table.name):
                found.leave_out(
                    labelled(table.label, spec.label),
                    gettext("A secret that only serves to sign in; nobody can read it."),
                )
    for broken in gate.catalog.broken:
        found.leave_out(
            broken.name, gettext("This module could not be loaded: its data are not in here.")
        )


def _identity(gate: Gate, found: Collected) -> list[dict[str, str]]:
    table = gate.catalog.table(PERSON)
    rows = found.rows[PERSON]
    values = rows[0].values if rows else {}
    return [
        {"label": str(spec.label), "value": spec.type.show(values[name]) or EMPTY}
        for name, spec in table.fields.items()
        if name in values and not spec.system
    ]


def _activities(gate: Gate, found: Collected) -> list[Activity]:
    """The activities under which there is a row about the person."""
    return [
        activity
        for activity in gate.catalog.activities.values()
        if any(_rows_of(table, activity, found) for table in gate.catalog.tables_of(activity.name))
    ]


def _rows_of(table: CatalogTable, activity: Activity, found: Collected) -> list[Row]:
    """The rows of a table that belong to an activity: a reference may set some apart."""
    rows = found.rows.get(table.name, [])
    other = table.declaration.other_activity
    if other is None:
        return rows
    apart = other.activity.name == activity.name
    return [row for row in rows if (_set(row.values.get(other.field))) is apart]


def _set(value: object) -> bool:
    return isinstance(value, Reference)


def _section(gate: Gate, activity: Activity, found: Collected) -> dict[str, Any] | None:
    tables = [
        _table(gate, table, rows, found)
        for table in gate.catalog.tables_of(activity.name)
        if (rows := _rows_of(table, activity, found)) and table.name != PERSON
    ]
    person = any(t.name == PERSON for t in gate.catalog.tables_of(activity.name))
    if not tables and not person:
        return None
    kept = retention(activity)
    return {
        "code": activity.name,
        "activity": str(activity.label or activity.name),
        "categories": str(activity.data_types),
        "transfers": terms.transfers(activity, gate.today),
        "until": terms.until(gate, activity, found.rows),
        "purposes": [
            {key: purpose(given)[key] for key in ("text", "legal_basis")}
            for given in activity.purposes
        ],
        "recipients": recipients.named(activity, gate.today, ended=True),
        "retention": labelled(kept["text"], kept["starts"]) if kept["starts"] else kept["text"],
        "source": str(activity.source),
        "tables": tables,
    }


def _table(gate: Gate, table: CatalogTable, rows: list[Row], found: Collected) -> dict[str, Any]:
    shown = {name for row in rows for name in row.values}
    path = table.subject.steps if table.subject else ()
    about = path[0].name if len(path) == 1 else ""
    specs = [
        spec
        for spec in table.fields.values()
        if spec.name in shown and spec.name not in ("id", "updated_at", about)
    ]
    columns = [str(spec.label) for spec in specs]
    lines = [[_shown(gate, table, row, spec.name, found) for spec in specs] for row in rows]
    return {
        "name": table.name,
        "label": str(table.label),
        "columns": columns,
        "rows": lines,
        "records": [
            [{"label": c, "value": v} for c, v in zip(columns, line, strict=True) if v]
            for line in lines
        ],
    }


def _shown(gate: Gate, table: CatalogTable, row: Row, name: str, found: Collected) -> str:
    """A value in words; another person as the table's policy wants, which is said once."""
    spec, value = table.fields[name], row.values.get(name)
    if value is None:
        return ""
    if third_parties.concerns_another(gate.catalog, table, spec, value, found.person, found.owns):
        text, hidden = third_parties.shown(table, spec, value)
        if hidden:
            found.leave_out(
                labelled(table.label, spec.label),
                gettext("The rights of other persons (GDPR art. 15(4))."),
            )
        return text
    if name == "table_name" and value in gate.catalog.tables:
        return str(gate.catalog.tables[value].label)
    return str(spec.type.show(value))


def _accesses(gate: Gate, found: Collected) -> list[dict[str, Any]]:
    subject = gate.subject(found.person)
    if not subject.journal_open:
        found.leave_out(
            gettext("Who consulted or changed your data"),
            gettext("Who made this document may not read the journal; the privacy officer may."),
        )
        return []
    accesses, total = subject.accesses(MOST_ACCESSES)
    if total > len(accesses):
        found.leave_out(
            gettext("{number} older acts on your data").format(number=total - len(accesses)),
            gettext("Only the latest ones are listed; the others are given on request."),
        )
    return by_minute(accesses)


def by_minute(accesses: Iterable[Access]) -> list[dict[str, Any]]:
    """Acts in words, those of one kind and role within a minute as one."""
    grouped: dict[tuple[Any, str, str], None] = {}
    for access in accesses:
        minute = access.on.replace(second=0, microsecond=0)
        grouped[minute, str(access.operation), str(access.role)] = None
    return [{"on": on, "operation": what, "role": role} for on, what, role in grouped]
