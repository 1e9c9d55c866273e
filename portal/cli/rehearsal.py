"""`greffe rehearsal create` makes a test portal from a backup; `anonymise` empties it of names."""

from __future__ import annotations

from pathlib import Path

import click

from portal.actor import process
from portal.cli.speaking import Command, Group, argument, option, say
from portal.cli.terminal import number, opened
from portal.i18n import _, ngettext
from portal.operations import rehearsal as rehearsals
from portal.operations.instance import COMMAND_LINE


@click.group(
    "rehearsal", cls=Group, help=_("Make a test portal from a backup, to try a purge there first.")
)
def rehearsal() -> None:
    """Below it are the commands."""


@rehearsal.command(
    cls=Command,
    help=_(
        "Make a rehearsal copy of this portal in a new folder.\n\n"
        "It is marked as a rehearsal on every page and sends no mail. It holds the same personal"
        " data unless it is anonymised: delete the folder when you have tried what you wanted."
    ),
)
@argument(
    "folder",
    required=False,
    type=click.Path(path_type=Path, file_okay=False),
    metavar=_("FOLDER"),
    help=_("A new folder; by default one beside that of the instance."),
)
@option("--anonymise", is_flag=True, help=_("Replace every name and text of the copy."))
@option(
    "--database",
    default="",
    metavar=_("URL"),
    help=_("An empty PostgreSQL database, when this portal is on PostgreSQL."),
)
def create(folder: Path | None, anonymise: bool, database: str) -> None:  # noqa: FBT001 - click
    """Make a rehearsal copy."""
    settings = opened().settings
    made = rehearsals.create(
        settings,
        (folder or rehearsals.new_folder(settings)).absolute(),
        actor=process(COMMAND_LINE),
        database=database,
        anonymised=anonymise,
    )
    say(_("The rehearsal copy is ready: {folder}").format(folder=made.folder))
    if made.told:
        say(made.told.rstrip())
    say(_("Next: GREFFE_HOME={folder} greffe run").format(folder=made.folder))


@rehearsal.command(
    cls=Command,
    help=_(
        "Replace every name and text of a rehearsal copy; refused on any other portal.\n\n"
        "All accounts are closed, and a new one is made to sign in with."
    ),
)
def anonymise() -> None:
    """Anonymise the whole copy."""
    rows, password = rehearsals.anonymise(opened().settings, process(COMMAND_LINE))
    text = ngettext("{count} row was anonymised.", "{count} rows were anonymised.", rows)
    say(text.format(count=number(rows)))
    said = _("Sign in as {login} with the password {password}")
    say(said.format(login=rehearsals.LOGIN, password=password))


COMMANDS = (rehearsal,)
