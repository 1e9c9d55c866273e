"""What commands share: numbers, columns, progress, files written whole or not at all."""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO

import click

from portal.accounts import sessions
from portal.actor import Origin, process
from portal.catalog import Catalog
from portal.channels import Channel
from portal.cli.speaking import say, settings
from portal.errors import Invalid, NotFound
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import Label, _
from portal.operations.instance import COMMAND_LINE, open_instance
from portal.rows import Count
from portal.start import Portal

FILE = click.Path(dir_okay=False, path_type=Path)
"""A file to read or write, as the type of an option."""


def opened() -> Portal:
    """The portal of the instance folder; raises PortalError with a sentence."""
    return open_instance(settings())


def gate(channel: Channel, login: str | None = None) -> Gate:
    """A gate for the command line: a process of the portal with a name, or an account.

    Raises NotFound for a login that no active account has.
    """
    origin = Origin(client=COMMAND_LINE)
    if login is None:
        return Gate(replace(process(COMMAND_LINE), origin=origin), channel)
    account = sessions.account_of(login)
    if account is None:
        raise NotFound(
            _("There is no active account '{login}'.").format(login=login[:60]),
            _("Give the login of an account that may sign in."),
        )
    return Gate(sessions.load_actor(account, origin), channel)


def number(value: int) -> str:
    """A number as the language groups its digits."""
    return IntegerType().show(value)


def counted(count: Count) -> str:
    """How many rows, when they were counted up to a limit."""
    text = number(count.value)
    return _("more than {number}").format(number=text) if count.capped else text


def nearest(name: str, known: Iterable[str]) -> str:
    """A question that proposes the nearest of the known names; "" when none is near."""
    near = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return _("Did you mean {near}?").format(near=near[0]) if near else ""


def known_table(catalog: Catalog, name: str) -> str:
    """The name of a table; raises NotFound with the nearest one."""
    if name in catalog.tables:
        return name
    raise NotFound(
        _("There is no table '{name}'.").format(name=name[:60]),
        nearest(name, catalog.tables) or _("'greffe tables' lists them."),
    )


def columns(heads: Sequence[Label], rows: Sequence[Sequence[object]]) -> None:
    """Rows below their heads, in columns as wide as they need to be."""
    lines = [[str(cell) for cell in row] for row in (heads, *rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(heads))]
    for line in lines:
        cells = (cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        say("  ".join(cells).rstrip())


@contextmanager
def progress(label: Label) -> Iterator[Callable[[int, int], None]]:
    """A bar on the error output; what it gives is told (done, total)."""
    bars: list[Any] = []
    with ExitStack() as shown:

        def tell(done: int, total: int) -> None:
            if not bars:
                bar = click.progressbar(length=total, label=str(label), file=sys.stderr)
                bars.append(shown.enter_context(bar))
            bars[0].update(done - bars[0].pos)

        yield tell


@contextmanager
def written(path: Path) -> Iterator[BinaryIO]:
    """A file that only its owner reads, and that stands under its name when it is whole."""
    if not path.parent.is_dir():
        raise Invalid(
            _("There is no folder '{name}'.").format(name=path.parent),
            _("Make it, or choose another file."),
        )
    part = path.with_name(f"{path.name}.part")
    try:
        handle = os.open(part, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: bytes) -> None:
    """Write a document that was made, and say where it is."""
    with written(path) as file:
        file.write(content)
    say(_("Written: {file} ({size} kB)").format(file=path, size=kilobytes(len(content))))


def kilobytes(size: int) -> str:
    """A size in bytes as kilobytes, at least one."""
    return number(max(1, round(size / 1_000)))


def existing(file: Path) -> Path:
    """The file, when it is there; raises NotFound."""
    if not file.is_file():
        raise NotFound(_("There is no file '{name}'.").format(name=file))
    return file
