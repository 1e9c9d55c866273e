"""Putting access codes on records and fields: by who holds them, through the gate."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from portal.builtin.accounts import CodedField, CodedRow
from portal.codes import carries
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Forbidden, NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.privileges import ACCOUNTS
from portal.rows import Selection

CODE = "accounts.accesscode"
CODED_ROW = "accounts.codedrow"
CODED_FIELD = "accounts.codedfield"


@dataclass(frozen=True, slots=True)
class Code:
    """An access code: its label, whether the asker holds it, and whether it is set here."""

    id: int
    label: str
    held: bool
    set: bool


def may_code(gate: Gate, table: str) -> bool:
    """True for who puts codes on records or fields, and takes them off.

    A code on a field limits every row: that is for who looks after accounts and rights.
    """
    if table == CODED_FIELD and not gate.actor.may(ACCOUNTS):
        return False
    return all(gate.can(verb, table) for verb in (Verb.READ, Verb.CREATE, Verb.ERASE))


def of_row(gate: Gate, table: str, row: int) -> list[Code]:
    """The access codes there are, and which of them a record has. Raises NotFound."""
    _require(gate, CODED_ROW)
    known = gate.catalog.tables.get(table)
    if known is None or not carries(known) or not gate.titles(table, [row]):
        raise NotFound(_("There is no such row here."))
    coded = CodedRow.select(CodedRow.code).where(
        (CodedRow.table_name == table) & (CodedRow.row == row)
    )
    return _codes(gate, {code for (code,) in coded.tuples()})


def set_row(gate: Gate, table: str, row: int, wanted: Collection[int]) -> None:
    """Give a record these codes and no others. Raises Invalid for one that the actor lacks."""
    now = {code.id for code in of_row(gate, table, row) if code.set}
    kept = (CodedRow.table_name == table) & (CodedRow.row == row)
    with transaction():
        for code in sorted(set(wanted) - now):
            gate.create(CODED_ROW, {"table_name": table, "row": row, "code": code})
        gone = CodedRow.select(CodedRow.id).where(
            kept & CodedRow.code.in_(sorted(now - set(wanted)))
        )
        _erase(gate, CODED_ROW, [id for (id,) in gone.tuples()])


def fields_of(gate: Gate, code: int, table: str) -> list[tuple[str, str, bool]]:
    """(name, label, whether it has the code) of each field of a table. Raises NotFound."""
    _require(gate, CODED_FIELD)
    known = gate.catalog.tables.get(table)
    if known is None or not carries(known) or not gate.titles(CODE, [code]):
        raise NotFound(_("There is no such row here."))
    coded = CodedField.select(CodedField.field).where(
        (CodedField.table_name == table) & (CodedField.code == code)
    )
    now = {name for (name,) in coded.tuples()}
    fields = [f for f in known.fields.values() if not f.system and not f.secret]
    return [(field.name, str(field.label), field.name in now) for field in fields]


def set_fields(gate: Gate, code: int, table: str, wanted: Collection[str]) -> None:
    """Put a code on these fields of a table and on no others of it.

    Raises Invalid for a code that the actor lacks, or a field that there is not.
    """
    now = {name for name, _label, coded in fields_of(gate, code, table) if coded}
    if now == set(wanted):
        return
    kept = (CodedField.table_name == table) & (CodedField.code == code)
    with transaction():
        for name in sorted(set(wanted) - now):
            gate.create(CODED_FIELD, {"table_name": table, "field": name, "code": code})
        names = sorted(now - set(wanted))
        gone = CodedField.select(CodedField.id).where(kept & CodedField.field.in_(names))
        _erase(gate, CODED_FIELD, [id for (id,) in gone.tuples()])


def _erase(gate: Gate, table: str, ids: list[int]) -> None:
    if ids:
        gate.erase(gate.erasure(table, ids))


def _codes(gate: Gate, now: Collection[int]) -> list[Code]:
    rows = gate.list(CODE, Selection(page_size=500), ["id"]).rows
    return [Code(row.id, row.title, _held(gate, row.id), row.id in now) for row in rows]


def _held(gate: Gate, code: int) -> bool:
    return gate.actor.account is None or code in gate.actor.codes


def _require(gate: Gate, table: str) -> None:
    if not gate.can(Verb.READ, CODE) or not gate.can(Verb.READ, table):
        raise NotFound(_("There is nothing at this address."))
    if not may_code(gate, table):
        raise Forbidden(_("You may not set access codes."))
