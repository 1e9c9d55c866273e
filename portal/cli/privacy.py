"""The registers on paper: `greffe register export` and `greffe access`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from portal.channels import Channel
from portal.cli import persons
from portal.cli.speaking import Command, Group, argument, option
from portal.cli.terminal import FILE, gate, opened, write_whole
from portal.errors import Invalid
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


def _kind(given: str | None, output: Path, formats: Sequence[str]) -> str:
    """The format that was given, else that of the file's name, else the first one.

    Refuses a name that says another format: the file would not open.
    """
    said = output.suffix.removeprefix(".").lower()
    kind = given or said or formats[0]
    if said and (said != kind or said not in formats):
        raise Invalid(
            _("{name} is not the name of a file in the format {kind}.").format(
                name=output.name, kind=given or formats[0]
            ),
            _("Let it end like one of these formats: {known}.").format(known=", ".join(formats)),
        )
    return kind


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
    help=_(
        "A document (odt, docx, pdf), a workbook (ods) or data (csv, json); by default as the"
        " file's name ends."
    ),
)
@option(
    "--activity",
    "only",
    default="",
    metavar=_("ACTIVITY"),
    help=_("The sheet of this treatment alone."),
)
@_language
@_output
def export(kind: str | None, only: str, lang: str | None, output: Path) -> None:
    """Export the register."""
    opened()
    speak = lang or current_language()
    form = _kind(kind, output, tuple(MIME_TYPES))
    content, _name, _type = registers.export(gate(Channel.REGISTER), form, speak, only=only)
    write_whole(output, content)


@click.command(
    cls=Command,
    help=_(
        "Write what the portal holds about a person, as they may ask by article 15 of the GDPR.\n\n"
        "PERSON is the number that stands on their sheet, or their external identifier. With --zip,"
        " the same content as JSON, CSV and document in one file; with --portable, only what the"
        " person gave (article 20). The document is journaled."
    ),
)
@argument("person", metavar=_("PERSON"), help=_("The person's number or external identifier."))
@option(
    "--format",
    "kind",
    type=click.Choice(access_documents.FORMATS),
    help=_("The format of the document; by default as the file's name ends, else odt."),
)
@option("--zip", "zipped", is_flag=True, help=_("A ZIP with JSON, CSV and the document."))
@option("--portable", is_flag=True, help=_("What the person gave, for them to take along."))
@_language
@_output
def access(
    person: str,
    kind: str | None,
    zipped: bool,  # noqa: FBT001 - click calls it
    portable: bool,  # noqa: FBT001 - click calls it
    lang: str | None,
    output: Path,
) -> None:
    """Make an access document."""
    opened()
    speak = lang or current_language()
    door = gate(Channel.ACCESS)
    wanted = "zip" if zipped or portable else kind
    if kind not in (None, wanted) or (zipped and portable):
        raise Invalid(_("Choose one of --format, --zip and --portable."))
    number = persons.named(door, person)
    if portable:
        made = access_documents.portable(door, number, speak)
    else:
        form = _kind(wanted, output, access_documents.FORMATS)
        made = access_documents.document(door, number, form, speak)
    write_whole(output, made[0])


COMMANDS = (register, access)
