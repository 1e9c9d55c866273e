"""The register of requests as its pages show it: lines, one request with its acts, what presses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from portal.builtin.requests import RIGHTS, STATES
from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Invalid
from portal.fieldtypes import EMPTY, DateType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privacy import deadlines, requests
from portal.privacy.requests import ACT, REQUEST
from portal.rows import Filter, Row, Selection

PAGE_SIZE = 50
MOST_ACTS = 500
SHOWN = (
    "received_on",
    "channel",
    "rights",
    "scope",
    "capacity",
    "applicant_email",
    "applicant_address",
    "assigned",
    "activities",
    "due_on",
    "first_due_on",
    "extended_on",
    "extension_reason",
    "identity_means",
    "identity_checked_on",
    "identity_checked_by",
    "identity_evidence",
    "decision",
    "decided_on",
    "reasons",
    "erasure",
    "erasure_kept",
    "answered_on",
    "answer_means",
    "recipients_told",
    "closed_on",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A request in the list; `left` is the number of days before its term, None once answered."""

    id: int
    number: str
    received_on: date
    applicant: str
    rights: str
    state: str
    due_on: date
    left: int | None
    assigned: str

    @property
    def overdue(self) -> bool:
        """True when the term is over and nothing was answered."""
        return self.left is not None and self.left < 0


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the timeline."""

    on: Any
    what: str
    by: str
    note: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """One request: its line, its fields in words, its acts, and those that may follow."""

    line: Line
    version: int
    person: tuple[int, str] | None
    fields: tuple[tuple[str, str], ...]
    values: Mapping[str, Any]
    steps: tuple[Step, ...]
    allowed: tuple[str, ...]


def lines(
    gate: Gate, *, ended: bool, state: str = "", right: str = "", page: int = 0
) -> tuple[list[Line], bool]:
    """A page of requests, those that end first before the others, and whether more follow.

    Raises Invalid for a state or a right that is none.
    """
    filters = [Filter("closed_on", "empty", "false" if ended else "true")]
    if state:
        filters.append(Filter("state", "equals", _known(state, dict(STATES))))
    if right:
        filters.append(Filter("rights", "contains", _known(right, dict(RIGHTS))))
    wanted = Selection(
        filters=tuple(filters), sort="due_on", descending=ended, page=page, page_size=PAGE_SIZE
    )
    found = gate.list(REQUEST, wanted)
    return [line(gate, row) for row in found.rows], found.has_next


def _known(name: str, names: Mapping[str, object]) -> str:
    if name not in names:
        raise Invalid(_("'{value}' is not one of the values.").format(value=name[:40]))
    return name


def line(gate: Gate, row: Row) -> Line:
    """The line of one request."""
    values = row.values
    open_ = values["closed_on"] is None and values["answered_on"] is None
    return Line(
        id=row.id,
        number=str(values["identifier"] or row.id),
        received_on=values["received_on"],
        applicant=str(values["applicant_name"]),
        rights=_said(gate, "rights", values),
        state=_said(gate, "state", values),
        due_on=values["due_on"],
        left=(values["due_on"] - gate.today).days if open_ else None,
        assigned=_said(gate, "assigned", values),
    )


def _said(gate: Gate, name: str, values: Mapping[str, Any]) -> str:
    return str(gate.catalog.table(REQUEST).fields[name].type.show(values.get(name)) or "")


def sheet(gate: Gate, id: int) -> Sheet:
    """One request with its acts. Raises NotFound."""
    row = gate.at(Channel.DETAIL).one(REQUEST, id)
    known = gate.catalog.table(REQUEST).fields
    fields = [
        (str(known[name].label), _said(gate, name, row.values))
        for name in SHOWN
        if name in row.values and row.values[name] not in (None, "")
        if name != "first_due_on" or row.values["extended_on"] is not None
    ]
    person = row.values.get("person")
    reaches = gate.can(Verb.READ, PERSON)
    return Sheet(
        line=line(gate, row),
        version=row.version,
        person=(person.id, str(person)) if person and person.id and reaches else None,
        fields=tuple((label, text) for label, text in fields if text),
        values=row.values,
        steps=steps(gate, id),
        allowed=requests.allowed(row) if requests.may_act(gate) else (),
    )


def steps(gate: Gate, id: int) -> tuple[Step, ...]:
    """The acts on a request, the first one first."""
    if not requests.reads_whole(gate, ACT):
        return ()
    chosen = Selection(
        filters=(Filter("request", "equals", str(id)),), sort="id", page_size=MOST_ACTS
    )
    acts = gate.catalog.table(ACT).fields["act"].type
    return tuple(
        Step(
            on=row.values["at"],
            what=acts.show(row.values["act"]),
            by=str(
                row.values["account"] or (_("The portal") if row.values["automatic"] else EMPTY)
            ),
            note=str(row.values["note"]),
        )
        for row in gate.list(ACT, chosen).rows
    )


def decided_by(gate: Gate, id: int) -> int | None:
    """The account that decided on a request; None for the portal itself, or before."""
    chosen = Selection(
        filters=(Filter("request", "equals", str(id)),), sort="id", page_size=MOST_ACTS
    )
    rows = gate.list(ACT, chosen).rows
    decided = [row.values["account"] for row in rows if row.values["act"] in requests.DECIDED]
    return decided[-1].id if decided and decided[-1] else None


def _author(row: Row) -> str:
    if row.values["automatic"]:
        return gettext("The portal")
    return str(row.values["account"] or EMPTY)


def pressing(gate: Gate) -> tuple[int, int]:
    """How many unanswered requests are past their term, and how many end within 15 days."""
    waiting = (Filter("closed_on", "empty", "true"), Filter("answered_on", "empty", "true"))
    today = DateType().write(gate.today)
    last = DateType().write(gate.today + timedelta(days=deadlines.SOON))
    late = Selection(filters=(*waiting, Filter("due_on", "before", today)))
    soon = Selection(filters=(*waiting, Filter("due_on", "between", f"{today}..{last}")))
    return (
        gate.count(REQUEST, late, exact=True).value,
        gate.count(REQUEST, soon, exact=True).value,
    )
