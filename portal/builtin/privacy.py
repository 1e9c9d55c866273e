"""Privacy.

What limits the use of rows (restrictions, legal holds) and what proves their erasure.
"""

from __future__ import annotations

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
)

from portal import declare
from portal.builtin import audit, breaches, objections, processors, requests, treatments
from portal.builtin.directory import Person
from portal.declare import DataType
from portal.i18n import _
from portal.models import (
    BareModel,
    DomainModel,
    LongTextField,
    OptionField,
    ProcessNameField,
    TableNameField,
    utc_now,
)

GROUNDS = (
    ("accuracy", _("Accuracy contested")),
    ("unlawful", _("Unlawful processing, erasure refused by the person")),
    ("claims", _("Needed for legal claims")),
    ("objection", _("Objection being examined")),
)


class Restriction(DomainModel):
    """Data of a person that may only be stored (GDPR art. 18), until it is lifted."""

    person = ForeignKeyField(Person, backref="+", verbose_name=_("Person"))
    activity = CharField(max_length=60, default="", verbose_name=_("Activity (empty: all)"))
    ground = OptionField(GROUNDS, verbose_name=_("Ground"))
    reason = LongTextField(default="", verbose_name=_("Reason"))
    starts_on = DateField(verbose_name=_("From"))
    lifted_at = DateTimeField(null=True, index=True, verbose_name=_("Lifted on"))


class RowHold(DomainModel):
    """A record that may not be erased: a dispute is open about it."""

    table_name = TableNameField(verbose_name=_("Table"))
    row = BigIntegerField(verbose_name=_("Number of the record"))
    reason = LongTextField(verbose_name=_("Reason"))
    review_on = DateField(verbose_name=_("To be reviewed on"))
    lifted_at = DateTimeField(null=True, index=True, verbose_name=_("Lifted on"))

    class Meta:
        indexes = ((("table_name", "row"), False),)


class LegalHold(DomainModel):
    """A person whose rows may not be erased: a dispute is open."""

    person = ForeignKeyField(Person, backref="+", verbose_name=_("Person"))
    reason = LongTextField(verbose_name=_("Reason"))
    review_on = DateField(verbose_name=_("To be reviewed on"))
    lifted_at = DateTimeField(null=True, index=True, verbose_name=_("Lifted on"))


class Purge(BareModel):
    """The evidence of a purge: what, how many, up to which day, by whom, when.

    No value of an erased row.
    """

    activity = CharField(max_length=60, verbose_name=_("Activity"))
    limit = DateField(verbose_name=_("Older than"))
    erased = IntegerField(default=0, verbose_name=_("Erased rows"))
    blocked = IntegerField(default=0, verbose_name=_("Blocked rows"))
    kept = IntegerField(default=0, verbose_name=_("Rows not obsolete"))
    details = LongTextField(default="", verbose_name=_("By table"))
    account = IntegerField(null=True, verbose_name=_("Account number"))
    actor = ProcessNameField(max_length=100, default="", verbose_name=_("Process"))
    automatic = BooleanField(default=False, verbose_name=_("Automatic"))
    at = DateTimeField(default=utc_now, index=True, verbose_name=_("On"))
    approver = IntegerField(null=True, verbose_name=_("Approved by (account number)"))
    deletable_left = IntegerField(null=True, verbose_name=_("Deletable rows afterwards"))
    blocked_left = IntegerField(null=True, verbose_name=_("Blocked rows afterwards"))
    kept_left = IntegerField(null=True, verbose_name=_("Rows not obsolete afterwards"))
    anonymised = IntegerField(null=True, verbose_name=_("Anonymised rows"))


APPROVED, AUTOMATIC_ON, AUTOMATIC_OFF = "approved", "automatic_on", "automatic_off"
ARCHIVE_ON, ARCHIVE_OFF = "archive_on", "archive_off"
DECISIONS = (
    (APPROVED, _("Preview approved")),
    (AUTOMATIC_ON, _("Automatic purge switched on")),
    (AUTOMATIC_OFF, _("Automatic purge switched off")),
    (ARCHIVE_ON, _("Archive phase switched on")),
    (ARCHIVE_OFF, _("Archive phase switched off")),
)


class PurgeDecision(BareModel):
    """What somebody decided on the purges of an activity; written once, the latest counts."""

    activity = CharField(max_length=60, index=True, verbose_name=_("Activity"))
    kind = OptionField(DECISIONS, verbose_name=_("Decision"))
    signature = LongTextField(default="", verbose_name=_("What was previewed"))
    account = IntegerField(null=True, verbose_name=_("Account number"))
    actor = ProcessNameField(max_length=100, default="", verbose_name=_("Process"))
    at = DateTimeField(default=utc_now, index=True, verbose_name=_("On"))


class Erased(BareModel):
    """The erasure ledger.

    Identifiers of erased rows, so that a restored backup can be cleaned again.
    """

    table_name = CharField(max_length=100, verbose_name=_("Table"))
    row_uuid = CharField(max_length=32, index=True, verbose_name=_("Identity of the row"))
    anonymised = BooleanField(default=False, verbose_name=_("Anonymised, not erased"))
    at = DateTimeField(default=utc_now, verbose_name=_("On"))


requests_activity = requests.activity

restrictions = declare.Table(
    Restriction,
    label=_("Restrictions"),
    one=_("Restriction"),
    activity=requests_activity,
    title=("starts_on",),
    subject="person",
    personal={
        "person": DataType.IDENTITY,
        "activity": DataType.OTHER,
        "ground": DataType.OTHER,
        "reason": DataType.OTHER,
        "starts_on": DataType.OTHER,
        "lifted_at": DataType.OTHER,
    },
    columns=("person", "activity", "ground", "starts_on", "lifted_at"),
    configuration=True,
)
legal_holds = declare.Table(
    LegalHold,
    label=_("Legal holds"),
    one=_("Legal hold"),
    activity=requests_activity,
    title=("review_on",),
    subject="person",
    personal={
        "person": DataType.IDENTITY,
        "reason": DataType.OTHER,
        "review_on": DataType.OTHER,
        "lifted_at": DataType.OTHER,
    },
    columns=("person", "reason", "review_on", "lifted_at"),
)
row_holds = declare.Table(
    RowHold,
    label=_("Legal holds on records"),
    one=_("Legal hold on a record"),
    title=("review_on",),
    no_personal_data=_("It names a record by its number, and a reason without a person."),
    not_personal=("table_name", "row", "reason", "review_on", "lifted_at"),
    columns=("table_name", "row", "reason", "review_on", "lifted_at"),
)
purges = declare.Table(
    Purge,
    label=_("Purges"),
    one=_("Purge"),
    title=("activity", "at"),
    no_personal_data=_("It counts rows and names none of them."),
    not_personal=(
        "activity",
        "limit",
        "erased",
        "blocked",
        "kept",
        "details",
        "account",
        "actor",
        "automatic",
        "at",
        "approver",
        "deletable_left",
        "blocked_left",
        "kept_left",
        "anonymised",
    ),
    columns=("activity", "at", "limit", "erased", "blocked", "kept"),
    read_only=True,
)
purge_decisions = declare.Table(
    PurgeDecision,
    label=_("Decisions on purges"),
    one=_("Decision on purges"),
    title=("activity", "at"),
    no_personal_data=_("It counts rows and names none of them."),
    not_personal=("activity", "kind", "signature", "account", "actor", "at"),
    columns=("activity", "kind", "account", "at"),
    read_only=True,
)
erased = declare.Table(
    Erased,
    label=_("Erasure ledger"),
    one=_("Erased row"),
    title=("table_name",),
    no_personal_data=_("It holds random identifiers of rows that no longer exist."),
    not_personal=("table_name", "row_uuid", "anonymised", "at"),
    columns=("table_name", "row_uuid", "at"),
    read_only=True,
)

plugin = declare.Plugin(
    _("Privacy"),
    tables=(
        restrictions,
        legal_holds,
        row_holds,
        purges,
        purge_decisions,
        erased,
        *requests.TABLES,
        *breaches.TABLES,
        objections.objections,
        *treatments.TABLES,
        *audit.TABLES,
        *processors.TABLES,
    ),
    activities=(requests_activity, breaches.activity),
    holds=(requests.open_hold, breaches.open_hold),
)
