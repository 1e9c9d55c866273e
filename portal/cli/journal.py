"""`greffe journal`: is the access journal whole, and what is past its term goes."""

from __future__ import annotations

from datetime import timedelta

import click

from portal import journal as kept
from portal.channels import Channel
from portal.cli.speaking import REFUSED, Command, Group, option, say
from portal.cli.terminal import gate, number, opened
from portal.declare import Verb
from portal.i18n import _, ngettext
from portal.models import utc_now

HEADS = "journal-head.txt"
"""Where the nightly job writes the last fingerprint, in the instance folder."""


@click.group("journal", cls=Group, help=_("Verify the access journal, or prune it."))
def journal() -> None:
    """Below it are the commands."""


@journal.command(
    cls=Command,
    help=_(
        "Read the whole journal and check that nothing was changed or removed.\n\n"
        "The exit code is 1 when something was."
    ),
)
@click.pass_context
def verify(ctx: click.Context) -> None:
    """Follow the chain of fingerprints."""
    portal = opened()
    verdict = kept.verify(portal.settings.home / HEADS)
    if verdict.whole:
        text = ngettext(
            "The journal is whole: {count} entry was read.",
            "The journal is whole: {count} entries were read.",
            verdict.entries,
        )
        say(text.format(count=number(verdict.entries)))
        return
    sentence = _("The journal is broken at entry {entry}: {why}")
    click.echo(sentence.format(entry=verdict.broken_at, why=verdict.why), err=True)
    ctx.exit(REFUSED)


@journal.command(
    cls=Command,
    help=_(
        "Delete the entries that are older than the journal's term.\n\n"
        "The term is the setting journal.days; younger entries are kept, whoever asks."
    ),
)
@option(
    "--days",
    type=click.IntRange(min=1),
    metavar=_("NUMBER"),
    help=_("Keep this many days instead, more than the term."),
)
def prune(days: int | None) -> None:
    """Delete what is past its term."""
    portal = opened()
    days = portal.settings.journal.days if days is None else days
    count = kept.prune(utc_now() - timedelta(days=days))
    gate(Channel.JOURNAL).note(Verb.EXECUTE, "journal.entry", (), count)
    text = ngettext("{count} entry was deleted.", "{count} entries were deleted.", count)
    say(text.format(count=number(count)))


COMMANDS = (journal,)
