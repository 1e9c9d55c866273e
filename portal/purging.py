"""Running a purge: just the rows that were previewed, in one transaction, counted again afterwards.

Refuses to run what nobody approved, what has changed since, and two purges at once. The evidence is
part of the same transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import SQL, Select, fn

from portal import approvals
from portal.approvals import Decision
from portal.builtin.privacy import Purge
from portal.catalog import Part
from portal.database import is_postgresql, proxy, transaction
from portal.erasing import Eraser
from portal.errors import Busy, Conflict, Held
from portal.i18n import _
from portal.obsolete import OTHER, Counts, Obsolete

ONE_AT_A_TIME = 7_368_571
"""The number of the lock that a running purge holds on PostgreSQL."""

PATIENCE = 5.0
"""Seconds that a purge waits for another writer of SQLite, before it is refused."""

Prints = Mapping[str, tuple[int, int, int]]
"""By table: how many rows would go, their numbers added up, their versions added up."""


def prints(obsolete: Obsolete) -> Prints:
    """What tells the rows that would go from any others, without their ids."""
    found: dict[str, tuple[int, int, int]] = {}
    for part in obsolete.parts:
        alias = part.table.model.alias()
        version = alias.version if part.table.versioned else alias.id
        query = alias.select(fn.COUNT(alias.id), fn.SUM(alias.id), fn.SUM(version))
        row = proxy.obj.execute(query.where(obsolete.deletable(part, alias))).fetchone()
        _add(found, part, [int(value or 0) for value in row])
    return found


def _add(found: dict[str, tuple[int, int, int]], part: Part, more: list[int]) -> None:
    count, ids, versions = found.get(part.table.name, (0, 0, 0))
    if more[0]:
        found[part.table.name] = (count + more[0], ids + more[1], versions + more[2])


def signature(activity: str, going: Prints, along: Mapping[str, int], unseen: int) -> str:
    """What was previewed, in one line: the rows that go, and how many go along."""
    rows = [f"{name}={'.'.join(map(str, sums))}" for name, sums in sorted(going.items())]
    with_them = [f"+{name}={count}" for name, count in sorted(along.items()) if count]
    others = [f"+{OTHER}={unseen}"] if unseen else []
    return " ".join([activity, *rows, *with_them, *others])


def to_purge_first(obsolete: Obsolete, counts: Counts) -> list[str]:
    """The activities with due rows that refer to rows which they block here, by name."""
    gate = obsolete.gate
    found: list[str] = []
    for name in dict.fromkeys(b.table for b in counts.blocked_by if b.kind == "reference"):
        declared = gate.catalog.tables[name].declaration if name else None
        if declared is None:
            continue
        kept = [declared.activity, declared.other_activity and declared.other_activity.activity]
        for activity in kept:
            if activity and activity.name not in (obsolete.activity.name, *found):
                other = Obsolete(gate, activity.name)
                if other.countable and not other.prunes_itself and _blocks(other, obsolete, name):
                    found.append(activity.name)
    return found


def _blocks(other: Obsolete, obsolete: Obsolete, table: str) -> bool:
    """True when a due row of `table` refers to an obsolete row."""
    for part in obsolete.parts:
        fields = [i.field for i in part.table.incoming if i.table == table and i.act == "blocks"]
        for due in (found for found in other.parts if found.table.name == table):
            for name in fields:
                row, target = due.table.model.alias(), part.table.model.alias()
                ours = target.select(target.id).where(obsolete.obsolete(part, target))
                points = getattr(row, name).in_(ours)
                query = row.select(row.id).where(points, other.obsolete(due, row)).limit(1)
                if proxy.obj.execute(query).fetchall():
                    return True
    return False


def approve(obsolete: Obsolete, previewed: str) -> None:
    """Keep that the actor approves the preview `previewed`, of what would be erased now.

    Raises Forbidden without the right to purge, Conflict when the rows have changed since.
    """
    obsolete.require_purgeable()
    with transaction():
        counts = obsolete.counts(along=True)
        now = signature(obsolete.activity.name, prints(obsolete), counts.along, counts.unseen)
        if now != previewed:
            raise _changed()
        approvals.approve(obsolete.gate.actor, obsolete.activity.name, previewed)


def switch(obsolete: Obsolete, *, on: bool) -> None:
    """Let the activity purge itself each night with the rights of this actor, or not any more.

    Raises Forbidden without the right to purge, Conflict before a first approval.
    """
    obsolete.require_purgeable()
    approvals.switch(obsolete.gate.actor, obsolete.activity.name, on=on)


def run(obsolete: Obsolete, previewed: str, *, confirmed: bool = True) -> int:
    """Erase what `previewed` names, children first; the number of its evidence.

    `confirmed`: who runs it has looked at it now and typed the word, which approves it. Raises
    Forbidden, Held, or Conflict when anything has changed since or another one writes for long:
    then nothing is erased.
    """
    obsolete.require_purgeable()
    try:
        with transaction(PATIENCE):
            return _run(obsolete, previewed, confirmed=confirmed)
    except Busy:
        raise Conflict(_("Somebody else is writing."), _("Try again in a moment.")) from None


def _run(obsolete: Obsolete, previewed: str, *, confirmed: bool) -> int:
    activity, actor = obsolete.activity.name, obsolete.gate.actor
    _alone()
    approval = approvals.required(actor, activity, previewed, confirmed=confirmed)
    approver = actor.account if approval is None else approval.account
    number = _purge(obsolete, previewed, approver=approver, automatic=False)
    if approval is None:
        approvals.approve(actor, activity, previewed)
    return number


def run_automatically(obsolete: Obsolete, switched: Decision) -> int | None:
    """Erase what is deletable tonight, as `switched` decided; None when there is nothing."""
    obsolete.require_purgeable()
    with transaction():
        _alone()
        if not any(sums[0] for sums in prints(obsolete).values()):
            return None
        return _purge(obsolete, None, approver=switched.account, automatic=True)


def _purge(
    obsolete: Obsolete, previewed: str | None, *, approver: int | None, automatic: bool
) -> int:
    before = obsolete.counts()
    eraser, unseen = Eraser(obsolete.gate), 0
    going: dict[str, tuple[int, int, int]] = {}
    along: dict[str, int] = {}
    found = {number: _rows(obsolete, part) for number, part in enumerate(obsolete.parts)}
    for number, part in enumerate(obsolete.parts):
        _add(going, part, found[number][1])
    if previewed is not None and not _begins(previewed, obsolete.activity.name, going):
        raise _changed()
    for number, part in enumerate(obsolete.parts):
        ids = found[number][0]
        if not ids:
            continue
        erasure = eraser.plan(part.table.name, ids, titled=False)
        if erasure.blocked:
            reasons = sorted({str(b) for why in erasure.blocked.values() for b in why})
            raise Held(_("Some of these rows may not be erased."), " ".join(reasons), reasons)
        eraser.carry_out(erasure)
        unseen += erasure.unseen
        for name, count in erasure.along.items():
            along[name] = along.get(name, 0) + count
    if previewed not in (None, signature(obsolete.activity.name, going, along, unseen)):
        raise _changed()
    after = obsolete.counts()
    if after.deletable:
        raise _changed()
    done = dict(along)
    for name, sums in going.items():
        done[name] = done.get(name, 0) + sums[0]
    if unseen:
        done[OTHER] = unseen
    row = {"approver": approver, "automatic": automatic, **_counted(before, after)}
    return _evidence(obsolete, row, done)


def _begins(previewed: str, activity: str, going: Prints) -> bool:
    """True when the rows are those of the preview; what goes along is compared once it is known."""
    return f"{previewed} ".startswith(signature(activity, going, {}, 0) + " ")


def _rows(obsolete: Obsolete, part: Part) -> tuple[list[int], list[int]]:
    """The rows of a part that go, and what `prints` says of them."""
    alias = part.table.model.alias()
    version = alias.version if part.table.versioned else alias.id
    query = alias.select(alias.id, version).where(obsolete.deletable(part, alias))
    rows = proxy.obj.execute(query.order_by(alias.id)).fetchall()
    ids = [row[0] for row in rows]
    return ids, [len(ids), sum(ids), sum(row[1] for row in rows)]


def _alone() -> None:
    """Refuse a second purge while one runs; SQLite lets one wait for the other by itself."""
    if is_postgresql():
        asked = Select(columns=[fn.pg_try_advisory_xact_lock(SQL("%s", (ONE_AT_A_TIME,)))])
        if not asked.scalar(proxy.obj):
            raise Conflict(
                _("Another purge is running."), _("Wait until it is over, then look again.")
            )


def _changed() -> Conflict:
    return Conflict(_("The obsolete rows have changed since you looked."), _("Look again."))


def _counted(before: Counts, after: Counts) -> dict[str, Any]:
    return {
        "erased": before.deletable,
        "blocked": before.blocked,
        "kept": before.not_obsolete,
        "deletable_left": after.deletable,
        "blocked_left": after.blocked,
        "kept_left": after.not_obsolete,
    }


def _evidence(obsolete: Obsolete, counted: Mapping[str, Any], done: Mapping[str, int]) -> int:
    actor = obsolete.gate.actor
    row: dict[str, Any] = {
        "activity": obsolete.activity.name,
        "limit": obsolete.limit,
        "details": "\n".join(f"{name} {number}" for name, number in sorted(done.items())),
        "account": actor.account,
        "actor": "" if actor.account is not None else actor.name[:100],
        **counted,
    }
    return int(Purge.insert(row).execute(proxy.obj))
