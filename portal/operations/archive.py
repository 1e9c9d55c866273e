"""The file of a backup: a zip with a manifest that says what is in it, and its verification.

Refuses to be trusted unread: a backup counts when each part has the size and fingerprint that the
manifest says, and its database opens whole with the rows that were counted.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import IO, Any

from portal.errors import Invalid
from portal.i18n import Label, _
from portal.operations import dump
from portal.operations.dump import Shape

FORMAT = 1
MANIFEST = "manifest.json"
FILES = "files/"
CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a backup: its size in bytes and its SHA-256."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself."""

    software: str
    schema: int
    engine: str
    portal: str
    made_at: str
    shape: Shape
    parts: Mapping[str, Part]
    format: int = FORMAT

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return sum(self.shape.counts.values())


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in a backup: its manifest when it has one, and what is wrong with it."""

    path: Path
    manifest: Manifest | None = None
    problems: tuple[Label, ...] = ()
    kept: Path | None = None

    @property
    def ok(self) -> bool:
        """True when it may be restored."""
        return self.manifest is not None and not self.problems


@dataclass(slots=True)
class Writer:
    """A backup being written."""

    archive: zipfile.ZipFile
    parts: dict[str, Part] = field(default_factory=dict)

    @contextmanager
    def part(self, name: str) -> Iterator[IO[bytes]]:
        """A new part, whose size and fingerprint are noted as it is written."""
        with self.archive.open(name, "w", force_zip64=True) as inner:
            hashing = _Hashing(inner)
            yield hashing  # type: ignore[misc]  # it has the one method that is called
        self.parts[name] = Part(hashing.size, hashing.sha256.hexdigest())

    def add(self, name: str, file: Path) -> None:
        """A file as the part `name`."""
        with file.open("rb") as source, self.part(name) as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)

    def close(self, manifest: Manifest) -> None:
        """Write the manifest, which ends the backup."""
        text = json.dumps(asdict(manifest), indent=1, ensure_ascii=False)
        self.archive.writestr(MANIFEST, text)


class _Hashing:
    """Passes bytes on, and counts and fingerprints them."""

    def __init__(self, inner: IO[bytes]) -> None:
        self.inner, self.size, self.sha256 = inner, 0, hashlib.sha256()

    def write(self, chunk: bytes) -> int:
        self.size += len(chunk)
        self.sha256.update(chunk)
        return self.inner.write(chunk)


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A backup written to `path`, which must be new; on the disk for good when the block ends."""
    handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
    with os.fdopen(handle, "w+b") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            yield Writer(archive)
        file.flush()
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` last through a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def verify(path: Path) -> Report:
    """Read a whole backup and say what is wrong with it; never raises for a broken one."""
    try:
        with zipfile.ZipFile(path) as archive:
            manifest = read_manifest(archive)
            problems = [*_wrong_parts(archive, manifest)]
            if not problems:
                problems += _wrong_database(archive, manifest, path.parent)
    except Invalid as error:
        return Report(path, None, (str(error),))
    except (OSError, KeyError, zipfile.BadZipFile, EOFError, NotImplementedError):
        return Report(path, None, (_("This file is no readable backup."),))
    return Report(path, manifest, tuple(problems))


def read_manifest(archive: zipfile.ZipFile) -> Manifest:
    """The manifest of a backup; raises Invalid when it has none that this version reads."""
    try:
        data: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if data.pop("format") != FORMAT:
            raise Invalid(_("This backup was made by a newer version of the portal."))
        shape = Shape(**data.pop("shape"))
        parts = {name: Part(**part) for name, part in data.pop("parts").items()}
        return Manifest(shape=shape, parts=parts, **data)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Invalid(_("This file is no backup of a portal.")) from error


def _wrong_parts(archive: zipfile.ZipFile, manifest: Manifest) -> Iterator[Label]:
    found = set(archive.namelist()) - {MANIFEST}
    for name in sorted(found ^ set(manifest.parts)):
        yield _("Its part {name} is missing or does not belong to it.").format(name=name[:100])
    for name in sorted(found & set(manifest.parts)):
        pure = PurePosixPath(name)
        if pure.is_absolute() or ".." in pure.parts:
            yield _("Its part {name} lies outside of it.").format(name=name[:100])
            continue
        if not _is_same(archive, name, manifest.parts[name]):
            yield _("Its part {name} was changed or damaged.").format(name=name[:100])


def _is_same(archive: zipfile.ZipFile, name: str, part: Part) -> bool:
    read, size = hashlib.sha256(), 0
    try:
        with archive.open(name) as source:
            while chunk := source.read(CHUNK):
                read.update(chunk)
                size += len(chunk)
    except (zipfile.BadZipFile, EOFError, zlib.error):
        return False
    return (size, read.hexdigest()) == (part.size, part.sha256)


def _wrong_database(archive: zipfile.ZipFile, manifest: Manifest, folder: Path) -> list[Label]:
    counts = dict(manifest.shape.counts)
    if manifest.engine == "sqlite":
        with extracted(archive, folder) as file:
            broken = dump.problems_of_sqlite(file)
            if broken:
                return [_("Its database is damaged ({what}).").format(what=", ".join(broken))]
            with dump.sqlite(file) as connection:
                found = dict(dump.shape_of_sqlite(connection).counts)
    else:
        found = {table: _lines(archive, f"{dump.TABLES}{table}.copy") for table in counts}
    return [
        _("Its table {name} does not hold the rows that were counted.").format(name=table)
        for table in counts
        if counts[table] != found.get(table)
    ]


@contextmanager
def extracted(archive: zipfile.ZipFile, folder: Path) -> Iterator[Path]:
    """The SQLite file of a backup, in a folder of its own that goes with the block."""
    with tempfile.TemporaryDirectory(dir=folder, prefix=".restore-") as made:
        file = Path(made) / dump.SQLITE_PART
        with archive.open(dump.SQLITE_PART) as source, file.open("wb") as target:
            while chunk := source.read(CHUNK):
                target.write(chunk)
        yield file


def _lines(archive: zipfile.ZipFile, name: str) -> int:
    lines = 0
    with archive.open(name) as source:
        while chunk := source.read(CHUNK):
            lines += chunk.count(b"\n")
    return lines


def moment(now: datetime) -> str:
    """A moment in a file name, so that names sort by it: 20260501-093000-250000."""
    return now.strftime("%Y%m%d-%H%M%S-%f")
