"""The contract that every table of a plugin holds, as tests that its author runs with one import.

In a test file of the plugin: `from portal.testing import *`. The tables are those of the plugins
that are installed or stand in the folder of the settings (`GREFFE_PLUGINS_FOLDER`), or of those
that the test file names in `CONTRACT_PLUGINS`. Each run opens a new portal in a temporary folder.
"""

# ruff: noqa: S101 - these are tests, and tests assert

from __future__ import annotations

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from portal import catalog as catalogs
from portal import configured, i18n, settings, version
from portal.actor import Actor, Grant, process
from portal.catalog import PERSON, Catalog, CatalogTable, LoadedPlugin
from portal.channels import Channel
from portal.choices import current
from portal.database import proxy
from portal.declare import WITH_PARENT, Reach, Verb
from portal.errors import Invalid, NotFound
from portal.escaping import unescaped
from portal.exports import csv_lines, restored
from portal.fields import Field
from portal.fieldtypes import OptionType, Reference
from portal.gate import Gate
from portal.plugins import discover
from portal.privacy import access, dictionary, register
from portal.rows import Filter, Row, Selection
from portal.settings_sections import Database
from portal.start import open_portal
from portal.treatments import MANAGERS

__all__ = [
    "Contract",
    "contract",
    "contract_url",
    "pytest_generate_tests",
    "test_a_row_can_be_erased_or_says_why_not",
    "test_a_row_has_a_title",
    "test_a_row_is_found_by_its_words",
    "test_a_row_is_in_the_access_document",
    "test_every_field_can_be_filtered",
    "test_every_field_can_be_sorted",
    "test_every_field_is_in_the_dictionary",
    "test_its_activity_is_in_the_register",
    "test_its_export_reads_back_as_the_same_values",
    "test_its_labels_are_in_both_languages",
    "test_its_paths_lead_somewhere",
    "test_its_retention_is_set",
    "test_its_templates_and_code_escape_what_they_show",
    "test_nobody_without_a_right_meets_it",
    "test_a_withheld_field_is_not_shown",
]

EVERY = "*"
# --- which tables ---------------------------------------------------------------------------------


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test once for each table (or plugin) that the module is about."""
    plugins = getattr(metafunc.module, "CONTRACT_PLUGINS", ())
    if "declared_table" in metafunc.fixturenames:
        names = [table.name for table in _tables(plugins)]
        metafunc.parametrize("declared_table", names)
    if "written_table" in metafunc.fixturenames:
        names = [t.name for t in _tables(plugins) if not t.declaration.read_only]
        metafunc.parametrize("written_table", names)
    if "about_persons" in metafunc.fixturenames:
        names = [
            table.name
            for table in _tables(plugins)
            if table.personal
            and not table.declaration.read_only
            and not table.declaration.not_in_access
            and table.name != PERSON
        ]
        metafunc.parametrize("about_persons", names)
    if "searched_table" in metafunc.fixturenames:
        metafunc.parametrize("searched_table", [t.name for t in _tables(plugins) if t.searched])
    if "plugin_name" in metafunc.fixturenames:
        metafunc.parametrize("plugin_name", [plugin.name for plugin in _wanted(plugins)])


def _loaded() -> Catalog:
    chosen = settings.load(Path(os.environ.get("GREFFE_HOME", "var")))
    loaded, broken = discover(chosen.plugins_folder, chosen.plugins.disabled)
    return catalogs.freeze(loaded, broken)


def _wanted(plugins: Iterable[str]) -> list[LoadedPlugin]:
    known, named = _loaded(), tuple(plugins)
    if EVERY in named:
        return list(known.plugins)
    if named:
        return [plugin for plugin in known.plugins if plugin.name in named]
    return [plugin for plugin in known.plugins if plugin.origin not in ("core", "shipped")]


def _tables(plugins: Iterable[str]) -> list[CatalogTable]:
    wanted = {plugin.name for plugin in _wanted(plugins)}
    return [table for table in _loaded() if table.plugin in wanted]


# --- a portal and rows ----------------------------------------------------------------------------


class Contract:
    """An open portal with a gate that may do everything, and rows made from declarations."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.gate = Gate(process("contract"), Channel.LIST, reason="contract")
        self._number = 0
        self._made: Counter[str] = Counter()

    def table(self, name: str) -> CatalogTable:
        """A declared table."""
        return self.catalog.table(name)

    def row(self, table: str) -> Row:
        """A new row with what its table asks for, and the rows that it refers to."""
        id = self.make(self.table(table))
        configured.refresh(version.catalog_version())
        return self.gate.one(table, id)

    def make(self, table: CatalogTable) -> int:
        """Store a new row; its number."""
        values = {
            field.name: value
            for field in table.fields.values()
            if not field.system and not field.derived
            if (value := self._value(table, field)) is not None
        }
        if table.declaration.sample is not None:
            number = self._made[table.name]
            self._made[table.name] += 1
            values |= table.declaration.sample(number)
        if table.name == MANAGERS:
            self._let_be_appointed(values["account"])
        return self.gate.create(table.name, values)

    def _let_be_appointed(self, account: int) -> None:
        """Give an account a profile type that may be appointed manager."""
        self._number += 1
        kind = {"label_fr": "Contract", "slug": f"manager-{self._number}", "manager": True}
        held = self.gate.create("accounts.profiletype", kind)
        self.gate.create("accounts.holding", {"account": account, "profile_type": held})

    def _value(self, table: CatalogTable, field: Field) -> Any:
        self._number += 1
        if field.target:
            return self._reference(table, field)
        if field.type.name == "choice":
            list_name = getattr(field.type, "list_name", "")
            offered = [option for option in current().of(list_name) if option.available]
            return offered[0].id if offered else None
        if "contains" in field.type.operators or field.required:
            return sample(field, self._number)
        return None

    def _reference(self, table: CatalogTable, field: Field) -> int | None:
        paths = (table.declaration.subject, table.declaration.structure)
        if field.target == table.name:
            rows = self.gate.list(table.name, Selection(page_size=1)).rows
            return rows[0].id if rows else None
        if field.required or field.name in {path.partition(".")[0] for path in paths}:
            return self.make(self.catalog.table(field.target))
        return None


def sample(field: Field, number: int) -> Any:
    """A value of the field's type; later ones are larger."""
    kind = field.type
    if isinstance(kind, OptionType):
        return next((key for key in kind.options if key), "")
    samples: dict[str, Any] = {
        "boolean": True,
        "date": date(2020, 1, 1) + timedelta(days=number),
        "datetime": datetime(2020, 1, 1, 12) + timedelta(days=number),
        "email": f"contract{number}@example.org",
        "link": f"https://example.org/{number}",
        "phone": f"+33 {number}",
        "integer": number,
        "key": number,
        "decimal": Decimal(number),
        "money": Decimal(number),
    }
    return samples.get(kind.name, f"contract{number}")


@pytest.fixture(scope="module")
def contract_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the database of the contract: a new SQLite file."""
    return f"sqlite:///{tmp_path_factory.mktemp('contract') / 'contract.db'}"


@pytest.fixture(scope="module")
def contract(contract_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Contract]:
    """A new portal with the plugins of the settings."""
    chosen = settings.load(Path(os.environ.get("GREFFE_HOME", "var")))
    home = tmp_path_factory.mktemp("contract-home")
    folder = chosen.plugins_folder
    plugins = replace(chosen.plugins, folder=str(folder.absolute()) if folder else "")
    made = replace(chosen, home=home, database=Database(url=contract_url), plugins=plugins)
    yield Contract(open_portal(made).catalog)
    if hasattr(proxy.obj, "close_all"):
        proxy.obj.close_all()
    proxy.obj.close()


# --- the contract ---------------------------------------------------------------------------------


def test_its_labels_are_in_both_languages(contract: Contract, declared_table: str) -> None:
    """What a person reads is said in French and in English."""
    table = contract.table(declared_table)
    labels = [table.label, table.one, *(field.label for field in table.fields.values())]
    assert [str(label) for label in labels if not _in_both(label)] == []


def _in_both(label: i18n.Label) -> bool:
    if isinstance(label, i18n.Text):
        return bool(label.fr and label.en)
    return isinstance(label, i18n.Lazy) and i18n.has_french(label.source)


def test_its_paths_lead_somewhere(contract: Contract, declared_table: str) -> None:
    """A declared path to a person or to a structure is a path that the catalog walks."""
    table = contract.table(declared_table)
    declared = (bool(table.declaration.subject), bool(table.declaration.structure))
    assert (table.subject is not None, table.structure is not None) == declared


def test_its_retention_is_set(contract: Contract, declared_table: str) -> None:
    """Personal rows have a term, or a written reason for none."""
    declared = contract.table(declared_table).declaration
    assert (
        declared.retention is WITH_PARENT
        or declared.activity is not None
        or bool(declared.no_retention)
        or bool(declared.no_personal_data)
    )


def test_every_field_can_be_sorted(contract: Contract, written_table: str) -> None:
    """A list goes up and down by every field that is shown."""
    contract.row(written_table)
    fields = [f.name for f in contract.gate.fields(written_table)]
    pages = [
        contract.gate.list(written_table, Selection(sort=name, descending=down))
        for name in fields
        for down in (False, True)
    ]
    assert all(page.rows for page in pages)


def test_every_field_can_be_filtered(contract: Contract, written_table: str) -> None:
    """Each field is asked with its own value."""
    row = contract.row(written_table)
    missed = []
    for field in contract.gate.fields(written_table):
        value = row.values[field.name]
        if value is None or value == "" or isinstance(value, Reference) and value.id is None:
            continue
        asked = Filter(field.name, "equals", field.type.write(value))
        found = contract.gate.list(written_table, Selection(filters=(asked,), page_size=500))
        if row.id not in {r.id for r in found.rows}:
            missed.append(field.name)
    assert missed == []


def test_a_row_is_found_by_its_words(contract: Contract, searched_table: str) -> None:
    """The words of a searched field find the row."""
    row = contract.row(searched_table)
    words = [str(row.values[n]) for n in contract.table(searched_table).searched if row.values[n]]
    found = contract.gate.list(searched_table, Selection(search=words[0], page_size=500))
    assert row.id in {r.id for r in found.rows}


def test_a_row_has_a_title(contract: Contract, written_table: str) -> None:
    """A title is never empty: it is what other rows show of this one."""
    assert contract.row(written_table).title.strip()


def test_its_export_reads_back_as_the_same_values(contract: Contract, written_table: str) -> None:
    """The text of an export, parsed by the types of the fields, gives what was stored."""
    row = contract.row(written_table)
    fields = [f for f in contract.gate.fields(written_table) if f.type.name != "choice"]
    names = [field.name for field in fields]
    lines = "".join(
        csv_lines(contract.gate, written_table, Selection(ids=(row.id,)), names)
    ).splitlines()
    texts = dict(zip(names, list(csv.reader(lines))[1], strict=True))
    assert {f.name: _read(f, texts[f.name]) for f in fields} == {
        f.name: _kept(f, row.values[f.name]) for f in fields
    }


def _read(field: Field, text: str) -> Any:
    value = field.type.parse(text if field.type.numeric else restored(text))
    return None if value == "" else value


def _kept(field: Field, value: Any) -> Any:
    if isinstance(value, Reference):
        return value.id
    if isinstance(value, datetime):
        return value.replace(microsecond=0)
    return None if value == "" else value


def test_a_row_can_be_erased_or_says_why_not(contract: Contract, written_table: str) -> None:
    """A row goes when it is erased, or each thing that blocks it has its words."""
    row = contract.row(written_table)
    plan = contract.gate.erasure(written_table, [row.id])
    if plan.blocked:
        assert all(str(reason) for reasons in plan.blocked.values() for reason in reasons)
        return
    contract.gate.erase(plan)
    configured.refresh(version.catalog_version())
    with pytest.raises(NotFound):
        contract.gate.one(written_table, row.id)


def test_every_field_is_in_the_dictionary(contract: Contract, declared_table: str) -> None:
    """Each field is personal with its kind, or said not to be."""
    table = contract.table(declared_table)
    entries = {entry.field: entry for entry in dictionary.entries([table])}
    unsaid = [
        field.name
        for field in table.fields.values()
        if not field.system and (entries[field.name].data_type is None) != field.not_personal
    ]
    assert unsaid == []


def test_its_activity_is_in_the_register(contract: Contract, declared_table: str) -> None:
    """The activity is a line of the register, with the personal fields of the table."""
    table = contract.table(declared_table)
    activity = table.declaration.activity
    if activity is None:
        assert table.declaration.no_personal_data or table.declaration.not_in_access
        return
    with i18n.language("en"):
        lines = {line["label"]: line for line in register.collect(contract.gate)["activities"]}
        found = {field["table"] for field in lines[str(activity.label)]["fields"]}
        assert str(table.label) in found or not table.declaration.personal


def test_a_row_is_in_the_access_document(contract: Contract, about_persons: str) -> None:
    """A person who asks for their data is given this row."""
    row = contract.row(about_persons)
    with i18n.language("en"):
        document = access.collect(contract.gate, row.persons[0])
        given = {t["label"] for section in document["sections"] for t in section["tables"]}
        assert str(contract.table(about_persons).label) in given


def test_nobody_without_a_right_meets_it(contract: Contract, declared_table: str) -> None:
    """Without a grant the table does not exist."""
    stranger = Gate(Actor("stranger", (), account=2**40), Channel.LIST)
    with pytest.raises(NotFound):
        stranger.list(declared_table, Selection())


def test_a_withheld_field_is_not_shown(contract: Contract, written_table: str) -> None:
    """A field that a grant leaves out is neither shown, nor searched, nor asked."""
    row = contract.row(written_table)
    every = frozenset(contract.table(written_table).fields)
    for name in sorted(every - {"id"}):
        grant = Grant(written_table, frozenset({Verb.READ}), Reach.ALL, readable=every - {name})
        gate = Gate(Actor("reader", (grant,), account=2**40), Channel.LIST)
        with pytest.raises(Invalid):
            gate.list(written_table, Selection(sort=name))
        assert name not in gate.one(written_table, row.id).values or (
            gate.one(written_table, row.id).values[name] is None
        )


def test_its_templates_and_code_escape_what_they_show(plugin_name: str) -> None:
    """Pages are escaped, and run under the portal's content policy."""
    loaded = next(p for p in _loaded().plugins if p.name == plugin_name)
    assert list(unescaped(Path(loaded.folder))) == [] if loaded.folder else True
