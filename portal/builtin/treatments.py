"""The register: treatments that officers added, what they changed of any, and who manages which."""

from __future__ import annotations

import json
from typing import Any

from peewee import CharField, DateTimeField, FloatField, ForeignKeyField, Model

from portal import declare, register_catalogue
from portal.activity import Activity, Period, Retention, Unit
from portal.builtin.accounts import Account, accounts_activity
from portal.database import proxy
from portal.declare import DataType
from portal.i18n import Label, _
from portal.models import DomainModel, LongTextField, OptionField, RowNumberField

ATTRIBUTES = (
    ("label", _("Name")),
    ("processing", _("Processing")),
    ("purposes", _("Purposes and legal bases")),
    ("special_categories", _("Special categories")),
    ("data_types", _("Types of data")),
    ("data_categories", _("Categories of data")),
    ("subjects", _("Categories of persons")),
    ("collection", _("Collection")),
    ("source", _("Source")),
    ("storage", _("Storage")),
    ("recipients", _("Recipients")),
    ("transfer", _("Transfers outside the EU")),
    ("transfers", _("Countries and recipients of transfers")),
    ("security", _("Security measures")),
    ("joint_controllers", _("Joint controllers")),
    ("retention", _("Retention")),
    ("screening", _("Need of an impact assessment")),
    ("in_use", _("In use")),
)
"""What of a treatment may be changed, and its words."""


class Added(DomainModel):
    """A treatment that no module keeps rows of: paper files, another software."""

    code = CharField(max_length=60, unique=True, verbose_name=_("Identifier"))
    label_fr = CharField(max_length=200, verbose_name=_("Label in French"))
    label_en = CharField(max_length=200, default="", verbose_name=_("Label in English"))
    account = RowNumberField("accounts.account", null=True, verbose_name=_("Author"))

    class Meta:
        table_name = "privacy_added"


class Decision(DomainModel):
    """One value of a treatment, in place of the shipped one.

    To erase it brings the shipped one back.
    """

    activity = CharField(max_length=60, verbose_name=_("Treatment"))
    attribute = OptionField(ATTRIBUTES, verbose_name=_("What"))
    value = LongTextField(verbose_name=_("Value"), help_text=_("As JSON."))
    reason = LongTextField(default="", verbose_name=_("Reason"))
    account = RowNumberField("accounts.account", null=True, verbose_name=_("Author"))

    class Meta:
        table_name = "privacy_decision"
        indexes = ((("activity", "attribute"), True),)


class Manager(DomainModel):
    """The manager whom the controller appointed for a treatment."""

    activity = CharField(max_length=60, unique=True, verbose_name=_("Treatment"))
    account = ForeignKeyField(
        Account, on_delete="CASCADE", backref="+", verbose_name=_("Appointed manager")
    )
    author = RowNumberField("accounts.account", null=True, verbose_name=_("Author"))

    class Meta:
        table_name = "privacy_manager"


class Counted(Model):
    """The last count of a treatment for a reach: shown at once where counting takes long."""

    activity = CharField(max_length=60)
    reach = CharField(max_length=64)
    counts = LongTextField()
    seconds = FloatField()
    at = DateTimeField()

    class Meta:
        database = proxy
        table_name = "privacy_counted"
        indexes = ((("activity", "reach"), True),)


def _added_sample(number: int) -> dict[str, Any]:
    return {"code": f"sample_{number}", "label_fr": f"Traitement {number}"}


_SAMPLED = ("storage", "source", "processing", "data_types", "transfers", "label")


def _decision_sample(number: int) -> dict[str, Any]:
    places = ("bookings", "contacts", "consents", "documents")
    attribute = _SAMPLED[number // len(places) % len(_SAMPLED)]
    value = json.dumps({"fr": f"Valeur {number}", "en": f"Value {number}"})
    return {"activity": places[number % len(places)], "attribute": attribute, "value": value}


def blank(name: str, label: Label) -> Activity:
    """A treatment of which nothing is said yet but its name."""
    return Activity(
        name=name,
        label=label,
        purposes=(),
        retention=Retention(Period(0, Unit.DAYS)),
        collection=(),
    )


added = declare.Table(
    Added,
    label=_("Added treatments"),
    one=_("Added treatment"),
    title=("label_fr",),
    no_personal_data=_("It names treatments, not persons."),
    not_personal=("code", "label_fr", "label_en", "account"),
    derived=("account",),
    author="account",
    columns=("label_fr", "label_en", "code", "updated_at"),
    audited=("label_fr", "label_en"),
    fixed=("code",),
    configuration=True,
    natural_key=("code",),
    sample=_added_sample,
)
decisions = declare.Table(
    Decision,
    label=_("Decisions of the register"),
    one=_("Decision of the register"),
    title=("activity", "attribute"),
    no_personal_data=_("It describes treatments, not persons."),
    not_personal=("activity", "attribute", "value", "reason", "account"),
    derived=("account",),
    author="account",
    columns=("activity", "attribute", "value", "reason", "updated_at"),
    audited=("value", "reason"),
    fixed=("activity", "attribute"),
    configuration=True,
    natural_key=("activity", "attribute"),
    sample=_decision_sample,
)
managers = declare.Table(
    Manager,
    label=_("Appointed managers"),
    one=_("Appointed manager"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("activity",),
    subject="account.person",
    structure="account.person.structures",
    personal={
        "activity": DataType.PROFESSIONAL_LIFE,
        "account": DataType.CONNECTION,
        "author": DataType.CONNECTION,
    },
    third_party={"author": declare.ThirdParty.REMOVE},
    derived=("author",),
    author="author",
    columns=("activity", "account", "updated_at"),
    audited=("account",),
    fixed=("activity",),
    configuration=True,
    sample=lambda number: {"activity": register_catalogue.codes()[number % 25]},
)
TABLES = (added, decisions, managers)
