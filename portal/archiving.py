"""The archive phase: rows past the active phase of their treatment, until their term.

An archived row is in no list, search, export or statistic; it opens with the verb disclose and a
reason that is typed each time (`portal.sheets`). The phase follows from the treatment's periods and
the row's own date, and is worked out each night for the treatments where somebody switched it on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from peewee import fn

from portal import approvals, journal, periods
from portal.builtin.privacy import ARCHIVE_OFF, ARCHIVE_ON
from portal.catalog import CatalogTable, Part
from portal.database import among_ids, proxy, transaction
from portal.declare import WITH_PARENT, Period, Verb
from portal.due import Due, in_part
from portal.errors import Invalid
from portal.holds import chunks, negated
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.obsolete import Obsolete
from portal.reaches import conjunction
from portal.told import persons_of

if TYPE_CHECKING:
    from portal.gate import Gate

ROWS_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True)
class Phase:
    """The archive phase of a treatment: how long its rows are active, and whether it is on.

    `archived` rows are out of the lists now, `waiting` ones will be after the next night.
    """

    active: Period
    on: bool
    archived: int
    waiting: int


class Archive(Due):
    """The rows of one activity that are past its active phase. Raises NotFound."""

    def __init__(self, gate: Gate, name: str) -> None:
        super().__init__(gate, name)
        self.active = active_phase(self.activity.retention)
        if self.active is not None:
            self.limit = periods.limit(gate.today, self.active)

    def past(self, part: Part, alias: Any) -> Any | None:
        """The rows past the active phase; None for a table without a date of its own."""
        path = part.table.declaration.counted_from or self.activity.retention.counted_from
        dated = bool(path or part.table.start_events) and part.table.versioned
        if self.active is None or not dated:
            return None
        return conjunction(in_part(part, alias), self._older(part.table, alias, path))

    def phase(self) -> Phase | None:
        """Where the phase stands; None for a treatment without one."""
        if self.active is None:
            return None
        archived = waiting = 0
        for part in self.parts:
            alias = part.table.model.alias()
            past = self.past(part, alias)
            if past is not None:
                at = alias.archived_at
                archived += self._count(alias, conjunction(in_part(part, alias), ~at.is_null()))
                waiting += self._count(alias, past & at.is_null())
        return Phase(self.active, is_on(self.activity.name), archived, waiting)

    def _count(self, alias: Any, condition: Any) -> int:
        query = alias.select(fn.COUNT(alias.id)).where(condition)
        return int(proxy.obj.execute(query).fetchone()[0])

    def follow(self) -> int:
        """Archive what is past its active phase, and bring back what is not; how many rows.

        Each thousand rows are one transaction; stopped and begun again, it goes on.
        """
        on = is_on(self.activity.name) and self.active is not None
        done = 0
        for part in self.parts:
            if part.table.versioned:
                done += sum(self._follow(part, on=on))
        return done

    def _follow(self, part: Part, *, on: bool) -> Iterator[int]:
        alias = part.table.model.alias()
        past = self.past(part, alias) if on else None
        if past is not None:
            yield self._move(part.table, alias, past & alias.archived_at.is_null(), archived=True)
        kept = ~alias.archived_at.is_null()
        back = conjunction(in_part(part, alias), kept, None if past is None else negated(past))
        yield self._move(part.table, alias, back, archived=False)

    def _move(self, table: CatalogTable, alias: Any, rows: Any, *, archived: bool) -> int:
        ids = [row[0] for row in proxy.obj.execute(alias.select(alias.id).where(rows)).fetchall()]
        for part in chunks(ids, ROWS_AT_ONCE):
            with transaction():
                self._set(table, part, archived=archived)
                act = Act(
                    self.gate.channel, Verb.UPDATE, table.name, persons_of(table, part), len(part)
                )
                journal.record(self.gate.actor, act)
        return len(ids)

    def _set(self, table: CatalogTable, ids: Any, *, archived: bool) -> None:
        """The rows, and the children that are kept as long as them."""
        moment = utc_now() if archived else None
        model = table.model
        model.update(archived_at=moment).where(among_ids(model.id, ids)).execute(proxy.obj)
        for incoming in table.incoming:
            child = self.gate.catalog.table(incoming.table)
            if child.declaration.retention is WITH_PARENT and child.versioned:
                inside = among_ids(getattr(child.model, incoming.field), ids)
                child.model.update(archived_at=moment).where(inside).execute(proxy.obj)


def active_phase(retention: Any) -> Period | None:
    """The active phase of a retention; None where there is none, or it is as long as the term."""
    active: Period | None = retention.active
    whole = periods.longer(retention.period, retention.minimum)
    if active is None or periods.most_days(active) >= periods.most_days(whole):
        return None
    return active


def is_on(activity: str) -> bool:
    """True when somebody switched the archive phase of an activity on."""
    found = approvals.latest(activity, (ARCHIVE_ON, ARCHIVE_OFF))
    return found == ARCHIVE_ON


def decided(activity: str) -> bool:
    """True when somebody once switched the archive phase of an activity."""
    return bool(approvals.latest(activity, (ARCHIVE_ON, ARCHIVE_OFF)))


def switch(gate: Gate, activity: str, *, on: bool) -> int:
    """Switch the archive phase of an activity on or off, and follow it at once; how many rows.

    Raises Forbidden without the right to purge it, Invalid for an activity without such a phase.
    """
    Obsolete(gate, activity).require_purgeable()
    archive = Archive(gate, activity)
    if on and archive.active is None:
        raise Invalid(
            _("This activity has no archive phase: its rows are active until their term.")
        )
    approvals.decide(gate.actor, activity, ARCHIVE_ON if on else ARCHIVE_OFF)
    return archive.follow()
