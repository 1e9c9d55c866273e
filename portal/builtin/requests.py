"""Requests of data subjects (GDPR art. 12 to 22): the register, and the acts on each request.

Who asks may have no account and no sheet. What decides (state, dates, decision, reasons) is written
by the acts of `portal.privacy.requests` alone; the name and the contact stay here when the person's
sheet is erased, because an answer must still be sent and proven.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from peewee import BooleanField, CharField, DateField, DateTimeField, ForeignKeyField, Query

from portal import declare, register_catalogue
from portal.builtin.accounts import Account
from portal.builtin.directory import Person
from portal.declare import DataType
from portal.i18n import Label, Text, _
from portal.models import (
    DomainModel,
    EmailField,
    IdentifiedModel,
    LongTextField,
    NamesField,
    OptionField,
    utc_now,
)

RIGHTS = tuple(register_catalogue.vocabulary("request_types").items())
LETTERS = tuple(register_catalogue.vocabulary("letters").items())
ACTIVITIES = tuple(
    (line["code"], Text.of(line["label"])) for line in register_catalogue.catalogue()["categories"]
)
CHANNELS = (
    ("portal", _("On the portal")),
    ("email", _("By e-mail")),
    ("letter", _("By letter")),
    ("in_person", _("In person")),
    ("phone", _("By telephone")),
)
CAPACITIES = (
    ("self", _("The person themselves")),
    ("mandated", _("A person with a mandate")),
    ("guardian", _("Legal guardian of a minor")),
    ("heir", _("Heir")),
)
TO_TREAT, EXTENDED, CLOSED, WITHDRAWN = "to_treat", "extended", "closed", "withdrawn"
IDENTITY, CLARIFICATION, SERVICE = "identity_pending", "clarification_pending", "service_pending"
GRANTED, PARTLY, REFUSED = "granted", "partly_granted", "refused"
STATES = (
    (TO_TREAT, _("To treat")),
    (IDENTITY, _("Identity awaited")),
    (CLARIFICATION, _("Clarification awaited")),
    (SERVICE, _("Answer of a service awaited")),
    (EXTENDED, _("Extended")),
    (GRANTED, _("Granted")),
    (PARTLY, _("Partly granted")),
    (REFUSED, _("Refused")),
    (WITHDRAWN, _("Withdrawn")),
    (CLOSED, _("Closed")),
)
DECISIONS = tuple(
    state for state in (("", _("None yet")), *STATES) if state[0] in ("", GRANTED, PARTLY, REFUSED)
)
IDENTITY_MEANS = (
    ("", _("Not checked")),
    ("signed_in", _("Signed in to the portal")),
    ("known", _("Known to the organisation")),
    ("number", _("Member number and details on file")),
    ("contact", _("Answer from the address on file")),
    ("document", _("Document seen")),
)
ANSWER_MEANS = (
    ("", _("None yet")),
    ("portal", _("Download after sign-in")),
    ("email", _("By e-mail, without attachment")),
    ("letter", _("By letter")),
    ("in_person", _("In person")),
)
ERASURES = (
    ("", _("Not asked for")),
    ("planned", _("To be executed")),
    ("failed", _("A module failed")),
    ("done", _("Executed")),
)
ACTS = (
    ("received", _("Request received")),
    ("identity_asked", _("Proof of identity asked for")),
    ("identity_checked", _("Identity checked")),
    ("clarification_asked", _("Clarification asked for")),
    ("service_asked", _("A service asked")),
    ("resumed", _("Answer received")),
    ("extended", _("Term extended")),
    ("granted", _("Granted")),
    ("partly_granted", _("Partly granted")),
    ("refused", _("Refused")),
    ("answered", _("Answer sent")),
    ("withdrawn", _("Withdrawn by the applicant")),
    ("closed", _("Closed")),
    ("letter", _("Letter made")),
    ("document", _("Document made")),
    ("objection_entered", _("Put on the objection list")),
    ("erased", _("Erasure executed")),
    ("erasure_failed", _("Erasure incomplete")),
    ("evidence_deleted", _("Evidence of identity deleted")),
    ("reminded", _("Reminder sent")),
)


class Request(IdentifiedModel):
    """A request to exercise rights, from its receipt to its closing."""

    received_on = DateField(index=True, verbose_name=_("Received on"))
    channel = OptionField(CHANNELS, verbose_name=_("Channel"))
    rights = NamesField(RIGHTS, verbose_name=_("Rights"))
    person = ForeignKeyField(
        Person, null=True, on_delete="SET NULL", backref="+", verbose_name=_("Data subject")
    )
    applicant_name = CharField(max_length=200, verbose_name=_("Applicant"))
    applicant_email = EmailField(max_length=254, default="", verbose_name=_("Applicant's e-mail"))
    applicant_address = LongTextField(default="", verbose_name=_("Applicant's address"))
    capacity = OptionField(CAPACITIES, default="self", verbose_name=_("Capacity"))
    scope = LongTextField(default="", verbose_name=_("What is asked"))
    state = OptionField(STATES, default=TO_TREAT, index=True, verbose_name=_("State"))
    due_on = DateField(index=True, verbose_name=_("Due on"))
    extended_on = DateField(null=True, verbose_name=_("Extension told on"))
    extension_reason = LongTextField(default="", verbose_name=_("Reason of the extension"))
    first_due_on = DateField(null=True, verbose_name=_("First due date"))
    identity_means = OptionField(IDENTITY_MEANS, default="", verbose_name=_("Identity checked by"))
    identity_checked_on = DateField(null=True, verbose_name=_("Identity checked on"))
    identity_checked_by = ForeignKeyField(
        Account, null=True, on_delete="SET NULL", backref="+", verbose_name=_("Checked by")
    )
    identity_evidence = LongTextField(default="", verbose_name=_("Evidence of identity"))
    assigned = ForeignKeyField(
        Account, null=True, on_delete="SET NULL", backref="+", verbose_name=_("Assigned to")
    )
    activities = NamesField(ACTIVITIES, default="", verbose_name=_("Activities concerned"))
    decision = OptionField(DECISIONS, default="", verbose_name=_("Decision"))
    reasons = LongTextField(default="", verbose_name=_("Reasons of the decision"))
    decided_on = DateField(null=True, verbose_name=_("Decided on"))
    answered_on = DateField(null=True, verbose_name=_("Answered on"))
    answer_means = OptionField(ANSWER_MEANS, default="", verbose_name=_("Answered by"))
    recipients_told = LongTextField(default="", verbose_name=_("Recipients told"))
    erasure = OptionField(ERASURES, default="", verbose_name=_("Erasure"))
    erasure_kept = LongTextField(default="", verbose_name=_("What is kept, why and until when"))
    closed_on = DateField(null=True, index=True, verbose_name=_("Closed on"))

    class Meta:
        table_name = "privacy_request"


class RequestAct(DomainModel):
    """One act on a request: what, when, by whom."""

    request = ForeignKeyField(Request, on_delete="CASCADE", backref="+", verbose_name=_("Request"))
    act = OptionField(ACTS, verbose_name=_("Act"))
    at = DateTimeField(default=utc_now, index=True, verbose_name=_("On"))
    account = ForeignKeyField(
        Account, null=True, on_delete="SET NULL", backref="+", verbose_name=_("By")
    )
    note = LongTextField(default="", verbose_name=_("Note"))
    automatic = BooleanField(default=False, verbose_name=_("By the portal itself"))

    class Meta:
        table_name = "privacy_requestact"


def open_requests(today: date) -> Query:
    """The requests that are not closed, which may not be erased."""
    return Request.select(Request.id).where(Request.state.not_in((CLOSED, WITHDRAWN)))


def _sample(number: int) -> Mapping[str, Any]:
    day = date(2026, 1, 1 + number % 28)
    own = {"rights": "access", "activities": "persons", "state": CLOSED}
    return own | {"due_on": day, "received_on": day, "closed_on": day}


def _act_sample(number: int) -> Mapping[str, Any]:
    return {"act": "received", "note": f"contract{number}"}


activity = register_catalogue.activity("rights_requests", counted_from="lifted_at")
_kept: tuple[str, ...] = (
    "state",
    "received_on",
    "due_on",
    "first_due_on",
    "extended_on",
    "extension_reason",
    "identity_means",
    "identity_checked_on",
    "identity_checked_by",
    "identity_evidence",
    "decision",
    "reasons",
    "decided_on",
    "answered_on",
    "answer_means",
    "erasure",
    "erasure_kept",
    "closed_on",
)
"""What only the acts write."""
_OF_IDENTITY = ("person", "applicant_name", "applicant_email", "applicant_address")
_label: Label = _("Request")

requests = declare.Table(
    Request,
    label=_("Requests of data subjects"),
    one=_label,
    identifiers=declare.Identifiers("D{{ id|pad(4) }}"),
    activity=activity,
    counted_from="closed_on",
    title=("applicant_name", "received_on"),
    subject="person",
    personal={
        **dict.fromkeys(_OF_IDENTITY, DataType.IDENTITY),
        **dict.fromkeys(
            ("capacity", "identity_means", "identity_evidence", "identity_checked_by", "assigned"),
            DataType.IDENTITY,
        ),
        **dict.fromkeys(
            (
                "received_on",
                "channel",
                "rights",
                "scope",
                "state",
                "due_on",
                "first_due_on",
                "extended_on",
                "extension_reason",
                "identity_checked_on",
                "activities",
                "decision",
                "reasons",
                "decided_on",
                "answered_on",
                "answer_means",
                "recipients_told",
                "erasure",
                "erasure_kept",
                "closed_on",
            ),
            DataType.OTHER,
        ),
    },
    searched=("applicant_name", "applicant_email", "scope"),
    columns=("identifier", "received_on", "applicant_name", "rights", "state", "due_on"),
    derived=_kept,
    sample=_sample,
)
acts = declare.Table(
    RequestAct,
    label=_("Acts on requests"),
    one=_("Act on a request"),
    activity=activity,
    retention=declare.WITH_PARENT,
    title=("act", "at"),
    subject="request.person",
    personal={
        "request": DataType.OTHER,
        "act": DataType.OTHER,
        "at": DataType.OTHER,
        "account": DataType.IDENTITY,
        "note": DataType.OTHER,
        "automatic": DataType.OTHER,
    },
    searched=("note",),
    columns=("request", "act", "at", "account", "note"),
    derived=("act", "at", "account", "note", "automatic"),
    fixed=("request",),
    sample=_act_sample,
)
TABLES = (requests, acts)
open_hold = declare.Hold("privacy.request", open_requests, _("The request is not closed"))
