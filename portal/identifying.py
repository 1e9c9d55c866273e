"""Making the identifiers of rows: when they are written, and of all rows again.

A number of the custom index is taken from a counter within the transaction that writes the row:
the next writer waits for its end, so that no number is left out or given twice. A number is never
given again once its row is erased. Only the gate and its jobs call this.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import fn

from portal import bulk, choices, formulas, identifiers, journal, reindex
from portal.actor import Actor
from portal.builtin.identifiers import Numbering
from portal.catalog import Catalog, CatalogTable
from portal.channels import Channel
from portal.database import is_postgresql, is_sqlite, proxy, transaction
from portal.declare import Verb
from portal.errors import Invalid
from portal.fields import Field
from portal.formulas import Linked
from portal.holds import among, chunks
from portal.i18n import _
from portal.identifiers import EXTERNAL, FULL, INDEX, Definition, Plan
from portal.journal import Act
from portal.told import persons_of

LONGEST = 200
ROWS_AT_ONCE = 500

Stored = Mapping[str, Any]

_TAKE = (
    "INSERT INTO typing_numbering (table_name, key, last) VALUES (?, ?, ?)"
    " ON CONFLICT (table_name, key) DO UPDATE SET last = typing_numbering.last + excluded.last"
    " RETURNING last"
)


# --- rows that are written ------------------------------------------------------------------------


def filled(
    catalog: Catalog, table: CatalogTable, ids: Sequence[int], rows: Sequence[dict[str, Any]]
) -> list[dict[str, Any]]:
    """New rows (stored values by name) with their identifiers. Raises Invalid."""
    plan = identifiers.of(catalog, table)
    if not plan.made:
        return list(rows)
    numbered = [{**row, "id": id} for id, row in zip(ids, rows, strict=True)]
    numbers = _taken(table, plan.index, numbered) if plan.index else [None] * len(rows)
    found = _made(catalog, table, plan, numbered, numbers)
    return [{**row, **made} for row, made in zip(rows, found, strict=True)]


def renewed(
    catalog: Catalog, table: CatalogTable, changes: Sequence[tuple[int, Stored, Stored]]
) -> list[dict[str, Any]]:
    """The identifiers that become other ones as rows change: (number, stored before, changed)."""
    plan = identifiers.of(catalog, table)
    if not plan.made:
        return [{} for _change in changes]
    rows = [{**before, **changed, "id": id} for id, before, changed in changes]
    numbers = [row.get(INDEX) for row in rows]
    if plan.index:
        keys = plan.index.keys
        moved = [n for n, (_id, _b, changed) in enumerate(changes) if set(keys) & set(changed)]
        given = _taken(table, plan.index, [rows[n] for n in moved])
        for number, taken in zip(moved, given, strict=True):
            numbers[number] = taken
    found = _made(catalog, table, plan, rows, numbers)
    return [
        _differing(before, made) for (_id, before, _c), made in zip(changes, found, strict=True)
    ]


def _differing(before: Stored, made: Stored) -> dict[str, Any]:
    return {name: value for name, value in made.items() if before.get(name) != value}


def previewed(catalog: Catalog, table: CatalogTable, plan: Plan, stored: Stored) -> dict[str, Any]:
    """What a plan would make of a row; a number is shown as it stands. Raises Invalid."""
    (made,) = _made(catalog, table, plan, [stored], [stored.get(INDEX)])
    return made


def _made(
    catalog: Catalog,
    table: CatalogTable,
    plan: Plan,
    rows: Sequence[Stored],
    numbers: Sequence[int | None],
) -> list[dict[str, Any]]:
    """The identifiers of rows; formulas in their order, each with those made before it."""
    roots = tuple(dict.fromkeys(name.partition(".")[0] for name in plan.uses))
    linked = _linked(catalog, table, plan, rows)
    found = []
    for row, number in zip(rows, numbers, strict=True):
        made: dict[str, Any] = {EXTERNAL: None, FULL: "", INDEX: number if plan.index else None}
        values = {
            root: linked[root].get(row.get(root)) if root in linked else _plain(table, root, row)
            for root in roots
        }
        for definition in plan.formulas:
            text = formulas.evaluate(definition.formula, values | made, definition.syntax)
            text = " ".join(text.split())
            if len(text) > LONGEST:
                raise Invalid(
                    _("The identifier would have more than {most} characters.").format(most=LONGEST)
                )
            made[definition.kind] = text or (None if definition.kind == EXTERNAL else "")
        found.append(made)
    return found


def _plain(table: CatalogTable, name: str, row: Stored) -> Any:
    value = row.get(name)
    return None if value is None else value_of(table.fields[name], value)


def value_of(field: Field, stored: Any) -> Any:
    """A stored value as formulas take it; a choice by its slug, an option by its code."""
    if field.type.name == "choice":
        option = choices.current().by_id.get(stored)
        return None if option is None else Linked(option.slug, {"label": option.label.fr})
    return str(stored) if field.type.name == "option" else field.type.load(stored)


def _linked(
    catalog: Catalog, table: CatalogTable, plan: Plan, rows: Sequence[Stored]
) -> dict[str, dict[Any, Linked]]:
    """What the rows refer to, where a formula uses it: by field, then by number."""
    found: dict[str, dict[Any, Linked]] = {}
    for path in plan.uses:
        root, _dot, attribute = path.partition(".")
        if attribute and table.fields[root].target:
            other = catalog.table(table.fields[root].target).fields[attribute]
            for id, value in _values(catalog, other, {row.get(root) for row in rows}):
                known = found.setdefault(root, {}).get(id, Linked(str(id)))
                found[root][id] = Linked(str(id), {**known.values, attribute: value})
            found.setdefault(root, {})
    return found


def _values(catalog: Catalog, field: Field, ids: set[Any]) -> Iterable[tuple[int, Any]]:
    model = catalog.table(field.table).model
    for part in chunks(sorted(ids - {None})):
        query = model.select(model.id, field.expression(model)).where(among(model.id, part))
        for id, value in proxy.obj.execute(query).fetchall():
            yield id, None if value is None else value_of(field, value)


# --- the custom index -----------------------------------------------------------------------------


def _taken(table: CatalogTable, index: Definition, rows: Sequence[Stored]) -> list[int]:
    """A number for each row within its keys, in order, within the transaction that is open."""
    keys = [_key(index, row) for row in rows]
    following = {}
    for key, count in sorted(Counter(keys).items()):
        sql = _TAKE if is_sqlite() else _TAKE.replace("?", "%s")
        (last,) = proxy.execute_sql(sql, (table.name, key, count)).fetchone()
        following[key] = last - count + 1
    numbers = []
    for key in keys:
        numbers.append(following[key])
        following[key] += 1
    return numbers


def _key(index: Definition, row: Stored) -> str:
    """A fingerprint of the values of the keys: a counter keeps no value of a row."""
    values = "\0".join(f"{name}={row.get(name)!s}" for name in index.keys)
    return hashlib.sha256(values.encode("utf-8", "replace")).hexdigest()


# --- all rows again -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Collision:
    """A row that gets no external identifier, as another one has it."""

    row: int
    other: int
    text: str


@dataclass(frozen=True, slots=True)
class Part:
    """What was done with some rows: how many, how many changed, the last one, and collisions."""

    rows: int
    changed: int
    last: int
    collisions: tuple[Collision, ...]


def restart(table: CatalogTable) -> int:
    """Forget the counters of a table, to number its rows anew; the last row that there is."""
    with transaction():
        Numbering.delete().where(Numbering.table_name == table.name).execute()
        return int(table.model.select(fn.MAX(table.model.id)).scalar() or 0)


def remake(catalog: Catalog, actor: Actor, name: str, after: int, *, numbered_to: int) -> Part:
    """Make the identifiers of the rows that follow `after` again, in one short transaction.

    Rows up to `numbered_to` get new numbers. Versions stay: nobody's open form is refused for it.
    """
    table = catalog.table(name)
    plan = identifiers.of(catalog, table)
    with transaction():
        rows = _stored(table, plan, after)
        if not rows:
            return Part(0, 0, after, ())
        numbers = [row[INDEX] for row in rows]
        anew = [n for n, row in enumerate(rows) if row["id"] <= numbered_to]
        if plan.index and anew:
            given = _taken(table, plan.index, [rows[n] for n in anew])
            for number, taken in zip(anew, given, strict=True):
                numbers[number] = taken
        found = _made(catalog, table, plan, rows, numbers)
        made = {row["id"]: one for row, one in zip(rows, found, strict=True)}
        collisions = _resolve(table, rows, made)
        changed = [row["id"] for row in rows if _differing(row, made[row["id"]])]
        _store(table, changed, made)
        if changed:
            reindex.index(name, changed)
            act = Act(Channel.FORM, Verb.UPDATE, name, persons_of(table, changed), len(changed))
            journal.record(actor, act)
    return Part(len(rows), len(changed), rows[-1]["id"], collisions)


def _stored(table: CatalogTable, plan: Plan, after: int) -> list[dict[str, Any]]:
    """The stored values that the identifiers of the next rows are made of."""
    model = table.model
    keys = plan.index.keys if plan.index else ()
    roots = [name.partition(".")[0] for name in plan.uses]
    names = list(dict.fromkeys(["id", EXTERNAL, FULL, INDEX, *keys, *roots]))
    columns = [table.fields[name].expression(model) for name in names]
    query = model.select(*columns).where(model.id > after).order_by(model.id).limit(ROWS_AT_ONCE)
    if is_postgresql():
        query = query.for_update()
    rows = proxy.obj.execute(query).fetchall()
    return [dict(zip(names, row, strict=True)) for row in rows]


def _resolve(
    table: CatalogTable, rows: Sequence[Stored], made: Mapping[int, dict[str, Any]]
) -> tuple[Collision, ...]:
    """Take external identifiers that two rows would share from the later of them.

    A row that comes later and still has the text gives it up: it is made again in its turn.
    """
    model, last = table.model, rows[-1]["id"]
    wanted = sorted({one[EXTERNAL] for one in made.values() if one[EXTERNAL] is not None})
    query = model.select(model.id, model.identifier).where(model.identifier.in_(wanted))
    holding = {text: id for id, text in proxy.obj.execute(query).fetchall()} if wanted else {}
    late = [id for id in holding.values() if id > last]
    holders = {text: id for text, id in holding.items() if id not in made and id <= last}
    collisions = []
    for id, one in made.items():
        text = one[EXTERNAL]
        if text is not None and holders.setdefault(text, id) != id:
            collisions.append(Collision(id, holders[text], text))
            one[EXTERNAL] = None
    changed = [row["id"] for row in rows if row[EXTERNAL] != made[row["id"]][EXTERNAL]]
    freed = [*late, *changed]
    if freed:
        model.update({model.identifier: None}).where(model.id.in_(freed)).execute(proxy.obj)
    return tuple(collisions)


def _store(table: CatalogTable, ids: Sequence[int], made: Mapping[int, Mapping[str, Any]]) -> None:
    names = (EXTERNAL, FULL, INDEX)
    bulk.put(table.model, names, [(*(made[id][name] for name in names), id) for id in ids])
