"""What goes on in a portal: its jobs and its open sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from portal.accounts import sessions as accounts_sessions
from portal.channels import Channel
from portal.cli.speaking import Command, Group, argument, option, say
from portal.cli.terminal import columns, gate, opened
from portal.declare import Verb
from portal.errors import NotFound
from portal.fields import Field
from portal.i18n import Label, _, ngettext
from portal.operations import jobs as work
from portal.rows import Filter, Row, Selection

JOB, SESSION = "operations.job", "operations.session"
JOB_FIELDS = ("name", "state", "account", "progress", "total", "started_at", "message")
SESSION_FIELDS = ("account", "address", "client", "created_at", "seen_at")


def _last(usual: int, help: Label) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option of how many to list."""
    return option(
        "--last",
        type=click.IntRange(1, 500),
        default=usual,
        show_default=True,
        metavar=_("NUMBER"),
        help=help,
    )


@click.group("jobs", cls=Group, help=_("List the jobs, or cancel one."))
def jobs() -> None:
    """Below it are the commands."""


@jobs.command("list", cls=Command, help=_("List the latest jobs, the last one first."))
@_last(20, _("How many jobs to list."))
def list_jobs(last: int) -> None:
    """The latest jobs."""
    _print(JOB, JOB_FIELDS, last)


@jobs.command(cls=Command, help=_("Ask a job to stop; one that waits never starts."))
@argument("job", type=click.IntRange(min=1), metavar=_("NUMBER"), help=_("The job's number."))
def cancel(job: int) -> None:
    """Cancel a job."""
    opened()
    work.cancel(job)
    say(_("Job {number} is asked to stop.").format(number=job))


@click.group("sessions", cls=Group, help=_("List who is signed in, or sign somebody out."))
def sessions() -> None:
    """Below it are the commands."""


@sessions.command("list", cls=Command, help=_("List the latest sessions, the last one first."))
@_last(50, _("How many sessions to list."))
def list_sessions(last: int) -> None:
    """The sessions that are kept."""
    _print(SESSION, SESSION_FIELDS, last)


@sessions.command(cls=Command, help=_("Sign an account out everywhere, at once."))
@argument("login", metavar=_("LOGIN"), help=_("The name that the account signs in with."))
def end(login: str) -> None:
    """End every session of an account."""
    opened()
    door = gate(Channel.FORM)
    same = Filter("login", "equals", login)
    found = door.list("accounts.account", Selection(filters=(same,))).rows
    if not found:
        raise NotFound(_("No account signs in as {login}.").format(login=login[:60]))
    count = accounts_sessions.end_all(found[0].id)
    door.note(Verb.ERASE, SESSION, found[0].persons, count)
    text = ngettext("{count} session was ended.", "{count} sessions were ended.", count)
    say(text.format(count=count))


def _print(table: str, names: tuple[str, ...], last: int) -> None:
    opened()
    door = gate(Channel.LIST)
    known = {field.name: field for field in door.fields(table)}
    shown = [known[name] for name in names if name in known]
    selection = Selection(sort="id", descending=True, page_size=last)
    rows = door.list(table, selection, [field.name for field in shown]).rows
    if not rows:
        say(_("There are none."))
        return
    columns(
        (_("Number"), *(field.label for field in shown)),
        [(row.id, *(_cell(row, field) for field in shown)) for row in rows],
    )


def _cell(row: Row, field: Field) -> str:
    return " ".join(field.type.show(row.values.get(field.name)).split())


COMMANDS = (jobs, sessions)
