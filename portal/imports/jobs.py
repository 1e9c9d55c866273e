"""Imports behind the screens: reading a file, writing it, finishing it, forgetting old ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from portal.channels import Channel
from portal.database import transaction
from portal.gate import Gate
from portal.i18n import _, ngettext
from portal.imports import stage, staging
from portal.imports.source import Source, opened
from portal.imports.staging import Staged
from portal.imports.wish import Wish
from portal.imports.write import Report, erase_file, finish, report_of, write
from portal.operations import jobs, work
from portal.operations.work import RunningJob, register
from portal.settings import Settings

READ, WRITE, FORGET = "import_read", "import_write", "import_forget"

Save = Callable[[Path], None]


def source_of(settings: Settings, one: Staged) -> Source:
    """The file of an import that was sent. Raises NotFound when it is gone, Invalid."""
    path = staging.path_of(settings.home, one)
    return opened(path, one.name, one.wish.encoding, one.wish.separator)


def received(gate: Gate, settings: Settings, table: str, name: str, save: Save) -> int:
    """Keep a file that was sent (`save` writes it to a path); the number of the import.

    Raises NotFound, Forbidden, or Invalid for what is no table; then nothing is kept.
    """
    stage.importing(gate, table)
    path = staging.new_file(settings.home, ".part")
    try:
        save(path)
        opened(path, name)
        return staging.start(gate.actor, Wish(table), path.name, name)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def ask_to_read(gate: Gate, number: int) -> int:
    """Ask for the file of an import to be read; the number of the job."""
    return _ask(gate, number, READ)


def ask_to_write(gate: Gate, number: int) -> int:
    """Ask for an import to be written; the number of the job."""
    return _ask(gate, number, WRITE)


def _ask(gate: Gate, number: int, name: str) -> int:
    staging.find(gate.actor, number)
    with transaction():
        job = jobs.enqueue(name, {"import": number}, gate.actor.account)
        staging.entrust(number, job)
    return job


def read_now(gate: Gate, number: int, source: Source) -> Staged:
    """Read the file of an import while its sender waits; a job takes it up if the process dies."""
    with _at_once(gate, number, READ):
        return stage.read(gate, number, source)


def write_now(gate: Gate, settings: Settings, number: int) -> Report:
    """Write an import while its sender waits; a job takes it up if the process dies.

    Raises as `write` does.
    """
    one = staging.find(gate.actor, number)
    with _at_once(gate, number, WRITE):
        report = write(gate, number, source_of(settings, one))
        erase_file(settings.home, one)
    return report


@contextmanager
def _at_once(gate: Gate, number: int, name: str) -> Iterator[None]:
    with transaction():
        job = work.begin(name, {"import": number}, gate.actor.account)
        staging.entrust(number, job)
    with work.at_once(job, name):
        yield


def _gate(job: RunningJob) -> Gate:
    return Gate(job.actor, Channel.IMPORT)


@register(READ, _("Read a file to import"))
def read_file(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    """Judge the lines of a file."""
    gate, number = _gate(job), int(arguments["import"])
    source = source_of(job.settings, staging.find(job.actor, number))
    message = _("Reading the lines")
    stage.read(gate, number, source, lambda done: job.progress(done, message=message))
    return str(report_of(staging.find(job.actor, number)))


@register(WRITE, _("Write an import"))
def write_lines(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    """Write what was staged; a job that begins again after it was written only finishes."""
    gate, number = _gate(job), int(arguments["import"])
    one = staging.find(job.actor, number)
    if one.state == staging.WRITTEN:
        finish(job.actor.account, number)
        return str(report_of(one))
    if one.state == staging.WRITING:  # the process died in the middle: nothing was written
        staging.note(number, state=staging.STAGED)
    report = write(gate, number, source_of(job.settings, one))
    erase_file(job.settings.home, one)
    return str(report)


@register(FORGET, _("Forget old imports"), nightly=True)
def forget_old(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    """Erase the imports of days ago."""
    count = staging.expire(job.settings.home)
    told = ngettext("{count} import erased.", "{count} imports erased.", count)
    return told.format(count=count)
