"""The job that fills the search indexes again, after an upgrade changed what is searched."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import catalog, reindex
from portal.i18n import _
from portal.operations import jobs
from portal.operations.work import RunningJob

JOB = "reindex"


@jobs.register(JOB, _("Make the search index"))
def _fill(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    return str(reindex.fill(catalog.current(), job.progress))


def ask() -> int | None:
    """Ask for the job when an index is to be filled and nobody asked yet; its number."""
    if not reindex.waiting(catalog.current()):
        return None
    return jobs.enqueue_alone(JOB)
