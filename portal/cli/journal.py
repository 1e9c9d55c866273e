"""`greffe journal`: what stands in the access journal, whether it is whole, and what goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import click

from portal import journal as kept
from portal.actor import Grant
from portal.channels import Channel, Kind
from portal.cli.speaking import REFUSED, Command, Group, note, option, say
from portal.cli.terminal import FILE, columns, gate, number, opened, written
from portal.declare import Reach, Verb
from portal.gate import Gate
from portal.i18n import _, ngettext
from portal.models import utc_now
from portal.privacy import access_journal
from portal.privacy.access_journal import Asked

HEADS = "journal-head.txt"
"""Where the nightly job writes the last fingerprint, in the instance folder."""


FILTERS = (
    ("since", _("DATE"), _("From this day.")),
    ("until", _("DATE"), _("To this day.")),
    ("account", _("LOGIN"), _("Of this account: its sign-in name, or its number.")),
    ("table", _("TABLE"), _("On this table, as directory.person.")),
    ("person", _("PERSON"), _("About this person: the number, or words that find one only.")),
    ("address", _("ADDRESS"), _("From addresses that contain this.")),
)


def _filtered(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that narrow the entries."""
    attention = option(
        "--attention", is_flag=True, help=_("Only without account, or without a routable address.")
    )
    kind = option(
        "--kind",
        default="",
        type=click.Choice(("", *map(str, Kind))),
        metavar=_("KIND"),
        help=_("Of this kind of processing."),
    )
    command = attention(kind(command))
    for name, metavar, told in reversed(FILTERS):
        command = option(f"--{name}", default="", metavar=metavar, help=told)(command)
    return command


def _door(channel: Channel) -> Gate:
    """The command line with the right to the journal, which a right on everything lacks."""
    door = gate(channel)
    right = Grant("journal.*", frozenset({Verb.READ, Verb.EXPORT}), Reach.ALL)
    return Gate(replace(door.actor, grants=(*door.actor.grants, right)), channel)


@click.group("journal", cls=Group, help=_("List, export, verify or prune the access journal."))
def journal() -> None:
    """Below it are the commands."""


@journal.command(
    "list",
    cls=Command,
    help=_(
        "List the latest entries of the access journal, the last one first.\n\n"
        "It serves to investigate incidents and nothing else; the reading is journaled."
    ),
)
@_filtered
@option(
    "--last",
    type=click.IntRange(1, 500),
    default=20,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many entries to list."),
)
def list_entries(last: int, **typed: Any) -> None:
    """The latest entries."""
    opened()
    found = access_journal.lines(_door(Channel.LIST), Asked(**typed), last).lines
    note(access_journal.PURPOSE)
    if not found:
        say(_("There are none."))
        return
    columns(
        (
            _("Number"),
            _("Date and time"),
            _("Account"),
            _("Kind of processing"),
            _("Table"),
            _("Number of persons"),
            _("IP address"),
            _("To look at"),
        ),
        [
            (
                line.id,
                line.at,
                line.who,
                line.kind,
                line.table,
                number(line.person_count),
                line.address,
                ", ".join(line.look),
            )
            for line in found
        ],
    )


@journal.command(
    cls=Command,
    help=_(
        "Write the entries of the access journal as CSV or JSON.\n\n"
        "The file says what it is for, and is to be destroyed when it has served; it is journaled."
    ),
)
@_filtered
@option(
    "--format",
    "kind_of_file",
    type=click.Choice(tuple(access_journal.FORMATS)),
    default="csv",
    show_default=True,
    help=_("The format of the file."),
)
@option("-o", "--output", type=FILE, required=True, metavar=_("FILE"), help=_("The file to write."))
def export(kind_of_file: str, output: Path, **typed: Any) -> None:
    """Write the entries to a file."""
    opened()
    pieces = access_journal.export(_door(Channel.EXPORT), Asked(**typed), kind_of_file)
    with written(output) as file:
        for piece in pieces:
            file.write(piece.encode())
    say(_("Written: {file}").format(file=output))
    note(access_journal.DESTROY)


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
