"""Whole-portal backups: database and files in one verified file, and their restoring.

Refuses to name a file a backup before it was read back whole. It never holds the secret key, nor a
session. A restore checks first, keeps what was there, and ends every session.
"""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import timedelta
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path
from typing import IO, Any

from portal import journal, version
from portal.accounts import sessions
from portal.actor import Actor, process
from portal.builtin.accounts import Account
from portal.builtin.directory import Person
from portal.builtin.operations import Job, portal_id
from portal.channels import Channel
from portal.database import is_sqlite, proxy, transaction
from portal.declare import Verb
from portal.errors import DatabaseError, Invalid
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.operations import archive, dump, jobs, once, stock
from portal.operations.archive import FILES, Manifest, Report, Writer, verify
from portal.operations.stock import PREFIX, SUFFIX, existing
from portal.operations.work import FOLDER, RunningJob
from portal.settings import Settings

__all__ = ["PREFIX", "SUFFIX", "Manifest", "Report", "create", "existing", "restore", "verify"]

JOB = "backup.create"
TIDY = "jobs.tidy"
BEFORE = "before-restore-"
FINISHED_JOBS = timedelta(days=30)


def create(settings: Settings, target: Path | None = None, actor: Actor | None = None) -> Path:
    """Make a backup and read it back; gives its path (`target`, or a new one in the folder).

    Older ones beyond `backups.keep` are deleted from the folder. Raises Invalid when `target`
    exists, DatabaseError when what was written cannot be read back: then there is no backup.
    """
    folder = target.parent if target else settings.backups_folder
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    made = target or folder / _name(PREFIX)
    if made.exists():
        raise Invalid(_("A file of that name exists."), _("Choose another name."))
    part = made.with_name(f".{made.name}.{secrets.token_hex(4)}.part")
    try:
        manifest = _write(settings, part)
        report = verify(part)
        if not report.ok:
            raise DatabaseError(_("The backup could not be read back."), report.problems[0])
        act = Act(Channel.BACKUP, Verb.EXPORT, "", rows=manifest.rows)
        journal.record(actor or process("backup"), act)
        part.rename(made)
    finally:
        part.unlink(missing_ok=True)
    archive.sync_folder(folder)
    if target is None:
        stock.note(made.name)
        _forget_old(settings)
    return made


def restore(
    path: Path, settings: Settings, *, dry_run: bool = False, actor: Actor | None = None
) -> Report:
    """Put a backup back into the portal it came from, or into an empty one.

    What was there is kept as a backup beside the others (`Report.kept`), every session ends, and
    the files it replaces stay in a folder of their own. Raises Invalid when the backup is damaged,
    of another engine, version or portal: then nothing is changed.
    """
    report = verify(path)
    if report.manifest is None or not report.ok:
        raise Invalid(_("This backup cannot be restored."), report.problems[0])
    empty = _is_empty()
    _check_same(report.manifest, empty=empty)
    if dry_run:
        return report
    kept = None if empty else settings.backups_folder / _name(BEFORE)
    if kept is not None:
        create(settings, kept, actor)
    configuration = version.catalog_version()
    with zipfile.ZipFile(path) as source:
        arriving = _unpack_files(source, settings.home)
        _put_database(source, report.manifest, settings)
    _swap_files(arriving, settings.home)
    _put_aside(journal_head_file(settings))
    _after(configuration, report.manifest, actor or process("restore"))
    return replace(report, kept=kept)


# --- making -------------------------------------------------------------------------------------


def _write(settings: Settings, part: Path) -> Manifest:
    with archive.writing(part) as writer:
        shape = _dump(settings, writer, part.parent)
        for file in _files(settings.home):
            writer.add(FILES + file.relative_to(settings.home / "files").as_posix(), file)
        manifest = Manifest(
            software=software(),
            schema=version.schema_version() or 0,
            engine=_engine(),
            portal=portal_id(),
            made_at=utc_now().isoformat(timespec="seconds"),
            shape=shape,
            parts=writer.parts,
        )
        writer.close(manifest)
    return manifest


def _dump(settings: Settings, writer: Writer, folder: Path) -> dump.Shape:
    portal_id()  # in the database before it is copied
    journal.gather()
    if not is_sqlite():
        return dump.copy_postgresql(settings.database_url, writer.part)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".backup-") as made:
        copy = Path(made) / dump.SQLITE_PART
        shape = dump.copy_sqlite(_sqlite_file(settings), copy)
        writer.add(dump.SQLITE_PART, copy)
    return shape


def _sqlite_file(settings: Settings) -> Path:
    return Path(settings.database_url.removeprefix("sqlite:///"))


def _files(home: Path) -> list[Path]:
    folder = home / "files"
    return sorted(file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _engine() -> str:
    return "sqlite" if is_sqlite() else "postgresql"


def _name(prefix: str) -> str:
    return f"{prefix}{archive.moment(utc_now())}-{secrets.token_hex(3)}{SUFFIX}"


def software() -> str:
    """The version of the portal, as its package says."""
    try:
        return version_of("greffe")
    except PackageNotFoundError:
        return "0"


def _forget_old(settings: Settings) -> None:
    for old in existing(settings)[max(settings.backups.keep, 1) :]:
        old.unlink(missing_ok=True)
    stock.forget_others(existing(settings))


# --- restoring ----------------------------------------------------------------------------------


def _is_empty() -> bool:
    return not (Person.select().exists() or Account.select().exists())


def _check_same(manifest: Manifest, *, empty: bool) -> None:
    if manifest.engine != _engine():
        raise Invalid(
            _("This backup is of another kind of database ({engine}).").format(
                engine=manifest.engine
            ),
            _("Restore it into a portal on that database."),
        )
    if manifest.schema != (version.schema_version() or 0):
        raise Invalid(
            _("This backup has the schema {theirs}, this portal {ours}.").format(
                theirs=manifest.schema, ours=version.schema_version() or 0
            ),
            _("Install version {software}, restore there, then upgrade.").format(
                software=manifest.software
            ),
        )
    if not empty and manifest.portal != portal_id():
        raise Invalid(
            _("This backup is of another portal."), _("Restore it into a new, empty one.")
        )


def _put_database(source: zipfile.ZipFile, manifest: Manifest, settings: Settings) -> None:
    if not proxy.obj.is_closed():
        proxy.obj.close()
    if is_sqlite():
        live = _sqlite_file(settings)
        with archive.extracted(source, live.parent) as copy:
            with dump.sqlite(copy) as connection:
                dump.forget(connection)
            dump.put_sqlite(copy, live)
        return
    opening: Callable[[str], AbstractContextManager[IO[bytes]]] = source.open
    dump.put_postgresql(settings.database_url, manifest.shape, opening)


def _unpack_files(source: zipfile.ZipFile, home: Path) -> Path:
    """The files of a backup in a new folder of the instance, not yet in their place."""
    arriving = home / f"files.arriving-{secrets.token_hex(4)}"
    arriving.mkdir(mode=0o700)
    for name in source.namelist():
        if name.startswith(FILES):
            file = arriving / name.removeprefix(FILES)
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            with source.open(name) as inner, file.open("xb") as outer:
                shutil.copyfileobj(inner, outer)
                os.fchmod(outer.fileno(), 0o600)
    return arriving


def journal_head_file(settings: Settings) -> Path:
    """Where the end of the journal is noted each night, outside the database."""
    return settings.home / "journal-head.txt"


def _put_aside(file: Path) -> None:
    """Keep a file under another name: after a restore the journal ends where the backup did."""
    if file.exists():
        stamp = archive.moment(utc_now())
        file.rename(file.with_name(f"{file.stem}.before-{stamp}-{secrets.token_hex(3)}.txt"))


def _swap_files(arriving: Path, home: Path) -> None:
    present = home / "files"
    if present.exists():
        present.rename(home / f"files.before-{archive.moment(utc_now())}-{secrets.token_hex(3)}")
    arriving.rename(present)
    archive.sync_folder(home)


def _after(configuration: int, manifest: Manifest, actor: Actor) -> None:
    """Make every process read its configuration again, and journal the restore."""
    with transaction():
        while version.catalog_version() <= configuration:
            version.bump()
        act = Act(Channel.BACKUP, Verb.EXECUTE, "", rows=manifest.rows, reason=manifest.made_at)
        journal.record(actor, act)
    sessions.forget_grants()


# --- nightly ------------------------------------------------------------------------------------


@jobs.register(JOB, _("Back up the portal"), nightly=True)
def _nightly_backup(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    return create(job.settings, actor=job.actor).name


@jobs.register("journal.prune", _("Prune the access journal"), nightly=True)
def _prune_journal(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    return str(journal.prune(utc_now() - timedelta(days=job.settings.journal.days)))


@jobs.register("journal.head", _("Note the end of the access journal"), nightly=True)
def _note_head(job: RunningJob, arguments: Mapping[str, Any]) -> None:
    journal.write_head(journal_head_file(job.settings))


@jobs.register(TIDY, _("Forget old jobs and their files"), nightly=True)
def _tidy(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    old = Job.finished_at < utc_now() - FINISHED_JOBS
    with transaction():
        gone = int(Job.delete().where(old).execute())
        once.forget_old()
        named = {name for (name,) in Job.select(Job.result_file).tuples()}
    yesterday = time.time() - 86_400  # a job at work names its file when it is done
    for file in (job.settings.home / FOLDER).glob("*"):
        if file.name not in named and file.stat().st_mtime < yesterday:
            file.unlink(missing_ok=True)
    return str(gone)
