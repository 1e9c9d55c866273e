"""The command `greffe`."""

from __future__ import annotations

import click

from portal.cli import (
    backup,
    choices,
    configuration,
    dictionary,
    erasing,
    imports,
    journal,
    ledger,
    looking,
    privacy,
    processors,
    purge,
    rehearsal,
    serving,
    setting_up,
    taking_out,
    work,
)
from portal.cli.speaking import Main, Option, option
from portal.i18n import _
from portal.operations.backup import software

__all__ = ["main"]


@click.group(
    cls=Main,
    help=_(
        "Run and look after a Greffe portal.\n\n"
        "The instance stands in the folder 'var' of the current folder, or in the one that the"
        " variable GREFFE_HOME names; its settings are in greffe.toml there.\n\n"
        "Exit codes: 0 done, 1 refused with a sentence, 2 the command was not understood."
    ),
)
@option("--debug", is_flag=True, help=_("Show where an unexpected error arose."))
@click.version_option(
    software(), prog_name="greffe", cls=Option, help=_("Show the version and stop.")
)
def main(debug: bool) -> None:  # noqa: FBT001 - click calls it
    """Everything else is in the commands."""


MODULES = (
    serving,
    setting_up,
    looking,
    taking_out,
    imports,
    choices,
    configuration,
    privacy,
    dictionary,
    processors,
    purge,
    rehearsal,
    erasing,
    ledger,
    journal,
    backup,
    work,
)
"""In the order in which the help lists their commands."""

for module in MODULES:
    for command in module.COMMANDS:
        main.add_command(command)
