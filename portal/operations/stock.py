"""The backups that are kept: how old, how large, and when each was last read back whole.

What a reading found stands in the database, by a fingerprint of the file's name.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from portal.builtin.operations import State
from portal.database import transaction
from portal.errors import Invalid, NotFound
from portal.i18n import Label, _
from portal.models import utc_now
from portal.operations import archive, jobs
from portal.operations.work import RunningJob
from portal.settings import Settings

PREFIX = "greffe-"
SUFFIX = ".zip"
VERIFY = "backup.verify"
_NOTES = "backup "
_MOMENT = "%Y%m%d-%H%M%S-%f"


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup of the folder: made at (UTC), its size in bytes, when it was last read back.

    `problem` is what that reading found, empty when it is good or was not read by this portal.
    """

    name: str
    made_at: datetime
    size: int
    read_at: datetime | None = None
    problem: str = ""


def existing(settings: Settings) -> list[Path]:
    """The backups of the folder, the latest first."""
    if not settings.backups_folder.is_dir():
        return []
    return sorted(settings.backups_folder.glob(f"{PREFIX}*{SUFFIX}"), reverse=True)


def kept(settings: Settings) -> list[Kept]:
    """The backups of the folder with what is known of them, the latest first."""
    notes = dict(
        State.select(State.name, State.value).where(State.name.startswith(_NOTES)).tuples()
    )
    found = []
    for file in existing(settings):
        note = json.loads(notes.get(_key(file.name), "{}"))
        at = note.get("at")
        size, changed = file.stat().st_size, file.stat().st_mtime
        found.append(
            Kept(
                file.name,
                _made_at(file, changed),
                size,
                datetime.fromisoformat(at) if at else None,
                note.get("problem", ""),
            )
        )
    return sorted(found, key=lambda one: one.made_at, reverse=True)


def last_good(settings: Settings) -> Kept | None:
    """The latest backup that is not known to be damaged."""
    return next((one for one in kept(settings) if not one.problem), None)


def note(name: str, problem: Label = "") -> None:
    """Keep that a backup was read back whole now, and what was wrong with it."""
    value = json.dumps({"at": utc_now().isoformat(timespec="seconds"), "problem": str(problem)})
    with transaction():
        State.insert(name=_key(name), value=value).on_conflict(
            conflict_target=[State.name], update={State.value: value}
        ).execute()


def forget_others(files: Iterable[Path]) -> None:
    """Forget what is known of backups that are no longer there."""
    names = [_key(file.name) for file in files]
    with transaction():
        State.delete().where(State.name.startswith(_NOTES), State.name.not_in(names)).execute()


def ask_to_verify(settings: Settings, name: str, account: int | None) -> int:
    """Ask for a job that reads a backup of the folder whole. Raises NotFound for another file."""
    if name not in {file.name for file in existing(settings)}:
        raise NotFound(_("There is no such backup."))
    return jobs.enqueue(VERIFY, {"name": name}, account)


@jobs.register(VERIFY, _("Verify a backup"))
def _verify(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    name = str(arguments["name"])
    file = next((file for file in existing(job.settings) if file.name == name), None)
    if file is None:
        raise NotFound(_("There is no such backup."))
    report = archive.verify(file)
    problem = "" if report.ok else str(report.problems[0])
    note(name, problem)
    if problem:
        raise Invalid(_("The backup {name} is damaged.").format(name=name), problem)
    return name


def _key(name: str) -> str:
    return _NOTES + hashlib.sha256(name.encode("utf-8", "replace")).hexdigest()[:40]


def _made_at(file: Path, changed: float) -> datetime:
    """When a backup was made: its name says it, else the file system."""
    stamp = file.name.removeprefix(PREFIX)[:22]
    try:
        return datetime.strptime(stamp, _MOMENT)  # noqa: DTZ007 - names are in UTC
    except ValueError:
        return datetime.fromtimestamp(changed, UTC).replace(tzinfo=None)
