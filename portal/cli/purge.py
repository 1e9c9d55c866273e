"""`greffe purge` erases what is past its term in one activity, after saying what that is."""

from __future__ import annotations

import click

from portal.catalog import Catalog
from portal.channels import Channel
from portal.cli.speaking import Command, argument, option, say
from portal.cli.terminal import gate, nearest, number, opened
from portal.errors import Invalid, NotFound
from portal.fieldtypes import DateType
from portal.i18n import _, labelled, ngettext
from portal.privacy import retention
from portal.privacy.retention import Plan


@click.command(
    cls=Command,
    help=_(
        "Erase the rows of an activity that are past their term and that nothing blocks.\n\n"
        "What would go is counted and shown first; then the activity's name is to be typed. Rows"
        " within their term, and rows that something blocks, are kept. The purge leaves evidence."
    ),
)
@argument("activity", metavar=_("ACTIVITY"), help=_("The activity's name, as bookings."))
@option("--dry-run", is_flag=True, help=_("Say what would be done, and change nothing."))
@option("--yes", is_flag=True, help=_("Do not ask."))
def purge(activity: str, dry_run: bool, yes: bool) -> None:  # noqa: FBT001 - click calls it
    """Preview, ask, purge."""
    catalog = opened().catalog
    door = gate(Channel.PURGE)
    plan = retention.plan(door, _known(catalog, activity))
    _describe(plan, catalog)
    if not plan.counts.deletable:
        say(_("There is nothing to erase."))
        return
    if dry_run:
        say(_("Nothing was changed."))
        return
    if not yes:
        typed = click.prompt(str(_("Type '{name}' to erase them").format(name=activity)))
        if typed.strip() != activity:
            raise Invalid(_("This is not the activity's name."), _("Nothing was changed."))
    done = retention.run(door, plan)
    text = ngettext("{count} row was erased.", "{count} rows were erased.", done.erased)
    say(text.format(count=number(done.erased)))
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
