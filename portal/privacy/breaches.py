"""The register of breaches: every act on a breach, and what it asks first.

The clock starts when the organisation becomes aware of the breach (GDPR art. 33(1)) and stops with
the decision on the notification. An act is refused with a sentence when the breach is in another
state, and leaves a line in the timeline with who did it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from portal.builtin.breaches import (
    AUTHORITY,
    CLOSED,
    INFORMED,
    NO,
    NONE,
    NOTIFIED,
    OPEN,
    OTHER,
    SOON,
    STATES,
    YES,
)
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Conflict, Invalid
from portal.fieldtypes import DateTimeType
from portal.gate import Gate
from portal.i18n import Label, _
from portal.models import utc_now
from portal.privacy import deadlines
from portal.privacy.requests import reads_whole
from portal.rows import Row

BREACH, ACT = "privacy.breach", "privacy.breachact"
FROM: Mapping[str, tuple[str, ...]] = {
    "notified": (OPEN, INFORMED),
    "not_notified": (OPEN, INFORMED),
    "informed": (OPEN, NOTIFIED),
    "inform_soon": (OPEN, NOTIFIED),
    "not_informed": (OPEN, NOTIFIED),
    "closed": (OPEN, NOTIFIED, INFORMED),
}
"""The states in which each act is allowed."""
DESCRIBED = ("natures", "data_categories", "person_categories", "consequences", "measures")
"""What a breach says, beside its gravity, before it is closed (art. 33(3) and 33(5))."""
_STATE_LABELS: Mapping[str, Label] = dict(STATES)


@dataclass(frozen=True, slots=True)
class Discovered:
    """A breach as it was discovered; the rest is completed while it is examined."""

    at: datetime
    facts: str
    natures: tuple[str, ...] = ()
    occurred_at: datetime | None = None
    in_progress: bool = False


def may_open(gate: Gate) -> bool:
    """True for who reads the register of breaches, each of its fields (without a query)."""
    return reads_whole(gate, BREACH)


def may_act(gate: Gate) -> bool:
    """True for who treats breaches (without a query)."""
    return gate.can(Verb.UPDATE, BREACH) and gate.can(Verb.CREATE, ACT)


def may_record(gate: Gate) -> bool:
    """True for who records breaches (without a query)."""
    return may_act(gate) and gate.can(Verb.CREATE, BREACH)


def allowed(row: Row) -> tuple[str, ...]:
    """The acts that the state of a breach allows now."""
    values = row.values
    found = [act for act, states in FROM.items() if values["state"] in states]
    unwanted = {
        "notified": values["notification"] in (AUTHORITY, OTHER),
        "not_notified": values["notification"] != "",
        "inform_soon": values["persons_told"] != "",
        "not_informed": values["persons_told"] == NO,
        "closed": bool(lacks(row)),
    }
    return tuple(act for act in found if not unwanted.get(act, False))


def lacks(row: Row) -> tuple[str, ...]:
    """The fields that are still to be decided or described before a breach is closed."""
    values = row.values
    found = [name for name in ("gravity", *DESCRIBED) if not values[name]]
    if not values["notification"]:
        found.append("notification")
    if values["persons_told"] not in (YES, NO):
        found.append("persons_told")
    if values["in_progress"]:
        found.append("in_progress")
    return tuple(found)


# --- the acts


def record(gate: Gate, found: Discovered) -> int:
    """Record a breach; its number. Raises Invalid naming the fields, Forbidden."""
    if found.at > moment(gate):
        raise Invalid(
            _("A breach cannot have been discovered later than now."),
            _("Give the moment at which the organisation became aware of it."),
            {"discovered_at": _("This moment is still to come.")},
        )
    if not found.facts.strip():
        raise Invalid(
            _("Say what happened, even in a few words."), fields={"facts": _("Say what happened.")}
        )
    asked = keeping(gate)
    values = {
        "discovered_at": found.at,
        "due_at": deadlines.breach_due(found.at),
        "state": OPEN,
        "facts": found.facts.strip(),
        "natures": " ".join(found.natures),
        "occurred_at": found.occurred_at,
        "in_progress": found.in_progress,
    }
    with transaction():
        number = asked.create(BREACH, values)
        tell(asked, number, "recorded")
    return number


def notify(gate: Gate, id: int, at: datetime, *, body: str = "", delay: str = "") -> None:
    """The supervisory authority was notified, or the other `body` that is named.

    Raises Invalid without the reason for a delay, or for a moment that cannot be.
    """
    row = _require(gate, id, "notified")
    if not row.values["discovered_at"] <= at <= moment(gate):
        raise Invalid(
            _("A notification is made after the breach was discovered, and not later than now."),
            fields={"notified_at": _("This moment cannot be.")},
        )
    if at > row.values["due_at"] and not delay.strip():
        raise Invalid(
            _(
                "After {hours} hours, a notification needs the reason for the delay"
                " (GDPR art. 33(1))."
            ).format(hours=_term(row)),
            _("Write it as the authority will read it."),
            {"delay_reason": _("Give the reason.")},
        )
    values: dict[str, Any] = {
        "notification": OTHER if body.strip() else AUTHORITY,
        "notified_body": body.strip(),
        "no_notification_reason": "",
        "notified_at": at,
        "delay_reason": delay.strip() if at > row.values["due_at"] else "",
    }
    if row.values["state"] == OPEN:
        values["state"] = NOTIFIED
    _store(gate, row, "notified", values, body)


def _term(row: Row) -> int:
    """The hours that this breach was given, whatever the settings say since."""
    return int((row.values["due_at"] - row.values["discovered_at"]).total_seconds() // 3_600)


def leave_unnotified(gate: Gate, id: int, reason: str) -> None:
    """Decide that the breach is not notified: it is unlikely to be a risk. Invalid without why."""
    row = _require(gate, id, "not_notified")
    _need(reason, _("A breach that is not notified needs the reason."))
    values = {"notification": NONE, "no_notification_reason": reason.strip()}
    _store(gate, row, "not_notified", values, reason)


def inform(gate: Gate, id: int, on: date, how: str) -> None:
    """The persons concerned were told, on that day."""
    row = _require(gate, id, "informed")
    first = _local(row.values["discovered_at"])
    if not first <= on <= gate.today:
        raise Invalid(
            _("The persons are told after the breach was discovered, and not later than today."),
            fields={"persons_told_on": _("This day cannot be.")},
        )
    _need(how, _("Say how the persons were told."))
    values = {
        "persons_told": YES,
        "persons_told_on": on,
        "persons_reason": how.strip(),
        "state": INFORMED,
    }
    _store(gate, row, "informed", values, how)


def inform_soon(gate: Gate, id: int, why: str) -> None:
    """The persons will be told; why not yet."""
    _tell_later(gate, id, "inform_soon", SOON, why)


def leave_uninformed(gate: Gate, id: int, why: str) -> None:
    """The persons are not told: no high risk, or one of the cases of art. 34(3)."""
    _tell_later(gate, id, "not_informed", NO, why)


def _tell_later(gate: Gate, id: int, act: str, told: str, why: str) -> None:
    row = _require(gate, id, act)
    _need(why, _("Say why the persons are not told now."))
    _store(gate, row, act, {"persons_told": told, "persons_reason": why.strip()}, why)


def close(gate: Gate, id: int) -> None:
    """End a breach that is described, and of which everything is decided. Raises Conflict."""
    row = _require(gate, id, "closed")
    missing = lacks(row)
    if missing:
        known = gate.catalog.table(BREACH).fields
        raise Conflict(
            _("This breach is not ready to be closed: {fields}.").format(
                fields=", ".join(str(known[name].label) for name in missing)
            ),
            _("Complete the record, and decide who is told."),
        )
    _store(gate, row, "closed", {"state": CLOSED, "closed_on": gate.today})


# --- what every act does


def keeping(gate: Gate) -> Gate:
    """A gate of the same actor that also writes what only the acts write."""
    actor = replace(gate.actor, keeps=gate.actor.keeps | {BREACH, ACT})
    return Gate(actor, Channel.FORM, reason=gate.reason, today=gate.today, catalog=gate.catalog)


def tell(gate: Gate, id: int, act: str, note: str = "") -> None:
    """Add a line to the timeline; `gate` is one of `keeping`."""
    own = {"breach": id, "act": act, "note": note.strip()}
    gate.create(ACT, own | {"account": gate.actor.account, "at": moment(gate)})


def moment(gate: Gate) -> datetime:
    """Now, in UTC; noon of the gate's day when that is another one than today here."""
    now = utc_now()
    return now if gate.today == _local(now) else datetime.combine(gate.today, time(12))


def _local(at: datetime) -> date:
    """The day of a moment, in the organisation's zone."""
    local: datetime = DateTimeType().plain(at)
    return local.date()


def _need(words: str, sentence: Label) -> None:
    if not words.strip():
        raise Invalid(sentence, fields={"note": sentence})


def _require(gate: Gate, id: int, act: str) -> Row:
    """The breach, in a state that allows the act. Raises NotFound, Conflict."""
    row = gate.at(Channel.FORM).one(BREACH, id)
    if row.values["state"] not in FROM[act] or (act != "closed" and act not in allowed(row)):
        raise Conflict(
            _("This breach is in the state “{state}”, which does not allow this.").format(
                state=_STATE_LABELS[row.values["state"]]
            ),
            _("Look at its timeline."),
        )
    return row


def _store(gate: Gate, row: Row, act: str, values: Mapping[str, Any], note: str = "") -> None:
    asked = keeping(gate)
    with transaction():
        asked.update(BREACH, row.id, values, row.version)
        tell(asked, row.id, act, note)
