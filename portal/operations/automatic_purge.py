"""The purges that run by themselves each night: those that somebody switched on, one by one.

Each runs with the rights that who switched it on has tonight. What cannot be purged is said in the
result of the job and on the officer's start page, and the others are purged all the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from portal import approvals, archiving
from portal.accounts import sessions
from portal.actor import Actor, Origin, process
from portal.approvals import Decision
from portal.builtin.operations import DONE, Job
from portal.channels import Channel
from portal.errors import PortalError
from portal.gate import Gate
from portal.i18n import _
from portal.operations import jobs
from portal.operations.work import RunningJob
from portal.privacy import retention

JOB = "retention.purge"
REFUSED = "! "
"""What a line of the result begins with when its purge did not take place."""


@jobs.register(JOB, _("Purge what is switched to automatic"), nightly=True)
def _purge(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    return of_tonight(job.progress)


@jobs.register("retention.archive", _("Archive what is past its active phase"), nightly=True)
def _archive(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    gate = Gate(process("archive"), Channel.PURGE)
    found = []
    for number, name in enumerate(gate.catalog.activities):
        job.progress(number)
        rows = archiving.Archive(gate, name).follow() if archiving.decided(name) else 0
        found += [f"{name}: {rows}"] if rows else []
    return "\n".join(found)


def of_tonight(progress: Callable[[int], None] = lambda done: None) -> str:
    """Purge each activity that is switched on; a line for each says what became of it."""
    found = []
    for number, switched in enumerate(approvals.automatic_ones().values()):
        progress(number)
        found.append(_one(switched))
    return "\n".join(found)


def _one(switched: Decision) -> str:
    """What became of one activity, as a line."""
    try:
        done = retention.run_automatically(Gate(_actor(switched), Channel.PURGE), switched)
    except PortalError as refused:
        return f"{REFUSED}{switched.activity}: {refused}"
    erased = done.erased if done else 0
    return f"{switched.activity}: {erased}"


def _actor(switched: Decision) -> Actor:
    if switched.account is None:
        return process(switched.actor)
    return sessions.load_actor(switched.account, Origin(client="job"))


def refused() -> str:
    """What the last night could not purge, and why; "" when all of it went."""
    ended = Job.select(Job.result).where(Job.name == JOB, Job.state == DONE)
    row = ended.order_by(Job.finished_at.desc()).tuples().first()
    lines = str(row[0]).splitlines() if row else []
    return " ".join(line.removeprefix(REFUSED) for line in lines if line.startswith(REFUSED))
