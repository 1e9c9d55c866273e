"""`greffe ledger`: the erased rows outside the database, applied again after a restore."""

from __future__ import annotations

from pathlib import Path

import click

from portal import erasure_ledger
from portal.channels import Channel
from portal.cli.speaking import Command, Group, argument, option, say
from portal.cli.terminal import FILE, gate, number, opened, write_whole
from portal.errors import Conflict, Invalid
from portal.i18n import _, labelled


@click.group("ledger", cls=Group, help=_("Keep the erased rows outside the database."))
def ledger() -> None:
    """Below it are the commands."""


@ledger.command(
    "export",
    cls=Command,
    help=_(
        "Write the ledger of erased rows to a file.\n\n"
        "It holds random identities of rows, and no name. Keep it apart from the backups: after a"
        " restore, 'greffe ledger apply' erases again what it names."
    ),
)
@option("-o", "--output", type=FILE, required=True, metavar=_("FILE"), help=_("The file to write."))
def export(output: Path) -> None:
    """Write the ledger."""
    opened()
    write_whole(output, "".join(erasure_ledger.written()).encode())


@ledger.command(
    "apply",
    cls=Command,
    help=_(
        "Erase and anonymise again what a ledger names, after a restore.\n\n"
        "Applying it twice changes nothing. What something blocks is told, and stays."
    ),
)
@argument("file", type=FILE, metavar=_("FILE"), help=_("A file of 'greffe ledger export'."))
def apply(file: Path) -> None:
    """Apply the ledger."""
    portal = opened()
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise Invalid(_("The file {name} cannot be read.").format(name=file.name)) from None
    done = erasure_ledger.apply(gate(Channel.ERASURE), erasure_ledger.read(text))
    deleted, anonymised = number(done.deleted), number(done.anonymised)
    said = _("Deleted: {deleted}. Anonymised: {anonymised}.")
    say(said.format(deleted=deleted, anonymised=anonymised))
    if done.blocked:
        labels = portal.catalog.tables
        what = ", ".join(labelled(labels[name].label, n) for name, n in done.blocked.items())
        raise Conflict(
            _("Something blocks these rows: {what}.").format(what=what),
            _("Lift what protects them, and apply the ledger again."),
        )


COMMANDS = (ledger,)
