"""`greffe dictionary export`: what data the portal holds, table by table."""

from __future__ import annotations

from pathlib import Path

import click

from portal.channels import Channel
from portal.cli.speaking import Command, Group, option
from portal.cli.terminal import FILE, gate, opened, write_whole
from portal.i18n import LANGUAGES, _, current_language
from portal.privacy import dictionary_files


@click.group("dictionary", cls=Group, help=_("Export the dictionary of personal data."))
def dictionary() -> None:
    """Below it are the commands."""


@dictionary.command(
    cls=Command,
    help=_(
        "Write every field of every table, with its type of data and what becomes of it.\n\n"
        "It is read from the tables of this moment, custom fields included."
    ),
)
@option(
    "--format",
    "kind",
    type=click.Choice(tuple(dictionary_files.MIME_TYPES)),
    default="odt",
    show_default=True,
    help=_("The format of the file."),
)
@option("--module", default="", metavar=_("NAME"), help=_("Of this module only."))
@option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help=_("The language of the document; that of this terminal by default."),
)
@option("-o", "--output", type=FILE, required=True, metavar=_("FILE"), help=_("The file to write."))
def export(kind: str, module: str, lang: str | None, output: Path) -> None:
    """Export the dictionary."""
    opened()
    speak = lang or current_language()
    content, _name, _type = dictionary_files.export(
        gate(Channel.REGISTER), kind, speak, module=module
    )
    write_whole(output, content)


COMMANDS = (dictionary,)
