"""A rehearsal copy: a test portal made from a backup, where a purge is tried before it is run.

It stands in a folder of its own, is marked as a rehearsal on every page, sends no mail, and is not
the portal that its backups could be restored into. Anonymising all of it is refused anywhere else.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from portal import anonymising, reindex
from portal.actor import Actor
from portal.builtin.operations import Job
from portal.channels import Channel
from portal.database import is_sqlite, transaction
from portal.declare import Verb
from portal.errors import Forbidden, Invalid
from portal.gate import Gate
from portal.i18n import _
from portal.obsolete import PURGES
from portal.operations import backup, dump, instance, jobs
from portal.operations.instance import REHEARSAL_FILE, is_rehearsal
from portal.operations.work import RunningJob
from portal.privileges import BACKUPS
from portal.settings import FILE_NAME, HOME_VARIABLE, VARIABLE_PREFIX, Settings

LOGIN = "rehearsal"
JOB = "rehearsal.create"
FOLDER = "rehearsals"
SECONDS = 3_600
_COMMAND = "from portal.cli import main; main(prog_name='greffe')"
_SQLITE_IDENTITY = "UPDATE operations_state SET value = ? WHERE name = 'portal_id'"
_POSTGRESQL_IDENTITY = "UPDATE operations_state SET value = %s WHERE name = 'portal_id'"


@dataclass(frozen=True, slots=True)
class Copy:
    """A rehearsal copy: its folder, and what its anonymisation said when that was asked."""

    folder: Path
    told: str = ""


def new_folder(settings: Settings) -> Path:
    """A folder beside the instance's that is not there yet."""
    first = settings.home.with_name(f"{settings.home.name}-rehearsal")
    found, number = first, 1
    while found.exists():
        number += 1
        found = first.with_name(f"{first.name}-{number}")
    return found


def create(
    settings: Settings,
    folder: Path,
    *,
    actor: Actor | None = None,
    database: str = "",
    anonymised: bool = False,
) -> Copy:
    """Make a rehearsal copy of the open portal in `folder`, which must be new.

    `database` is the address of an empty database, asked for on PostgreSQL. Raises Invalid with a
    sentence; then the folder is gone again.
    """
    _require_place(folder, database)
    folder.mkdir(mode=0o700, parents=True)
    try:
        (folder / REHEARSAL_FILE).write_text("", encoding="ascii")
        if instance.is_demo(settings):
            shutil.copy(settings.home / instance.DEMO_FILE, folder)
        _write_settings(settings, folder, database)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".made-from-") as made:
            file = backup.create(settings, Path(made) / f"copy{backup.SUFFIX}", actor)
            _greffe(folder, "restore", str(file))
        _another_identity(folder, database)
        told = _greffe(folder, "rehearsal", "anonymise") if anonymised else ""
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Copy(folder, told)


def _require_place(folder: Path, database: str) -> None:
    if folder.exists():
        raise Invalid(
            _("The folder {folder} exists.").format(folder=folder), _("Choose a new one.")
        )
    if not is_sqlite() and not database:
        raise Invalid(
            _("A rehearsal on PostgreSQL needs a database of its own."),
            _("Create an empty one and give its address with --database."),
        )
    if is_sqlite() and database:
        raise Invalid(_("This portal is on SQLite: its copy needs no database address."))


def _write_settings(settings: Settings, folder: Path, database: str) -> None:
    """The settings that the copy needs to work alike; no mail server, and no password."""
    plugins = settings.plugins_folder
    lines = [
        "[locale]",
        f"language = {_quoted(settings.locale.language)}",
        f"timezone = {_quoted(settings.locale.timezone)}",
        f"currency = {_quoted(settings.locale.currency)}",
        "[admin]",
        f"prefix = {_quoted(settings.admin.prefix)}",
        "[server]",
        f"port = {settings.server.port + 1}",
        "[plugins]",
        f"disabled = [{', '.join(map(_quoted, settings.plugins.disabled))}]",
        *([f"folder = {_quoted(str(plugins.absolute()))}"] if plugins else []),
        *(["[database]", f"url = {_quoted(database)}"] if database else []),
    ]
    handle = os.open(folder / FILE_NAME, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _greffe(home: Path, *words: str) -> str:
    """What a command says that is run on the copy, in a process that knows nothing of this one."""
    known = {k: v for k, v in os.environ.items() if not k.startswith(VARIABLE_PREFIX)}
    done = subprocess.run(  # noqa: S603 - our own command, on a folder that we made
        [sys.executable, "-c", _COMMAND, *words],
        env={**known, HOME_VARIABLE: str(home), "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [""])[-1]
        raise Invalid(_("The rehearsal copy could not be made."), said)
    return done.stdout


def _another_identity(folder: Path, database: str) -> None:
    """Give the copy an identity of its own: its backups go back into no other portal."""
    identity = secrets.token_hex(16)
    if database:
        with psycopg.connect(database) as opened:
            opened.execute(_POSTGRESQL_IDENTITY, (identity,))
        return
    with dump.sqlite(folder / "greffe.db") as connection:
        connection.execute(_SQLITE_IDENTITY, (identity,))


def anonymise(settings: Settings, actor: Actor) -> tuple[int, str]:
    """Anonymise the whole open portal; how many rows, and the password of the account `rehearsal`.

    Every other account is closed, and every file of records deleted. Raises Invalid on a portal
    that is not marked as a rehearsal.
    """
    if not is_rehearsal(settings):
        raise Invalid(
            _("This portal is not a rehearsal copy: it is never anonymised as a whole."),
            _("Make a copy with 'greffe rehearsal create', and anonymise that one."),
        )
    gate = Gate(actor, Channel.ERASURE)
    password = secrets.token_urlsafe(15)
    with transaction():
        rows = anonymising.everything(gate)
        instance.create_administrator(LOGIN, password, names=(LOGIN.capitalize(), ""))
    shutil.rmtree(settings.home / "files", ignore_errors=True)
    reindex.fill(gate.catalog)
    return rows, password


def may_make(gate: Gate) -> bool:
    """True for who runs purges or makes backups, where the copy needs no address (SQLite)."""
    return is_sqlite() and (gate.actor.may(BACKUPS) or gate.can(Verb.EXECUTE, PURGES))


def ask(gate: Gate, *, anonymised: bool) -> int:
    """Ask for a copy from a job, as this account; the number of the job. Raises Forbidden."""
    if not may_make(gate):
        raise Forbidden(_("You may not make a rehearsal copy."))
    return jobs.enqueue(JOB, {"anonymised": anonymised}, gate.actor.account)


def made(most: int = 20) -> list[Mapping[str, Any]]:
    """The latest copies that were asked for on screen: state, message and result."""
    columns = (Job.state, Job.message, Job.result, Job.created_at)
    query = Job.select(*columns).where(Job.name == JOB).order_by(Job.id.desc()).limit(most)
    return list(query.dicts())


@jobs.register(JOB, _("Make a rehearsal copy"), idempotent=False)
def _create(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    stamp = secrets.token_hex(4)
    folder = job.settings.home / FOLDER / f"{job.id}-{stamp}"
    made = create(
        job.settings, folder, actor=job.actor, anonymised=bool(arguments.get("anonymised"))
    )
    start = _("The copy is ready. Start it on the server: GREFFE_HOME={folder} greffe run")
    return "\n".join(filter(None, [start.format(folder=made.folder), made.told.strip()]))
