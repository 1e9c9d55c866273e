"""Who approved which purge: a preview, kept by its signature, and whether a purge runs by itself.

Decisions are written once and never changed; the latest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.actor import Actor
from portal.builtin.privacy import APPROVED, AUTOMATIC_OFF, AUTOMATIC_ON, PurgeDecision
from portal.database import proxy, transaction
from portal.errors import Conflict, Forbidden
from portal.i18n import _


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision on the purges of an activity: which preview, by whom (or which process), when."""

    activity: str
    signature: str
    account: int | None
    actor: str
    at: datetime


@dataclass(slots=True)
class _Rules:
    second_person: bool = False


_RULES = _Rules()


def configure(*, second_person: bool) -> None:
    """Say whether who approves a preview may not be the one who runs it."""
    _RULES.second_person = second_person


def second_person() -> bool:
    """True when one person approves a purge and another one runs it."""
    return _RULES.second_person


def approve(actor: Actor, activity: str, signature: str) -> None:
    """Keep that `actor` approved a preview; the rights were asked by who calls this."""
    _record(actor, activity, APPROVED, signature)


def switch(actor: Actor, activity: str, *, on: bool) -> None:
    """Keep that the activity purges itself each night, or does not any more.

    Raises Conflict before a first approved preview.
    """
    if on and last(activity) is None:
        raise Conflict(
            _("No purge of this activity was approved yet."),
            _("Look at its preview and approve it, or run the first purge yourself."),
        )
    _record(actor, activity, AUTOMATIC_ON if on else AUTOMATIC_OFF, "")


def _record(actor: Actor, activity: str, kind: str, signature: str) -> None:
    row: dict[str, Any] = {
        "activity": activity,
        "kind": kind,
        "signature": signature,
        "account": actor.account,
        "actor": "" if actor.account is not None else actor.name[:100],
    }
    with transaction():
        PurgeDecision.insert(row).execute(proxy.obj)


def decide(actor: Actor, activity: str, kind: str) -> None:
    """Keep a decision of another kind; the rights were asked by who calls this."""
    _record(actor, activity, kind, "")


def latest(activity: str, kinds: tuple[str, ...]) -> str:
    """The latest decision among some kinds; "" without one."""
    asked = (PurgeDecision.activity == activity) & PurgeDecision.kind.in_(kinds)
    query = PurgeDecision.select(PurgeDecision.kind).where(asked)
    row = query.order_by(PurgeDecision.id.desc()).tuples().first(proxy.obj)
    return str(row[0]) if row else ""


def last(activity: str, signature: str = "") -> Decision | None:
    """The latest approved preview of an activity, or of `signature` alone; None without one."""
    return next(iter(_approved(activity, signature)), None)


def automatic(activity: str) -> Decision | None:
    """Who switched the automatic purge of an activity on; None when it is off."""
    return automatic_ones().get(activity)


def automatic_ones() -> dict[str, Decision]:
    """The activities that purge themselves each night, each with who switched it on."""
    found: dict[str, Decision] = {}
    kinds = (AUTOMATIC_ON, AUTOMATIC_OFF)
    query = PurgeDecision.select().where(PurgeDecision.kind.in_(kinds)).order_by(PurgeDecision.id)
    for row in query.dicts().execute(proxy.obj):
        if row["kind"] == AUTOMATIC_ON:
            found[row["activity"]] = _decision(row)
        else:
            found.pop(row["activity"], None)
    return found


def _approved(activity: str, signature: str = "") -> list[Decision]:
    asked = (PurgeDecision.activity == activity) & (PurgeDecision.kind == APPROVED)
    if signature:
        asked &= PurgeDecision.signature == signature
    query = PurgeDecision.select().where(asked).order_by(PurgeDecision.id.desc()).limit(100)
    return [_decision(row) for row in query.dicts().execute(proxy.obj)]


def _decision(row: dict[str, Any]) -> Decision:
    return Decision(row["activity"], row["signature"], row["account"], row["actor"], row["at"])


def required(actor: Actor, activity: str, signature: str, *, confirmed: bool) -> Decision | None:
    """The approval that a run by a person rests on; None when who runs it approves it by that.

    Raises Conflict when there is none of just these rows, Forbidden when a second person is to run
    what one approved, and nobody else did.
    """
    if confirmed and not second_person():
        return None
    found = _approved(activity, signature)
    if second_person():
        if actor.account is None:
            raise Forbidden(
                _("A purge needs two persons here: who runs it is to be known."),
                _("Run it as an account ('--as' on the command line)."),
            )
        others = [one for one in found if one.account not in (None, actor.account)]
        if found and not others:
            raise Forbidden(
                _("A purge needs two persons here, and you approved this one."),
                _("Let another person run it."),
            )
        found = others
    if not found:
        raise _unapproved(activity)
    return found[0]


def _unapproved(activity: str) -> Conflict:
    earlier = last(activity)
    if earlier is not None:
        return Conflict(
            _("The obsolete rows have changed since the preview was approved."),
            _("Look again and approve the preview."),
        )
    return Conflict(
        _("No preview of this purge was approved."), _("Look at its preview and approve it first.")
    )
