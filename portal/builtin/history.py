"""History as a table: former and new values of audited fields, erased with their row."""

from __future__ import annotations

from peewee import BigIntegerField, CharField, DateTimeField, ForeignKeyField

from portal import declare
from portal.builtin.directory import Person
from portal.builtin.journal import journal_activity
from portal.declare import DataType, ThirdParty
from portal.i18n import _
from portal.models import (
    BareModel,
    LongTextField,
    ProcessNameField,
    RowNumberField,
    utc_now,
)


class Change(BareModel):
    """One field of one row took another value."""

    table_name = CharField(max_length=100, verbose_name=_("Table"))
    row = BigIntegerField(verbose_name=_("Row"))
    row_uuid = CharField(max_length=32, index=True, verbose_name=_("Identity of the row"))
    person = ForeignKeyField(
        Person, null=True, on_delete="CASCADE", backref="+", verbose_name=_("Person")
    )
    field = CharField(max_length=100, verbose_name=_("Field"))
    old = LongTextField(default="", verbose_name=_("Former value"))
    new = LongTextField(default="", verbose_name=_("New value"))
    at = DateTimeField(default=utc_now, index=True, verbose_name=_("Date and time"))
    account = RowNumberField("accounts.account", null=True, verbose_name=_("Account"))
    actor = ProcessNameField(max_length=100, default="", verbose_name=_("Process"))

    class Meta:
        indexes = ((("table_name", "row", "id"), False),)


changes = declare.Table(
    Change,
    label=_("History of values"),
    one=_("Change of a value"),
    activity=journal_activity,
    title=("at",),
    subject="person",
    structure="person.structures",
    personal={
        "person": DataType.IDENTITY,
        "table_name": DataType.CONNECTION,
        "row": DataType.CONNECTION,
        "row_uuid": DataType.CONNECTION,
        "field": DataType.OTHER,
        "old": DataType.OTHER,
        "new": DataType.OTHER,
        "at": DataType.CONNECTION,
        "account": DataType.CONNECTION,
        "actor": DataType.CONNECTION,
    },
    third_party={"account": ThirdParty.REMOVE, "actor": ThirdParty.REMOVE},
    columns=("at", "table_name", "row", "field", "old", "new", "account"),
    read_only=True,
)

plugin = declare.Plugin(_("History"), tables=(changes,))
