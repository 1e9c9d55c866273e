"""The schema: a new database is whole, an older one keeps its rows, a strange one is named."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import peewee
import pytest

from portal import journal, migrations, schema, search, snapshots, version
from portal.builtin import accounts, directory
from portal.builtin.directory import Person
from portal.database import is_sqlite, open_database, proxy
from portal.errors import DatabaseError
from portal.models import DomainModel
from tests.schemas import Declared, core, declared


@pytest.fixture
def empty(database_url: str) -> str:
    """Give a database with nothing in it."""
    open_database(database_url)
    proxy.connect(reuse_if_open=True)
    return database_url


@pytest.fixture
def prepared(empty: str) -> str:
    """Give a database with the core's tables."""
    assert schema.prepare(core()) == ()
    return empty


def model(name: str, table: str, /, **fields: peewee.Field) -> type[DomainModel]:
    """Give a model of a plugin: a version of its table."""
    meta = type("Meta", (), {"table_name": table})
    body = {"Meta": meta, "__module__": "plugins.clubs", **fields}
    return type(name, (DomainModel,), body)


def club(**fields: peewee.Field) -> type[DomainModel]:
    return model("Club", "clubs_club", name=peewee.CharField(max_length=50), **fields)


def columns(table: str) -> list[str]:
    return [column.name for column in proxy.get_columns(table)]


def index_names(table: str) -> list[str]:
    return [index.name for index in proxy.get_indexes(table)]


def test_a_new_database_holds_every_table(prepared: str) -> None:
    expected = {table.declaration.model._meta.table_name for table in core()}
    assert expected <= set(proxy.get_tables())


def test_preparing_again_changes_nothing(prepared: str) -> None:
    Person.create(last_name="Dupont", last_name_key="dupont")
    before = sorted(proxy.get_tables())
    assert schema.prepare(core()) == ()
    assert (sorted(proxy.get_tables()), Person.select().count()) == (before, 1)


def test_what_stands_is_not_examined_again(prepared: str) -> None:
    asked: list[str] = []
    proxy.obj.query_hooks.append(lambda event: asked.append(event.sql))
    assert schema.prepare(core()) == ()
    assert [sql for sql in asked if not sql.lstrip().upper().startswith("SELECT")] == []


def test_an_index_that_somebody_dropped_is_made_again(prepared: str) -> None:
    (name,) = [name for name in index_names("directory_person") if name.startswith("title_")]
    proxy.execute_sql(f'DROP INDEX "{name}"')
    schema.prepare(core())
    assert name in index_names("directory_person")


def test_a_trigger_that_somebody_dropped_is_made_again(prepared: str) -> None:
    on = "" if is_sqlite() else " ON journal_entry"
    proxy.execute_sql(f"DROP TRIGGER journal_entry_follows{on}")
    schema.prepare(core())
    with pytest.raises(peewee.PeeweeException, match="must follow the last one"):
        proxy.execute_sql(
            "INSERT INTO journal_entry (id, at, actor, kind, channel, table_name, persons,"
            " person_count, row_count, outcome, reason, address, routable, client, request,"
            " previous, hash) VALUES (99, '2026-01-01', '', '', '', '', '[]', 0, 0, 'done', '', '',"
            f" {'0' if is_sqlite() else 'false'}, '', '', 'x', 'y')"
        )


@pytest.mark.sqlite
def test_a_new_file_is_made_in_less_than_half_a_second_of_work(tmp_path: Path) -> None:
    open_database(f"sqlite:///{tmp_path / 'new.db'}")
    start = time.process_time()
    schema.prepare(core())
    spent = time.process_time() - start
    proxy.close()
    assert spent < 0.5


def test_the_journal_is_append_only_in_a_new_database(prepared: str) -> None:
    assert (journal.head(), journal.verify().whole) == ((0, "0" * 64), True)


def test_the_title_order_is_indexed_for_the_rows_in_use(prepared: str) -> None:
    names = [name for name in index_names("directory_person") if name.startswith("title_")]
    assert len(names) == 1


def test_a_title_that_changes_is_indexed_anew(prepared: str) -> None:
    before = [name for name in index_names("directory_person") if name.startswith("title_")]
    changed = [
        Declared(t.name, t.plugin, t.declaration, t.searched, ("email_key", "id"))
        if t.name == "directory.person"
        else t
        for t in core()
    ]
    schema.prepare(changed)
    after = [name for name in index_names("directory_person") if name.startswith("title_")]
    assert (len(after), after != before) == (1, True)


def test_a_filter_is_indexed_in_the_order_of_the_titles(prepared: str) -> None:
    city = ("city_key", "last_name_key", "first_name_key", "id", "archived_at")
    assert city in [tuple(index.columns) for index in proxy.get_indexes("directory_person")]


def test_every_folded_copy_is_indexed(prepared: str) -> None:
    firsts = {index.columns[0] for index in proxy.get_indexes("accounts_account")}
    assert "login_key" in firsts


def test_the_plain_index_of_an_older_portal_goes(prepared: str) -> None:
    proxy.execute_sql("CREATE INDEX directory_person_city_key ON directory_person (city_key)")
    schema.prepare(core())
    assert "directory_person_city_key" not in index_names("directory_person")


def test_the_search_index_of_a_new_table_needs_no_filling(prepared: str) -> None:
    assert search.stale() == ()


def test_a_key_is_never_given_twice_after_a_column_was_added(empty: str) -> None:
    first = club()
    schema.prepare([*core(), declared(first)])
    for name in ("a", "b"):
        first.create(name=name)
    first.delete().where(first.name == "b").execute()
    second = club(city=peewee.CharField(default="Rennes"))
    assert schema.prepare([*core(), declared(second)]) == ()
    assert second.create(name="c").id == 3


def test_a_plugin_without_migrations_gets_its_missing_columns(empty: str) -> None:
    first = club()
    schema.prepare([*core(), declared(first)])
    first.create(name="Aéro")
    second = club(
        person=peewee.ForeignKeyField(Person, null=True, backref="+"),
        city=peewee.CharField(default="L'Île 100 %"),
        open=peewee.BooleanField(default=True),
        since=peewee.DateField(null=True, index=True),
    )
    assert schema.prepare([*core(), declared(second)]) == ()
    row = second.get()
    assert (row.name, row.city, row.open, row.since) == ("Aéro", "L'Île 100 %", True, None)
    assert any("since" in name for name in index_names("clubs_club"))


@pytest.mark.parametrize(
    ("field", "said"),
    [
        (lambda: peewee.CharField(), "no column 'city'"),
        (lambda: peewee.CharField(default="x", unique=True), "no column 'city'"),
    ],
)
def test_a_column_that_cannot_be_filled_disables_the_plugin(
    empty: str, field: Callable[[], peewee.Field], said: str
) -> None:
    first = club()
    schema.prepare([*core(), declared(first)])
    (drift,) = schema.prepare([*core(), declared(club(city=field()))])
    assert (drift.plugin, said in drift.sentence) == ("clubs", True)


def test_a_column_of_another_type_disables_the_plugin(empty: str) -> None:
    schema.prepare([*core(), declared(club(size=peewee.IntegerField(default=0)))])
    (drift,) = schema.prepare([*core(), declared(club(size=peewee.TextField(default="")))])
    assert "kept as int and declared as text" in drift.sentence


def test_a_required_column_that_is_gone_disables_the_plugin(empty: str) -> None:
    schema.prepare([*core(), declared(club(size=peewee.IntegerField()))])
    (drift,) = schema.prepare([*core(), declared(club())])
    assert "no longer declared" in drift.sentence


def test_a_column_that_may_now_be_empty_disables_the_plugin(empty: str) -> None:
    schema.prepare([*core(), declared(club(size=peewee.IntegerField()))])
    (drift,) = schema.prepare([*core(), declared(club(size=peewee.IntegerField(null=True)))])
    assert "may be empty" in drift.sentence


def test_a_plugin_that_drifts_leaves_the_others_whole(empty: str) -> None:
    schema.prepare([*core(), declared(club())])
    good = model("Lodge", "lodges_lodge", name=peewee.CharField(default=""))
    tables = [*core(), declared(club(city=peewee.CharField())), declared(good, "lodges")]
    drifts = schema.prepare(tables)
    assert ([d.plugin for d in drifts], good.select().count()) == (["clubs"], 0)


def test_plugins_come_after_those_they_refer_to() -> None:
    lodge = model("Lodge", "lodges_lodge", name=peewee.CharField(default=""))
    later = club(lodge=peewee.ForeignKeyField(lodge, backref="+"))
    tables = [declared(later, "a_clubs"), declared(lodge, "z_lodges")]
    assert schema.in_order(tables) == ["z_lodges", "a_clubs"]


def migration(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    text = f"from peewee import *\n\n\ndef up(migrator, db):\n    {body}\n"
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_an_older_plugin_is_migrated_and_keeps_its_rows(empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    migration(folder, "0001_start", "pass")
    first = club()
    schema.prepare([*core(), declared(first)], migrations={"clubs": folder})
    first.create(name="Aéro")
    migration(
        folder,
        "0002_title",
        "migrator.migrate(migrator.rename_column('clubs_club', 'name', 'title'))",
    )
    second = model("Club", "clubs_club", title=peewee.CharField(max_length=50))
    drifts = schema.prepare([*core(), declared(second)], migrations={"clubs": folder})
    assert (drifts, second.get().title) == ((), "Aéro")


def test_a_table_that_is_copied_keeps_what_refers_to_it(empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    migration(folder, "0001_start", "pass")
    first = club(size=peewee.IntegerField(null=True))
    link = peewee.ForeignKeyField(first, on_delete="CASCADE", backref="+")
    room = model("Room", "clubs_room", club=link)
    tables = [*core(), declared(first), declared(room)]
    schema.prepare(tables, migrations={"clubs": folder})
    room.create(club=first.create(name="Aéro", size=1))
    migration(folder, "0002_size", "migrator.migrate(migrator.drop_column('clubs_club', 'size'))")
    second = club()
    room._meta.fields["club"].rel_model = second
    drifts = schema.prepare(
        [*core(), declared(second), declared(room)], migrations={"clubs": folder}
    )
    assert (drifts, room.select().count()) == ((), 1)


def test_a_migration_that_fails_disables_the_plugin_and_changes_nothing(
    empty: str, tmp_path: Path
) -> None:
    folder = tmp_path / "m"
    migration(folder, "0001_start", "pass")
    first = club()
    schema.prepare([*core(), declared(first)], migrations={"clubs": folder})
    first.create(name="Aéro")
    migration(
        folder, "0002_bad", "db.execute_sql('DELETE FROM clubs_club'); db.execute_sql('nonsense')"
    )
    (drift,) = schema.prepare([*core(), declared(first)], migrations={"clubs": folder})
    assert (drift.plugin, first.select().count()) == ("clubs", 1)


def test_a_plugin_from_a_newer_version_is_disabled(empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "m"
    migration(folder, "0001_start", "pass")
    migration(folder, "0002_more", "pass")
    schema.prepare([*core(), declared(club())], migrations={"clubs": folder})
    (folder / "0002_more.py").unlink()
    (drift,) = schema.prepare([*core(), declared(club())], migrations={"clubs": folder})
    assert "0002_more" in drift.sentence


def test_an_older_core_is_migrated_and_keeps_its_rows(empty: str, tmp_path: Path) -> None:
    folder = tmp_path / "core"
    migration(folder, "0001_start", "pass")
    schema.prepare(core(), core_migrations=folder)
    Person.create(last_name="Dupont", last_name_key="dupont", profession="pilote")
    proxy.execute_sql("ALTER TABLE directory_person RENAME COLUMN profession TO trade")
    migration(
        folder,
        "0002_profession",
        "migrator.migrate(migrator.rename_column('directory_person', 'trade', 'profession'))",
    )
    schema.prepare(core(), core_migrations=folder)
    person = Person.get()
    assert (person.profession, version.schema_version()) == ("pilote", 2)


def test_a_core_table_without_a_column_gets_it_and_keeps_its_rows(prepared: str) -> None:
    Person.create(last_name="Dupont", last_name_key="dupont")
    proxy.execute_sql("ALTER TABLE directory_person DROP COLUMN profession")
    assert schema.prepare(core()) == ()
    assert Person.get().profession == ""


def test_a_database_of_a_newer_portal_is_refused_in_a_sentence(prepared: str) -> None:
    proxy.execute_sql("UPDATE portal_version SET core = 999")
    with pytest.raises(DatabaseError, match="schema 999"):
        schema.prepare(core())


def test_a_core_that_cannot_be_mended_is_refused_in_a_sentence(prepared: str) -> None:
    proxy.execute_sql("ALTER TABLE directory_person ADD COLUMN size INTEGER NOT NULL DEFAULT 0")
    assert schema.prepare(core()) == ()
    proxy.execute_sql("ALTER TABLE directory_person DROP COLUMN birth_date")
    proxy.execute_sql("ALTER TABLE directory_person ADD COLUMN birth_date INTEGER")
    with pytest.raises(DatabaseError, match="birth_date"):
        schema.prepare(core())


def test_a_refused_core_leaves_the_database_as_it_was(prepared: str, tmp_path: Path) -> None:
    folder = tmp_path / "core"
    for applied in sorted(Path(migrations.__file__).parent.glob("[0-9]*.py")):
        migration(folder, applied.stem, "pass")
    migration(
        folder,
        "9999_bad",
        "migrator.migrate(migrator.drop_column('directory_person', 'notes'));"
        " db.execute_sql('nonsense')",
    )
    with pytest.raises(peewee.DatabaseError):
        schema.prepare(core(), core_migrations=folder)
    assert "notes" in columns("directory_person")


def test_rows_of_a_plugin_that_is_gone_can_be_read(prepared: str) -> None:
    first = club(person=peewee.ForeignKeyField(Person, null=True, backref="+"))
    schema.prepare([*core(), declared(first)])
    first.create(name="Aéro")
    schema.prepare(core())
    (gone,) = snapshots.missing(table.name for table in core())
    rows = list(gone.rows().execute(proxy.obj))
    place = [column.name for column in gone.columns].index("name")
    assert (gone.name, gone.subject, rows[0][place]) == ("clubs.club", "person_id", "Aéro")


def test_a_snapshot_has_its_labels_in_both_languages(prepared: str) -> None:
    facts = snapshots.facts(directory.persons)
    label = next(c["label"] for c in facts["columns"] if c["name"] == "last_name")
    assert label == {"fr": "Nom", "en": "Last name"}


def test_a_snapshot_leaves_secrets_out() -> None:
    names = [column["name"] for column in snapshots.facts(accounts.accounts)["columns"]]
    assert ("login" in names, "password" in names) == (True, False)


def test_the_catalog_version_counts_the_changes(prepared: str) -> None:
    before = version.catalog_version()
    version.bump()
    schema.prepare(core())
    assert version.catalog_version() == before + 1
