"""Who puts an access code on a record or a field, and takes it off: one who holds the code.

Refuses on every channel, inside the transaction of the write. Superusers too hold a code first:
nobody closes to themselves what they are looking at, nor opens what they may not see. Only the
processes of the portal are not held up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from portal.builtin.accounts import CodedField, CodedRow
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Invalid
from portal.i18n import _
from portal.reading import Reader
from portal.rows import Selection

if TYPE_CHECKING:
    from portal.gate import Gate

CODED_ROW = "accounts.codedrow"
CODED_FIELD = "accounts.codedfield"


def before(gate: Gate, table: str, ids: Iterable[int]) -> None:
    """Asked before codes that are set change or go. Raises Invalid."""
    model = _MODELS.get(table)
    if model is None or gate.actor.account is None:
        return
    for id in ids:
        query = model.select(model.code).where(model.id == id).tuples()
        for (code,) in query.execute(proxy.obj):
            _require_held(gate, code)


def after(gate: Gate, table: str, ids: Iterable[int]) -> None:
    """Asked once codes are set: held by who sets them, on what they may read. Raises Invalid."""
    before(gate, table, ids)
    asked = _AFTER.get(table)
    if asked is not None and gate.actor.account is not None:
        for id in ids:
            asked(gate, id)


def _require_held(gate: Gate, code: int) -> None:
    if code not in gate.actor.codes:
        raise Invalid(
            _("You do not hold this access code yourself."),
            _("Let an administrator give it to your account first."),
            {"code": _("You do not hold this access code yourself.")},
        )


def _readable_row(gate: Gate, id: int) -> None:
    query = CodedRow.select(CodedRow.table_name, CodedRow.row).where(CodedRow.id == id)
    ((name, row),) = query.tuples().execute(proxy.obj)
    reader = Reader(gate.scope(name, Verb.READ), lambda other: gate.scope(other, Verb.READ))
    if not gate.can(Verb.READ, name) or not reader.every_id(Selection(ids=(row,)), 1):
        raise Invalid(
            _("There is no such row here."), fields={"row": _("There is no such row here.")}
        )


def _readable_table(gate: Gate, id: int) -> None:
    query = CodedField.select(CodedField.table_name).where(CodedField.id == id)
    ((name,),) = query.tuples().execute(proxy.obj)
    if not gate.can(Verb.READ, name):
        wrong = _("There is no table '{name}'.").format(name=name[:60])
        raise Invalid(wrong, fields={"table_name": wrong})


_MODELS: Mapping[str, Any] = {CODED_ROW: CodedRow, CODED_FIELD: CodedField}
_AFTER: Mapping[str, Callable[[Gate, int], None]] = {
    CODED_ROW: _readable_row,
    CODED_FIELD: _readable_table,
}
