"""The sheet of a record.

Its fields in sections, its states, and the rows of every module that refer to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from portal import catalog
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.fields import Field
from portal.fieldtypes import MASKED
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.rows import Row
from portal.sheets import Sheet
from portal.web.cells import line_of, shower
from portal.web.forms import offered
from portal.web.listing import STATE_WORDS
from portal.web.naming import named

CONTACT = ("email", "phone", "link")
CONTACT_NAMES = ("address", "postcode", "city", "country", "emergency_contact")


@dataclass(frozen=True, slots=True)
class Line:
    """A field of the sheet."""

    label: str
    html: Markup
    empty: bool
    sensitive: bool


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the sheet."""

    label: str
    lines: tuple[Line, ...]

    @property
    def empty(self) -> bool:
        return all(line.empty for line in self.lines)


@dataclass(frozen=True, slots=True)
class RelatedRows:
    """The first rows of a table that refer to the record, and where all of them are."""

    label: str
    field: str
    rows: tuple[tuple[str, str, str], ...]
    all_url: str
    more: bool
    new_url: str


def sections(gate: Gate, table: CatalogTable, row: Row, prefix: str) -> list[Section]:
    """The fields that this actor reads, in parts.

    The record, how to reach it, the sections of custom fields, what the portal noted.
    """
    readable = {known.name for known in gate.tables()}
    fields = gate.fields(table.name)
    (row,) = named(gate, fields, (row,))
    parts: dict[str, list[Line]] = {"main": [], "contact": []}
    specs = [spec for spec in fields if spec.shown]
    parts |= {str(spec.section): [] for spec in specs if str(spec.section)}
    parts["system"] = []
    for spec in specs:
        value = row.values.get(spec.name)
        empty = value is None or value == ""
        html = Markup("–") if empty else line_of(spec, value, prefix, readable)
        parts[_part(spec)].append(Line(str(spec.label), html, empty, spec.sensitive))
    if len(parts["contact"]) < 3:
        parts["main"] += parts.pop("contact")
    labels = {"main": str(table.one), "contact": gettext("Contact"), "system": gettext("Record")}
    return [Section(labels.get(name, name), tuple(ls)) for name, ls in parts.items() if ls]


def _part(spec: Field) -> str:
    if spec.system:
        return "system"
    if str(spec.section):
        return str(spec.section)
    contact = spec.type.name in CONTACT or spec.name in CONTACT_NAMES
    return "contact" if contact else "main"


def badges(row: Row) -> list[str]:
    """What is special about the record, in words."""
    found = [str(STATE_WORDS[state]) for state in sorted(row.states)]
    if row.values.get("active") is False:
        found.insert(0, str(_("Disabled")))
    return found


def related(gate: Gate, table: CatalogTable, sheet: Sheet, prefix: str) -> list[RelatedRows]:
    """The rows that refer to the record, table by table, five of each."""
    known, row = catalog.current(), sheet.row
    found = []
    for part in sheet.related:
        child = known.tables[part.table]
        base = f"{prefix}/{part.table}/"
        may_add = gate.can(Verb.CREATE, part.table)
        if not part.rows and not may_add:
            continue
        found.append(
            RelatedRows(
                label=str(child.label),
                field=""
                if part.field == table.name.partition(".")[2]
                else str(child.fields[part.field].label),
                rows=tuple(
                    (r.title, f"{base}details/?id={r.id}", _detail(child, r, part.field))
                    for r in part.rows
                ),
                all_url=f"{base}?f.{part.field}.equals={row.id}",
                more=part.more,
                new_url=_new_url(gate, child, part.field, row.id, base) if may_add else "",
            )
        )
    return sorted(found, key=lambda part: (not part.rows, part.label))


def _new_url(gate: Gate, child: CatalogTable, field: str, id: int, base: str) -> str:
    """The form of a new related row, which names the record already where the actor may set it."""
    fillable = {spec.name for spec in offered(gate, child, Verb.CREATE)}
    return f"{base}new/?{field}={id}" if field in fillable else f"{base}new/"


def _detail(table: CatalogTable, row: Row, link: str) -> str:
    """Two more values of a related row, so that its line says what it is."""
    shown = []
    for name in table.declaration.columns:
        value = row.values.get(name)
        if name == link or name in table.title or value in (None, "", MASKED):
            continue
        if table.fields[name].type.name in ("boolean", "email"):
            continue
        shown.append(shower(table.fields[name].type)(value))
    return " · ".join(text[:40] for text in shown[:2])
