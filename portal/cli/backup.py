"""`greffe backup` makes, lists and verifies backups; `greffe restore` puts one back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from portal.actor import process
from portal.cli import speaking
from portal.cli.speaking import REFUSED, Command, Group, argument, note, option, say
from portal.cli.terminal import FILE, columns, existing, kilobytes, number, opened
from portal.fieldtypes import DateTimeType
from portal.i18n import _
from portal.operations import backup as backups
from portal.operations.instance import COMMAND_LINE


@click.group("backup", cls=Group, help=_("Make, list or verify backups of the whole portal."))
def backup() -> None:
    """Below it are the commands."""


@backup.command(
    cls=Command,
    help=_(
        "Make a backup of the database and the files, and read it back.\n\n"
        "Without -o it goes to the folder of backups, where the older ones beyond backups.keep are"
        " deleted. It holds personal data: keep it where only you can read it. The secret key is"
        " not in it."
    ),
)
@option("-o", "--output", type=FILE, metavar=_("FILE"), help=_("The file to write."))
def create(output: Path | None) -> None:
    """Make a verified backup."""
    portal = opened()
    made = backups.create(portal.settings, output, process(COMMAND_LINE))
    say(_("Written and verified: {file}").format(file=made))


@backup.command("list", cls=Command, help=_("List the backups of the folder, the latest first."))
def list_backups() -> None:
    """The backups of the folder."""
    settings = speaking.settings()
    found = backups.existing(settings)
    found += sorted(
        settings.backups_folder.glob(f"{backups.BEFORE}*{backups.SUFFIX}"), reverse=True
    )
    if not found:
        say(_("There is no backup in {folder}.").format(folder=settings.backups_folder))
        return
    columns(
        (_("File"), _("kB")),
        [(file, kilobytes(file.stat().st_size)) for file in found],
    )


@backup.command(
    cls=Command,
    help=_(
        "Read a backup whole and say whether it could be restored.\n\n"
        "The exit code is 1 when it could not."
    ),
)
@argument("file", type=FILE, metavar=_("FILE"), help=_("The backup to read."))
@click.pass_context
def verify(ctx: click.Context, file: Path) -> None:
    """Verify a backup."""
    report = backups.verify(existing(file))
    if not report.ok:
        for problem in report.problems:
            note(problem)
        ctx.exit(REFUSED)
    _describe(report)


@click.command(
    cls=Command,
    help=_(
        "Put a backup back into the portal that it came from, or into an empty one.\n\n"
        "What was there is first kept as a backup of its own, and everybody is signed out. Stop"
        " 'greffe run' before."
    ),
)
@argument("file", type=FILE, metavar=_("FILE"), help=_("The backup to put back."))
@option("--dry-run", is_flag=True, help=_("Say what would be done, and change nothing."))
def restore(file: Path, dry_run: bool) -> None:  # noqa: FBT001 - click calls it
    """Restore a backup."""
    portal = opened()
    actor = process(COMMAND_LINE)
    report = backups.restore(existing(file), portal.settings, dry_run=dry_run, actor=actor)
    _describe(report)
    if dry_run:
        say(_("It can be restored. Nothing was changed."))
        return
    if report.kept is not None:
        say(_("What was there is kept: {file}").format(file=report.kept))
    say(_("The backup is restored. Everybody is to sign in again."))


def _describe(report: backups.Report) -> None:
    made = report.manifest
    if made is not None:
        text = _("Backup of {day}, {rows} rows, {engine}, version {software}.")
        say(
            text.format(
                day=DateTimeType().show(datetime.fromisoformat(made.made_at)),
                rows=number(made.rows),
                engine=made.engine,
                software=made.software,
            )
        )


COMMANDS = (backup, restore)
