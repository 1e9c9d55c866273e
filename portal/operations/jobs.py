"""Jobs: long work behind the screens, with progress, cancelling and a sign of life.

A job is a row of `operations.job`; the queue only wakes it. A job may be woken twice (its process
died, its wake-up call came late): who claims the row runs it, and a job that is not idempotent is
never started again by itself. It runs as the account that asked, with its rights read again then.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from huey import crontab
from peewee import OperationalError

from portal.accounts import sessions
from portal.actor import Actor, Origin, process
from portal.builtin.operations import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, State
from portal.database import transaction
from portal.errors import Conflict, Invalid, NotFound, PortalError
from portal.fieldtypes import EDGES
from portal.i18n import DEFAULT_LANGUAGE, Label, _, language
from portal.models import utc_now
from portal.operations.queue import POLL_SECONDS, ThreadConsumer, close_connection, huey
from portal.settings import Settings

BEAT_SECONDS = 15.0
DEAD_AFTER = timedelta(minutes=2)
LATE_AFTER = timedelta(seconds=45)
STARTS_AT_MOST = 3
WRITE_EVERY = 0.5  # seconds between two writes of the progress
NIGHT_HOUR = 3  # in the organisation's zone
NIGHT = "night"
FOLDER = "jobs"

_log = logging.getLogger(__name__)


class Cancelled(Exception):
    """Raised at `progress` in a job that somebody cancelled; a job lets it pass."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of job: what it does, and what may be done with it when it fails.

    `idempotent` jobs start again after their process died. A job that fails with an error which is
    no PortalError is tried `retries` times more. `forget` blanks the arguments when it is over.
    """

    name: str
    label: Label
    act: Callable[[RunningJob, Mapping[str, Any]], str | None]
    idempotent: bool = True
    retries: int = 0
    retry_after: timedelta = timedelta(minutes=5)
    forget: bool = False
    nightly: bool = False


KINDS: dict[str, Kind] = {}
"""Every kind of job, by name."""


def register(
    name: str, label: Label, **options: Any
) -> Callable[[Callable[[RunningJob, Mapping[str, Any]], str | None]], Any]:
    """Declare the function below as the job `name`; the options are those of `Kind`.

    The function takes the running job and its arguments; the text it gives back is the result.
    """

    def declare(act: Callable[[RunningJob, Mapping[str, Any]], str | None]) -> Any:
        KINDS[name] = Kind(name, label, act, **options)
        return act

    return declare


@dataclass(slots=True)
class _Process:
    """What this process knows beside the database."""

    settings: Settings | None = None
    consumer: ThreadConsumer | None = None
    running: set[int] = field(default_factory=set)


_process = _Process()


def configure(settings: Settings) -> None:
    """Say with which settings the jobs of this process run."""
    _process.settings = settings


def settings_of_jobs() -> Settings:
    """The settings that jobs run with; raises Invalid when nobody said them."""
    if _process.settings is None:
        raise Invalid(_("The jobs of this process have no settings."))
    return _process.settings


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
        _wake(job_id)
    return int(job_id)


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
    row = Job.select(*columns).where(Job.id == job_id).dicts().first()
    if row is None:
        raise NotFound(_("There is no such job."))
    found: Mapping[str, Any] = row
    return found


def result_path(name: str) -> Path:
    """The file that a job left under `name`; raises NotFound when it is gone."""
    path = settings_of_jobs().home / FOLDER / Path(name).name
    if not name or not path.is_file():
        raise NotFound(_("This file is no longer kept."))
    return path


# --- running ------------------------------------------------------------------------------------


class RunningJob:
    """A job at work: what its function may ask and say."""

    def __init__(self, job_id: int, kind: Kind, actor: Actor, settings: Settings) -> None:
        self.id = job_id
        self.kind = kind
        self.actor = actor
        self.settings = settings
        self.file = ""
        self._written = 0.0

    def progress(self, done: int, total: int = 0, message: Label = "") -> None:
        """Say how far it is. Raises Cancelled when somebody asked to stop; costs little."""
        now = time.monotonic()
        if now - self._written < WRITE_EVERY:
            return
        self._written = now
        changes: dict[str, Any] = {"progress": done, "heartbeat_at": utc_now()}
        if total:
            changes["total"] = total
        if message:
            changes["message"] = str(message)
        with transaction():
            Job.update(changes).where(Job.id == self.id).execute()
            row = Job.select(Job.cancelling).where(Job.id == self.id).tuples().first()
        if row is None or row[0]:
            raise Cancelled

    def new_file(self, suffix: str) -> Path:
        """A path for the file that this job leaves, in the instance folder, with a random name."""
        folder = self.settings.home / FOLDER
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.file = secrets.token_hex(16) + suffix
        return folder / self.file


def _run(job_id: int) -> None:
    """Run a waiting job to its end; nothing when another one claimed it."""
    claim = Job.update(
        state=RUNNING,
        started_at=utc_now(),
        heartbeat_at=utc_now(),
        attempts=Job.attempts + 1,
    ).where(Job.id == job_id, Job.state == QUEUED)
    with transaction():
        if not claim.execute():
            return
        columns = (Job.name, Job.account, Job.arguments, Job.attempts)
        name, account, arguments, attempts = (
            Job.select(*columns).where(Job.id == job_id).tuples().get()
        )
    _process.running.add(job_id)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(job_id, stop), name=f"job-{job_id}", daemon=True)
    beat.start()
    try:
        _end(job_id, name, attempts, **_outcome(job_id, name, account, json.loads(arguments)))
    finally:
        stop.set()
        beat.join()
        _process.running.discard(job_id)


def _outcome(
    job_id: int, name: str, account: int | None, arguments: Mapping[str, Any]
) -> dict[str, Any]:
    """Do the work and say how it ended, as columns of the job."""
    kind = KINDS.get(name)
    if kind is None:
        return {"state": FAILED, "message": str(_("No plugin knows this job any more."))}
    job: RunningJob | None = None
    spoken = DEFAULT_LANGUAGE
    try:
        settings = settings_of_jobs()
        spoken = settings.locale.language
        actor = _actor(name, account)
        spoken = actor.language or spoken
        job = RunningJob(job_id, kind, actor, settings)
        with language(spoken):
            result = kind.act(job, arguments)
        return {"state": DONE, "result": result or "", "result_file": job.file, "message": ""}
    except Cancelled:
        return {"state": CANCELLED}
    except PortalError as error:
        with language(spoken):
            return {"state": FAILED, "message": str(error)}
    except Exception as error:  # whatever a job raises must end as a state of its row
        where = "".join(traceback.format_tb(error.__traceback__))  # without values of rows
        _log.error("Job %s (%s) failed with %s:\n%s", job_id, name, type(error).__name__, where)
        with language(spoken):
            return {
                "state": FAILED,
                "message": str(_("The job failed for a reason that the log names.")),
                "retry": True,
            }


def _end(job_id: int, name: str, attempts: int, *, retry: bool = False, **columns: Any) -> None:
    kind = KINDS.get(name)
    now = utc_now()
    if retry and kind is not None and attempts <= kind.retries:
        columns |= {"state": QUEUED, "heartbeat_at": now + kind.retry_after - LATE_AFTER}
    else:
        columns |= {"finished_at": now, "heartbeat_at": now}
        if kind is not None and kind.forget:
            columns["arguments"] = "{}"
    with transaction():
        Job.update(columns).where(Job.id == job_id, Job.state == RUNNING).execute()


def _actor(name: str, account: int | None) -> Actor:
    origin = Origin(client="job")
    if account is None:
        return Actor(f"job {name}", process(name).grants, origin=origin, staff=True)
    return sessions.load_actor(account, origin)


def _beat(job_id: int, stop: threading.Event) -> None:
    """Write a sign of life until `stop`; a writer that takes long is waited for."""
    try:
        while not stop.wait(BEAT_SECONDS):
            try:
                with transaction():
                    alive = Job.update(heartbeat_at=utc_now())
                    alive.where(Job.id == job_id, Job.state == RUNNING).execute()
            except OperationalError:
                _log.warning("Job %s could not write its sign of life", job_id)
    finally:
        close_connection()


# --- waking -------------------------------------------------------------------------------------


@huey.task(name="run")
def _task(job_id: int) -> None:
    _run(job_id)


@huey.periodic_task(crontab(), name="tick")
def _each_minute() -> None:
    tick()


def _wake(job_id: int) -> None:
    _task(job_id)


def tick(now: datetime | None = None) -> None:
    """What is done each minute: wake the late, restart or end the dead, start the night."""
    sweep(now)
    start_the_night(now)


def sweep(now: datetime | None = None) -> int:
    """Wake late jobs, and put dead ones back in the queue or end them; how many were dead."""
    now = now or utc_now()
    late = Job.select(Job.id).where(Job.state == QUEUED, Job.heartbeat_at < now - LATE_AFTER)
    dead = Job.select(Job.id, Job.name, Job.attempts).where(
        Job.state == RUNNING,
        Job.heartbeat_at < now - DEAD_AFTER,
        Job.id.not_in(list(_process.running) or [0]),
    )
    with transaction():
        waiting = [row[0] for row in late.tuples()]
        fallen = list(dead.tuples())
        for job_id, name, attempts in fallen:
            kind = KINDS.get(name)
            again = kind is not None and kind.idempotent and attempts < STARTS_AT_MOST
            changes: dict[str, Any] = {"state": QUEUED}
            if not again:
                message = str(_("The job stopped before its end. Ask for it again."))
                changes = {"state": FAILED, "finished_at": now, "message": message}
            Job.update(changes).where(Job.id == job_id, Job.state == RUNNING).execute()
            waiting += [job_id] if again else []
        for job_id in waiting:
            Job.update(heartbeat_at=now).where(Job.id == job_id).execute()
            _wake(job_id)
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


def start(settings: Settings, workers: int = 1) -> None:
    """Start the threads that run jobs, in this process; nothing when they run."""
    configure(settings)
    if _process.consumer is None:
        _process.consumer = ThreadConsumer(huey, workers=workers, max_delay=POLL_SECONDS)
        _process.consumer.start()


def stop(seconds: float = 10.0) -> None:
    """Stop the threads; a job that does not end in time is left to be restarted."""
    consumer, _process.consumer = _process.consumer, None
    if consumer is not None:
        consumer.shutdown_timeout = seconds
        consumer.stop(graceful=True)


def run_pending(settings: Settings | None = None) -> int:
    """Run the jobs that wait, here and now; how many ran. For the command line and tests."""
    if settings is not None:
        configure(settings)
    ran = 0
    while (row := _next()) is not None:
        _run(row)
        ran += 1
    return ran


def _next() -> int | None:
    query = Job.select(Job.id).where(Job.state == QUEUED, Job.heartbeat_at <= utc_now())
    row = query.order_by(Job.id).tuples().first()
    return None if row is None else int(row[0])
