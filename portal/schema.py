"""The schema: brings a database to what the declarations say, and never loses a row.

A new database is created whole and its migrations are marked as applied; an older one is migrated,
core first, then each plugin after those it refers to. All of it happens in one transaction under
one lock: it is done, or not begun. What cannot be mended disables a plugin with a sentence, and
stops the portal when it concerns the core.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import peewee
from peewee import Model
from playhouse.migrations import MigrationError, Runner

from portal import journal, prepared, search, snapshots, version
from portal.database import is_sqlite, proxy, transaction
from portal.drift import mend
from portal.errors import DatabaseError
from portal.foldsql import fold_function
from portal.i18n import _
from portal.models import FoldedKey
from portal.prepared import Prepared

CORE_MIGRATIONS = Path(__file__).parent / "migrations"
CORE = "core"
_LOCK = 4_733_001


@dataclass(frozen=True, slots=True)
class Drift:
    """Why the tables of a plugin cannot be used: it is to be disabled, with this sentence."""

    plugin: str
    sentence: str


def prepare(
    tables: Iterable[Prepared],
    *,
    others: Sequence[type[Model]] = (),
    migrations: Mapping[str, Path] | None = None,
    core_migrations: Path = CORE_MIGRATIONS,
) -> tuple[Drift, ...]:
    """Create and migrate everything; the plugins that cannot be used are in the answer.

    `others` are tables of the core that no one declares (sessions, jobs); `migrations` maps a
    plugin to its folder of migrations. Raises DatabaseError when the database is newer than this
    code, or the core's tables cannot be used.
    """
    tables = list(tables)
    folders = {CORE: core_migrations, **(migrations or {})}
    proxy.connect(reuse_if_open=True)
    wanted = prepared.declared(tables, others, folders)
    if prepared.stands(wanted):
        return ()
    with _foreign_keys_unchecked(), transaction():
        if not is_sqlite():
            proxy.execute_sql("SELECT pg_advisory_xact_lock(%s)", (_LOCK,))
        code = newest(core_migrations)
        version.require_known(code)
        if not is_sqlite():
            proxy.execute_sql(fold_function())
        snapshots.create()
        core = [table for table in tables if is_core(table.declaration.model)]
        models = [table.declaration.model for table in core] + list(others)
        sentences = _bring(CORE, models, core_migrations)
        if sentences:
            raise DatabaseError(sentences[0])
        version.stamp(code)
        journal.create()
        _finish(core)
        drifts = _bring_plugins([t for t in tables if t not in core], folders)
        if not drifts:
            prepared.keep(wanted)
        return drifts


def newest(folder: Path) -> int:
    """The number of the last migration of a folder; 0 when there is none."""
    return max((int(file.name[:4]) for file in folder.glob("[0-9][0-9][0-9][0-9]_*.py")), default=0)


def is_core(model: type[Model]) -> bool:
    """True for a table of the portal itself, false for one of a plugin."""
    return str(model.__module__).startswith("portal.")


def _bring_plugins(tables: Sequence[Prepared], folders: Mapping[str, Path]) -> tuple[Drift, ...]:
    drifts = []
    for plugin in in_order(tables):
        own = [table for table in tables if table.plugin == plugin]
        try:
            with proxy.atomic():
                sentences = _bring(
                    plugin, [table.declaration.model for table in own], folders.get(plugin)
                )
                if sentences:
                    raise DatabaseError(sentences[0])
                _finish(own)
        except DatabaseError as error:
            drifts.append(Drift(plugin, str(error)))
        except (peewee.PeeweeException, MigrationError, ValueError) as error:
            sentence = _("Its tables could not be brought up to date ({error}).")
            drifts.append(Drift(plugin, sentence.format(error=type(error).__name__)))
    return tuple(drifts)


def in_order(tables: Iterable[Prepared]) -> list[str]:
    """The plugins of `tables`, each after those whose tables it refers to."""
    plugin_of = {table.declaration.model: table.plugin for table in tables}
    needs: dict[str, set[str]] = {plugin: set() for plugin in sorted(set(plugin_of.values()))}
    for model, plugin in plugin_of.items():
        targets = {plugin_of.get(target, plugin) for target in model._meta.refs.values()}
        needs[plugin] |= targets - {plugin}
    return list(TopologicalSorter(needs).static_order())


def _bring(name: str, models: Sequence[type[Model]], folder: Path | None) -> list[str]:
    """Create or migrate the tables of the core or a plugin; answers what cannot be mended."""
    stored = set(proxy.get_tables())
    is_new = not any(model._meta.table_name in stored for model in models)
    if folder is not None and folder.is_dir():
        runner = Runner(proxy.obj, str(folder), f"migration_{name}")
        unknown = set(runner.applied()) - {migration.name for migration in runner.migrations()}
        if unknown:
            return [
                _(
                    "Its tables were made by a newer version of the plugin ({migration}): install"
                    " that newer version."
                ).format(migration=min(unknown))
            ]
        if runner.up(fake=is_new) and not is_new:
            _check_references()
        stored = set(proxy.get_tables())
    proxy.create_tables([model for model in models if model._meta.table_name not in stored])
    return [
        sentence for model in models if model._meta.table_name in stored for sentence in mend(model)
    ]


def _finish(tables: Sequence[Prepared]) -> None:
    """Indexes for the lists and for search, and the snapshot of the declarations."""
    indexes = _indexes()
    for table in tables:
        _index_lists(table, indexes)
        snapshots.keep(table.name, table.plugin, table.declaration)
    search.create({table.name: table.searched for table in tables if table.searched})
    stale = search.stale()
    for table in tables:
        if table.name in stale and not _has_rows(table.declaration.model):
            search.filled(table.name)


def _index_lists(table: Prepared, indexes: Collection[str]) -> None:
    """Serve the lists: by title, and by title among the rows of one value of a field.

    A page of either, deep or not, is read from its index alone.
    """
    model = table.declaration.model
    fields = model._meta.fields
    archives = ["archived_at"] if "archived_at" in fields else []
    titles = [fields[name].column_name for name in table.title_index]
    if titles != ["id"]:
        where = " WHERE archived_at IS NULL" if archives else ""
        _replace_indexes("title", model, [(titles + archives, where)], indexes)
    sifted = {names[0]: names for names in table.sifted.values()}
    folded = [name for name, field in fields.items() if isinstance(field, FoldedKey)]
    wanted = []
    for first in dict.fromkeys([*folded, *sifted]):
        columns = [fields[name].column_name for name in sifted.get(first, (first,))]
        wanted.append((columns + (archives if first in sifted else []), ""))
    _replace_indexes("sift", model, wanted, indexes)
    for name in folded:  # an older portal kept a plain index of each
        plain = f"{model._meta.table_name}_{fields[name].column_name}"
        if plain in indexes:
            proxy.execute_sql(f'DROP INDEX "{plain}"')


def _replace_indexes(
    kind: str, model: type[Model], wanted: list[tuple[list[str], str]], indexes: Collection[str]
) -> None:
    """Make the indexes of one kind that are missing, and drop those of former declarations."""
    stored_as = model._meta.table_name
    short = stored_as if len(stored_as) <= 40 else _digest(stored_as)
    made = {}
    for columns, where in wanted:
        listed = ", ".join(f'"{column}"' for column in columns)
        definition = f'ON "{stored_as}" ({listed}){where}'
        made[f"{kind}_{short}_{_digest(definition)}"] = definition
    present = {other for other in indexes if re.fullmatch(f"{kind}_{short}_[0-9a-f]{{8}}", other)}
    for old in present - set(made):
        proxy.execute_sql(f'DROP INDEX "{old}"')
    for name in made.keys() - present:
        proxy.execute_sql(f'CREATE INDEX "{name}" {made[name]}')


def _digest(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def _indexes() -> set[str]:
    """The names of every index of the database."""
    if is_sqlite():
        found = proxy.execute_sql("SELECT name FROM sqlite_master WHERE type = 'index'")
    else:
        found = proxy.execute_sql(
            "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"
        )
    return {name for (name,) in found.fetchall()}


def _has_rows(model: type[Model]) -> bool:
    return bool(model.select(peewee.SQL("1")).limit(1).tuples().execute(proxy.obj))


@contextmanager
def _foreign_keys_unchecked() -> Iterator[None]:
    """SQLite changes a table by copying it, which would take along what refers to it."""
    if not is_sqlite():
        yield
        return
    proxy.execute_sql("PRAGMA foreign_keys = 0")
    try:
        yield
    finally:
        proxy.execute_sql("PRAGMA foreign_keys = 1")


def _check_references() -> None:
    if is_sqlite() and proxy.execute_sql("PRAGMA foreign_key_check").fetchone():
        raise DatabaseError(
            _("A migration would leave rows that refer to nothing."), _("Nothing was changed.")
        )
