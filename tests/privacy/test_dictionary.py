"""The data dictionary: whole, live, narrowed by words, and as a file."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import pytest

from portal import catalog, configured, version
from portal.builtin.journal import Entry as JournalEntry
from portal.builtin.operations import INFRASTRUCTURE
from portal.channels import Channel
from portal.database import is_sqlite, proxy
from portal.declare import DataType
from portal.errors import Invalid, NotFound
from portal.i18n import LANGUAGES
from portal.privacy import dictionary, dictionary_files, machinery
from portal.privacy.dictionary import Entry
from portal.start import Portal
from tests.factories import gate

TECHNICAL = ("portal_", "search_", "journal_", "migration_", "sqlite_", "words_")
"""What the names of tables begin with that hold copies for the search, or facts of the portal."""


def entry(table: str, field: str) -> Entry:
    found = dictionary.whole(catalog.current())
    return next(one for one in found if (one.table, one.field) == (table, field))


def test_every_column_of_the_database_is_covered(demo_portal: Portal) -> None:
    models = {table.model._meta.table_name: table.model for table in catalog.current()}
    models |= {model._meta.table_name: model for model in INFRASTRUCTURE}
    schema = None if is_sqlite() else "public"
    tables = set(proxy.obj.get_tables(schema))
    unknown = {t for t in tables - set(models) if not t.startswith(TECHNICAL)}
    assert unknown == set()
    for name, model in models.items():
        known = set(model._meta.columns)
        generated = {"person_ids"} if model is JournalEntry else set()
        stored = {column.name for column in proxy.obj.get_columns(name, schema)}
        assert stored - generated == known, name


def test_every_column_of_the_machinery_is_classified() -> None:
    unsaid = {
        f"{name}.{field}"
        for model in INFRASTRUCTURE
        for name in [str(model._meta.table_name)]
        for field in model._meta.fields
        if name not in machinery.HELD
        or (field in machinery.HELD[name].personal) == (field in machinery.HELD[name].plain)
    }
    assert unsaid == set()


def test_every_field_and_link_table_stands_in_it(demo_portal: Portal) -> None:
    found = {(one.table, one.field) for one in dictionary.whole(catalog.current())}
    fields = {
        (table.name, field.name)
        for table in catalog.current()
        for field in table.fields.values()
        if not field.system
    }
    assert fields - found == set()
    assert ("accounts.holding", "profile_type") in found
    assert ("backups/*.zip", "backups/*.zip") in found


def test_it_is_sorted_by_table(demo_portal: Portal) -> None:
    tables = [one.table for one in dictionary.whole(catalog.current(), "members")]
    assert tables == sorted(tables)
    assert set(tables) == {"members.membership", "members.validity"}


@pytest.mark.parametrize(
    ("table", "field", "code", "exported", "at_erasure"),
    [
        ("directory.person", "email", "identity.email", True, dictionary.EMPTIED),
        ("directory.person", "last_name", "identity", True, dictionary.REPLACED),
        ("accounts.account", "password", "connection", False, None),
        ("members.validity", "medical_class", "sensitive", False, None),
        ("journal.entry", "address", "connection", True, dictionary.UNTIL_TERM),
        ("typing.choice", "label_fr", "", True, dictionary.STAYS),
        ("operations_importline", "payload", "other", False, machinery.SOON),
    ],
)
def test_an_entry_says_what_the_law_asks(
    demo_portal: Portal, table: str, field: str, code: str, exported: bool, at_erasure: object
) -> None:
    one = entry(table, field)
    assert (one.code.split(".")[0], one.exported) == (code.split(".")[0], exported)
    assert one.code == code or table == "members.validity"
    assert at_erasure is None or one.at_erasure == at_erasure


def test_a_custom_field_appears_as_personal_without_code(demo_portal: Portal) -> None:
    said = {"table_name": "directory.person", "key": "badge", "label_fr": "Badge", "kind": "text"}
    gate().create("typing.customfield", said)
    configured.refresh(version.catalog_version())
    one = entry("directory.person", "x_badge")
    assert (one.data_type, str(one.label)) == (DataType.OTHER, "Badge")


def test_a_description_covers_several_codes(demo_portal: Portal) -> None:
    found = dictionary.kinds(dictionary.whole(catalog.current(), "directory"))
    identity = next(kind for kind in found if "identity" in kind.codes)
    assert {"identity", "identity.email", "identity.phone"} <= set(identity.codes)


@pytest.mark.parametrize(
    ("words", "found"),
    [("e-mail person", "directory.person"), ("IDENTITY.EMAIL", "directory.person")],
)
def test_words_narrow_it(demo_portal: Portal, words: str, found: str) -> None:
    entries = dictionary.whole(catalog.current(), words=words)
    assert found in {one.table for one in entries}
    assert len(entries) < 20


# --- files


@pytest.mark.parametrize("kind", list(dictionary_files.MIME_TYPES))
@pytest.mark.parametrize("speaking", LANGUAGES)
def test_it_is_exported_and_journaled(demo_portal: Portal, kind: str, speaking: str) -> None:
    made = dictionary_files.export(gate("dpo", Channel.REGISTER), kind, speaking, module="members")
    content, name, _mime = made
    assert name.endswith(f".{kind}")
    if kind in ("odt", "docx"):
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            inside = "content.xml" if kind == "odt" else "word/document.xml"
            text = package.read(inside).decode()
        assert "members.validity" in text
        assert "{{" not in text
    last = JournalEntry.select().order_by(JournalEntry.id.desc()).get()
    assert (last.kind, last.table_name) == ("register_export", "privacy.dictionary")


def test_the_csv_has_a_line_for_each_field(demo_portal: Portal) -> None:
    content = dictionary_files.export(gate("dpo", Channel.REGISTER), "csv", "fr")[0]
    lines = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert len(lines) == len(dictionary.whole(catalog.current())) + 1
    assert lines[0][:3] == ["Module", "Table", "Description de la table"]


def test_the_json_says_who_else_is_named(demo_portal: Portal) -> None:
    content = dictionary_files.export(gate("dpo", Channel.REGISTER), "json", "en")[0]
    modules = {one["name"]: one for one in json.loads(content)["modules"]}
    fields = {(f["table"], f["field"]): f for f in modules["activities"]["fields"]}
    assert fields["activities.training", "instructor"]["third_party"]


@pytest.mark.parametrize("login", ["secretary", "treasurer", "member"])
def test_it_is_not_there_for_others(demo_portal: Portal, login: str) -> None:
    with pytest.raises(NotFound):
        dictionary_files.collect(gate(login))


def test_what_cannot_be_asked_is_refused(demo_portal: Portal) -> None:
    door = gate("dpo", Channel.REGISTER)
    with pytest.raises(Invalid):
        dictionary_files.export(door, "xlsx", "fr")
    with pytest.raises(NotFound):
        dictionary_files.export(door, "csv", "fr", module="nowhere")
