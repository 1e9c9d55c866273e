"""The job that makes the identifiers of a table again, after its formulas changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from peewee import IntegrityError

from portal import catalog, identifier_upkeep, identifiers, identifying
from portal.actor import Actor
from portal.builtin.operations import QUEUED, RUNNING, Job
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.database import proxy, transaction
from portal.declare import Verb
from portal.errors import Conflict
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.identifiers import EXTERNAL
from portal.identifying import Collision, Part
from portal.operations import jobs
from portal.operations.work import RunningJob

JOB = identifier_upkeep.JOB
TRIES = 3
NAMED = 20


@jobs.register(JOB, _("Make the identifiers of a table"))
def _make(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    known = catalog.current()
    table = known.table(str(arguments["table"]))
    numbered_to = identifying.restart(table) if arguments.get("anew") else 0
    total = int(table.model.select().count(proxy.obj))
    done = changed = after = 0
    collisions: list[Collision] = []
    while True:
        job.progress(done, max(total, done))
        part = _remade(job.actor, table, after, numbered_to)
        if not part.rows:
            return _told(Gate(job.actor, Channel.LIST), table, done, changed, collisions)
        done, changed, after = done + part.rows, changed + part.changed, part.last
        collisions += part.collisions


def _remade(actor: Actor, table: CatalogTable, after: int, numbered_to: int) -> Part:
    """A part of the rows; somebody may write the same identifier meanwhile, so it is tried again.

    Raises Conflict when that does not end.
    """
    for _number in range(TRIES):
        try:
            known = catalog.current()
            return identifying.remake(known, actor, table.name, after, numbered_to=numbered_to)
        except IntegrityError:
            continue
    raise Conflict(_("Others are writing the same identifiers."), _("Start the job again."))


def _told(
    gate: Gate, table: CatalogTable, done: int, changed: int, collisions: Sequence[Collision]
) -> str:
    """What was done, and which rows would share an identifier, in words.

    The identifier itself is told to who may read it of every row, and rows by their numbers alone
    when nobody asked in person: whoever sees jobs reads that.
    """
    said = [
        ngettext("{n} record seen", "{n} records seen", done).format(n=done),
        ngettext("{n} changed", "{n} changed", changed).format(n=changed),
    ]
    if collisions:
        said.append(
            ngettext(
                "{n} without an identifier, as another one has it",
                "{n} without an identifier, as another one has it",
                len(collisions),
            ).format(n=len(collisions))
        )
    named = [id for found in collisions[:NAMED] for id in (found.row, found.other)]
    reads = gate.actor.account is not None and gate.can(Verb.READ, table.name)
    titles = gate.titles(table.name, named) if named and reads else {}
    shown = gate.scope(table.name, Verb.READ).shown_on_all(table.fields[EXTERNAL])
    lines = []
    for found in collisions[:NAMED]:
        rows = gettext("{row} and {other}").format(
            row=titles.get(found.row) or _number(found.row),
            other=titles.get(found.other) or _number(found.other),
        )
        text = gettext("“{text}”: {rows}").format(text=found.text, rows=rows)
        lines.append(text if shown and {found.row, found.other} <= set(titles) else rows)
    return "\n".join([", ".join(said) + ".", *lines])


def _number(id: int) -> str:
    return gettext("No. {id}").format(id=id)


def ask_for(table: str, account: int | None, *, anew: bool) -> int:
    """Ask for the job, unless it already waits for this table; its number.

    `anew`: the rows are numbered again, from 1 within their keys.
    """
    with transaction():
        id = identifier_upkeep.ask(table, anew=anew, account=account)
        jobs.wake(id)
    return id


def under_way(table: str) -> bool:
    """True while a job for this table waits or runs."""
    waiting = Job.select(Job.arguments).where(Job.name == JOB, Job.state.in_((QUEUED, RUNNING)))
    return any(f'"{table}"' in arguments for (arguments,) in waiting.tuples())


def ask() -> None:
    """Ask for the tables that have rows and no identifier yet: the portal was brought up to date.

    One look at an index for each table.
    """
    for table in catalog.current():
        if "identifier" not in identifiers.of(catalog.current(), table).made:
            continue
        model = table.model
        some = model.select(model.id).limit(1)
        made = some.where(model.identifier.is_null(is_null=False))
        lacking = some.tuples().first(proxy.obj) and not made.tuples().first(proxy.obj)
        if lacking and not under_way(table.name):
            ask_for(table.name, None, anew=False)
