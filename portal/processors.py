"""The processors of each treatment, read once with the treatments in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.builtin.processors import NO_GUARANTEE, Processor, ProcessorTreatment


@dataclass(frozen=True, slots=True)
class Acting:
    """A processor that takes part in a treatment, until `ended_on` (None: still)."""

    name: str
    location: str
    outside_eu: bool
    guarantee: str
    ended_on: date | None

    def acts(self, day: date) -> bool:
        """True when its contract runs on that day."""
        return self.ended_on is None or self.ended_on >= day

    @property
    def unguaranteed(self) -> bool:
        """True when data leave the European Economic Area without a guarantee."""
        return self.outside_eu and self.guarantee == NO_GUARANTEE


def by_treatment() -> dict[str, tuple[Acting, ...]]:
    """The processors by treatment, in the order of their names."""
    rows = (
        ProcessorTreatment.select(
            ProcessorTreatment.activity,
            Processor.name,
            Processor.location,
            Processor.outside_eu,
            Processor.guarantee,
            Processor.ended_on,
        )
        .join(Processor)
        .order_by(Processor.name)
    )
    found: dict[str, tuple[Acting, ...]] = {}
    for row in rows.dicts():
        activity = row.pop("activity")
        found[activity] = (*found.get(activity, ()), Acting(**row))
    return found
