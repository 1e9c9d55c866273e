"""Bringing rows in: `import` reads a CSV or XLSX file into a table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from portal import imports
from portal.channels import Channel
from portal.cli.speaking import REFUSED, Command, argument, note, option, say
from portal.cli.terminal import FILE, gate, known_table, opened, written
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, _, ngettext
from portal.imports import Staged
from portal.imports.csvfile import ENCODING_NAMES, ENCODINGS
from portal.imports.refused import refused_lines
from portal.imports.source import SEPARATORS, Source

TOLD_LINES = 20
MARKS = {"semicolon": ";", "comma": ",", "tab": "\t"}


@click.command(
    "import",
    cls=Command,
    help=_(
        "Read a CSV or XLSX file into a table: new rows, and changes of those that are found.\n\n"
        "Columns are matched by name or by label. The lines that are refused are told with their"
        " reasons; then nothing is written, unless --good-rows asks for the others. The exit code"
        " is 0 only when every line of the file could be written. 'greffe export' writes what this"
        " command reads."
    ),
)
@argument("table", metavar=_("TABLE"), help=_("The table's name, as directory.person."))
@argument("file", type=FILE, metavar=_("FILE"), help=_("The file to read."))
@option(
    "--key",
    metavar=_("FIELD"),
    help=_("The field by which rows are found; 'none' makes every line a new row."),
)
@option("--good-rows", is_flag=True, help=_("Write the good lines, when others are refused."))
@option("--dry-run", is_flag=True, help=_("Say what would be done, and write nothing."))
@option("--empty", is_flag=True, help=_("Let an empty cell empty its field."))
@option("--encoding", type=click.Choice(ENCODINGS), help=_("The encoding, when it is mistaken."))
@option("--separator", type=click.Choice(list(MARKS)), help=_("The separator, likewise."))
@option(
    "--refused", type=FILE, metavar=_("FILE"), help=_("Write the refused lines to this CSV file.")
)
@click.pass_context
def import_file(  # noqa: PLR0913 - one parameter for each option
    ctx: click.Context,
    table: str,
    file: Path,
    key: str | None,
    good_rows: bool,  # noqa: FBT001 - click calls it
    dry_run: bool,  # noqa: FBT001 - click calls it
    empty: bool,  # noqa: FBT001 - click calls it
    encoding: str | None,
    separator: str | None,
    refused: Path | None,
) -> None:
    """Read, tell, write."""
    portal = opened()
    door = gate(Channel.IMPORT)
    wish = imports.Wish(
        known_table(portal.catalog, table),
        key=_key(key),
        blanks=empty,
        good_only=good_rows,
    )
    source = imports.opened(file, encoding=encoding or "", separator=MARKS.get(separator or "", ""))
    number = imports.start(door, source, wish)
    try:
        _tell_columns(door, source, wish)
        staged = imports.read(door, number, source)
        say(imports.report_of(staged))
        _tell_refused(door, staged)
        if refused is not None and staged.count(imports.REFUSED):
            with written(refused) as out:
                for piece in refused_lines(door, number):
                    out.write(piece.encode())
            say(_("Written: {file}").format(file=refused))
        _write(door, staged, source, dry_run=dry_run)
    finally:
        imports.discard(door, number, portal.settings.home)
    if staged.count(imports.REFUSED):
        ctx.exit(REFUSED)


def _key(given: str | None) -> str:
    if given is None:
        return imports.AUTOMATIC
    return "" if given in ("none", "") else given


def _tell_columns(door: Gate, source: Source, wish: imports.Wish) -> None:
    columns, key = imports.plan(door, source, wish)
    if source.kind == "csv":
        told = _("{file}: CSV, {encoding}, separator {mark}.")
        mark = SEPARATORS.get(source.separator, source.separator)
        name = ENCODING_NAMES[source.encoding]
        say(told.format(file=source.name, encoding=name, mark=mark))
    else:
        say(_("{file}: XLSX, first sheet.").format(file=source.name))
    fields = [(column.head, column.field) for column in columns if column.field is not None]
    say(_("Columns: {columns}.").format(columns=", ".join(_pair(*one) for one in fields)))
    for column in columns:
        if column.left_out:
            say(_("Left out: {head}. {why}").format(head=column.head or "?", why=column.left_out))
    say(
        _("Rows are found by: {field}.").format(field=key)
        if key
        else _("Every line makes a new row.")
    )


def _pair(head: str, field: Field) -> str:
    return head if head == field.name else f"{head} = {field.name}"


def _tell_refused(door: Gate, staged: Staged) -> None:
    lines = imports.page(door, staged.id, imports.REFUSED)[:TOLD_LINES]
    for line in lines:
        note(_line(line.number, line.payload["why"]))
    more = staged.count(imports.REFUSED) - len(lines)
    if more:
        text = ngettext(
            "{count} other line is refused: --refused FILE writes all of them.",
            "{count} other lines are refused: --refused FILE writes all of them.",
            more,
        )
        note(text.format(count=more))


def _line(number: int, reasons: Sequence[str]) -> Label:
    return _("Line {number}: {why}").format(number=number, why=" ".join(reasons))


def _write(door: Gate, staged: Staged, source: Source, *, dry_run: bool) -> None:
    if dry_run:
        say(_("Nothing was written."))
        return
    imports.write(door, staged.id, source)
    say(_("Written."))


COMMANDS = (import_file,)
