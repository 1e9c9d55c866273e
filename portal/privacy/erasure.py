"""Erasing what the portal holds about a person (GDPR art. 17): a plan, then its execution.

The plan says for each activity what is deleted, what is anonymised because other rows refer to it,
what the law has kept and until when, and what somebody must decide first. It is carried out module
by module, each in a transaction of its own, children first, and read again; a module that fails
leaves the others as they are done, and the request that asked for it stays open.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from portal import approvals, periods, personal_rows
from portal.anonymising import Anonymiser
from portal.catalog import PERSON, CatalogTable
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Activity, Verb
from portal.erasing import Eraser
from portal.errors import Conflict, Forbidden, PortalError
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.holds import Leaving
from portal.i18n import Label, _, gettext, labelled
from portal.personal_rows import Rows
from portal.privacy import request_list, requests, terms
from portal.privacy.requests import REQUEST
from portal.register_catalogue import sources
from portal.rows import Blocker, Filter, Selection
from portal.stamps import stamp

DELETE, ANONYMISE, KEEP, DECIDE = "delete", "anonymise", "keep", "decide"
TAKE_OUT = "take_out"
ACTIONS: Mapping[str, Label] = {
    DELETE: _("Deleted"),
    ANONYMISE: _("Anonymised"),
    TAKE_OUT: _("The name is taken out"),
    KEEP: _("Kept"),
    DECIDE: _("To be decided"),
}
PROTECTED = ("legal_hold", "restriction")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Line:
    """What becomes of some rows of one table: how many, and why when they are not deleted."""

    activity: Label
    table: str
    label: Label
    module: str
    action: str
    count: int
    why: str
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do; `signature` tells it from any other."""

    person: int
    title: str
    lines: tuple[Line, ...]

    @property
    def undecided(self) -> bool:
        """True when something protects rows: nothing is erased before that is decided."""
        return any(line.action == DECIDE for line in self.lines)

    @property
    def signature(self) -> str:
        """What was previewed, in one line that names no row."""
        return stamp([self.person, *((x.table, x.action, x.ids) for x in self.lines)])

    @property
    def kept(self) -> str:
        """What stays, why and until when, as the person is told."""
        return "\n".join(
            labelled(f"{line.label} ({line.count})", line.why)
            for line in self.lines
            if line.action == KEEP
        )


@dataclass(frozen=True, slots=True)
class Done:
    """What an erasure did: counts by table and action, and the modules that failed."""

    deleted: Mapping[str, int]
    anonymised: int
    failed: tuple[str, ...]
    kept: str


def may_open(gate: Gate) -> bool:
    """True for who erases persons (without a query)."""
    return gate.can(Verb.ERASE, PERSON) and gate.can(Verb.UPDATE, REQUEST)


def plan(gate: Gate, person: int) -> Plan:
    """What an erasure would do. Raises NotFound, Forbidden naming a table."""
    asked = _opened(gate)
    title = asked.one(PERSON, person).title
    found = personal_rows.of(asked, person)
    blocked = _blocked(asked, found)
    lines = [line for rows in found for line in _lines(asked, rows, blocked.get(rows.table.name))]
    return Plan(person, title, tuple(lines))


def _opened(gate: Gate) -> Gate:
    """A gate that meets protected rows too: an erasure that leaves them out would be a lie."""
    reason = gate.reason or "GDPR art. 17"
    return Gate(gate.actor, Channel.ERASURE, reason=reason, today=gate.today, catalog=gate.catalog)


def _blocked(gate: Gate, found: Sequence[Rows]) -> dict[str, dict[int, tuple[Blocker, ...]]]:
    """The free rows that may not be deleted, although all that can be goes with them."""
    leaving: Leaving = {rows.table.name: set(rows.free) for rows in found}
    blocked: dict[str, dict[int, tuple[Blocker, ...]]] = {}
    while True:
        more = False
        for rows in found:
            ids = sorted(leaving[rows.table.name])
            if not ids or personal_rows.only_names(rows.table):
                continue
            held = Eraser(gate).plan(rows.table.name, ids, leaving, titled=False).blocked
            if held:
                blocked.setdefault(rows.table.name, {}).update(held)
                leaving[rows.table.name] -= set(held)
                more = True
        if not more:
            return blocked


def _lines(gate: Gate, rows: Rows, blocked: Mapping[int, tuple[Blocker, ...]] | None) -> list[Line]:
    table, held = rows.table, blocked or {}
    if personal_rows.only_names(table):
        return [_line(gate, table, TAKE_OUT, rows.free, "")] if rows.free else []
    deleted = [id for id in rows.free if id not in held]
    decided = [id for id, why in held.items() if any(one.kind in PROTECTED for one in why)]
    stays = [id for id in held if id not in decided]
    why = {id: "\n".join(dict.fromkeys(str(one) for one in held[id])) for id in held}
    made = [
        _line(gate, table, DELETE, deleted, ""),
        _line(gate, table, ANONYMISE, stays, _joined(why, stays)),
        _line(gate, table, DECIDE, decided, _joined(why, decided)),
        *(
            _line(gate, table, KEEP, ids, _law(gate, table, gate.catalog.activities[name], ids))
            for name, ids in rows.kept.items()
        ),
    ]
    return [line for line in made if line.count]


def _joined(why: Mapping[int, str], ids: Sequence[int]) -> str:
    return "\n".join(dict.fromkeys(one for id in ids for one in why[id].splitlines()))


def _line(gate: Gate, table: CatalogTable, action: str, ids: Sequence[int], why: str) -> Line:
    activity = table.declaration.activity
    return Line(
        activity=(activity.label or activity.name) if activity else "",
        table=table.name,
        label=table.label,
        module=table.plugin,
        action=action,
        count=len(ids),
        why=why,
        ids=tuple(ids),
    )


def _law(gate: Gate, table: CatalogTable, activity: Activity, ids: Sequence[int]) -> str:
    """The text that has rows kept, the length, and the last day when the rows say it."""
    if activity.retention.minimum is None:
        return ""
    kept = activity.retention
    length = periods.text(activity.retention.minimum)
    said = labelled(length, kept.starts) if str(kept.starts) else length
    until = _until(gate, table, activity, ids)
    parts = [sources(kept.minimum_source), said, until]
    return ", ".join(part for part in parts if part)


def _until(gate: Gate, table: CatalogTable, activity: Activity, ids: Sequence[int]) -> str:
    rows = gate.many(table.name, ids)
    last = terms.last(table, activity, rows)
    if last is None:
        return ""
    return gettext("until {day} for the latest").format(day=DateType().show(last))


# --- execution ------------------------------------------------------------------------------------


def run(gate: Gate, planned: Plan, request: int | None = None) -> Done:
    """Carry a plan out. Raises Conflict when it has changed, or when something is undecided.

    A module that fails is named in the answer; what others erased stays erased.
    """
    now = plan(gate, planned.person)
    if now.signature != planned.signature:
        raise Conflict(_("What would be erased has changed since you looked."), _("Look again."))
    if now.undecided:
        raise Conflict(
            _("Something protects the data of this person."),
            _("Lift the legal hold or the restriction first, or refuse the request."),
        )
    if request is not None:
        _require_other(gate, request)
    asked = _opened(gate)
    deleted: dict[str, int] = {}
    failed: list[str] = []
    for module in dict.fromkeys(line.module for line in now.lines):
        _module(asked, now, module, deleted, failed)
    anonymised = 0 if failed else _anonymise(asked, now, failed)
    failed += [name for name in _remaining(asked, now) if name not in failed]
    done = Done(deleted, anonymised, tuple(failed), now.kept)
    if request is not None:
        _note(gate, request, done)
    return done


def _require_other(gate: Gate, request: int) -> None:
    """Who decided is not who erases, where the setting asks for a second person."""
    account = gate.actor.account
    if not approvals.second_person() or account is None:
        return
    if account == request_list.decided_by(gate, request):
        raise Forbidden(
            _("A second person executes what you decided."),
            _("Ask another privacy officer to open this page."),
        )


def _module(gate: Gate, now: Plan, module: str, deleted: dict[str, int], failed: list[str]) -> None:
    """Delete the rows of one module in one transaction; name it when that fails."""
    counts: dict[str, int] = {}
    try:
        with transaction():
            for line in now.lines:
                if line.module != module:
                    continue
                table = gate.catalog.table(line.table)
                if line.action == TAKE_OUT:
                    personal_rows.take_out(gate, table, line.ids, now.person)
                elif line.action == DELETE:
                    erasure = Eraser(gate).plan(line.table, line.ids, _gone(now), titled=False)
                    counts[line.table] = Eraser(gate).run(erasure, _gone(now))
    except Exception as error:  # another module must not be undone by what this one raises
        if isinstance(error, Forbidden):
            raise
        _log.warning("An erasure failed in the module %s: %s", module, type(error).__name__)
        failed.append(module)
    else:
        deleted.update(counts)


def _gone(now: Plan) -> Leaving:
    """All that the plan deletes: such rows do not block each other."""
    found: Leaving = {}
    for line in now.lines:
        if line.action == DELETE:
            found.setdefault(line.table, set()).update(line.ids)
    return found


def _anonymise(gate: Gate, now: Plan, failed: list[str]) -> int:
    """Anonymise the person and what stays about them, in one transaction."""
    rows = sum(line.count for line in now.lines if line.action == ANONYMISE)
    if not any(line.table == PERSON and line.action == ANONYMISE for line in now.lines):
        return 0
    try:
        Anonymiser(gate).run(gate.anonymisation(PERSON, [now.person]))
    except PortalError as error:
        _log.warning("An anonymisation failed: %s", type(error).__name__)
        failed.append("directory")
        return 0
    return rows


def _remaining(gate: Gate, now: Plan) -> list[str]:
    """The modules that still hold rows which were to be deleted: what was done is read again."""
    found = []
    for name in dict.fromkeys(line.table for line in now.lines):
        gone = (DELETE, TAKE_OUT)
        stays = sum(x.count for x in now.lines if x.table == name and x.action not in gone)
        table = gate.catalog.table(name)
        if personal_rows.left(gate, table, now.person) > stays:
            found.append(table.plugin)
    return list(dict.fromkeys(found))


def _note(gate: Gate, request: int, done: Done) -> None:
    """Write down what was done, in the request that asked for it."""
    labels = gate.catalog.tables
    counts = [labelled(labels[name].label, count) for name, count in done.deleted.items() if count]
    counts += [labelled(gettext("Anonymised"), done.anonymised)] if done.anonymised else []
    modules = [str(gate.catalog.label_of(name)) for name in done.failed]
    failures = [labelled(gettext("Failed"), ", ".join(modules))] if modules else []
    values = {"erasure": "failed" if done.failed else "done", "erasure_kept": done.kept}
    act = "erasure_failed" if done.failed else "erased"
    requests.mark(gate, request, act, values, "\n".join([*counts, *failures]))


def waiting(gate: Gate, person: int) -> int | None:
    """The granted request that asks for the erasure of a person's data, if there is one."""
    if not requests.may_open(gate):
        return None
    for state in ("planned", "failed"):
        about = Filter("person", "equals", str(person))
        chosen = Selection(filters=(about, Filter("erasure", "equals", state)), page_size=1)
        for row in gate.list(REQUEST, chosen, ["state"]).rows:
            return row.id
    return None


def for_request(gate: Gate, id: int) -> int:
    """The person whose data a granted request has erased. Raises NotFound, Conflict."""
    row = gate.at(Channel.DETAIL).one(REQUEST, id)
    if row.values["erasure"] not in ("planned", "failed"):
        raise Conflict(
            _("This request has nothing to erase."), _("Grant its erasure first, or look again.")
        )
    person = row.values["person"]
    if person is None or person.id is None:
        raise Conflict(_("No sheet is linked to this request."), _("There is nothing to erase."))
    number: int = person.id
    return number
