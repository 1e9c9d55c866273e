"""What follows when custom fields change: indexes, words to search, values of another type.

The rows and indexes of the database are brought in line with the definitions, in short
transactions, by a job that may be stopped and begun again. A value that does not convert stays as
it is in its row, reads as empty, and is there again when the type is changed back. Gives nobody a
row: it is work of the machine.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

from peewee import Context, Value, fn

from portal import custom_conversion, reindex, search
from portal.builtin.operations import State
from portal.catalog import Catalog, CatalogTable
from portal.custom_columns import closed, opened
from portal.customfields import definitions, field_of, merged, name_of
from portal.database import is_postgresql, is_sqlite, proxy, transaction
from portal.fields import Field
from portal.i18n import Label, _
from portal.models import utc_now
from portal.ordering import folded_here

ROWS_AT_ONCE = 500
MARK = "custom "
"""What the names of the facts begin with that say what was carried out."""
STARTS = "x_"
"""What the names of the indexes of custom fields begin with."""
LONGEST_NAME = 60

Progress = Callable[[int, int, Label], None]


def quiet(done: int, total: int, message: Label) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Upkeep:
    """What is to be done: fields whose definition changed, indexes to make and to drop."""

    changed: tuple[Mapping[str, Any], ...]
    gone: tuple[str, ...]
    missing: Mapping[str, tuple[str, str]]
    spare: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.missing or self.spare)


def pending(catalog: Catalog) -> Upkeep:
    """What the database lacks of the definitions of this moment."""
    found = [values for values in definitions() if values["table_name"] in catalog.tables]
    marks = dict(State.select(State.name, State.value).where(State.name.startswith(MARK)).tuples())
    wanted = _wanted(catalog, found)
    present = _present()
    return Upkeep(
        tuple(values for values in found if marks.get(_mark(values)) != _sign(values)),
        tuple(sorted(set(marks) - {_mark(values) for values in found})),
        {name: made for name, made in wanted.items() if name not in present},
        tuple(sorted(present - set(wanted))),
    )


def bring(catalog: Catalog, progress: Progress = quiet) -> int:
    """Do what is pending; how many fields and indexes were brought in line."""
    work = pending(catalog)
    fresh = merged(catalog, definitions())
    for name in work.spare:
        _drop(name)
    again: set[str] = set()
    for values in work.changed:
        if _carry_out(fresh.table(str(values["table_name"])), values, progress):
            again.add(str(values["table_name"]))
    for name, (table, field) in work.missing.items():
        progress(0, 0, _("Making an index"))
        _create(name, fresh.table(table), fresh.table(table).fields[field])
    for table in sorted(again):
        search.unfilled(table)
    if again:
        reindex.fill(fresh, lambda done, total: progress(done, total, _("Making the search index")))
    with transaction():
        for values in work.changed:
            _note(values)
        if work.gone:
            State.delete().where(State.name.in_(work.gone)).execute(proxy.obj)
    return len(work.changed) + len(work.gone) + len(work.missing) + len(work.spare)


# --- what was carried out -------------------------------------------------------------------------


def _mark(values: Mapping[str, Any]) -> str:
    told = f"{values['table_name']}.{values['key']}"
    return MARK + blake2b(told.encode(), digest_size=16).hexdigest()


def _sign(values: Mapping[str, Any]) -> str:
    """What of a definition the rows and the search index depend on."""
    names = ("table_name", "key", "kind", "choice_list", "searched")
    return json.dumps([values[name] for name in names])


def _note(values: Mapping[str, Any]) -> None:
    State.insert(name=_mark(values), value=_sign(values)).on_conflict(
        conflict_target=[State.name], update={State.value: _sign(values)}
    ).execute(proxy.obj)


def _carry_out(table: CatalogTable, values: Mapping[str, Any], progress: Progress) -> bool:
    """Convert the values of a field; true when its words are to be put in the search index."""
    query = State.select(State.value).where(State.name == _mark(values))
    row = query.tuples().first()
    field = table.fields[name_of(str(values["key"]))]
    before = None
    if row is not None:
        _table, _key, kind, choice_list, _searched = json.loads(row[0])
        before = {**values, "kind": kind, "choice_list": choice_list, "searched": _searched}
    changed = before is not None and (kind, choice_list) != (values["kind"], values["choice_list"])
    if before is not None and changed:
        convert(table, field_of(before), field, progress)
    if not values["searched"]:
        return False
    return changed or not (before and before["searched"]) and held(table, field)


def held(table: CatalogTable, field: Field) -> bool:
    """True when at least one row has a value of the field."""
    alias = table.model.alias("t")
    query = alias.select(Value(1)).where(~field.expression(alias).is_null()).limit(1)
    return bool(proxy.obj.execute(query).fetchall())


# --- values of another type -----------------------------------------------------------------------


def convert(table: CatalogTable, old: Field, new: Field, progress: Progress = quiet) -> int:
    """Give the values of a field the form of its new type; how many were converted."""
    model, last, done, seen = table.model, 0, 0, 0
    total = int(model.select().where(_any_value(table, new)).count(proxy.obj))
    while True:
        progress(seen, total, _("Converting values"))
        with transaction():
            query = model.select(model.id, model.custom)
            query = query.where((model.id > last) & _any_value(table, new))
            query = query.order_by(model.id).limit(ROWS_AT_ONCE)
            if is_postgresql():
                query = query.for_update()
            rows = proxy.obj.execute(query).fetchall()
            for id, text in rows:
                custom = opened(text)
                made = custom_conversion.converted(old, new, old.column.raw(custom))
                if made is not None:
                    new.column.put(custom, made)
                    changes = {model.custom: closed(custom), model.version: model.version + 1}
                    changes[model.updated_at] = utc_now()
                    model.update(changes).where(model.id == id).execute(proxy.obj)
                    done += 1
        seen += len(rows)
        if len(rows) < ROWS_AT_ONCE:
            return done
        last = rows[-1][0]


def _any_value(table: CatalogTable, field: Field) -> Any:
    """The rows whose JSON has something at the place of a field, whatever it is."""
    return field.column.present(table.model)


# --- indexes --------------------------------------------------------------------------------------


def _wanted(catalog: Catalog, found: Iterable[Mapping[str, Any]]) -> dict[str, tuple[str, str]]:
    """The indexes that the definitions ask for: the table and the field of each, by name."""
    wanted = {}
    for values in found:
        field = field_of(values)
        if field.column.index:
            table = catalog.tables[field.table]
            wanted[_index_name(table, field)] = (table.name, field.name)
    return wanted


def _index_name(table: CatalogTable, field: Field) -> str:
    """`x_<table>_<key>_<digest>`: the digest tells an index of another expression."""
    digest = f"{zlib.crc32(_definition(table, field).encode()):08x}"
    readable = STARTS + table.model._meta.table_name + "_" + field.name.removeprefix(STARTS)
    return f"{readable[: LONGEST_NAME - 9]}_{digest}"


def _definition(table: CatalogTable, field: Field) -> str:
    """What an index holds: the value, and what a list is put in order and narrowed by anyway."""
    fields = table.model._meta.fields
    columns = [fields[name].column_name for name in table.title_index]
    columns += ["archived_at"] if "archived_at" in fields else []
    beside = "".join(f', "{column}"' for column in columns)
    return f"({_spelled(field)}){beside}"


def _spelled(field: Field) -> str:
    """The expression of an index: what filters and sorts compare, letter for letter."""
    expression = field.column.definition()
    if folded_here(field):
        expression = fn.greffe_fold(expression)
    context: Context = proxy.obj.get_sql_context()
    text, values = context.sql(expression).query()
    if values:
        raise ValueError("The expression of an index takes no parameters.")
    return str(text)


def _create(name: str, table: CatalogTable, field: Field) -> None:
    how = "" if is_sqlite() else "CONCURRENTLY "
    stored_as = table.model._meta.table_name
    proxy.execute_sql(f'CREATE INDEX {how}"{name}" ON "{stored_as}" ({_definition(table, field)})')
    if is_postgresql():  # SQLite is told where to start, and would trust the sizes of that day
        proxy.execute_sql(f'ANALYZE "{stored_as}"')


def _drop(name: str) -> None:
    how = "" if is_sqlite() else "CONCURRENTLY "
    proxy.execute_sql(f'DROP INDEX {how}IF EXISTS "{name}"')


def _present() -> set[str]:
    """The indexes of custom fields that serve; one that was not finished is dropped and missing."""
    if is_sqlite():
        found = proxy.execute_sql("SELECT name FROM sqlite_master WHERE type = 'index'")
        return {name for (name,) in found.fetchall() if name.startswith(STARTS)}
    found = proxy.execute_sql(
        "SELECT c.relname FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = current_schema() AND i.indisvalid AND left(c.relname, 2) = %s",
        (STARTS,),
    )
    return {name for (name,) in found.fetchall()}
