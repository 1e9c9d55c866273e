"""`greffe erase` erases what the portal holds about a person, after saying what that is."""

from __future__ import annotations

import click

from portal.channels import Channel
from portal.cli import persons
from portal.cli.speaking import Command, argument, option, say
from portal.cli.terminal import gate, number, opened
from portal.errors import Conflict, Invalid
from portal.i18n import _, labelled
from portal.privacy import erasure
from portal.privacy.erasure import Done, Plan


@click.command(
    cls=Command,
    help=_(
        "Erase what the portal holds about a person (article 17 of the GDPR).\n\n"
        "What would be deleted, anonymised and kept is said first; then the person's number is to"
        " be typed. What the law has kept stays. A request that waits for it is brought up to date."
    ),
)
@argument("person", metavar=_("PERSON"), help=_("The person's number or external identifier."))
@option("--dry-run", is_flag=True, help=_("Say what would be done, and change nothing."))
@option("--yes", is_flag=True, help=_("Do not ask."))
def erase(person: str, dry_run: bool, yes: bool) -> None:  # noqa: FBT001 - click calls it
    """Show the plan, ask, erase."""
    opened()
    door = gate(Channel.ERASURE)
    id = persons.named(door, person)
    plan = erasure.plan(door, id)
    _describe(plan)
    if dry_run:
        say(_("Nothing was changed."))
        return
    if not yes:
        typed = click.prompt(str(_("Type '{name}' to erase them").format(name=id)))
        if typed.strip() != str(id):
            raise Invalid(_("This is not the person's number."), _("Nothing was changed."))
    _tell(erasure.run(door, plan, erasure.waiting(door, id)))


def _describe(plan: Plan) -> None:
    say(plan.title)
    for line in plan.lines:
        what = f"{erasure.ACTIONS[line.action]} {number(line.count)}"
        said = f"{what} ({line.why})" if line.why else what
        say("  " + labelled(line.label, said))


def _tell(done: Done) -> None:
    if done.failed:
        raise Conflict(
            _("A module failed: {names}.").format(names=", ".join(done.failed)),
            _("What the others erased stays erased. Mend the module, and run this again."),
        )
    text = _("Deleted: {deleted}. Anonymised: {anonymised}.")
    deleted, anonymised = number(sum(done.deleted.values())), number(done.anonymised)
    say(text.format(deleted=deleted, anonymised=anonymised))


COMMANDS = (erase,)
