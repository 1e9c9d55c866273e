"""Legal holds: persons and records that a dispute keeps, each with its reason and a review date.

A hold blocks purge, erasure and anonymisation until it is lifted; a person's holds all rows about
them. Placing one needs the right to create it, lifting one the right to change it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from portal.catalog import PERSON
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.gate import Gate
from portal.i18n import Label, _
from portal.models import utc_now
from portal.rows import Filter, Row, Selection

OF_PERSONS, OF_RECORDS = "privacy.legalhold", "privacy.rowhold"
KINDS = (OF_PERSONS, OF_RECORDS)
MOST = 500
APART = frozenset({"privacy", "journal", "history", "operations", "typing"})
"""The modules whose records are not held: they prove or describe, and have their own rules."""
LONGEST_REASON = 2_000


@dataclass(frozen=True, slots=True)
class Hold:
    """A hold in force: on which record, why, until which review."""

    kind: str
    id: int
    table: str
    label: Label
    row: int
    title: str
    reason: str
    review_on: date
    overdue: bool


def sees(gate: Gate) -> bool:
    """True for who reads the holds (without a query)."""
    return any(gate.can(Verb.READ, kind) for kind in KINDS)


def places(gate: Gate, kind: str) -> bool:
    """True for who may place holds of a kind (without a query)."""
    return gate.can(Verb.CREATE, kind)


def lifts(gate: Gate, kind: str) -> bool:
    """True for who may lift holds of a kind (without a query)."""
    return gate.can(Verb.UPDATE, kind)


def carries(table: str) -> bool:
    """True when records of a table may be held."""
    return table.partition(".")[0] not in APART


def in_force(gate: Gate) -> list[Hold]:
    """The holds that were not lifted, the next review first; at most 500 of each kind."""
    found = [
        _hold(gate, kind, row)
        for kind in KINDS
        if gate.can(Verb.READ, kind)
        for row in gate.list(kind, _standing()).rows
    ]
    return sorted(found, key=lambda hold: (hold.review_on, hold.kind, hold.id))


def overdue(gate: Gate) -> int:
    """How many holds in force were to be reviewed before today."""
    yesterday = Filter("review_on", "before", gate.today.isoformat())
    return sum(
        gate.count(kind, _standing(yesterday)).value for kind in KINDS if gate.can(Verb.READ, kind)
    )


def _standing(*more: Filter) -> Selection:
    return Selection(filters=(Filter("lifted_at", "empty", ""), *more), page_size=MOST)


def _hold(gate: Gate, kind: str, row: Row) -> Hold:
    table = PERSON if kind == OF_PERSONS else str(row.values["table_name"])
    number = row.values["person"].id if kind == OF_PERSONS else int(row.values["row"])
    known = gate.catalog.tables.get(table)
    titles: dict[int, str] = {}
    if known is not None and gate.can(Verb.READ, table):
        titles = gate.titles(table, [number])
    review = row.values["review_on"]
    return Hold(
        kind=kind,
        id=row.id,
        table=table,
        label=known.one if known else table,
        row=number,
        title=titles.get(number) or _("No. {id}").format(id=number),
        reason=str(row.values.get("reason") or ""),
        review_on=review,
        overdue=review < gate.today,
    )


def place(gate: Gate, table: str, row: int, reason: str, review_on: date | None) -> int:
    """Hold a record, or a person with all rows about them; the number of the hold.

    Raises NotFound for a record out of reach, Forbidden, Invalid.
    """
    if not carries(table) or table not in gate.catalog.tables:
        raise NotFound(_("There is nothing at this address."))
    if not gate.titles(table, [row]):
        raise NotFound(_("There is no such row here."), _("It may have been erased."))
    said = reason.strip()
    if not said or len(said) > LONGEST_REASON:
        raise Invalid(
            _("Say why the record is kept, in {most} characters at most.").format(
                most=LONGEST_REASON
            )
        )
    if review_on is None or review_on < gate.today:
        raise Invalid(_("Give a day from today on, when the hold is to be reviewed."))
    values = {"reason": said, "review_on": review_on}
    if table == PERSON:
        return gate.create(OF_PERSONS, {"person": row, **values})
    return gate.create(OF_RECORDS, {"table_name": table, "row": row, **values})


def of_record(gate: Gate, table: str, row: int) -> Iterator[Hold]:
    """The holds in force on one record that the actor may read."""
    return (hold for hold in in_force(gate) if (hold.table, hold.row) == (table, row))


def lift(gate: Gate, kind: str, id: int) -> None:
    """Lift a hold. Raises NotFound, Forbidden, Conflict; Invalid when it was lifted before."""
    if kind not in KINDS:
        raise NotFound(_("There is nothing at this address."))
    row = gate.one(kind, id)
    if row.values.get("lifted_at") is not None:
        raise Invalid(_("This hold was lifted already."))
    gate.update(kind, id, {"lifted_at": utc_now()}, row.version)
