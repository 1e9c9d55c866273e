"""Erasing the values of a custom field, and then its definition.

Nobody erases a definition while rows hold values: they would stay, seen by nobody. The values go
first, in short transactions, journaled, where nothing protects their rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from portal import codes, history, holds, journal, rightwords, search
from portal.builtin.customfields import CustomField
from portal.catalog import CatalogTable
from portal.custom_columns import closed, opened
from portal.custom_conversion import holding
from portal.customfields import TABLE, name_of
from portal.database import is_postgresql, proxy, transaction
from portal.declare import Verb
from portal.errors import Forbidden, Held
from portal.fields import Field
from portal.grants import lets_write, reaches_all
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.rows import row_id
from portal.told import persons_of

if TYPE_CHECKING:
    from portal.gate import Gate

ROWS_AT_ONCE = 500

Progress = Callable[[int, int], None]


def found(gate: Gate, id: int) -> tuple[CatalogTable, Field] | None:
    """The table and the field of a definition that the actor may erase; None when no table has it.

    Raises NotFound, Forbidden.
    """
    gate.erasure(TABLE, [row_id(id)])
    query = CustomField.select(CustomField.table_name, CustomField.key).where(CustomField.id == id)
    name, key = query.tuples().execute(proxy.obj)[0]
    table = gate.catalog.tables.get(name)
    field = None if table is None else table.fields.get(name_of(key))
    return None if table is None or field is None else (table, field)


def require_right(gate: Gate, table: CatalogTable, field: Field) -> None:
    """Refuse an actor who may not change the field on every row. Raises Forbidden.

    Archived rows are changed by nobody: their values are erased by who may erase the rows.
    """
    scope = gate.scope(table.name, Verb.UPDATE)
    if not any(reaches_all(grant) and lets_write(grant, field, scope) for grant in scope.grants):
        raise Forbidden(
            _("You may not empty this field in every row of “{table}”.").format(table=table.label),
            rightwords.remedy(Verb.UPDATE, table.label),
        )
    if not codes.opens_whole(gate.actor, gate.world.codes, table.name):
        raise Forbidden(
            _("Records or fields of “{table}” have an access code that you do not hold.").format(
                table=table.label
            ),
            _("Let an administrator give it to your account first."),
        )
    if _archived(table, field) and not gate.scope(table.name, Verb.ERASE).whole:
        raise Forbidden(
            _("Archived rows of “{table}” hold this field.").format(table=table.label),
            rightwords.remedy(Verb.ERASE, table.label),
        )


def erase_values(gate: Gate, id: int, progress: Progress = lambda done, total: None) -> int:
    """Erase the values of a field in every row that nothing protects; how many rows.

    Raises Held when protected rows keep theirs, and Forbidden. Then begun again, it goes on.
    """
    place = found(gate, id)
    if place is None:
        return 0
    table, field = place
    require_right(gate, table, field)
    total, done, last, kept = holding(table, field), 0, 0, 0
    while True:
        progress(done, total)
        with transaction():
            ids = _next(table, field, last)
            if not ids:
                break
            last = ids[-1]
            held = {row for row, _why in holds.protected(table, ids)}
            free = [row for row in ids if row not in held]
            _empty(table, field, free)
            history.forget(table.name, free, field.name)
            if field.searched and free:
                search.unfilled(table.name)
            act = Act(gate.channel, Verb.ERASE, table.name, persons_of(table, free), len(free))
            journal.record(gate.actor, act)
        kept += len(held)
        done += len(free)
    if kept:
        raise Held(_("Rows that a legal hold or a restriction protects keep their value."))
    return done


def erase_definition(gate: Gate, id: int) -> None:
    """Erase a definition of which no row holds a value. Raises Held."""
    plan = gate.erasure(TABLE, [row_id(id)])
    if plan.blocked:
        reasons = sorted({str(why) for held in plan.blocked.values() for why in held})
        raise Held(_("Some of these rows may not be erased."), " ".join(reasons), reasons)
    gate.erase(plan)


def _archived(table: CatalogTable, field: Field) -> bool:
    """True when an archived row holds a value of the field."""
    model = table.model
    if "archived_at" not in model._meta.fields:
        return False
    query = model.select(model.id).where(
        field.column.present(model) & model.archived_at.is_null(is_null=False)
    )
    return bool(proxy.obj.execute(query.limit(1)).fetchall())


def _next(table: CatalogTable, field: Field, after: int) -> list[int]:
    model = table.model
    query = model.select(model.id).where((model.id > after) & field.column.present(model))
    query = query.order_by(model.id).limit(ROWS_AT_ONCE)
    if is_postgresql():
        query = query.for_update()
    return [id for (id,) in proxy.obj.execute(query).fetchall()]


def _empty(table: CatalogTable, field: Field, ids: Sequence[int]) -> None:
    model = table.model
    query = model.select(model.id, model.custom).where(model.id.in_(list(ids) or [0]))
    for id, text in proxy.obj.execute(query).fetchall():
        custom = opened(text)
        field.column.put(custom, None)
        changes = {model.custom: closed(custom), model.version: model.version + 1}
        model.update({**changes, model.updated_at: utc_now()}).where(model.id == id).execute(
            proxy.obj
        )
