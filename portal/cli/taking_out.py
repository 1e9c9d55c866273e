"""Taking rows out: `export` writes a table as CSV."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from portal.channels import Channel
from portal.cli.speaking import Command, argument, option, say
from portal.cli.terminal import FILE, gate, known_table, opened, written
from portal.exports import csv_lines, lost_csv_lines
from portal.i18n import _
from portal.rows import Selection


@click.command(
    cls=Command,
    help=_(
        "Write a table as CSV, to the standard output or a file.\n\n"
        "Choices are written as their identifiers, references as numbers, dates as 2026-12-31. The"
        " export is journaled. 'greffe tables' lists the tables, 'greffe plugins' those of plugins"
        " that are gone: their rows are written too."
    ),
)
@argument("table", metavar=_("TABLE"), help=_("The table's name, as directory.person."))
@option(
    "--columns",
    "names",
    metavar=_("NAMES"),
    help=_("The fields to write, separated by commas; all of them by default."),
)
@option("-o", "--output", type=FILE, metavar=_("FILE"), help=_("The file to write."))
def export(table: str, names: str | None, output: Path | None) -> None:
    """Stream the rows of a table."""
    catalog = opened().catalog
    fields = None
    if names is not None:
        fields = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        if not fields:
            raise click.UsageError(str(_("--columns names no field.")))
    door = gate(Channel.EXPORT)
    if table in {lost.name for lost in door.lost().tables()}:
        lines = lost_csv_lines(door, table, fields)
    else:
        lines = csv_lines(door, known_table(catalog, table), Selection(), fields)
    if output is None or str(output) == "-":
        for piece in lines:
            sys.stdout.buffer.write(piece.encode())
        sys.stdout.buffer.flush()
        return
    with written(output) as file:
        for piece in lines:
            file.write(piece.encode())
    say(_("Written: {file}").format(file=output))


COMMANDS = (export,)
