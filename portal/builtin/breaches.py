"""Breaches of personal data (GDPR art. 33 and 34): the register, and the acts on each breach.

The register names no person: whom a breach concerns is said by categories and numbers. What the law
counts (awareness, term, notification, who was told, closing) is written by the acts of
`portal.privacy.breaches` alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from peewee import BooleanField, DateField, DateTimeField, ForeignKeyField, IntegerField, Query

from portal import declare, register_catalogue
from portal.i18n import _
from portal.models import (
    DomainModel,
    IdentifiedModel,
    LongTextField,
    NamesField,
    OptionField,
    RowNumberField,
    utc_now,
)

NATURES = tuple(register_catalogue.vocabulary("breach_natures").items())
DATA = tuple(register_catalogue.vocabulary("data_categories").items())
PERSONS = tuple(register_catalogue.vocabulary("subject_categories").items())
OPEN, NOTIFIED, INFORMED, CLOSED = "open", "notified", "informed", "closed"
STATES = (
    (OPEN, _("Under examination")),
    (NOTIFIED, _("Notified")),
    (INFORMED, _("Persons informed")),
    (CLOSED, _("Closed")),
)
ORIGINS = (
    ("", _("Not known yet")),
    ("internal", _("Within the organisation")),
    ("processor", _("At a processor")),
    ("external", _("From outside")),
)
CAUSES = (
    ("", _("Not known yet")),
    ("mistake", _("Human error")),
    ("malice", _("Malicious act")),
    ("failure", _("Technical failure")),
    ("disaster", _("Disaster (fire, water)")),
)
GRAVITIES = (
    ("", _("Not assessed yet")),
    ("negligible", _("Negligible")),
    ("limited", _("Limited")),
    ("significant", _("Significant")),
    ("maximal", _("Maximal")),
)
NONE, AUTHORITY, OTHER = "none", "authority", "other"
NOTIFICATIONS = (
    ("", _("Not decided yet")),
    (NONE, _("None")),
    (AUTHORITY, _("The supervisory authority")),
    (OTHER, _("Another body")),
)
YES, SOON, NO = "yes", "soon", "no"
TOLD = (
    ("", _("Not decided yet")),
    (YES, _("Yes")),
    (SOON, _("Soon")),
    (NO, _("No")),
)
ACTS = (
    ("recorded", _("Breach recorded")),
    ("notified", _("Notified")),
    ("not_notified", _("Not notified, with the reason")),
    ("informed", _("Persons informed")),
    ("inform_soon", _("Persons to be informed soon")),
    ("not_informed", _("Persons not informed, with the reason")),
    ("letter", _("Letter made")),
    ("closed", _("Closed")),
)


class Breach(IdentifiedModel):
    """A breach of personal data, from the moment the organisation knows of it to its closing."""

    discovered_at = DateTimeField(index=True, verbose_name=_("Discovered on"))
    due_at = DateTimeField(index=True, verbose_name=_("To be notified by"))
    state = OptionField(STATES, default=OPEN, index=True, verbose_name=_("State"))
    occurred_at = DateTimeField(null=True, verbose_name=_("Occurred on"))
    in_progress = BooleanField(default=False, verbose_name=_("In progress"))
    facts = LongTextField(verbose_name=_("What happened"))
    origin = OptionField(ORIGINS, default="", verbose_name=_("Origin"))
    cause = OptionField(CAUSES, default="", verbose_name=_("Cause"))
    natures = NamesField(NATURES, default="", verbose_name=_("Nature"))
    data_categories = NamesField(DATA, default="", verbose_name=_("Categories of data"))
    person_categories = NamesField(PERSONS, default="", verbose_name=_("Categories of persons"))
    persons_about = IntegerField(null=True, verbose_name=_("Number of persons, about"))
    records_about = IntegerField(null=True, verbose_name=_("Number of records, about"))
    consequences = LongTextField(default="", verbose_name=_("Likely consequences"))
    gravity = OptionField(GRAVITIES, default="", verbose_name=_("Gravity"))
    measures = LongTextField(default="", verbose_name=_("Measures taken or proposed"))
    advice = LongTextField(default="", verbose_name=_("What the persons can do"))
    processors = LongTextField(default="", verbose_name=_("Processors involved"))
    evidence = LongTextField(default="", verbose_name=_("Where the evidence is kept"))
    notification = OptionField(NOTIFICATIONS, default="", verbose_name=_("Notification"))
    notified_body = LongTextField(default="", verbose_name=_("Body notified"))
    no_notification_reason = LongTextField(default="", verbose_name=_("Why it is not notified"))
    notified_at = DateTimeField(null=True, verbose_name=_("Notified on"))
    delay_reason = LongTextField(default="", verbose_name=_("Reason for the delay"))
    persons_told = OptionField(TOLD, default="", verbose_name=_("Persons told"))
    persons_told_on = DateField(null=True, verbose_name=_("Persons told on"))
    persons_reason = LongTextField(default="", verbose_name=_("How they are told, or why not"))
    closed_on = DateField(null=True, index=True, verbose_name=_("Closed on"))

    class Meta:
        table_name = "privacy_breach"


class BreachAct(DomainModel):
    """One act on a breach: what, when, by which account."""

    breach = ForeignKeyField(Breach, on_delete="CASCADE", backref="+", verbose_name=_("Breach"))
    act = OptionField(ACTS, verbose_name=_("Act"))
    at = DateTimeField(default=utc_now, index=True, verbose_name=_("On"))
    account = RowNumberField("accounts.account", null=True, verbose_name=_("By"))
    note = LongTextField(default="", verbose_name=_("Note"))

    class Meta:
        table_name = "privacy_breachact"


def open_breaches(today: date) -> Query:
    """The breaches that are not closed, which may not be erased."""
    return Breach.select(Breach.id).where(Breach.state != CLOSED)


def _reasoned(values: Mapping[str, Any]) -> bool:
    return values["notification"] != NONE or bool(str(values["no_notification_reason"]).strip())


def _delay_explained(values: Mapping[str, Any]) -> bool:
    late = values["notified_at"] is not None and values["notified_at"] > values["due_at"]
    return not late or bool(str(values["delay_reason"]).strip())


def _ended_after_beginning(values: Mapping[str, Any]) -> bool:
    begun = values["occurred_at"]
    return begun is None or begun <= values["discovered_at"]


def _counted(name: str) -> declare.Check:
    return declare.Check(
        lambda values: values[name] is None or values[name] >= 0,
        _("A number of 0 or more."),
        name,
    )


def _sample(number: int) -> Mapping[str, Any]:
    moment = datetime(2026, 1, 1 + number % 28, 9)
    own = {"discovered_at": moment, "due_at": datetime(2026, 3, 1), "state": CLOSED}
    said = {"notification": "", "natures": "confidentiality", "data_categories": "identity"}
    kept = {"person_categories": "members", "closed_on": moment.date(), "occurred_at": None}
    none = {"notified_at": None, "persons_about": number, "records_about": number}
    return own | said | kept | none


KEPT = (
    "discovered_at",
    "due_at",
    "state",
    "notification",
    "notified_body",
    "no_notification_reason",
    "notified_at",
    "delay_reason",
    "persons_told",
    "persons_told_on",
    "persons_reason",
    "closed_on",
)
"""What only the acts write."""
activity = register_catalogue.activity("breaches", counted_from="closed_on")
_WRITTEN = (
    "occurred_at",
    "in_progress",
    "facts",
    "origin",
    "cause",
    "natures",
    "data_categories",
    "person_categories",
    "persons_about",
    "records_about",
    "consequences",
    "gravity",
    "measures",
    "advice",
    "processors",
    "evidence",
)

breaches = declare.Table(
    Breach,
    label=_("Breaches of personal data"),
    one=_("Breach of personal data"),
    identifiers=declare.Identifiers("V{{ id|pad(4) }}"),
    activity=activity,
    counted_from="closed_on",
    title=("discovered_at",),
    no_personal_data=_("It counts persons by category and names none of them."),
    not_personal=(*KEPT, *_WRITTEN),
    searched=("facts", "consequences", "measures"),
    columns=("identifier", "discovered_at", "facts", "gravity", "state", "due_at"),
    audited=_WRITTEN,
    checks=(
        declare.Check(
            _reasoned,
            _("A breach that is not notified needs the reason."),
            "no_notification_reason",
        ),
        declare.Check(
            _delay_explained,
            _("A notification after the term needs the reason for the delay."),
            "delay_reason",
        ),
        declare.Check(
            _ended_after_beginning,
            _("A breach cannot have occurred after it was discovered."),
            "occurred_at",
        ),
        _counted("persons_about"),
        _counted("records_about"),
    ),
    derived=KEPT,
    sample=_sample,
)
acts = declare.Table(
    BreachAct,
    label=_("Acts on breaches"),
    one=_("Act on a breach"),
    activity=activity,
    retention=declare.WITH_PARENT,
    title=("act", "at"),
    no_personal_data=_("It says what was done about a breach, and names an account by its number."),
    not_personal=("breach", "act", "at", "account", "note"),
    searched=("note",),
    columns=("breach", "act", "at", "account", "note"),
    derived=("act", "at", "account", "note"),
    fixed=("breach",),
    sample=lambda number: {"act": "recorded", "note": f"contract{number}"},
)
TABLES = (breaches, acts)
open_hold = declare.Hold("privacy.breach", open_breaches, _("The breach is not closed"))
