"""The registers on paper: `greffe register export` and `greffe access`."""

from __future__ import annotations

from pathlib import Path

import click

from portal.channels import Channel
from portal.cli.speaking import Command, Group, argument, option
from portal.cli.terminal import FILE, gate, opened, write_whole
from portal.i18n import LANGUAGES, _, current_language
from portal.privacy import access as access_documents
from portal.privacy import register as registers
from portal.privacy.register_files import MIME_TYPES

_language = option(
    "--lang",
    type=click.Choice(LANGUAGES),
    help=_("The language of the document; that of this terminal by default."),
)
_output = option(
    "-o", "--output", type=FILE, required=True, metavar=_("FILE"), help=_("The file to write.")
)


@click.group("register", cls=Group, help=_("Export the register of processing activities."))
def register() -> None:
    """Below it are the commands."""


@register.command(
    cls=Command,
    help=_(
        "Write the register of processing activities to a file.\n\n"
        "It has one record for each activity that the portal holds, as article 30 of the GDPR asks."
    ),
)
@option(
    "--format",
    "kind",
    type=click.Choice(tuple(MIME_TYPES)),
    default="odt",
    show_default=True,
    help=_("A document (odt, docx) or data (csv, json)."),
)
@_language
@_output
def export(kind: str, lang: str | None, output: Path) -> None:
    """Export the register."""
    opened()
    speak = lang or current_language()
    content, _name, _type = registers.export(gate(Channel.REGISTER), kind, speak)
    write_whole(output, content)


@click.command(
    cls=Command,
    help=_(
        "Write what the portal holds about a person, as they may ask by article 15 of the GDPR.\n\n"
        "The number of a person stands on their sheet. The document is journaled."
    ),
)
@argument(
    "person",
    type=click.IntRange(min=1),
    metavar=_("PERSON"),
    help=_("The number of the person."),
)
@option(
    "--format",
    "kind",
    type=click.Choice(access_documents.FORMATS),
    default="odt",
    show_default=True,
    help=_("The format of the document."),
)
@_language
@_output
def access(person: int, kind: str, lang: str | None, output: Path) -> None:
    """Make an access document."""
    opened()
    speak = lang or current_language()
    content, _name, _type = access_documents.document(gate(Channel.ACCESS), person, kind, speak)
    write_whole(output, content)


COMMANDS = (register, access)
