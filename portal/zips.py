"""The guard on a zip file from outside: what may be in it before anything unpacks it."""

from __future__ import annotations

import enum
import posixpath
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

MEBIBYTE = 1024 * 1024
RATIO_FROM = 2 * MEBIBYTE
"""Below this size a high ratio harms nobody."""


class Fault(enum.Enum):
    """Why a zip file is refused."""

    TOO_MANY = "too_many"
    TWICE = "twice"
    TOO_LARGE = "too_large"
    NAME = "name"
    LOCKED = "locked"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a zip file may hold: entries, bytes unpacked (all, and of one entry), and the ratio."""

    entries: int
    unpacked: int
    ratio: int
    of_entry: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A fault, and the entry where it lies ("" for the whole file)."""

    fault: Fault
    entry: str = ""


def examine(archive: zipfile.ZipFile, bounds: Bounds) -> Found | None:
    """The first fault of a zip file; None when it may be unpacked."""
    entries = archive.infolist()
    if len(entries) > bounds.entries:
        return Found(Fault.TOO_MANY)
    if len({info.filename for info in entries}) != len(entries):
        return Found(Fault.TWICE)
    total = 0
    for info in entries:
        if strange(info):
            return Found(Fault.NAME, shown(info.filename))
        if info.flag_bits & 0x1:
            return Found(Fault.LOCKED)
        total += info.file_size
        packed = max(info.compress_size, 1)
        too_dense = info.file_size > RATIO_FROM and info.file_size / packed > bounds.ratio
        most = bounds.of_entry.get(info.filename, bounds.unpacked)
        if total > bounds.unpacked or info.file_size > most or too_dense:
            return Found(Fault.TOO_LARGE, shown(info.filename))
    return None


def strange(info: zipfile.ZipInfo) -> bool:
    """True for an entry whose name leads elsewhere, or is no name."""
    name = info.filename
    return (
        not name
        or name.startswith("/")
        or "\\" in name
        or ":" in name
        or ".." in name.split("/")
        or any(ord(letter) < 32 for letter in name)
        or len(name) > 255
        or stat.S_ISLNK(info.external_attr >> 16)
    )


def shown(name: str) -> str:
    """A name from a file, short and without control characters."""
    return "".join(c if c.isprintable() else "?" for c in posixpath.normpath(name[:80] or "?"))
