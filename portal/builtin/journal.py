"""The access journal as tables: entries, names of erased persons, anchors of what was pruned.

Entries say who, when, from where, what and about whom; never a value of a row. Written only by
`portal.journal`.
"""

from __future__ import annotations

from peewee import (
    BigIntegerField,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    IntegerField,
)

from portal import declare, register_catalogue
from portal.builtin import audit
from portal.channels import KIND_LABELS, Channel
from portal.declare import DataType
from portal.i18n import _
from portal.models import (
    AnyTableNameField,
    BareModel,
    LongTextField,
    OptionField,
    ProcessNameField,
    RowNumberField,
    utc_now,
)

CHANNEL_LABELS = {
    Channel.LIST: _("List"),
    Channel.DETAIL: _("Sheet"),
    Channel.FORM: _("Form"),
    Channel.LOOKUP: _("Reference field"),
    Channel.SEARCH: _("Word search"),
    Channel.IMPORT: _("Import"),
    Channel.EXPORT: _("Export"),
    Channel.DOCUMENT: _("Document"),
    Channel.API: _("Programming interface"),
    Channel.ACCESS: _("Access request"),
    Channel.PURGE: _("Purge"),
    Channel.ERASURE: _("Erasure request"),
    Channel.RESTRICTION: _("Restriction"),
    Channel.REGISTER: _("Register"),
    Channel.JOURNAL: _("Journal"),
    Channel.BACKUP: _("Backup"),
    Channel.SIGN_IN: _("Sign-in"),
}
RULES = (
    ("persons_an_hour", _("Many persons seen within an hour")),
    ("persons_a_day", _("Many persons seen within a day")),
    ("large_export", _("Large list exported")),
    ("out_of_hours", _("Access out of hours")),
    ("protected_data", _("Archived, restricted or sensitive data opened")),
    ("one_person_often", _("One person seen many times")),
    ("strange_origin", _("No account, no address or an address that is not routable")),
    ("refused_sign_ins", _("Many sign-ins refused")),
    ("journal_read", _("Access journal read")),
    ("purge_not_run", _("The purge of the journal does not run")),
    ("broken_chain", _("The journal was changed")),
)
"""What the journal is searched for each night, and its words."""
OUTCOMES = (("done", _("Done")), ("refused", _("Refused")), ("failed", _("Failed")))


class Entry(BareModel):
    """One act on personal data; its ids outlive accounts and persons, so they reference nothing."""

    at = DateTimeField(index=True, verbose_name=_("Date and time"))
    account = RowNumberField("accounts.account", null=True, index=True, verbose_name=_("Account"))
    actor = ProcessNameField(max_length=100, default="", verbose_name=_("Process"))
    kind = OptionField(tuple(KIND_LABELS.items()), verbose_name=_("Kind of processing"))
    channel = OptionField(tuple(CHANNEL_LABELS.items()), verbose_name=_("Channel"))
    table_name = AnyTableNameField(default="", verbose_name=_("Table"))
    persons = LongTextField(default="[]", verbose_name=_("Persons concerned"))
    person_count = IntegerField(default=0, verbose_name=_("Number of persons"))
    row_count = IntegerField(default=0, verbose_name=_("Number of rows"))
    outcome = OptionField(OUTCOMES, default="done", verbose_name=_("Outcome"))
    reason = LongTextField(default="", verbose_name=_("Reason"))
    address = CharField(max_length=64, default="", verbose_name=_("IP address"))
    routable = BooleanField(default=False, verbose_name=_("Routable address"))
    client = ProcessNameField(max_length=200, default="", verbose_name=_("Client"))
    request = CharField(max_length=64, default="", verbose_name=_("Request number"))
    previous = CharField(max_length=64, verbose_name=_("Fingerprint of the previous entry"))
    hash = CharField(max_length=64, verbose_name=_("Fingerprint"))


class Alert(BareModel):
    """What a check of a day found, and who looked into it. Numbers only, like the entries."""

    day = DateField(index=True, verbose_name=_("Day"))
    rule = OptionField(RULES, verbose_name=_("Check"))
    account = RowNumberField("accounts.account", null=True, verbose_name=_("Account"))
    actor = ProcessNameField(max_length=100, default="", verbose_name=_("Process"))
    number = IntegerField(verbose_name=_("How many"))
    entry = BigIntegerField(null=True, verbose_name=_("First entry"))
    person = RowNumberField("directory.person", null=True, verbose_name=_("Person"))
    address = CharField(max_length=64, default="", verbose_name=_("IP address"))
    handled_at = DateTimeField(null=True, index=True, verbose_name=_("Dealt with on"))
    handled_by = RowNumberField("accounts.account", null=True, verbose_name=_("Dealt with by"))
    note = LongTextField(default="", verbose_name=_("Note"))


class ErasedName(BareModel):
    """The name of an erased person, kept only while entries about this person exist."""

    person = BigIntegerField(unique=True, verbose_name=_("Number of the person"))
    last_name = CharField(max_length=100, default="", verbose_name=_("Last name"))
    first_name = CharField(max_length=100, default="", verbose_name=_("First name"))
    erased_at = DateTimeField(default=utc_now, index=True, verbose_name=_("Erased on"))


class Anchor(BareModel):
    """Where a prune stopped: the last pruned entry, its fingerprint, and how many entries went."""

    entry = BigIntegerField(verbose_name=_("Last pruned entry"))
    hash = CharField(max_length=64, verbose_name=_("Fingerprint"))
    count = IntegerField(verbose_name=_("Number of entries"))
    at = DateTimeField(default=utc_now, verbose_name=_("Pruned on"))


journal_activity = register_catalogue.activity("access_journal", counted_from="at")

entries = declare.Table(
    Entry,
    label=_("Access journal"),
    one=_("Journal entry"),
    activity=journal_activity,
    title=("at",),
    personal={
        "account": DataType.CONNECTION,
        "actor": DataType.CONNECTION,
        "at": DataType.CONNECTION,
        "kind": DataType.CONNECTION,
        "channel": DataType.CONNECTION,
        "table_name": DataType.CONNECTION,
        "persons": DataType.IDENTITY,
        "outcome": DataType.CONNECTION,
        "reason": DataType.CONNECTION,
        "address": DataType.CONNECTION,
        "routable": DataType.CONNECTION,
        "client": DataType.CONNECTION,
        "request": DataType.CONNECTION,
    },
    not_personal=("person_count", "row_count", "previous", "hash"),
    columns=(
        "at",
        "account",
        "actor",
        "kind",
        "channel",
        "table_name",
        "person_count",
        "row_count",
        "outcome",
        "address",
        "routable",
    ),
    read_only=True,
    not_in_access=_("Its entries are given as dates and kinds in a part of their own."),
)
erased_names = declare.Table(
    ErasedName,
    label=_("Names of erased persons"),
    one=_("Name of an erased person"),
    activity=journal_activity,
    counted_from="erased_at",
    title=("last_name", "first_name"),
    personal={
        "person": DataType.IDENTITY,
        "last_name": DataType.IDENTITY,
        "first_name": DataType.IDENTITY,
        "erased_at": DataType.IDENTITY,
    },
    columns=("last_name", "first_name", "person", "erased_at"),
    read_only=True,
    not_in_access=_("The person is no longer in the directory; the name goes with the last entry."),
)
alerts = declare.Table(
    Alert,
    label=_("Alerts of the journal"),
    one=_("Alert of the journal"),
    activity=journal_activity,
    counted_from="day",
    title=("day",),
    personal={
        "day": DataType.CONNECTION,
        "rule": DataType.CONNECTION,
        "account": DataType.CONNECTION,
        "actor": DataType.CONNECTION,
        "entry": DataType.CONNECTION,
        "person": DataType.IDENTITY,
        "address": DataType.CONNECTION,
        "handled_at": DataType.CONNECTION,
        "handled_by": DataType.CONNECTION,
        "note": DataType.OTHER,
    },
    not_personal=("number",),
    columns=("day", "rule", "account", "number", "handled_at", "handled_by"),
    read_only=True,
    not_in_access=_("It serves the investigation of incidents; the acts are given by the journal."),
)
anchors = declare.Table(
    Anchor,
    label=_("Prunings of the journal"),
    one=_("Pruning of the journal"),
    title=("at",),
    no_personal_data=_("It holds fingerprints and counts."),
    not_personal=("entry", "hash", "count", "at"),
    columns=("at", "entry", "count"),
    read_only=True,
)

plugin = declare.Plugin(
    _("Journal"),
    tables=(entries, erased_names, alerts, anchors, audit.events(journal_activity)),
    activities=(journal_activity,),
)
