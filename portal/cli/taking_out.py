"""Taking rows out: `export` writes a table as CSV, XLSX, ODS or JSON."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import BinaryIO

import click

from portal import export_files
from portal.channels import Channel
from portal.cli.speaking import Command, argument, option, say
from portal.cli.terminal import FILE, gate, known_table, opened, written
from portal.errors import Invalid
from portal.export_files import FORMATS
from portal.exports import lost_csv_lines
from portal.i18n import _
from portal.rows import Selection


@click.command(
    cls=Command,
    help=_(
        "Write a table as CSV, XLSX, ODS or JSON, to the standard output or a file.\n\n"
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
@option(
    "--format",
    "kind",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    show_default=True,
    help=_("The format of the file."),
)
@option("-o", "--output", type=FILE, metavar=_("FILE"), help=_("The file to write."))
def export(table: str, names: str | None, kind: str, output: Path | None) -> None:
    """Stream the rows of a table."""
    catalog = opened().catalog
    fields = None
    if names is not None:
        fields = list(dict.fromkeys(name.strip() for name in names.split(",") if name.strip()))
        if not fields:
            raise click.UsageError(str(_("--columns names no field.")))
    door = gate(Channel.EXPORT)
    lost = table in {lost.name for lost in door.lost().tables()}
    if lost and kind != "csv":
        raise Invalid(_("The rows of a module that is gone are written as CSV only."))
    name = table if lost else known_table(catalog, table)

    def write(file: BinaryIO) -> None:
        if lost:
            for piece in lost_csv_lines(door, name, fields):
                file.write(piece.encode())
        else:
            export_files.write(door, name, Selection(), fields, kind, file)

    if output is None or str(output) == "-":
        if kind in ("xlsx", "ods") and sys.stdout.isatty():
            raise Invalid(_("A workbook is not shown on a terminal."), _("Give a file: -o FILE."))
        write(sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with written(output) as file:
        write(file)
    say(_("Written: {file}").format(file=output))


COMMANDS = (export,)
