"""Retention: what is past its term, activity by activity; the plan of a purge, and its evidence.

A purge is always one activity, always previewed, and does what was previewed or nothing. Rows that
anything blocks, and rows within their term, stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from portal import approvals, archiving, periods, processes, purging, search
from portal.approvals import Decision
from portal.archiving import Phase
from portal.channels import Channel
from portal.declare import Activity
from portal.errors import Invalid
from portal.gate import Gate
from portal.i18n import Label, _
from portal.obsolete import OTHER, PURGES, Counts, DueRow, Obsolete
from portal.privacy import register_counts
from portal.rows import Selection

PAGE_SIZE = 50
LONGEST_LIST = 100


@dataclass(frozen=True, slots=True)
class Line:
    """An activity as the retention page shows it; no counts without the right to read its rows."""

    name: str
    label: Label
    processing: Label
    period: str
    days: int
    minimum: str
    maximum: str
    starts: Label
    limit: date
    counts: Counts | None
    purgeable: bool
    prunes_itself: bool
    options: tuple[Label, ...]
    automatic: bool = False


@dataclass(frozen=True, slots=True)
class PlanRow:
    """An obsolete row: it is erased unless something blocks it."""

    table: str
    label: Label
    id: int
    title: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a purge of an activity would do today: counts, and one page of its rows."""

    activity: str
    label: Label
    limit: date
    counts: Counts
    rows: tuple[PlanRow, ...]
    page: int
    blocker: str
    has_next: bool
    purgeable: bool
    signature: str
    """What is previewed, in one line: a form carries it, so that nothing else is purged."""
    approval: Decision | None = None
    automatic: Decision | None = None
    first: tuple[tuple[str, Label], ...] = ()
    """The activities (name, label) whose purge frees rows that are blocked now."""
    phase: Phase | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """The proof of a purge: what, how many, up to which day, by whom, when."""

    id: int
    activity: str
    label: Label
    limit: date
    erased: int
    blocked: int
    kept: int
    details: Mapping[str, int]
    labels: Mapping[str, Label]
    by: str
    at: datetime
    automatic: bool = False
    approved_by: str = ""
    left: tuple[int, int, int] | None = None
    """Deletable, blocked and not obsolete rows as they were counted again afterwards."""
    anonymised: int = 0

    @property
    def unchanged(self) -> bool:
        """True when nothing deletable was left, and nothing else had changed."""
        return self.left == (0, self.blocked, self.kept)


def lines(gate: Gate) -> tuple[Line, ...]:
    """Every activity that has rows here, with its live counts."""
    return tuple(_lines(gate))


def _lines(gate: Gate) -> Iterator[Line]:
    by_themselves = approvals.automatic_ones()
    for activity in gate.catalog.activities.values():
        obsolete = gate.obsolete(activity.name)
        if obsolete.parts:
            yield replace(line(activity, obsolete), automatic=activity.name in by_themselves)


def line(activity: Activity, obsolete: Obsolete) -> Line:
    """The line of one activity."""
    kept = activity.retention
    return Line(
        name=activity.name,
        label=activity.label or activity.name,
        processing=activity.processing,
        period=periods.text(periods.longer(kept.period, kept.minimum)),
        days=periods.shown_days(kept),
        minimum=periods.text(kept.minimum) if kept.minimum else "",
        maximum=periods.at_most(kept.maximum),
        starts=kept.starts,
        limit=obsolete.limit,
        counts=obsolete.counts() if obsolete.countable else None,
        purgeable=obsolete.purgeable,
        prunes_itself=obsolete.prunes_itself,
        options=kept.options,
    )


def plan(
    gate: Gate, activity: str, page: int = 0, size: int = PAGE_SIZE, *, blocker: str = ""
) -> Plan:
    """What a purge would do, with a page of its rows. Raises NotFound, Forbidden, Invalid.

    With the key of a `blocker`, the rows are those that it holds; what would go stays the same.
    """
    if not 0 <= page < 2**31 or not 0 < size <= 500:
        raise Invalid(_("There is no such page."), _("Start again at the first page."))
    asked = gate.at(Channel.PURGE)
    obsolete = asked.obsolete(activity)
    counts = obsolete.counts(along=True)
    due, more = obsolete.page(page, size, blocker)
    going = purging.prints(obsolete) if counts.deletable else {}
    previewed = purging.signature(activity, going, counts.along, counts.unseen)
    return Plan(
        activity=activity,
        label=obsolete.activity.label or activity,
        limit=obsolete.limit,
        counts=counts,
        rows=_rows(asked, due),
        page=page,
        blocker=blocker,
        has_next=more,
        purgeable=obsolete.purgeable,
        signature=previewed,
        approval=approvals.last(activity, previewed) if counts.deletable else None,
        automatic=approvals.automatic(activity),
        phase=archiving.Archive(asked, activity).phase(),
        first=tuple(
            (name, gate.catalog.activities[name].label or name)
            for name in purging.to_purge_first(obsolete, counts)
        ),
    )


def _rows(gate: Gate, due: list[DueRow]) -> tuple[PlanRow, ...]:
    """The rows with their titles; a protected row is not opened for this: it keeps its number."""
    titles: dict[tuple[str, int], str] = {}
    for name in dict.fromkeys(row.table for row in due):
        ids = [row.id for row in due if row.table == name]
        titles |= {(name, id): title for id, title in gate.titles(name, ids).items()}
    return tuple(
        PlanRow(
            table=row.table,
            label=gate.catalog.table(row.table).one,
            id=row.id,
            title=titles.get((row.table, row.id)) or _("No. {id}").format(id=row.id),
            reasons=tuple(dict.fromkeys(str(blocker) for blocker in row.blockers)),
        )
        for row in due
    )


def approve(gate: Gate, plan: Plan) -> None:
    """Keep that this preview is approved. Raises Forbidden, or Conflict when it has changed."""
    purging.approve(gate.at(Channel.PURGE).obsolete(plan.activity), plan.signature)


def switch(gate: Gate, activity: str, *, on: bool) -> None:
    """Let an activity purge itself each night, or not any more. Raises Forbidden, Conflict."""
    purging.switch(gate.at(Channel.PURGE).obsolete(activity), on=on)


def archive(gate: Gate, activity: str, *, on: bool) -> int:
    """Switch the archive phase of an activity on or off; how many rows moved.

    Raises Forbidden, Invalid.
    """
    return archiving.switch(gate.at(Channel.PURGE), activity, on=on)


def run(gate: Gate, plan: Plan, *, confirmed: bool = True) -> Evidence:
    """Purge as planned and clean the search index. Raises Forbidden, Held or Conflict.

    Unless it was `confirmed` just now, by a person who looked at it, it needs an approved preview.
    """
    obsolete = gate.at(Channel.PURGE).obsolete(plan.activity)
    return _done(gate, purging.run(obsolete, plan.signature, confirmed=confirmed))


def run_automatically(gate: Gate, switched: Decision) -> Evidence | None:
    """Purge what is deletable tonight; None when nothing is. Raises Forbidden, Held, Conflict."""
    obsolete = gate.at(Channel.PURGE).obsolete(switched.activity)
    number = purging.run_automatically(obsolete, switched)
    return None if number is None else _done(gate, number)


def _done(gate: Gate, number: int) -> Evidence:
    found = evidence(gate.at(Channel.PURGE), number)
    register_counts.forget()
    tables = (gate.catalog.tables[name] for name in found.details if name != OTHER)
    search.optimize(table.name for table in tables if table.searched)
    return found


def evidence(gate: Gate, number: int) -> Evidence:
    """The evidence of one purge. Raises NotFound."""
    return _evidence(gate, gate.one(PURGES, number).values, number)


def past(gate: Gate) -> tuple[Evidence, ...]:
    """The latest purges, newest first."""
    wanted = Selection(sort="at", descending=True, page_size=LONGEST_LIST)
    return tuple(_evidence(gate, row.values, row.id) for row in gate.list(PURGES, wanted).rows)


def _evidence(gate: Gate, values: Mapping[str, object], number: int) -> Evidence:
    known = gate.catalog
    name = str(values["activity"])
    details = {}
    for text in str(values["details"]).splitlines():
        table, _space, count = text.rpartition(" ")
        details[table] = int(count)
    activity = known.activities.get(name)
    account = values["account"]
    limit, at = values["limit"], values["at"]
    if not isinstance(limit, date) or not isinstance(at, datetime):
        raise Invalid(_("This evidence cannot be read."))
    return Evidence(
        id=number,
        activity=name,
        label=(activity.label or name) if activity else name,
        limit=limit,
        erased=_count(values["erased"]),
        blocked=_count(values["blocked"]),
        kept=_count(values["kept"]),
        details=details,
        labels={name: _label(gate, name) for name in details},
        by=_account(account) or processes.words(str(values["actor"])),
        at=at,
        automatic=bool(values["automatic"]),
        approved_by=_account(values["approver"]),
        left=None if values["deletable_left"] is None else _left(values),
        anonymised=_count(values["anonymised"]),
    )


def _account(number: object) -> str:
    return _("Account {id}").format(id=number) if number else ""


def _left(values: Mapping[str, object]) -> tuple[int, int, int]:
    left = (values["deletable_left"], values["blocked_left"], values["kept_left"])
    return _count(left[0]), _count(left[1]), _count(left[2])


def _label(gate: Gate, table: str) -> Label:
    known = gate.catalog.tables
    if table == OTHER:
        return _("Other tables")
    return known[table].label if table in known else table


def _count(value: object) -> int:
    return value if isinstance(value, int) else 0
