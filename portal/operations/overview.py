"""What goes on behind the screens, for who looks after a portal: jobs, nights, a test message.

Every job is read through the gate; backups, the jobs of everybody and the test message each need
the privilege of that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from portal import catalog, rightwords
from portal.builtin.operations import FAILED, QUEUED, RUNNING, Job
from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import Label, _, gettext
from portal.operations import jobs, mail
from portal.operations.work import KINDS
from portal.privileges import BACKUPS, JOBS, SETTINGS
from portal.reading import Reader
from portal.rows import Row, Selection
from portal.settings import Settings

JOB = "operations.job"
PAGE_SIZE = 30
_FIELDS = (
    "name",
    "state",
    "account",
    "progress",
    "total",
    "message",
    "created_at",
    "started_at",
    "finished_at",
    "cancelling",
    "result_file",
)


@dataclass(frozen=True, slots=True)
class Line:
    """A job as its page shows it; `share` is what is done in percent, None when unknown."""

    id: int
    label: str
    state: str
    state_label: str
    account: str
    asked_at: Any
    ended_at: Any
    message: str
    share: int | None
    done: int
    stoppable: bool
    stopping: bool
    file: bool


@dataclass(frozen=True, slots=True)
class Periodic:
    """A job of every night: when it last ended, how, and when it runs next (UTC)."""

    label: Label
    last_at: datetime | None
    failed: bool
    next_at: datetime


def may_read(gate: Gate) -> bool:
    """True for who reads jobs, their own at least (without a query)."""
    return gate.can(Verb.READ, JOB)


def reads_all(gate: Gate) -> bool:
    """True for who reads every job, and so sees what runs each night."""
    return gate.actor.may(JOBS) and may_read(gate) and gate.scope(JOB, Verb.READ).whole


def may_back_up(gate: Gate) -> bool:
    """True for who sees the backups, starts them and has them read back."""
    return gate.actor.may(BACKUPS)


def may_test(gate: Gate) -> bool:
    """True for who tries whether the portal sends mail."""
    return gate.actor.may(SETTINGS)


def may_open(gate: Gate) -> bool:
    """True for who finds something on the page of jobs and backups (without a query)."""
    return may_read(gate) or may_back_up(gate) or may_test(gate)


def require(gate: Gate, *, held: bool) -> None:
    """Raise NotFound for who does not find the page, Forbidden for who may not do this there."""
    if not may_open(gate):
        raise NotFound(_("There is nothing at this address."))
    if not held:
        raise Forbidden(
            _("You may not do this."), _("Ask an administrator for a profile type that lets you.")
        )


def lines(gate: Gate, page: int) -> tuple[list[Line], bool]:
    """The jobs within reach, the latest first, and whether older ones follow."""
    known = {field.name for field in gate.fields(JOB)}
    wanted = [name for name in _FIELDS if name in known]
    selection = Selection(sort="id", descending=True, page=page, page_size=PAGE_SIZE)
    if not may_read(gate):
        return [], False
    found = gate.list(JOB, selection, wanted)
    acting = gate.can(Verb.EXECUTE, JOB)
    return [_line(gate, row, acting=acting) for row in found.rows], found.has_next


def _line(gate: Gate, row: Row, *, acting: bool) -> Line:
    values = row.values
    name, state = str(values.get("name") or ""), str(values.get("state") or "")
    total, done = _number(values.get("total")), _number(values.get("progress"))
    kind = KINDS.get(name)
    account = values.get("account")
    stopping = bool(values.get("cancelling")) and state == RUNNING
    return Line(
        id=row.id,
        label=str(kind.label) if kind else name,
        state=state,
        state_label=gate.catalog.table(JOB).fields["state"].type.show(values.get("state")),
        account=str(account) if account else gettext("The portal itself"),
        asked_at=values.get("created_at"),
        ended_at=values.get("finished_at"),
        message=str(values.get("message") or ""),
        share=min(100, done * 100 // total) if total and state == RUNNING else None,
        done=done,
        stoppable=acting and state in (QUEUED, RUNNING) and not stopping,
        stopping=stopping,
        file=bool(values.get("result_file")),
    )


def _number(value: object) -> int:
    return value if isinstance(value, int) else 0


def periodic(now: datetime | None = None) -> list[Periodic]:
    """The jobs of every night, for who reads every job."""
    coming = jobs.next_night(now)
    found = []
    for kind in KINDS.values():
        if kind.nightly:
            ended = Job.select(Job.finished_at, Job.state).where(
                Job.name == kind.name, Job.finished_at.is_null(is_null=False)
            )
            last = ended.order_by(Job.finished_at.desc()).tuples().first()
            at, state = last or (None, "")
            found.append(Periodic(kind.label, at, state == FAILED, coming))
    return found


def result(gate: Gate, id: int) -> Path:
    """The file that a job left, for who asked for it or reads jobs; journaled as an export.

    Raises NotFound for others, and when the file is gone.
    """
    name = jobs.asked_by(id, gate.actor.account)
    if not name and gate.can(Verb.READ, JOB):
        name = str(gate.one(JOB, id).values.get("result_file") or "")
    found = jobs.result_path(name)
    gate.note(Verb.EXPORT, JOB, (), 1)
    return found


def cancel(gate: Gate, id: int) -> None:
    """Ask a job to stop. Raises NotFound, Forbidden, or Conflict when it is over."""
    row = gate.one(JOB, id)
    executing = Reader(gate.scope(JOB, Verb.EXECUTE), lambda name: gate.scope(name, Verb.READ))
    if not executing.covering(row.id):
        raise _forbidden()
    jobs.cancel(row.id)
    gate.note(Verb.EXECUTE, JOB, row.persons, 1)


def send_test(gate: Gate, settings: Settings) -> str:
    """Send a test message to the actor from a job; the address. Raises Forbidden or Invalid."""
    require(gate, held=may_test(gate))
    if not settings.mail.host:
        raise Invalid(_("No mail server is set."), _("Set mail.host in greffe.toml."))
    address = _own_address(gate)
    mail.queue(
        address,
        gettext("Test message from the portal"),
        gettext("You asked the portal for this message: its mail works."),
        account=gate.actor.account,
    )
    return address


def _own_address(gate: Gate) -> str:
    person = gate.actor.person
    value = None
    if person is not None:
        value = gate.at(Channel.DETAIL).one(PERSON, person).values.get("email")
    if not isinstance(value, str) or not value:
        raise Invalid(
            _("Your record holds no e-mail address."), _("Enter it first in the directory.")
        )
    return value


def _forbidden() -> Forbidden:
    return Forbidden(
        _("You may not do this with jobs."),
        rightwords.remedy(Verb.EXECUTE, catalog.current().table(JOB).label),
    )
