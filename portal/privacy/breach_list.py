"""The register of breaches as its pages show it: lines with their clock, one breach, what presses.

The clock is a number of minutes before the term; it stops with the decision on the notification.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.builtin.breaches import STATES
from portal.channels import Channel
from portal.errors import Invalid
from portal.fieldtypes import EMPTY, DateTimeType
from portal.gate import Gate
from portal.i18n import _
from portal.privacy import breaches
from portal.privacy.breaches import ACT, BREACH
from portal.privacy.requests import reads_whole
from portal.rows import Filter, Row, Selection

PAGE_SIZE = 50
MOST_ACTS = 500
MINUTE = 60
SHOWN = (
    "discovered_at",
    "occurred_at",
    "in_progress",
    "facts",
    "origin",
    "cause",
    "natures",
    "data_categories",
    "person_categories",
    "persons_about",
    "records_about",
    "consequences",
    "gravity",
    "measures",
    "advice",
    "processors",
    "evidence",
    "notification",
    "notified_body",
    "no_notification_reason",
    "notified_at",
    "delay_reason",
    "persons_told",
    "persons_told_on",
    "persons_reason",
    "closed_on",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A breach in the list; `left` is the minutes before its term, None once that is decided."""

    id: int
    number: str
    discovered_at: datetime
    facts: str
    gravity: str
    state: str
    due_at: datetime
    left: int | None
    notification: str
    persons_told: str

    @property
    def overdue(self) -> bool:
        """True when the term is over and nothing is decided."""
        return self.left is not None and self.left < 0


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the timeline."""

    on: datetime
    what: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One breach: its line, its fields in words (an empty one too), its acts, those that follow."""

    line: Line
    fields: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]
    steps: tuple[Step, ...]
    allowed: tuple[str, ...]
    lacking: tuple[str, ...]


def lines(gate: Gate, *, ended: bool, state: str = "", page: int = 0) -> tuple[list[Line], bool]:
    """A page of breaches, those whose term ends first before the others, and whether more follow.

    Raises Invalid for a state that is none.
    """
    filters = [Filter("closed_on", "empty", "false" if ended else "true")]
    if state:
        if state not in dict(STATES):
            raise Invalid(_("'{value}' is not one of the values.").format(value=state[:40]))
        filters.append(Filter("state", "equals", state))
    wanted = Selection(
        filters=tuple(filters), sort="due_at", descending=ended, page=page, page_size=PAGE_SIZE
    )
    found = gate.list(BREACH, wanted)
    return [line(gate, row) for row in found.rows], found.has_next


def line(gate: Gate, row: Row) -> Line:
    """The line of one breach."""
    values = row.values
    waits = values["closed_on"] is None and not values["notification"]
    left = (values["due_at"] - breaches.moment(gate)).total_seconds() // MINUTE
    return Line(
        id=row.id,
        number=str(values["identifier"] or row.id),
        discovered_at=values["discovered_at"],
        facts=str(values["facts"]),
        gravity=said(gate, "gravity", values),
        state=said(gate, "state", values),
        due_at=values["due_at"],
        left=int(left) if waits else None,
        notification=said(gate, "notification", values),
        persons_told=said(gate, "persons_told", values),
    )


def said(gate: Gate, name: str, values: Mapping[str, Any]) -> str:
    """A field of a breach, in words."""
    return str(gate.catalog.table(BREACH).fields[name].type.show(values.get(name)) or "")


def sheet(gate: Gate, id: int) -> Sheet:
    """One breach with its acts. Raises NotFound."""
    row = gate.at(Channel.DETAIL).one(BREACH, id)
    known = gate.catalog.table(BREACH).fields
    return Sheet(
        line=line(gate, row),
        fields=tuple((str(known[name].label), said(gate, name, row.values)) for name in SHOWN),
        values=row.values,
        steps=steps(gate, id),
        allowed=breaches.allowed(row) if breaches.may_act(gate) else (),
        lacking=tuple(str(known[name].label) for name in breaches.lacks(row)),
    )


def steps(gate: Gate, id: int) -> tuple[Step, ...]:
    """The acts on a breach, the first one first."""
    if not reads_whole(gate, ACT):
        return ()
    chosen = Selection(
        filters=(Filter("breach", "equals", str(id)),), sort="id", page_size=MOST_ACTS
    )
    known = gate.catalog.table(ACT).fields
    return tuple(
        Step(
            on=row.values["at"],
            what=known["act"].type.show(row.values["act"]),
            by=known["account"].type.show(row.values["account"]) or EMPTY,
            note=str(row.values["note"]),
        )
        for row in gate.list(ACT, chosen).rows
    )


def pressing(gate: Gate) -> tuple[int, int]:
    """How many breaches are past their term undecided, and how many have their clock running."""
    waiting = (Filter("closed_on", "empty", "true"), Filter("notification", "empty", "true"))
    now = DateTimeType().write(breaches.moment(gate))
    late = Selection(filters=(*waiting, Filter("due_at", "before", now)))
    all_ = Selection(filters=waiting)
    over = gate.count(BREACH, late, exact=True).value
    return over, gate.count(BREACH, all_, exact=True).value - over
