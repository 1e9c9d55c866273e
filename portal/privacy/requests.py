"""The register of requests of data subjects: every act on a request, and what it asks first.

An act is refused with a sentence when the request is in another state, is dated, and leaves a line
in the timeline with who did it. The rights are those on the table of requests.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from portal.builtin.requests import (
    CLARIFICATION,
    CLOSED,
    EXTENDED,
    GRANTED,
    IDENTITY,
    IDENTITY_MEANS,
    PARTLY,
    REFUSED,
    SERVICE,
    STATES,
    TO_TREAT,
    WITHDRAWN,
)
from portal.catalog import PERSON
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Conflict, Invalid
from portal.gate import Gate
from portal.i18n import Label, _
from portal.models import utc_now
from portal.privacy import deadlines, objections
from portal.rows import Row

REQUEST, ACT = "privacy.request", "privacy.requestact"
WAITING = (IDENTITY, CLARIFICATION, SERVICE)
OPEN = (TO_TREAT, EXTENDED, *WAITING)
DECIDED = (GRANTED, PARTLY, REFUSED)
FROM: Mapping[str, tuple[str, ...]] = {
    "identity_asked": (TO_TREAT, EXTENDED, CLARIFICATION, SERVICE),
    "identity_checked": OPEN,
    "clarification_asked": (TO_TREAT, EXTENDED, IDENTITY, SERVICE),
    "service_asked": (TO_TREAT, EXTENDED, IDENTITY, CLARIFICATION),
    "resumed": (CLARIFICATION, SERVICE),
    "extended": OPEN,
    "granted": (TO_TREAT, EXTENDED, SERVICE),
    "partly_granted": (TO_TREAT, EXTENDED, SERVICE),
    "refused": OPEN,
    "answered": DECIDED,
    "withdrawn": OPEN,
    "closed": DECIDED,
}
"""The states in which each act is allowed."""
_STATE_LABELS: Mapping[str, Label] = dict(STATES)


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came in; without a person, the applicant's name is given."""

    received_on: date
    channel: str
    rights: Collection[str]
    person: int | None = None
    name: str = ""
    email: str = ""
    address: str = ""
    capacity: str = "self"
    scope: str = ""


def may_open(gate: Gate) -> bool:
    """True for who reads the register of requests, each of its fields (without a query).

    A register that leaves out or masks what decides would mislead who reads it.
    """
    return reads_whole(gate, REQUEST)


def reads_whole(gate: Gate, table: str) -> bool:
    """True when the actor reads every field of a table, none of them masked."""
    if not gate.can(Verb.READ, table):
        return False
    shown = {field.name for field in gate.fields(table)} - gate.masked(table)
    every = {field.name for field in gate.catalog.table(table).fields.values() if not field.secret}
    return every <= shown


def may_act(gate: Gate) -> bool:
    """True for who treats requests (without a query)."""
    return gate.can(Verb.UPDATE, REQUEST) and gate.can(Verb.CREATE, ACT)


def allowed(row: Row) -> tuple[str, ...]:
    """The acts that the state of a request allows now."""
    values = row.values
    found = [act for act, states in FROM.items() if values["state"] in states]
    unwanted = {
        "extended": values["extended_on"] is not None,
        "identity_checked": bool(values["identity_means"]),
        "identity_asked": bool(values["identity_means"]),
        "granted": not values["identity_means"],
        "partly_granted": not values["identity_means"],
        "answered": values["answered_on"] is not None,
        "closed": values["answered_on"] is None or values["erasure"] in ("planned", "failed"),
    }
    return tuple(act for act in found if not unwanted.get(act, False))


# --- receiving ------------------------------------------------------------------------------------


def receive(gate: Gate, received: Received) -> int:
    """Record a request; its number. Raises Invalid naming the fields, Forbidden, NotFound."""
    deadlines.require_received(received.received_on, gate.today)
    if not received.rights:
        raise Invalid(
            _("A request is about one right at least."),
            fields={"rights": _("Choose one right at least.")},
        )
    asked = keeping(gate)
    values = _applicant(gate, received) | {
        "received_on": received.received_on,
        "channel": received.channel,
        "rights": " ".join(received.rights),
        "person": received.person,
        "capacity": received.capacity,
        "scope": received.scope,
        "state": TO_TREAT,
        "due_on": deadlines.due(received.received_on),
        "first_due_on": deadlines.due(received.received_on),
    }
    with transaction():
        number = asked.create(REQUEST, values)
        tell(asked, number, "received")
    return number


def _applicant(gate: Gate, received: Received) -> dict[str, str]:
    """The name and contact of who asks: as typed, else those of the person's sheet."""
    typed = {
        "applicant_name": received.name.strip(),
        "applicant_email": received.email.strip(),
        "applicant_address": received.address.strip(),
    }
    if received.person is not None:
        row = gate.one(PERSON, received.person)
        if received.capacity == "self":
            known = _contact(row)
            typed = {name: text or known[name] for name, text in typed.items()}
    if not typed["applicant_name"]:
        raise Invalid(
            _("A request needs the name of who asks."),
            _("Find the person, or write a name."),
            {"applicant_name": _("Write the name of the applicant.")},
        )
    return typed


def _contact(row: Row) -> dict[str, str]:
    said = {name: str(value or "") for name, value in row.values.items() if isinstance(value, str)}
    town = " ".join(text for text in (said.get("postcode", ""), said.get("city", "")) if text)
    lines = [text for text in (said.get("address", ""), town) if text]
    return {
        "applicant_name": row.title,
        "applicant_email": said.get("email", ""),
        "applicant_address": "\n".join(lines),
    }


# --- on the way -----------------------------------------------------------------------------------


def ask_identity(gate: Gate, id: int, note: str) -> None:
    """Ask for proof of identity, which only a reasonable doubt allows: `note` says it (12(6))."""
    if not note.strip():
        raise Invalid(
            _("Proof of identity is only asked for on a reasonable doubt."),
            _("Write what makes you doubt."),
            {"note": _("Write what makes you doubt.")},
        )
    _act(gate, id, "identity_asked", {"state": IDENTITY}, note)


def identity_checked(gate: Gate, id: int, means: str, evidence: str = "") -> None:
    """The identity is sure; `evidence` is kept until the decision, one year at most."""
    if not means or means not in dict(IDENTITY_MEANS):
        raise Invalid(_("Choose how the identity was checked."), fields={"means": _("Choose one.")})
    row = _require(gate, id, "identity_checked")
    values: dict[str, Any] = {
        "identity_means": means,
        "identity_checked_on": gate.today,
        "identity_checked_by": gate.actor.account,
        "identity_evidence": evidence.strip(),
    }
    if row.values["state"] == IDENTITY:
        values["state"] = _active(row)
    _store(gate, row, "identity_checked", values)


def ask_clarification(gate: Gate, id: int, note: str) -> None:
    """Ask what the applicant means; the question is kept."""
    _act(gate, id, "clarification_asked", {"state": CLARIFICATION}, note)


def ask_service(gate: Gate, id: int, note: str) -> None:
    """Wait for the answer of a service of the organisation."""
    _act(gate, id, "service_asked", {"state": SERVICE}, note)


def resume(gate: Gate, id: int, note: str) -> None:
    """What was waited for has come."""
    row = _require(gate, id, "resumed")
    _store(gate, row, "resumed", {"state": _active(row)}, note)


def extend(gate: Gate, id: int, reason: str) -> None:
    """Extend the term, once and within the first month, with the reason that the person is told."""
    row = _require(gate, id, "extended")
    received = row.values["received_on"]
    if row.values["extended_on"] is not None:
        raise Conflict(_("This request is extended already."), _("Answer it by its term."))
    deadlines.require_extension(received, gate.today, reason)
    values: dict[str, Any] = {
        "due_on": deadlines.extended(received),
        "extended_on": gate.today,
        "extension_reason": reason.strip(),
    }
    if row.values["state"] == TO_TREAT:
        values["state"] = EXTENDED
    _store(gate, row, "extended", values, reason)


# --- deciding and answering -----------------------------------------------------------------------


def decide(gate: Gate, id: int, decision: str, reasons: str, objection: str = "") -> None:
    """Grant, grant in part or refuse. Raises Invalid without reasons where the law asks for them.

    A decision that grants an objection says by `objection` what it puts on the objection list. The
    evidence of identity is deleted with the decision.
    """
    if decision not in DECIDED:
        raise Invalid(_("Choose a decision."), fields={"decision": _("Choose one.")})
    row = _require(gate, id, decision)
    if decision != GRANTED and not reasons.strip():
        raise Invalid(
            _("What is not granted needs its reasons (GDPR art. 12(4))."),
            _("Write them as the applicant will read them."),
            {"reasons": _("Give the reasons.")},
        )
    if decision != REFUSED and not row.values["identity_means"]:
        raise Conflict(
            _("The identity of the applicant is not checked yet."),
            _("Say first how it was checked."),
        )
    values: dict[str, Any] = {
        "state": decision,
        "decision": decision,
        "reasons": reasons.strip(),
        "decided_on": gate.today,
        "identity_evidence": "",
    }
    if decision != REFUSED and "erasure" in str(row.values["rights"]).split():
        values["erasure"] = "planned"
    with transaction():
        _store(gate, row, decision, values, reasons)
        if row.values["identity_evidence"]:
            tell(keeping(gate), id, "evidence_deleted")
        objected = decision != REFUSED and "objection" in str(row.values["rights"]).split()
        if objected and objections.enter_request(gate, row, objection):
            tell(keeping(gate), id, "objection_entered")


def answer(gate: Gate, id: int, means: str, recipients: str = "") -> None:
    """The answer was sent; `recipients` says who was told of a change of the data (art. 19)."""
    if not means:
        raise Invalid(_("Choose how the answer was sent."), fields={"means": _("Choose one.")})
    row = _require(gate, id, "answered")
    if row.values["answered_on"] is not None:
        raise Conflict(_("This request is answered already."))
    values = {"answered_on": gate.today, "answer_means": means}
    told = recipients.strip()
    _store(gate, row, "answered", values | ({"recipients_told": told} if told else {}))


def withdraw(gate: Gate, id: int, note: str = "") -> None:
    """The applicant does not ask any more."""
    values = {"state": WITHDRAWN, "closed_on": gate.today, "identity_evidence": ""}
    _act(gate, id, "withdrawn", values, note)


def close(gate: Gate, id: int) -> None:
    """End a request that is decided and answered, and whose erasure is executed."""
    row = _require(gate, id, "closed")
    if row.values["answered_on"] is None:
        raise Conflict(_("This request is not answered yet."), _("Send the answer first."))
    if row.values["erasure"] in ("planned", "failed"):
        raise Conflict(
            _("The erasure of this request is not done."),
            _("Execute its plan until no module fails."),
        )
    _store(gate, row, "closed", {"state": CLOSED, "closed_on": gate.today})


# --- what every act does --------------------------------------------------------------------------


def keeping(gate: Gate) -> Gate:
    """A gate of the same actor that also writes what only the acts write."""
    actor = replace(gate.actor, keeps=gate.actor.keeps | {REQUEST, ACT})
    return Gate(actor, Channel.FORM, reason=gate.reason, today=gate.today, catalog=gate.catalog)


def tell(gate: Gate, id: int, act: str, note: str = "") -> None:
    """Add a line to the timeline; `gate` is one of `keeping`."""
    values = {
        "request": id,
        "act": act,
        "note": note.strip(),
        "account": gate.actor.account,
        "automatic": gate.actor.account is None,
        "at": _moment(gate),
    }
    gate.create(ACT, values)


def _moment(gate: Gate) -> datetime:
    """Now; at noon of the gate's day when that is another one."""
    now = utc_now()
    return now if gate.today >= now.date() else datetime.combine(gate.today, time(12))


def mark(gate: Gate, id: int, act: str, values: Mapping[str, Any], note: str = "") -> None:
    """Store what another use of the portal did for a request, with its line in the timeline."""
    _store(gate, gate.at(Channel.FORM).one(REQUEST, id), act, values, note)


def _act(gate: Gate, id: int, act: str, values: Mapping[str, Any], note: str) -> None:
    _store(gate, _require(gate, id, act), act, values, note)


def _require(gate: Gate, id: int, act: str) -> Row:
    """The request, in a state that allows the act. Raises NotFound, Conflict."""
    row = gate.at(Channel.FORM).one(REQUEST, id)
    if row.values["state"] not in FROM[act]:
        raise Conflict(
            _("This request is in the state “{state}”, which does not allow this.").format(
                state=_STATE_LABELS[row.values["state"]]
            ),
            _("Look at its timeline."),
        )
    return row


def _store(gate: Gate, row: Row, act: str, values: Mapping[str, Any], note: str = "") -> None:
    asked = keeping(gate)
    with transaction():
        asked.update(REQUEST, row.id, values, row.version)
        tell(asked, row.id, act, note)


def _active(row: Row) -> str:
    """The state of a request that waits for nothing."""
    return TO_TREAT if row.values["extended_on"] is None else EXTENDED
