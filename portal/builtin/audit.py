"""The audit: rules that say which acts are noted and which values kept, and the noted events.

An event says who, when, which act and on which row; never a value.
"""

from __future__ import annotations

from typing import Any

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
from portal.activity import Activity
from portal.builtin.accounts import Account, accounts_activity
from portal.declare import DataType
from portal.i18n import Label, _
from portal.models import (
    AnyTableNameField,
    BareModel,
    DomainModel,
    FieldNamesField,
    LongTextField,
    NamesField,
    OptionField,
    ProcessNameField,
    RowNumberField,
    TableNameField,
    utc_now,
)

EVERYTHING, DELETIONS, CHOSEN, NOTHING = "everything", "deletions", "chosen", "nothing"
LEVELS: tuple[tuple[str, Label], ...] = (
    (EVERYTHING, _("All operations, reading too")),
    (DELETIONS, _("Deletions and renames only")),
    (CHOSEN, _("Chosen acts")),
    (NOTHING, _("None")),
)
CREATE, UPDATE, RENAME, ANONYMISE, ERASE = "create", "update", "rename", "anonymise", "erase"
READ, EXPORT = "read", "export"
ACTS: tuple[tuple[str, Label], ...] = (
    (CREATE, _("Creation")),
    (UPDATE, _("Modification")),
    (ERASE, _("Deletion")),
    (READ, _("Reading")),
    (EXPORT, _("Export")),
)
"""What a rule may choose; a rename is a modification."""
NOTED: tuple[tuple[str, Label], ...] = (
    *ACTS,
    (RENAME, _("Change of name")),
    (ANONYMISE, _("Anonymisation")),
)
"""What an event may be."""


class AuditRule(DomainModel):
    """What is noted of the acts on a table, and of which fields former values are kept."""

    label = CharField(max_length=200, unique=True, verbose_name=_("Label"))
    table_name = TableNameField(verbose_name=_("Table"))
    level = OptionField(LEVELS, verbose_name=_("What is noted"))
    acts = NamesField(ACTS, default="", verbose_name=_("Acts"))
    fields = FieldNamesField(default="", verbose_name=_("Fields whose values are kept"))
    conditions = LongTextField(default="", verbose_name=_("Conditions"))
    named = BooleanField(default=False, verbose_name=_("For named accounts only"))
    ends_on = DateField(null=True, verbose_name=_("Last day"))
    active = BooleanField(default=True, verbose_name=_("In force"))

    class Meta:
        table_name = "privacy_auditrule"


class AuditedAccount(DomainModel):
    """An account that a rule for named accounts is about."""

    rule = ForeignKeyField(AuditRule, on_delete="CASCADE", backref="+", verbose_name=_("Rule"))
    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+", verbose_name=_("Account"))

    class Meta:
        table_name = "privacy_auditedaccount"
        indexes = ((("rule", "account"), True),)


class AuditEvent(BareModel):
    """An act that a rule had noted. The row may be gone: its number and identity remain."""

    at = DateTimeField(default=utc_now, index=True, verbose_name=_("Date and time"))
    account = RowNumberField("accounts.account", null=True, verbose_name=_("Account"))
    actor = ProcessNameField(max_length=100, default="", verbose_name=_("Process"))
    act = OptionField(NOTED, verbose_name=_("Act"))
    table_name = AnyTableNameField(verbose_name=_("Table"))
    row = BigIntegerField(null=True, verbose_name=_("Row"))
    row_uuid = CharField(max_length=32, default="", verbose_name=_("Identity of the row"))
    row_count = IntegerField(default=1, verbose_name=_("Number of rows"))

    class Meta:
        table_name = "journal_auditevent"
        indexes = ((("table_name", "row", "id"), False),)


def _sample(number: int) -> dict[str, Any]:
    return {
        "label": f"Règle {number}",
        "table_name": "directory.person",
        "level": DELETIONS,
        "acts": "",
        "fields": "city",
        "conditions": f"city equals Lyon{number}",
    }


rules = declare.Table(
    AuditRule,
    label=_("Rules of the audit"),
    one=_("Rule of the audit"),
    title=("label",),
    no_personal_data=_("It describes what is noted, not persons."),
    not_personal=(
        "label",
        "table_name",
        "level",
        "acts",
        "fields",
        "conditions",
        "named",
        "ends_on",
        "active",
    ),
    columns=("label", "table_name", "level", "named", "ends_on", "active"),
    audited=("table_name", "level", "acts", "fields", "conditions", "named", "ends_on", "active"),
    configuration=True,
    sample=_sample,
)
audited_accounts = declare.Table(
    AuditedAccount,
    label=_("Accounts named by rules of the audit"),
    one=_("Account named by a rule of the audit"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("id",),
    subject="account.person",
    structure="account.person.structures",
    personal={"rule": DataType.CONNECTION, "account": DataType.CONNECTION},
    columns=("rule", "account"),
    audited=("account",),
    configuration=True,
)
TABLES = (rules, audited_accounts)


def events(activity: Activity) -> declare.Table:
    """The table of events, which is kept as long as the access journal is."""
    return declare.Table(
        AuditEvent,
        label=_("Event history"),
        one=_("Event"),
        activity=activity,
        title=("at",),
        personal={
            "at": DataType.CONNECTION,
            "account": DataType.CONNECTION,
            "actor": DataType.CONNECTION,
            "act": DataType.CONNECTION,
            "table_name": DataType.CONNECTION,
            "row": DataType.CONNECTION,
            "row_uuid": DataType.CONNECTION,
        },
        not_personal=("row_count",),
        columns=("at", "account", "actor", "act", "table_name", "row", "row_count"),
        read_only=True,
        not_in_access=_("It names rows by their number; the access journal gives the same acts."),
    )
