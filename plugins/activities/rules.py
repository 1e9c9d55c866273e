"""Rules of activities: what an instructor is attached to, when a training's retention starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import JOIN, Query, fn

from plugins.activities.models import Outing, Training
from plugins.bookings.models import Booking
from plugins.members.models import Validity


def persons_in_training(instructor: int) -> Query:
    """The persons whom `instructor` trains now; a training that has ended attaches nobody."""
    return Training.select(Training.person).where(
        Training.instructor == instructor, Training.ended_on.is_null()
    )


def bookings_of_trainees(instructor: int) -> Query:
    """The bookings of the persons whom `instructor` trains now."""
    return Booking.select(Booking.id).where(Booking.person.in_(persons_in_training(instructor)))


def validities_of_trainees(instructor: int) -> Query:
    """The licences, certificates and ratings of the persons whom `instructor` trains now."""
    return Validity.select(Validity.id).where(Validity.person.in_(persons_in_training(instructor)))


def dates_of_trainings() -> Query:
    """The day of the last session of each training; without a session, the day it started."""
    return (
        Training.select(Training.id, fn.COALESCE(fn.MAX(Outing.day), Training.started_on))
        .join(Outing, JOIN.LEFT_OUTER, on=(Outing.training == Training.id))
        .group_by(Training.id, Training.started_on)
    )


def dates_of_outings() -> Query:
    """The end of the training that a session belongs to (ORA.ATO.120: three years from there).

    An activity of its own, and a session of a training under way, count from their own day.
    """
    return Outing.select(Outing.id, fn.COALESCE(Training.ended_on, Outing.day)).join(
        Training, JOIN.LEFT_OUTER, on=(Outing.training == Training.id)
    )


def training_in_order(values: Mapping[str, Any]) -> bool:
    """A training does not end before it starts."""
    start, end = values.get("started_on"), values.get("ended_on")
    return start is None or end is None or start <= end


def instructor_is_another(values: Mapping[str, Any]) -> bool:
    """Nobody is their own instructor."""
    instructor = values.get("instructor")
    return instructor is None or instructor != values.get("person")


def counts_are_positive(values: Mapping[str, Any]) -> bool:
    """Minutes and landings are not below zero."""
    return (values.get("minutes") or 0) >= 0 and (values.get("landings") or 0) >= 0
