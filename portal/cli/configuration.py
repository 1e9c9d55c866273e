"""Settings as files: `greffe config export` and `greffe config import`."""

from __future__ import annotations

from pathlib import Path

import click

from portal.channels import Channel
from portal.cli.speaking import Command, Group, argument, option, say
from portal.cli.terminal import FILE, existing, gate, number, opened, write_whole
from portal.configuration import applying, files
from portal.configuration.review import FATE_LABELS, Fate, Review, review
from portal.errors import Invalid
from portal.i18n import _


@click.group("config", cls=Group, help=_("Carry lists, profile types and forms between portals."))
def config() -> None:
    """Below it are the commands."""


@config.command(
    "export",
    cls=Command,
    help=_(
        "Write the settings that administrators made to a file.\n\n"
        "It holds no person and no number of a row: the same settings give the same file."
    ),
)
@argument("file", type=FILE, metavar=_("FILE"), help=_("The file to write."))
def export_settings(file: Path) -> None:
    """Write the settings file."""
    opened()
    write_whole(file, files.export(gate(Channel.EXPORT)))


@config.command(
    "import",
    cls=Command,
    help=_(
        "Make this portal as a settings file says.\n\n"
        "All of it is applied, or nothing. What only this portal has stays as it is; a second time"
        " changes nothing."
    ),
)
@argument("file", type=FILE, metavar=_("FILE"), help=_("The settings file to read."))
@option("--dry-run", is_flag=True, help=_("Show what would change, and change nothing."))
def import_settings(file: Path, dry_run: bool) -> None:  # noqa: FBT001 - click calls it
    """Apply a settings file, or show what it would do."""
    opened()
    door = gate(Channel.IMPORT)
    given = files.read(existing(file).read_bytes())
    found = review(door, given)
    _show(found)
    if found.refused:
        raise Invalid(
            _("{count} rows are refused.").format(count=number(len(found.of(Fate.REFUSED)))),
            _("Nothing was changed."),
        )
    if dry_run:
        say(_("Nothing was changed."))
        return
    applying.apply(door, given, found.stamp)
    say(_("The settings are those of the file."))


def _show(found: Review) -> None:
    """The rows that the file changes or that are refused, and how many there are of each kind."""
    for line in found.lines:
        if line.fate is Fate.UNCHANGED:
            continue
        say(f"{FATE_LABELS[line.fate]}  {line.label}  {line.name}")
        if line.why:
            say(f"    {line.why}")
        for change in line.differences:
            say(f"    {change.label}")
            for sign, text in (("-", change.old), ("+", change.new)):
                for part in text.splitlines():
                    say(f"      {sign} {part}")
    for fate, label in FATE_LABELS.items():
        say(_("{label}: {value}").format(label=label, value=number(len(found.of(fate)))))


COMMANDS = (config,)
