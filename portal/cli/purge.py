"""`greffe purge` erases what is past its term in one activity, after saying what that is."""

from __future__ import annotations

import click

from portal.catalog import Catalog
from portal.channels import Channel
from portal.cli.speaking import Command, argument, note, option, say
from portal.cli.terminal import gate, nearest, number, opened
from portal.errors import Invalid, NotFound
from portal.fieldtypes import DateType
from portal.i18n import _, labelled, ngettext
from portal.privacy import retention
from portal.privacy.retention import Evidence, Plan


@click.command(
    cls=Command,
    help=_(
        "Erase the rows of an activity that are past their term and that nothing blocks.\n\n"
        "What would go is counted and shown first; then the activity's name is to be typed. Rows"
        " within their term, and rows that something blocks, are kept. The purge leaves evidence."
        " It cannot be undone: try it first on a rehearsal copy (greffe rehearsal create)."
    ),
)
@argument("activity", metavar=_("ACTIVITY"), help=_("The activity's name, as bookings."))
@option("--dry-run", is_flag=True, help=_("Say what would be done, and change nothing."))
@option("--yes", is_flag=True, help=_("Do not ask: run a preview that was approved before."))
@option(
    "--as", "login", metavar=_("ACCOUNT"), help=_("Within the rights of the account of this login.")
)
@option("--approve", is_flag=True, help=_("Approve the preview, and erase nothing."))
@option(
    "--automatic",
    type=click.Choice(("on", "off")),
    help=_("Let the activity purge itself each night, or not any more."),
)
@option(
    "--archive",
    type=click.Choice(("on", "off")),
    help=_("Take rows out of the lists after their active phase, or bring them back."),
)
def purge(  # noqa: PLR0913 - click calls it with one argument for each option
    activity: str,
    dry_run: bool,  # noqa: FBT001 - click calls it
    yes: bool,  # noqa: FBT001 - click calls it
    login: str | None,
    approve: bool,  # noqa: FBT001 - click calls it
    automatic: str | None,
    archive: str | None,
) -> None:
    """Preview, ask, purge."""
    catalog = opened().catalog
    name = _known(catalog, activity)
    door = gate(Channel.PURGE, login)
    if automatic:
        retention.switch(door, name, on=automatic == "on")
        on, off = _("The activity purges itself each night."), _("It is only purged by hand.")
        say(on if automatic == "on" else off)
        return
    if archive:
        rows = retention.archive(door, name, on=archive == "on")
        moved = ngettext("{count} row was archived.", "{count} rows were archived.", rows)
        back = ngettext(
            "{count} row is back in the lists.", "{count} rows are back in the lists.", rows
        )
        say((moved if archive == "on" else back).format(count=number(rows)))
        return
    plan = retention.plan(door, name)
    _describe(plan, catalog)
    if not plan.counts.deletable:
        say(_("There is nothing to erase."))
        return
    if dry_run:
        say(_("Nothing was changed."))
        return
    if not yes:
        note(_("What is erased cannot be recovered. Try it first on a rehearsal copy."))
        asking = _("Type '{name}' to approve it") if approve else _("Type '{name}' to erase them")
        if click.prompt(asking.format(name=name)).strip() != name:
            raise Invalid(_("This is not the activity's name."), _("Nothing was changed."))
    if approve:
        retention.approve(door, plan)
        say(_("The preview is approved. Nothing was erased."))
        return
    _tell(retention.run(door, plan, confirmed=not yes))


def _tell(done: Evidence) -> None:
    text = ngettext("{count} row was erased.", "{count} rows were erased.", done.erased)
    say(text.format(count=number(done.erased)))
    if done.left is not None:
        left = _("Counted again: {deletable} to erase, {blocked} blocked, {kept} in their term.")
        deletable, blocked, kept = map(number, done.left)
        say(left.format(deletable=deletable, blocked=blocked, kept=kept))
    say(_("Evidence number {number}.").format(number=done.id))


def _known(catalog: Catalog, name: str) -> str:
    if name in catalog.activities:
        return name
    known = ", ".join(sorted(catalog.activities))
    remedy = nearest(name, catalog.activities) or _("Use one of: {known}.").format(known=known)
    raise NotFound(_("There is no activity '{name}'.").format(name=name[:60]), remedy)


def _describe(plan: Plan, catalog: Catalog) -> None:
    counts = plan.counts
    limit = DateType().show(plan.limit)
    say(_("{label}: past their term before {limit}").format(label=plan.label, limit=limit))
    say(_("  to erase: {count}").format(count=number(counts.deletable)))
    for name, going in sorted({**counts.deletable_in, **counts.along}.items()):
        say("    " + labelled(catalog.table(name).label, number(going)))
    say(_("  blocked: {count}").format(count=number(counts.blocked)))
    for blocker, rows in sorted(counts.blocked_by.items(), key=lambda item: -item[1]):
        say("    " + labelled(blocker, number(rows)))
    say(_("  within their term: {count}").format(count=number(counts.not_obsolete)))


COMMANDS = (purge,)
