"""How many rows wait to be purged: counted at night, so that the start page reads one number.

The counts of the register are kept along, where they take long.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from portal.actor import process
from portal.builtin.operations import DONE, Job
from portal.channels import Channel
from portal.gate import Gate
from portal.i18n import _
from portal.operations import jobs
from portal.operations.work import RunningJob
from portal.privacy.register_counts import Counter

JOB = "retention.count"


@jobs.register(JOB, _("Count what is past its term"), nightly=True)
def _count(job: RunningJob, arguments: Mapping[str, Any]) -> str:
    gate = Gate(process(JOB), Channel.LIST)
    figures = Counter(gate, fresh=True).all(gate.catalog.activities.values())
    waiting = {name: found.deletable for name, found in figures.items() if found}
    return str(sum(n for name, n in waiting.items() if not gate.obsolete(name).prunes_itself))


def last() -> tuple[int, datetime] | None:
    """The number of rows at the last count, and when that was; None before the first."""
    ended = Job.select(Job.result, Job.finished_at).where(Job.name == JOB, Job.state == DONE)
    row = ended.order_by(Job.finished_at.desc()).tuples().first()
    return (int(row[0]), row[1]) if row and row[1] and str(row[0]).isdecimal() else None
