"""A processing activity: its purposes with their legal bases, and how long its rows are kept.

Plugins take these words from `portal.declare`.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from peewee import Query

from portal.i18n import Label


class LegalBasis(enum.StrEnum):
    """The six legal bases of GDPR art. 6(1)."""

    CONSENT = "consent"
    CONTRACT = "contract"
    LEGAL_OBLIGATION = "legal_obligation"
    VITAL_INTERESTS = "vital_interests"
    PUBLIC_TASK = "public_task"
    LEGITIMATE_INTEREST = "legitimate_interest"


class Unit(enum.StrEnum):
    """The unit of a period, counted on the calendar."""

    DAYS = "day"
    MONTHS = "month"
    YEARS = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """A length of time kept as value and unit: ten years are not 3,650 days."""

    value: int
    unit: Unit


def days(value: int) -> Period:
    """A period of `value` days."""
    return Period(value, Unit.DAYS)


def months(value: int) -> Period:
    """A period of `value` calendar months."""
    return Period(value, Unit.MONTHS)


def years(value: int) -> Period:
    """A period of `value` calendar years."""
    return Period(value, Unit.YEARS)


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose of a processing activity, with its one legal basis (GDPR art. 6).

    A legal obligation names its text in `legal_reference`; a legitimate interest is named in
    `interest` and weighed against those of the persons in `balancing`.
    """

    text: Label
    legal_basis: LegalBasis
    legal_reference: str = ""
    interest: str = ""
    balancing: str = ""


@dataclass(frozen=True, slots=True)
class Retention:
    """How long the rows of an activity are kept.

    A row is due when the date at `counted_from` (a field, or a path of references ending in a date)
    is older than `period`. `rule(limit)` replaces or narrows this: a query of the ids that are due,
    `limit` being the day before which a row is too old. `unit` names the reference whose rows are
    purged together (a fiscal year); empty: each row. `whole` (with `unit`) lets a unit be purged
    only when all its rows are due. After `active`, rows may be archived until their term.
    """

    period: Period
    counted_from: str = ""
    rule: Callable[[date], Query] | None = None
    unit: str = ""
    minimum: Period | None = None
    minimum_source: str = ""
    maximum: Period | None = None
    starts: Label = ""
    options: tuple[Label, ...] = ()
    active: Period | None = None


@dataclass(frozen=True, slots=True)
class Activity:
    """A processing activity: one line of the register (GDPR art. 30).

    The details may come from the catalogue. `special_condition` is the letter of GDPR art. 9(2)
    under which special categories are processed; `transfers` says to whom and where they go.
    """

    name: str
    purposes: tuple[Purpose, ...]
    retention: Retention
    label: Label = ""
    processing: Label = ""
    recipients: tuple[Label, ...] = ()
    data_types: Label = ""
    data_type_codes: tuple[str, ...] = ()
    special_categories: tuple[str, ...] = ()
    special_condition: str = ""
    subjects: tuple[str, ...] = ()
    collection: tuple[str, ...] = ("staff_form",)
    source: Label = ""
    storage: Label = ""
    security: tuple[str, ...] = ()
    transfer: str = "none"
    transfers: Label = ""
    joint_controllers: Label = ""
    order: int = 1000
