"""Jobs: long work behind the screens, with progress, cancelling and a sign of life.

A job is a row of `operations.job`; the queue only wakes it. A job may be woken twice (its process
died, its wake-up call came late): who claims the row runs it, and a job that is not idempotent is
never started again by itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from huey import crontab

from portal.builtin.operations import CANCELLED, FAILED, QUEUED, RUNNING, Job, State
from portal.database import transaction
from portal.errors import Conflict, NotFound
from portal.fieldtypes import EDGES
from portal.i18n import _
from portal.models import utc_now
from portal.operations.queue import POLL_SECONDS, ThreadConsumer, huey
from portal.operations.work import (
    FOLDER,
    HERE,
    KINDS,
    LATE_AFTER,
    Cancelled,
    RunningJob,
    configure,
    register,
    run,
    settings_of_jobs,
)
from portal.settings import Settings

__all__ = [
    "Cancelled",
    "RunningJob",
    "cancel",
    "configure",
    "each_minute",
    "enqueue",
    "enqueue_alone",
    "next_night",
    "register",
    "result_path",
    "run_pending",
    "start",
    "start_the_night",
    "state_of",
    "stop",
    "sweep",
    "tick",
    "under_way",
    "wake",
]

DEAD_AFTER = timedelta(minutes=2)
STARTS_AT_MOST = 3
NIGHT_HOUR = 3  # in the organisation's zone
NIGHT = "night"
Asking = Callable[[], int | None]
ASKING: list[Asking] = []
"""What is asked each minute, beside what is late, dead or nightly."""

# --- asking -------------------------------------------------------------------------------------


def enqueue(
    name: str,
    arguments: Mapping[str, Any] | None = None,
    account: int | None = None,
    *,
    turn: str | None = None,
) -> int:
    """Ask for the job `name` as `account` (None: as the portal itself) and give its number.

    Belongs to the transaction that is open: rolled back, it was never asked. A `turn` makes it
    unique: asking for the same turn again gives the first one's number.
    """
    if name not in KINDS:
        raise NotFound(_("There is no job named '{name}'.").format(name=name[:60]))
    with transaction():
        if turn is not None:
            earlier = Job.select(Job.id).where(Job.turn == turn).tuples().first()
            if earlier is not None:
                return int(earlier[0])
        job_id = Job.insert(
            name=name, account=account, arguments=json.dumps(dict(arguments or {})), turn=turn
        ).execute()
        wake(job_id)
    return int(job_id)


def under_way(name: str) -> bool:
    """True when a job of this name waits or runs."""
    busy = Job.name == name, Job.state.in_((QUEUED, RUNNING))
    return bool(Job.select().where(*busy).exists())


def enqueue_alone(name: str) -> int | None:
    """Ask for the job `name` as the portal itself; None when one waits or runs already."""
    with transaction():
        return None if under_way(name) else enqueue(name)


def cancel(job_id: int) -> None:
    """Ask a job to stop: at once when it waits, else at its next sign of progress.

    Raises NotFound for an unknown job, Conflict for one that is over.
    """
    with transaction():
        waiting = Job.update(state=CANCELLED, finished_at=utc_now(), cancelling=True).where(
            Job.id == job_id, Job.state == QUEUED
        )
        if waiting.execute():
            return
        running = Job.update(cancelling=True).where(Job.id == job_id, Job.state == RUNNING)
        if running.execute():
            return
        if not Job.select().where(Job.id == job_id).exists():
            raise NotFound(_("There is no such job."))
        raise Conflict(_("This job is over."))


def state_of(job_id: int) -> Mapping[str, Any]:
    """State, progress, total, message and result of a job, for the one who asked for it."""
    columns = (Job.state, Job.progress, Job.total, Job.message, Job.result, Job.result_file)
    row = Job.select(*columns, Job.heartbeat_at).where(Job.id == job_id).dicts().first()
    if row is None:
        raise NotFound(_("There is no such job."))
    found: Mapping[str, Any] = row
    return found


def asked_by(job_id: int, account: int | None) -> str:
    """The result file of a job that this account asked for; "" when there is none."""
    mine = (Job.id == job_id) & (Job.account == account)
    row = None if account is None else Job.select(Job.result_file).where(mine).tuples().first()
    return str(row[0]) if row else ""


def result_path(name: str) -> Path:
    """The file that a job left under `name`; raises NotFound when it is gone."""
    path = settings_of_jobs().home / FOLDER / Path(name).name if name else None
    if path is None or not path.is_file():
        raise NotFound(_("This file is no longer kept."))
    return path


# --- waking -------------------------------------------------------------------------------------


@huey.task(name="run")
def _task(job_id: int) -> None:
    run(job_id)


@huey.periodic_task(crontab(), name="tick")
def _each_minute() -> None:
    tick()


def wake(job_id: int) -> None:
    """Let the queue run a job that waits, now rather than within two minutes."""
    _task(job_id)


def each_minute(ask: Asking) -> Asking:
    """Declare that the function below asks, each minute, for work that turned out to be due."""
    ASKING.append(ask)
    return ask


def tick(now: datetime | None = None) -> None:
    """What is done each minute: wake the late, restart or end the dead, start the night."""
    sweep(now)
    start_the_night(now)
    for ask in ASKING:
        ask()


def sweep(now: datetime | None = None) -> int:
    """Wake late jobs, and put dead ones back in the queue or end them; how many were dead."""
    now = now or utc_now()
    late = Job.select(Job.id).where(Job.state == QUEUED, Job.heartbeat_at < now - LATE_AFTER)
    dead = Job.select(Job.id, Job.name, Job.attempts, Job.cancelling).where(
        Job.state == RUNNING,
        Job.heartbeat_at < now - DEAD_AFTER,
        Job.id.not_in(list(HERE.running) or [0]),
    )
    with transaction():
        waiting = [row[0] for row in late.tuples()]
        fallen = list(dead.tuples())
        for job_id, name, attempts, cancelling in fallen:
            kind = KINDS.get(name)
            again = kind is not None and kind.idempotent and attempts < STARTS_AT_MOST
            again = again and not cancelling
            changes: dict[str, Any] = {"state": QUEUED}
            if cancelling:
                changes = {"state": CANCELLED, "finished_at": now}
            elif not again:
                message = str(_("The job stopped before its end. Ask for it again."))
                changes = {"state": FAILED, "finished_at": now, "message": message}
            Job.update(changes).where(Job.id == job_id, Job.state == RUNNING).execute()
            waiting += [job_id] if again else []
        for job_id in waiting:
            Job.update(heartbeat_at=now).where(Job.id == job_id).execute()
            wake(job_id)
    return len(fallen)


def start_the_night(now: datetime | None = None) -> list[int]:
    """Ask for the nightly jobs once a night, however many processes ask; the numbers asked for.

    A night missed because the portal was off is made up at its next start.
    """
    here = (now or utc_now()).replace(tzinfo=UTC).astimezone(EDGES.zone)
    tonight = (here - timedelta(hours=NIGHT_HOUR)).date().isoformat()
    with transaction():
        last = State.select(State.value).where(State.name == NIGHT).tuples().first()
        if last is not None and last[0] >= tonight:
            return []
        State.insert(name=NIGHT, value=tonight).on_conflict(
            conflict_target=[State.name], update={State.value: tonight}
        ).execute()
        if last is None:  # a new portal: nothing to back up, nothing to prune
            return []
        nightly = [kind.name for kind in KINDS.values() if kind.nightly]
        return [enqueue(name, turn=f"{name} {tonight}") for name in nightly]


def next_night(now: datetime | None = None) -> datetime:
    """When the nightly jobs are asked for next (UTC); `now` for a night that was missed."""
    now = now or utc_now()
    here = now.replace(tzinfo=UTC).astimezone(EDGES.zone)
    tonight = (here - timedelta(hours=NIGHT_HOUR)).date()
    last = State.select(State.value).where(State.name == NIGHT).tuples().first()
    if last is not None and last[0] < tonight.isoformat():
        return now
    coming = datetime.combine(tonight + timedelta(days=1), time(NIGHT_HOUR), EDGES.zone)
    return coming.astimezone(UTC).replace(tzinfo=None)


_consumers: list[ThreadConsumer] = []


def start(settings: Settings, workers: int = 1) -> None:
    """Start the threads that run jobs, in this process; nothing when they run."""
    configure(settings)
    if not _consumers:
        consumer = ThreadConsumer(huey, workers=workers, max_delay=POLL_SECONDS)
        _consumers.append(consumer)
        consumer.start()


def stop(seconds: float = 10.0) -> None:
    """Stop the threads; a job that does not end in time is left to be restarted."""
    while _consumers:
        consumer = _consumers.pop()
        consumer.shutdown_timeout = seconds
        consumer.stop(graceful=True)


def run_pending(settings: Settings | None = None) -> int:
    """Run the jobs that wait, here and now; how many ran. For the command line and tests."""
    if settings is not None:
        configure(settings)
    ran = 0
    while (row := _next()) is not None:
        run(row)
        ran += 1
    return ran


def _next() -> int | None:
    query = Job.select(Job.id).where(Job.state == QUEUED, Job.heartbeat_at <= utc_now())
    row = query.order_by(Job.id).tuples().first()
    return None if row is None else int(row[0])
