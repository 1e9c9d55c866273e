"""One job at work: its kinds, what its function may ask and say, and how its end is written down.

A job runs as the account that asked for it, with its rights read again then, so that what was
withdrawn meanwhile is gone. What it raises becomes a state and a sentence, never a traceback.
"""

from __future__ import annotations

import json
import logging
import secrets
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from peewee import OperationalError

from portal import processes
from portal.accounts import sessions
from portal.actor import Actor, Origin, process
from portal.builtin.operations import CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job
from portal.configured import refresh
from portal.database import transaction
from portal.errors import Busy, Invalid, PortalError
from portal.i18n import DEFAULT_LANGUAGE, Label, _, language
from portal.models import utc_now
from portal.operations.queue import close_connection
from portal.settings import Settings
from portal.version import catalog_version

BEAT_SECONDS = 15.0
LATE_AFTER = timedelta(seconds=45)
WRITE_EVERY = 0.5  # seconds between two writes of the progress
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
        processes.named(name, label)
        return act

    return declare


@dataclass(slots=True)
class Here:
    """What this process knows beside the database."""

    settings: Settings | None = None
    running: set[int] = field(default_factory=set)


HERE = Here()


def configure(settings: Settings) -> None:
    """Say with which settings the jobs of this process run."""
    HERE.settings = settings


def settings_of_jobs() -> Settings:
    """The settings that jobs run with; raises Invalid when nobody said them."""
    if HERE.settings is None:
        raise Invalid(_("The jobs of this process have no settings."))
    return HERE.settings


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


def run(job_id: int) -> None:
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
    with _beating(job_id):
        _end(job_id, name, attempts, **_outcome(job_id, name, account, json.loads(arguments)))


def begin(name: str, arguments: Mapping[str, Any], account: int | None) -> int:
    """Note a job that `at_once` does in this very process; its number.

    Belongs to the transaction that is open.
    """
    now = utc_now()
    with transaction():
        job = Job.insert(
            name=name,
            account=account,
            arguments=json.dumps(dict(arguments)),
            state=RUNNING,
            started_at=now,
            heartbeat_at=now,
            attempts=1,
        )
        return int(job.execute())


@contextmanager
def at_once(job_id: int, name: str) -> Iterator[None]:
    """Do a job that was begun, while who asked waits.

    If its process dies, its signs of life end, and it is taken up like any other.
    """
    ended: dict[str, Any] = {"state": FAILED}
    with _beating(job_id):
        try:
            yield
            ended = {"state": DONE}
        except PortalError as error:
            ended["message"] = str(error)
            raise
        finally:
            _end(job_id, name, 1, **ended)


@contextmanager
def _beating(job_id: int) -> Iterator[None]:
    """Signs of life of a job, from another thread, until it is over."""
    HERE.running.add(job_id)
    stop = threading.Event()
    beat = threading.Thread(target=_beat, args=(job_id, stop), name=f"job-{job_id}", daemon=True)
    beat.start()
    try:
        yield
    finally:
        stop.set()
        beat.join()
        HERE.running.discard(job_id)


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
        refresh(catalog_version())
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
            return {"state": FAILED, "message": str(error), "retry": isinstance(error, Busy)}
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
            except (OperationalError, Busy):
                _log.warning("Job %s could not write its sign of life", job_id)
    finally:
        close_connection()
