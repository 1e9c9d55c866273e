"""What makes identifiers stale asks for the job that makes them again, in the same transaction.

Formulas come by forms, files and other portals alike, and merges move rows without a form. The job
is asked for as the portal itself: the queue finds it within two minutes.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from portal import identifiers
from portal.builtin.identifiers import Identifier
from portal.builtin.operations import QUEUED, Job
from portal.catalog import Catalog, CatalogTable
from portal.database import proxy
from portal.identifiers import INDEX

JOB = "identifiers"


def ask(table: str, *, anew: bool, account: int | None = None) -> int:
    """Ask for the job of a table, unless it already waits; its number.

    `anew`: the rows are numbered again, from 1 within their keys. The first account that asks is
    the one that the result speaks to.
    """
    waiting = Job.select(Job.id, Job.arguments, Job.account).where(
        Job.name == JOB, Job.state == QUEUED
    )
    for id, text, of in list(waiting.order_by(Job.id).tuples().execute(proxy.obj)):
        given = json.loads(text)
        if given["table"] != table:
            continue
        changes: dict[Any, Any] = {
            Job.arguments: _arguments(table, anew=anew or given["anew"]),
            Job.account: account if of is None else of,
        }
        same = Job.update(changes).where(Job.id == id, Job.state == QUEUED)
        if same.execute(proxy.obj):  # else it has just begun, perhaps with what was before
            return int(id)
    made = Job.insert(name=JOB, account=account, arguments=_arguments(table, anew=anew))
    return int(made.execute(proxy.obj))


def _arguments(table: str, *, anew: bool) -> str:
    return json.dumps({"table": table, "anew": anew})


def formulas_change(catalog: Catalog, ids: Sequence[int]) -> None:
    """These formulas were written, or are about to go: their tables are made again."""
    query = Identifier.select(Identifier.table_name, Identifier.kind)
    for name, kind in query.where(Identifier.id.in_(list(ids))).tuples().execute(proxy.obj):
        table = catalog.tables.get(name)
        if table is not None and table.declaration.identifiers is not None:
            ask(name, anew=kind == INDEX)


def rows_moved(catalog: Catalog, table: CatalogTable, name: str) -> None:
    """Rows of a table have another value in a field, without having been made again."""
    plan = identifiers.of(catalog, table)
    roots = {used.partition(".")[0] for used in plan.uses}
    if name in roots or (plan.index is not None and name in plan.index.keys):
        ask(table.name, anew=False)
