"""Looking at an instance: `check`, `plugins`, `tables`."""

from __future__ import annotations

import click

from portal.channels import Channel
from portal.cli import speaking
from portal.cli.speaking import REFUSED, Command, option, say
from portal.cli.terminal import columns, counted, gate, opened
from portal.i18n import _, labelled
from portal.operations.examination import Level, examine
from portal.settings import explain

MARKS = {Level.GOOD: _("good"), Level.WEAK: _("weak"), Level.WRONG: _("wrong")}
CORE = _("core")
SHIPPED, FOLDER, INSTALLED = _("shipped"), _("folder of plugins"), _("installed package")
ORIGINS = {"core": CORE, "shipped": SHIPPED, "folder": FOLDER, "installed": INSTALLED}


@click.command(
    cls=Command,
    help=_(
        "Say what is set, and what is good, weak or wrong.\n\n"
        "Each setting is shown with its value and where that comes from. Nothing is changed. The"
        " exit code is 1 when something is wrong; with --deploy, when something is weak too."
    ),
)
@option("--deploy", is_flag=True, help=_("Look at what a portal on a network needs as well."))
@click.pass_context
def check(ctx: click.Context, deploy: bool) -> None:  # noqa: FBT001 - click calls it
    """Settings, then findings."""
    settings = speaking.settings()
    columns((_("Setting"), _("Value"), _("Origin")), explain(settings))
    say()
    found = examine(settings, deploy=deploy)
    for finding in found:
        said = labelled(finding.about, finding.sentence)
        say(f"{MARKS[finding.level]!s:<7} {said}")
    bad = {Level.WRONG, Level.WEAK} if deploy else {Level.WRONG}
    if any(finding.level in bad for finding in found):
        ctx.exit(REFUSED)


@click.command(
    cls=Command,
    help=_(
        "List the plugins, those that could not be used with the reason, and the tables of those"
        " that are gone.\n\n"
        "The exit code is 1 when one could not be used."
    ),
)
@click.pass_context
def plugins(ctx: click.Context) -> None:
    """Plugins in use, then those that are not."""
    portal = opened()
    rows = [
        (one.name, one.plugin.label, ORIGINS[one.origin], len(one.plugin.tables))
        for one in portal.catalog.plugins
    ]
    columns((_("Name"), _("Label"), _("Origin"), _("Tables")), rows)
    _say_lost()
    if portal.broken:
        say()
        for broken in portal.broken:
            say(_("The plugin {name} is left out: {why}").format(name=broken.name, why=broken.told))
        ctx.exit(REFUSED)


def _say_lost() -> None:
    """The tables whose plugin is gone, with what is left in them."""
    lost = gate(Channel.LIST).lost()
    left = [
        (table.name, table.kept.label, table.kept.plugin, counted(lost.count(table)))
        for table in lost.tables()
    ]
    if left:
        say()
        say(_("These tables belong to plugins that are not loaded; 'greffe export' writes them:"))
        columns((_("Name"), _("Label"), _("Plugin"), _("Rows")), left)


@click.command(
    cls=Command,
    help=_("List the tables: their names, labels and the activity that each serves."),
)
def tables() -> None:
    """Every table of the catalog."""
    catalog = opened().catalog
    rows = [
        (
            table.name,
            table.label,
            table.declaration.activity.label if table.declaration.activity else "",
        )
        for table in sorted(catalog, key=lambda table: table.name)
    ]
    columns((_("Name"), _("Label"), _("Activity")), rows)


COMMANDS = (check, plugins, tables)
