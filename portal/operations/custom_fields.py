"""The jobs of custom fields: what follows a changed definition, and the erasure of values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import catalog, custom_erasing, custom_upkeep, reindex
from portal.channels import Channel
from portal.gate import Gate
from portal.i18n import _
from portal.operations import indexing, jobs
from portal.operations.work import RunningJob

JOB = "custom_fields"
ERASING = "custom_field_erasure"


@jobs.register(JOB, _("Prepare custom fields"))
def _prepare(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    return str(custom_upkeep.bring(catalog.current(), job.progress))


@jobs.register(ERASING, _("Erase the values of a custom field"))
def _erase(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    gate = Gate(job.actor, Channel.ERASURE)
    id = int(arguments["id"])
    done = custom_erasing.erase_values(gate, id, job.progress)
    custom_erasing.erase_definition(gate, id)
    reindex.fill(catalog.current(), job.progress)
    return str(done)


@jobs.each_minute
def ask() -> int | None:
    """Ask for the job when there is something to prepare and nobody asked yet; its number."""
    indexing.ask()
    if not custom_upkeep.pending(catalog.current()):
        return None
    return jobs.enqueue_alone(JOB)


def ask_erasure(gate: Gate, id: int) -> int:
    """Ask to erase the values of a custom field and its definition. Raises NotFound, Forbidden."""
    place = custom_erasing.found(gate, id)
    if place is not None:
        custom_erasing.require_right(gate, *place)
    return jobs.enqueue(ERASING, {"id": id}, gate.actor.account)
