"""Typed lists as files: `greffe choices export` and `greffe choices import`."""

from __future__ import annotations

from pathlib import Path

import click

from portal import choice_lists, imports
from portal.catalog import Catalog
from portal.channels import Channel
from portal.choice_lists import KnownList
from portal.cli.speaking import REFUSED, Command, Group, argument, note, option, say
from portal.cli.terminal import FILE, existing, gate, nearest, opened, write_whole
from portal.errors import NotFound
from portal.fieldtypes import EMPTY
from portal.i18n import _, labelled
from portal.typed_files import Preview, csv_of, preview, wish_of


@click.group("choices", cls=Group, help=_("Write a typed list to a file, or read it from one."))
def choices() -> None:
    """Below it are the commands."""


@choices.command(
    "export",
    cls=Command,
    help=_(
        "Write the choices of a list to a CSV file.\n\n"
        "'greffe choices import' reads it again, in this portal or in another."
    ),
)
@argument("list_name", metavar=_("LIST"), help=_("The list's name, as members.validity-types."))
@argument("file", type=FILE, metavar=_("FILE"), help=_("The file to write."))
def export_choices(list_name: str, file: Path) -> None:
    """Write a list."""
    known = _known(opened().catalog, list_name)
    write_whole(file, csv_of(gate(Channel.EXPORT), known).encode())


@choices.command(
    "import",
    cls=Command,
    help=_(
        "Read choices from a CSV or XLSX file into a list.\n\n"
        "They are found by their identifiers: new ones are added, the others changed as the file"
        " says; those that the file lacks stay. All of it is written, or nothing when a line is"
        " refused. The exit code is 0 only when every line could be written."
    ),
)
@argument("list_name", metavar=_("LIST"), help=_("The list's name, as members.validity-types."))
@argument("file", type=FILE, metavar=_("FILE"), help=_("The file to read."))
@option("--dry-run", is_flag=True, help=_("Say what would be done, and write nothing."))
@option("--empty", is_flag=True, help=_("Let an empty cell empty its field."))
@click.pass_context
def import_choices(
    ctx: click.Context,
    list_name: str,
    file: Path,
    dry_run: bool,  # noqa: FBT001 - click calls it
    empty: bool,  # noqa: FBT001 - click calls it
) -> None:
    """Read, tell, write."""
    portal = opened()
    known = _known(portal.catalog, list_name)
    door = gate(Channel.IMPORT)
    source = imports.opened(existing(file))
    number = imports.start(door, source, wish_of(known, blanks=empty))
    try:
        imports.read(door, number, source)
        found = preview(door, number)
        _tell(found)
        if found.refused or dry_run:
            say(_("Nothing was written."))
        else:
            imports.write(door, number, source)
            say(_("Written."))
    finally:
        imports.discard(door, number, portal.settings.home)
    if found.refused:
        ctx.exit(REFUSED)


def _known(catalog: Catalog, name: str) -> KnownList:
    known = choice_lists.lists(catalog)
    if name not in known:
        raise NotFound(
            _("There is no list '{name}'.").format(name=name[:60]),
            nearest(name, known) or _("Known: {known}.").format(known=", ".join(sorted(known))),
        )
    return known[name]


def _tell(found: Preview) -> None:
    say(found.report)
    for line, title, slug in found.new:
        told = _("Line {number}: new, {title} ({slug})")
        say(told.format(number=line, title=title, slug=slug))
    for change in found.changed:
        told = _("Line {number}: {title}, {change}")
        values = f"{change.old or EMPTY} → {change.new or EMPTY}"
        shown = labelled(change.label, values)
        say(told.format(number=change.line, title=change.title, change=shown))
    for line, _cells, why in found.refused:
        note(_("Line {number}: {why}").format(number=line, why=why))


COMMANDS = (choices,)
