"""The data dictionary: every field of every table, with what the law says of it.

It is read from the schema and the custom fields of this moment. The tables of the machinery and the
files beside the database, which no screen shows, stand in it too (`portal.privacy.machinery`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from portal.anonymising import UNTOUCHED, Action, action_of
from portal.catalog import PERSON, Catalog, CatalogTable, third_party_of
from portal.declare import DataType
from portal.fields import Field
from portal.i18n import Label, Text, _
from portal.privacy import machinery
from portal.register_catalogue import vocabulary
from portal.text import fold

NATURES = ("email", "phone", "link", "date", "datetime", "money", "choice", "reference")
"""The types of fields that the code of a data type tells apart."""
DELETED = _("deleted with the person")
EMPTIED = _("emptied")
REPLACED = _("replaced by a random value")
UNTIL_TERM = _("kept until its term")
STAYS = _("stays: it tells nothing of a person")
_ACTIONS = {Action.EMPTY: EMPTIED, Action.RANDOM: REPLACED}
THIRD_PARTIES = {
    "keep": _("shown"),
    "role": _("shown as a role"),
    "initials": _("shown as initials"),
    "remove": _("left out"),
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A field: where it stands, its kind of personal data (None: none), and how guarded it is.

    `code` names the data type with its nature ("identity.email"); `exported` says whether a file of
    rows holds it; `at_erasure` what becomes of it when the person is erased; `third_party` what an
    access document shows where it names another person ("" where it names nobody).
    """

    table: str
    table_label: Label
    field: str
    label: Label
    data_type: DataType | None
    sensitive: bool
    secret: bool
    module: str = ""
    module_label: Label = ""
    code: str = ""
    exported: bool = True
    at_erasure: Label = ""
    third_party: Label = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """A description of the data-type list, and the codes that it covers."""

    label: Label
    codes: tuple[str, ...]


def entries(tables: Iterable[CatalogTable], catalog: Catalog | None = None) -> Iterator[Entry]:
    """The fields of these tables, those that the portal itself keeps left out."""
    for table in tables:
        label = catalog.label_of(table.plugin) if catalog else table.plugin
        for field in table.fields.values():
            if not field.system:
                yield Entry(
                    table=table.name,
                    table_label=table.label,
                    field=field.name,
                    label=field.label,
                    data_type=field.data_type,
                    sensitive=field.sensitive,
                    secret=field.secret,
                    module=table.plugin,
                    module_label=label,
                    code=code_of(field.data_type, field.type.name),
                    exported=not (field.secret or field.disclosed),
                    at_erasure=_at_erasure(table, field),
                    third_party=_third_party(table, field),
                )


def whole(catalog: Catalog, module: str = "", words: str = "") -> list[Entry]:
    """Every entry of a module ("": of all), sorted by table; `words` narrow them, all of them."""
    found = [*entries(catalog, catalog), *_machinery()]
    asked = fold(words).split()
    chosen = [one for one in found if module in ("", one.module) and _matches(one, asked)]
    return sorted(chosen, key=lambda one: one.table)


def modules(catalog: Catalog) -> list[tuple[str, Label]]:
    """The modules that have entries, by name, with their words."""
    known = {table.plugin: catalog.label_of(table.plugin) for table in catalog}
    found = [
        *known.items(),
        (machinery.MODULE, machinery.LABEL),
        (machinery.FILES, machinery.STORED),
    ]
    return sorted(found, key=lambda one: fold(str(one[1])))


def kinds(found: Sequence[Entry]) -> list[Kind]:
    """The data types of these entries: each description once, with one or several codes."""
    codes: dict[DataType, set[str]] = {}
    for one in found:
        if one.data_type is not None:
            codes.setdefault(one.data_type, set()).add(one.code)
    return [Kind(label_of(kind), tuple(sorted(codes[kind]))) for kind in DataType if kind in codes]


def code_of(data_type: DataType | None, nature: str) -> str:
    """The code of a data type: its own, or with the nature of the field."""
    if data_type is None:
        return ""
    plain = nature.removeprefix("kept_")
    return f"{data_type}.{plain}" if plain in NATURES else str(data_type)


def personal(catalog: Catalog, activity: str) -> tuple[Entry, ...]:
    """The personal fields that an activity records, in the order of its tables."""
    found = entries(catalog.tables_of(activity))
    return tuple(entry for entry in found if entry.data_type is not None)


def label_of(data_type: DataType) -> Text:
    """What a kind of personal data is called."""
    return vocabulary("data_categories")[str(data_type)]


def _matches(one: Entry, asked: Sequence[str]) -> bool:
    kind = label_of(one.data_type) if one.data_type else ""
    said = f"{one.table} {one.table_label} {one.label} {one.field} {one.code} {kind}"
    folded = fold(said)
    return all(word in folded for word in asked)


def _at_erasure(table: CatalogTable, field: Field) -> Label:
    """What becomes of a field when the person whom its row is about is erased."""
    if table.plugin in UNTOUCHED:
        return UNTIL_TERM if field.data_type else STAYS
    steps = table.subject.steps if table.subject else ()
    if len(steps) == 1 and steps[0].target == PERSON and steps[0].column.on_delete == "CASCADE":
        return DELETED
    action = action_of(table, field)
    if action in _ACTIONS:
        return _ACTIONS[action]
    return UNTIL_TERM if field.data_type else STAYS


def _third_party(table: CatalogTable, field: Field) -> Label:
    named = field.target == PERSON or field.name in table.declaration.third_party
    return THIRD_PARTIES[str(third_party_of(table, field.name))] if named else ""


def _machinery() -> Iterator[Entry]:
    for one in machinery.COLUMNS:
        yield Entry(
            table=one.table,
            table_label=one.what,
            field=one.column,
            label=one.label,
            data_type=one.data_type,
            sensitive=one.sensitive,
            secret=True,
            module=one.module,
            module_label=machinery.LABELS[one.module],
            code=code_of(one.data_type, ""),
            exported=False,
            at_erasure=one.at_erasure,
        )
