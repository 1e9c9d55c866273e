"""Access codes: a code on a field or on a record closes it to the accounts that do not hold it.

Codes narrow what the rights give, and never widen it: a field or a record with several codes opens
to who holds every one of them. The processes of the portal are not held up by codes. Nothing is
asked of the database while no code is set on a table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portal import choices
from portal.actor import Actor
from portal.builtin.accounts import CodedField, CodedRow
from portal.catalog import CatalogTable
from portal.database import among_ids, proxy
from portal.fields import Field
from portal.reaches import among

if TYPE_CHECKING:
    from portal.grants import Scope


@dataclass(frozen=True, slots=True, eq=False)
class Codes:
    """Which fields carry which codes, and the codes that stand on records of each table."""

    fields: Mapping[tuple[str, str], frozenset[int]] = field(default_factory=dict)
    rows: Mapping[str, frozenset[int]] = field(default_factory=dict)


NONE = Codes()
_known: tuple[int, Codes] = (-1, NONE)


def carries(table: CatalogTable) -> bool:
    """True for a table whose records may have codes: people's work, not what the portal is made of.

    A code on a right, a code or an entry of a journal would only hide why something is closed.
    """
    declared = table.declaration
    return table.versioned and not declared.configuration and not declared.read_only


def in_force() -> Codes:
    """The codes that are set; read again for each version of the configuration."""
    global _known
    version = choices.current().version
    if version < 0 or _known[0] != version:
        _known = (version, _read())
    return _known[1]


def _read() -> Codes:
    fields: dict[tuple[str, str], frozenset[int]] = {}
    coded = CodedField.select(CodedField.table_name, CodedField.field, CodedField.code)
    for table, name, code in coded.tuples().execute(proxy.obj):
        fields[table, name] = fields.get((table, name), frozenset()) | {code}
    rows: dict[str, frozenset[int]] = {}
    used = CodedRow.select(CodedRow.table_name, CodedRow.code).distinct()
    for table, code in used.tuples().execute(proxy.obj):
        rows[table] = rows.get(table, frozenset()) | {code}
    return Codes(fields, rows) if fields or rows else NONE


def code_held(field: Field, scope: Scope) -> bool:
    """True when the actor holds every access code of the field."""
    wanted = scope.world.codes.fields.get((scope.table.name, field.name))
    actor = scope.world.actor
    return wanted is None or actor.account is None or wanted <= actor.codes


def codes_of_row_held(scope: Scope, alias: Any) -> Any | None:
    """The actor holds every access code of the row."""
    actor, name = scope.world.actor, scope.table.name
    if opens_rows(actor, scope.world.codes, name):
        return None
    closed = CodedRow.select(CodedRow.row).where(CodedRow.table_name == name)
    if actor.codes:
        closed = closed.where(CodedRow.code.not_in(sorted(actor.codes)))
    return ~among(alias.id, closed)


def opens_rows(actor: Actor, codes: Codes, table: str) -> bool:
    """True when no record of the table has a code that the actor lacks."""
    wanted = codes.rows.get(table)
    return wanted is None or actor.account is None or wanted <= actor.codes


def opens_whole(actor: Actor, codes: Codes, table: str) -> bool:
    """True when neither a record nor a field of the table has a code that the actor lacks."""
    fields = (wanted for (name, _field), wanted in codes.fields.items() if name == table)
    held = actor.account is None or all(wanted <= actor.codes for wanted in fields)
    return held and opens_rows(actor, codes, table)


def of_row(table: str, row: int) -> frozenset[int]:
    """The codes of one record."""
    query = CodedRow.select(CodedRow.code).where(
        (CodedRow.table_name == table) & (CodedRow.row == row)
    )
    return frozenset(code for (code,) in query.tuples().execute(proxy.obj))


def forget(table: str, rows: Iterable[int]) -> None:
    """Take the codes off records that are erased."""
    coded = (CodedRow.table_name == table) & among_ids(CodedRow.row, rows)
    CodedRow.delete().where(coded).execute(proxy.obj)
