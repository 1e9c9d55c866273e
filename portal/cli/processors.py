"""`greffe processors export`: who processes data for whom, under which contract."""

from __future__ import annotations

from pathlib import Path

import click

from portal.channels import Channel
from portal.cli.speaking import Command, Group, option
from portal.cli.terminal import FILE, gate, opened, write_whole
from portal.i18n import LANGUAGES, _, current_language
from portal.privacy import processor_files
from portal.privacy.processors import PARTS


@click.group("processors", cls=Group, help=_("Export the registers of processors."))
def processors() -> None:
    """Below it are the commands."""


@processors.command(
    cls=Command,
    help=_(
        "Write the processors of the organisation, and the controllers that it serves itself.\n\n"
        "It says of each line what is still to be filled in. A CSV has one of the two registers."
    ),
)
@option(
    "--format",
    "kind",
    type=click.Choice(tuple(processor_files.MIME_TYPES)),
    default="odt",
    show_default=True,
    help=_("The format of the file."),
)
@option("--part", type=click.Choice(PARTS), default=None, help=_("One of the two registers only."))
@option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help=_("The language of the document; that of this terminal by default."),
)
@option("-o", "--output", type=FILE, required=True, metavar=_("FILE"), help=_("The file to write."))
def export(kind: str, part: str | None, lang: str | None, output: Path) -> None:
    """Export the registers."""
    opened()
    speak = lang or current_language()
    content, _name, _type = processor_files.export(gate(Channel.REGISTER), kind, speak, part or "")
    write_whole(output, content)


COMMANDS = (processors,)
