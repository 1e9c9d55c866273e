"""The catalog: what exists. Built once from the declarations, checked whole, then frozen.

Only the catalog walks paths and knows which table refers to which. It refuses a declaration that it
cannot hold, with the plugin's name, the rule and the remedy; the portal goes on without that
plugin.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from portal import catalog_words
from portal.actor import EVERYTHING
from portal.declaration_checks import (
    ON_ERASURE,
    check_list,
    check_page,
    check_references,
    check_table,
    known,
)
from portal.declare import (
    WITH_PARENT,
    Activity,
    Attachment,
    Hold,
    Page,
    Plugin,
    StartEvent,
    Table,
    ThirdParty,
)
from portal.errors import DeclarationError, NotFound
from portal.fields import Field, fields_of, searched_of
from portal.fieldtypes import EVERY_TABLE, FIELD_NAMES, LIST_NAMES, TABLE_NAMES
from portal.i18n import Label, _
from portal.listindexes import sifted, title_order
from portal.paths import (
    PERSON,
    STRUCTURE,
    Path,
    attached_paths,
    structure_path,
    subject_path,
)


@dataclass(frozen=True, slots=True)
class Incoming:
    """A reference that points at a table: what happens to it when the target is erased."""

    table: str
    field: str
    act: str  # "blocks", "goes_along" or "emptied"


@dataclass(frozen=True, slots=True)
class CatalogTable:
    """A table as everything else sees it."""

    name: str
    plugin: str
    declaration: Table
    fields: Mapping[str, Field]
    subject: Path | None = None
    structure: Path | None = None
    attached: tuple[Path, ...] = ()
    incoming: tuple[Incoming, ...] = ()
    holds: tuple[Hold, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    start_events: tuple[StartEvent, ...] = ()

    @property
    def model(self):  # type: ignore[no-untyped-def]  # peewee's models are untyped
        """The peewee model: for the guard's use only."""
        return self.declaration.model

    @property
    def label(self) -> Label:
        """What the rows are, in the plural."""
        return self.declaration.label

    @property
    def one(self) -> Label:
        """What one row is."""
        return self.declaration.one or self.declaration.label

    @property
    def title(self) -> tuple[str, ...]:
        """The fields that name a row."""
        return self.declaration.title or ("id",)

    @property
    def title_index(self) -> tuple[str, ...]:
        """The columns of the title order, folded where there is a folded copy, the key last."""
        return title_order(self)

    @property
    def sifted(self) -> Mapping[str, tuple[str, ...]]:
        """The fields with an index of equal values in the order of the title: its columns."""
        return sifted(self)

    @property
    def searched(self) -> tuple[str, ...]:
        """The fields whose words the search index keeps; none of a read-only table."""
        return searched_of(self.declaration, self.fields)

    @property
    def audited(self) -> tuple[str, ...]:
        """The fields whose old and new values are kept."""
        asked = (field.name for field in self.fields.values() if field.audited)
        return (*self.declaration.audited, *asked)

    @property
    def versioned(self) -> bool:
        """True when rows carry a version and dates (all but journals)."""
        return hasattr(self.model, "version")

    @property
    def personal(self) -> bool:
        """True when the rows are about persons."""
        return self.subject is not None

    def field(self, name: str) -> Field:
        """The field of that name; raises NotFound naming it."""
        found = self.fields.get(name)
        if found is None:
            raise NotFound(_("There is no field '{name}' here.").format(name=name[:60]))
        return found


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of an activity in one table: all, or only those where `field` is set (or is not)."""

    table: CatalogTable
    field: str = ""
    is_set: bool = False


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that was found: its name, its declaration, and where its files lie."""

    name: str
    plugin: Plugin
    folder: str = ""
    origin: str = "core"


@dataclass(frozen=True, slots=True)
class BrokenPlugin:
    """A plugin that could not be loaded: why, in one sentence, and what Python said of it."""

    name: str
    why: Label
    cause: str = ""

    @property
    def told(self) -> str:
        """Why, on one line, with the technical cause after it."""
        sentence = str(self.why)
        return f"{sentence.rstrip('.')} ({self.cause})" if self.cause else sentence


@dataclass(frozen=True, slots=True)
class Catalog:
    """Every table, activity and list of this portal, frozen."""

    plugins: tuple[LoadedPlugin, ...]
    tables: Mapping[str, CatalogTable]
    activities: Mapping[str, Activity]
    broken: tuple[BrokenPlugin, ...] = ()
    pages: Mapping[str, tuple[str, Page]] = field(default_factory=dict)

    def __iter__(self) -> Iterator[CatalogTable]:
        return iter(self.tables.values())

    @property
    def lists(self) -> Mapping[str, Label]:
        """The labels of the typed lists that plugins ship, by name."""
        return {
            f"{known.plugin or loaded.name}.{known.name}": known.label
            for loaded in self.plugins
            for known in loaded.plugin.choice_lists
        }

    def table(self, name: str) -> CatalogTable:
        """The table of that name; raises NotFound."""
        found = self.tables.get(name)
        if found is None:
            raise NotFound(_("There is no table '{name}'.").format(name=name[:60]))
        return found

    def parts(self, activity: str) -> tuple[Part, ...]:
        """Where the rows of an activity stand; children that go with their parent are left out."""
        found = []
        for table in self:
            declared, other = table.declaration, table.declaration.other_activity
            if declared.retention is WITH_PARENT:
                continue
            if declared.activity and declared.activity.name == activity:
                found.append(Part(table, other.field if other else "", False))
            if other and other.activity.name == activity:
                found.append(Part(table, other.field, True))
        return tuple(found)

    def tables_of(self, activity: str) -> tuple[CatalogTable, ...]:
        """Every table that holds rows of an activity, children included."""
        return tuple(
            table
            for table in self
            if (table.declaration.activity and table.declaration.activity.name == activity)
            or (
                table.declaration.other_activity
                and table.declaration.other_activity.activity.name == activity
            )
        )

    def about_persons(self) -> tuple[CatalogTable, ...]:
        """The tables whose rows are about a person, the persons first."""
        found = [table for table in self if table.personal]
        return tuple(sorted(found, key=lambda table: (table.name != PERSON, table.name)))

    def label_of(self, plugin: str) -> Label:
        """The label of a module."""
        return next((p.plugin.label for p in self.plugins if p.name == plugin), plugin)


__all__ = ["PERSON", "STRUCTURE", "Catalog", "CatalogTable", "Path"]

_current = Catalog((), MappingProxyType({}), MappingProxyType({}))


def current() -> Catalog:
    """The catalog of this process."""
    return _current


def install(catalog: Catalog) -> Catalog:
    """Make `catalog` the one of this process."""
    global _current
    _current = catalog
    tables: dict[str, Label] = {table.name: table.label for table in catalog}
    TABLE_NAMES.know(tables)
    EVERY_TABLE.know({EVERYTHING: _("All tables"), **catalog_words.modules(catalog), **tables})
    FIELD_NAMES.know({EVERYTHING: _("All fields"), **catalog_words.fields(catalog)})
    LIST_NAMES.know({"": "", **catalog.lists})
    return catalog


def freeze(plugins: Iterable[LoadedPlugin], broken: Iterable[BrokenPlugin] = ()) -> Catalog:
    """Check every declaration and build the catalog.

    A plugin that fails is left out and named in `broken`.

    Raises DeclarationError when the core itself fails.
    """
    kept, failed = list(plugins), list(broken)
    while True:
        try:
            return _build(kept, failed)
        except _Refused as refused:
            if refused.plugin.origin == "core":
                raise refused.error from None
            kept.remove(refused.plugin)
            failed.append(BrokenPlugin(refused.plugin.name, str(refused.error)))


class _Refused(Exception):
    def __init__(self, plugin: LoadedPlugin, error: DeclarationError) -> None:
        self.plugin, self.error = plugin, error


def _build(plugins: list[LoadedPlugin], broken: list[BrokenPlugin]) -> Catalog:
    names = {
        table.model: f"{loaded.name}.{table.model.__name__.lower()}"
        for loaded in plugins
        for table in loaded.plugin.tables
    }
    tables: dict[str, CatalogTable] = {}
    for loaded in plugins:
        for declaration in loaded.plugin.tables:
            name = names[declaration.model]
            try:
                if name in tables:
                    raise DeclarationError(f"Two tables are named '{name}'.", "Rename one.")
                fields = fields_of(name, declaration, names, loaded.name)
                check_references(name, fields)
                tables[name] = CatalogTable(name, loaded.name, declaration, fields)
            except DeclarationError as error:
                raise _Refused(loaded, error) from None
    by_table = {name: table.fields for name, table in tables.items()}
    resolved: dict[str, CatalogTable] = {}
    for loaded in plugins:
        try:
            for declaration in loaded.plugin.tables:
                name = names[declaration.model]
                resolved[name] = replace(
                    tables[name],
                    subject=subject_path(name, declaration, by_table),
                    structure=structure_path(name, declaration, by_table),
                    attached=attached_paths(name, declaration, by_table),
                    incoming=_incoming(name, tables),
                )
        except DeclarationError as error:
            raise _Refused(loaded, error) from None
    activities: dict[str, Activity] = {}
    pages: dict[str, tuple[str, Page]] = {}
    for loaded in plugins:
        try:
            resolved = _with_rules(loaded.plugin, resolved)
            for declaration in loaded.plugin.tables:
                check_table(names[declaration.model], declaration, by_table)
            for activity in loaded.plugin.activities:
                _add_activity(activities, activity)
            for declaration in loaded.plugin.tables:
                if declaration.activity:
                    _add_activity(activities, declaration.activity)
                if declaration.other_activity:
                    _add_activity(activities, declaration.other_activity.activity)
            for choice_list in loaded.plugin.choice_lists:
                check_list(choice_list)
            for page in loaded.plugin.pages:
                check_page(page, loaded.folder, resolved)
                pages[f"{loaded.name}/{page.name}"] = (loaded.name, page)
        except DeclarationError as error:
            raise _Refused(loaded, error) from None
    ordered = dict(sorted(activities.items(), key=lambda item: (item[1].order, item[0])))
    return Catalog(
        tuple(plugins),
        MappingProxyType(resolved),
        MappingProxyType(ordered),
        tuple(broken),
        MappingProxyType(pages),
    )


def _add_activity(activities: dict[str, Activity], activity: Activity) -> None:
    known = activities.setdefault(activity.name, activity)
    if known is not activity and known != activity:
        raise DeclarationError(
            f"The activity '{activity.name}' is declared twice with different contents.",
            "Import the one that exists.",
        )


def _incoming(name: str, tables: Mapping[str, CatalogTable]) -> tuple[Incoming, ...]:
    found = []
    for table in tables.values():
        for reference in table.fields.values():
            if reference.target == name and reference.type.name == "reference":
                act = ON_ERASURE[reference.column.on_delete]
                found.append(Incoming(table.name, reference.name, act))
    return tuple(found)


def _with_rules(plugin: Plugin, tables: dict[str, CatalogTable]) -> dict[str, CatalogTable]:
    """The tables with the holds, attachments and start events that a plugin contributes."""
    changed = dict(tables)
    for hold in plugin.holds:
        name = known(hold.table, tables, "A hold")
        changed[name] = replace(changed[name], holds=(*changed[name].holds, hold))
    for rule in plugin.attachments:
        name = known(rule.table, tables, "An attachment")
        changed[name] = replace(changed[name], attachments=(*changed[name].attachments, rule))
    for event in plugin.start_events:
        name = known(event.table, tables, "A start event")
        changed[name] = replace(changed[name], start_events=(*changed[name].start_events, event))
    return changed


def third_party_of(table: CatalogTable, name: str) -> ThirdParty:
    """What a subject-access document shows of the other person in this field (GDPR art. 15(4))."""
    return table.declaration.third_party.get(name, ThirdParty.ROLE)
