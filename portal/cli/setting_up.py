"""Setting an instance up: `init`, `migrate`, `demo`, `create-admin`."""

from __future__ import annotations

import sys

import click

from portal import reindex
from portal.accounts import profiles
from portal.cli import speaking
from portal.cli.speaking import Command, argument, option, say
from portal.cli.terminal import opened, progress
from portal.errors import Invalid
from portal.i18n import _
from portal.operations import examination, example, instance
from portal.operations.demo import FEWEST, MOST
from portal.operations.instance import DEMO_LOGINS, DEMO_PASSWORD
from portal.plugins import discover
from portal.settings import FILE_NAME

LONGEST_PASSWORD_LINE = 4_096


@click.command(
    cls=Command,
    help=_(
        "Make the instance: its folder, its database, its key.\n\n"
        "What exists is left as it is; an example of the settings, all commented out, is written"
        " where there are none. 'greffe run' makes the instance too when it starts."
    ),
)
def init() -> None:
    """Make what is missing."""
    portal = opened()
    say(_("The instance is ready: {folder}").format(folder=portal.settings.home))
    if example.write(portal.settings.home):
        said = _("An example of the settings: {file}")
        say(said.format(file=portal.settings.home / FILE_NAME))
    if profiles.has_administrator():
        say(_("Next: 'greffe run'."))
    else:
        say(_("Next: 'greffe create-admin', then 'greffe run'."))


@click.command(
    cls=Command,
    help=_(
        "Bring the database up to the version of this program.\n\n"
        "All of it is done, or nothing. 'greffe run' does this too when it starts. Search indexes"
        " that an upgrade changed are filled at once; 'greffe run' leaves that to a job."
    ),
)
def migrate() -> None:
    """Apply the migrations that wait."""
    settings = speaking.settings()
    loaded, _broken = discover(settings.plugins_folder, settings.plugins.disabled)
    waiting = examination.waiting(settings, loaded)
    portal = opened()
    for name in waiting:
        say(_("Applied: {name}").format(name=name))
    with progress(_("Filling the search index")) as tell:
        reindex.fill(portal.catalog, tell)
    if portal.broken:
        raise Invalid(
            _("Some plugins are left out: {names}.").format(
                names=", ".join(broken.name for broken in portal.broken)
            ),
            _("'greffe plugins' says why."),
        )
    say(_("The database is up to date."))


@click.command(
    cls=Command,
    help=_(
        "Fill a new instance with a flying club, for a demonstration or a trial at scale.\n\n"
        "The same number and seed give the same club. An instance that holds persons is refused."
    ),
)
@option(
    "--persons",
    type=click.IntRange(min=FEWEST, max=MOST),
    default=300,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many persons the club has."),
)
@option(
    "--seed",
    type=int,
    default=1,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("Another number gives another club."),
)
def demo(persons: int, seed: int) -> None:
    """Fill an empty portal."""
    portal = opened()
    with progress(_("Filling the demonstration")) as tell:
        instance.fill_demo(portal, persons, seed, tell)
    say(_("Accounts: {logins}").format(logins=", ".join(DEMO_LOGINS)))
    say(_("Password of each: {password}").format(password=DEMO_PASSWORD))
    say(_("Next: 'greffe run'."))


@click.command(
    "create-admin",
    cls=Command,
    help=_(
        "Create an account that may do everything.\n\n"
        "The password is asked twice, or read from the first line of the standard input. The"
        " account belongs to the person whose number is given, or to a new one whose names are"
        " given or asked; with --password-stdin and no person, to nobody."
    ),
)
@argument("login", metavar=_("LOGIN"), help=_("The name to sign in with."))
@option(
    "--person",
    type=click.IntRange(min=1),
    metavar=_("NUMBER"),
    help=_("The number of a person who is in the directory."),
)
@option("--last-name", metavar=_("NAME"), help=_("The last name of a new person."))
@option("--first-name", metavar=_("NAME"), help=_("The first name of a new person."))
@option("--password-stdin", is_flag=True, help=_("Read the password from the standard input."))
def create_admin(
    login: str,
    person: int | None,
    last_name: str | None,
    first_name: str | None,
    password_stdin: bool,  # noqa: FBT001 - click calls it
) -> None:
    """Create a superuser."""
    if person is not None and (last_name or first_name):
        raise click.UsageError(str(_("Give --person, or the names of a new one.")))
    opened()
    names = _names(last_name, first_name, asked=not password_stdin) if person is None else None
    if password_stdin:
        password = sys.stdin.readline(LONGEST_PASSWORD_LINE).rstrip("\r\n")
    else:
        password = click.prompt(
            str(_("Password")),
            hide_input=True,
            confirmation_prompt=str(_("The same password again")),
        )
    instance.create_administrator(login, password, person=person, names=names)
    say(_("The administrator {login} may sign in.").format(login=login))


def _names(last: str | None, first: str | None, *, asked: bool) -> tuple[str, str] | None:
    if not asked:
        return (last or "", first or "") if last or first else None
    last = last or click.prompt(str(_("Last name")))
    first = first or click.prompt(str(_("First name")))
    return str(last), str(first)


COMMANDS = (init, migrate, demo, create_admin)
