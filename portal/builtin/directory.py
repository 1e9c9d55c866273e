"""Directory: the organisation, its tree of structures, persons, and who is attached where."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from peewee import BooleanField, CharField, DateField, ForeignKeyField, Query

from portal import declare, register_catalogue
from portal.choice import ChoiceField, ChoiceList, DefaultChoice
from portal.declare import DataType
from portal.i18n import Text, _
from portal.models import (
    DomainModel,
    EmailField,
    FoldedKey,
    IdentifiedModel,
    LinkField,
    LongTextField,
    OptionField,
    PhoneField,
    utc_now,
)

structure_types = ChoiceList(
    "structure-types",
    _("Types of structure"),
    (
        DefaultChoice("organisation", Text("Organisme", "Organisation")),
        DefaultChoice("section", Text("Section", "Section")),
        DefaultChoice("group", Text("Groupe", "Group")),
        DefaultChoice("committee", Text("Comité", "Committee")),
    ),
)
civilities = ChoiceList(
    "civilities",
    _("Types of civility"),
    (
        DefaultChoice("mme", Text("Mme", "Ms")),
        DefaultChoice("m", Text("M.", "Mr")),
    ),
    common=True,
)
attachment_types = ChoiceList(
    "attachment-types",
    _("Types of attachment"),
    (
        DefaultChoice("member", Text("Adhérent", "Member")),
        DefaultChoice("officer", Text("Responsable", "Officer")),
        DefaultChoice("volunteer", Text("Bénévole", "Volunteer")),
        DefaultChoice("customer", Text("Client", "Customer")),
    ),
)


TRAINING_BODIES = (
    ("", _("Not said: the longer minimum holds")),
    ("dto", _("Declared training organisation (DTO)")),
    ("ato", _("Approved training organisation (ATO)")),
    ("none", _("Neither of both")),
)
BOOKKEEPINGS = (
    ("", _("Not said: the longer minimum holds")),
    ("commercial", _("By the law of trade, or bound to keep accounts")),
    ("tax", _("For taxes only")),
)
"""What the legal minimums of training files and of accounts depend on."""


class Organisation(DomainModel):
    """The controller: whose portal this is. One row."""

    name = CharField(max_length=200, verbose_name=_("Name"))
    legal_form = CharField(max_length=100, default="", verbose_name=_("Legal form"))
    address = LongTextField(default="", verbose_name=_("Address"))
    email = EmailField(max_length=254, default="", verbose_name=_("E-mail"))
    phone = PhoneField(max_length=40, default="", verbose_name=_("Phone"))
    website = LinkField(max_length=300, default="", verbose_name=_("Website"))
    representative = CharField(max_length=200, default="", verbose_name=_("Legal representative"))
    dpo_name = CharField(max_length=200, default="", verbose_name=_("Data protection officer"))
    dpo_email = EmailField(max_length=254, default="", verbose_name=_("Officer's e-mail"))
    training_body = OptionField(
        TRAINING_BODIES, default="", verbose_name=_("Regulated training organisation")
    )
    bookkeeping = OptionField(BOOKKEEPINGS, default="", verbose_name=_("Bookkeeping"))


class Structure(IdentifiedModel):
    """A node of the tree: the organisation at its root, its sections and groups below."""

    name = CharField(max_length=200, verbose_name=_("Name"))
    name_key = FoldedKey("name")
    kind = ChoiceField(structure_types, null=True, verbose_name=_("Type"))
    parent = ForeignKeyField("self", null=True, backref="+", verbose_name=_("Parent structure"))
    path = CharField(max_length=500, default="", index=True, verbose_name=_("Path"))
    email = EmailField(max_length=254, default="", verbose_name=_("General e-mail"))
    correspondent_email = EmailField(
        max_length=254, default="", verbose_name=_("Correspondent's e-mail")
    )
    website = LinkField(max_length=300, default="", verbose_name=_("Website"))
    address = LongTextField(default="", verbose_name=_("Address"))
    landline = PhoneField(max_length=40, default="", verbose_name=_("Landline"))
    mobile = PhoneField(max_length=40, default="", verbose_name=_("Mobile"))


class Person(IdentifiedModel):
    """A person whom the organisation knows: member, instructor, customer, contact."""

    civility = ChoiceField(civilities, null=True, verbose_name=_("Civility"))
    last_name = CharField(max_length=100, verbose_name=_("Last name"))
    last_name_key = FoldedKey("last_name")
    first_name = CharField(max_length=100, default="", verbose_name=_("First name"))
    first_name_key = FoldedKey("first_name")
    birth_date = DateField(null=True, verbose_name=_("Birth date"))
    email = EmailField(max_length=254, default="", verbose_name=_("E-mail"))
    email_key = FoldedKey("email")
    accepts_news = BooleanField(default=False, verbose_name=_("Accepts to receive news"))
    profession = CharField(max_length=100, default="", verbose_name=_("Profession"))
    address = LongTextField(default="", verbose_name=_("Address"))
    postcode = CharField(max_length=20, default="", verbose_name=_("Postcode"))
    postcode_key = FoldedKey("postcode")
    city = CharField(max_length=100, default="", verbose_name=_("City"))
    city_key = FoldedKey("city")
    landline = PhoneField(max_length=40, default="", verbose_name=_("Landline"))
    mobile = PhoneField(max_length=40, default="", verbose_name=_("Mobile"))
    emergency_contact = CharField(
        max_length=200, default="", verbose_name=_("Person to call in an emergency")
    )
    active = BooleanField(default=True, index=True, verbose_name=_("Active"))
    notes = LongTextField(default="", verbose_name=_("Notes"))


class Attachment(DomainModel):
    """A person belongs to a structure, from a day to a day."""

    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+", verbose_name=_("Person"))
    structure = ForeignKeyField(Structure, backref="+", verbose_name=_("Structure"))
    kind = ChoiceField(attachment_types, null=True, verbose_name=_("Type"))
    starts_on = DateField(null=True, verbose_name=_("From"))
    ends_on = DateField(null=True, verbose_name=_("Until"))

    class Meta:
        indexes = (
            (("structure", "person", "ends_on"), False),
            (("person", "structure", "ends_on"), False),
        )


def _born(values: Mapping[str, Any]) -> bool:
    """True unless the birth date is later than the day that it is somewhere on earth."""
    born = values.get("birth_date")
    return born is None or born <= utc_now().date() + timedelta(days=1)


def disabled_persons(limit: date) -> Query:
    """Persons who may be due.

    Those who are disabled, whatever the date (OpenFlyers' rule for users).
    """
    return Person.select(Person.id).where(~Person.active)


def _in_order(values: Any) -> bool:
    start, end = values.get("starts_on"), values.get("ends_on")
    return start is None or end is None or start <= end


persons_activity = register_catalogue.activity("persons", rule=disabled_persons)

organisation = declare.Table(
    Organisation,
    label=_("Organisation"),
    one=_("Organisation"),
    title=("name",),
    no_personal_data=_("It describes the controller, a legal entity."),
    not_personal=(
        "name",
        "legal_form",
        "address",
        "email",
        "phone",
        "website",
        "representative",
        "dpo_name",
        "dpo_email",
        "training_body",
        "bookkeeping",
    ),
    columns=("name", "legal_form", "email", "phone", "dpo_name"),
    configuration=True,
)
structures = declare.Table(
    Structure,
    label=_("Structures"),
    one=_("Structure"),
    identifiers=declare.Identifiers("S{{ id|pad(3) }}"),
    title=("name",),
    structure=declare.SELF,
    no_personal_data=_("It describes parts of the organisation, not persons."),
    not_personal=(
        "name",
        "kind",
        "parent",
        "path",
        "email",
        "correspondent_email",
        "website",
        "address",
        "landline",
        "mobile",
    ),
    columns=("name", "kind", "parent", "email", "landline"),
    derived=("path",),
    configuration=True,
)
persons = declare.Table(
    Person,
    label=_("Persons"),
    one=_("Person"),
    identifiers=declare.Identifiers("P{{ id|pad(5) }}"),
    activity=persons_activity,
    title=("last_name", "first_name"),
    subject=declare.SELF,
    structure="structures",
    personal={
        "civility": DataType.IDENTITY,
        "last_name": DataType.IDENTITY,
        "first_name": DataType.IDENTITY,
        "birth_date": DataType.IDENTITY,
        "email": DataType.IDENTITY,
        "accepts_news": DataType.PERSONAL_LIFE,
        "profession": DataType.PROFESSIONAL_LIFE,
        "address": DataType.IDENTITY,
        "postcode": DataType.IDENTITY,
        "city": DataType.IDENTITY,
        "landline": DataType.IDENTITY,
        "mobile": DataType.IDENTITY,
        "emergency_contact": DataType.PERSONAL_LIFE,
        "active": DataType.PERSONAL_LIFE,
        "notes": DataType.PERSONAL_LIFE,
    },
    columns=("last_name", "first_name", "email", "mobile", "city", "active"),
    checks=(declare.Check(_born, _("This day is still to come."), "birth_date"),),
    audited=("last_name", "first_name", "birth_date", "email", "active"),
    inline=("directory.attachment",),
)
attachments = declare.Table(
    Attachment,
    label=_("Attachments"),
    one=_("Attachment"),
    activity=persons_activity,
    retention=declare.WITH_PARENT,
    title=("id",),
    subject="person",
    structure="structure",
    personal={
        "person": DataType.IDENTITY,
        "structure": DataType.PERSONAL_LIFE,
        "kind": DataType.PERSONAL_LIFE,
        "starts_on": DataType.PERSONAL_LIFE,
        "ends_on": DataType.PERSONAL_LIFE,
    },
    columns=("person", "structure", "kind", "starts_on", "ends_on"),
    checks=(declare.Check(_in_order, _("The end is before the beginning."), "ends_on"),),
)

plugin = declare.Plugin(
    _("Directory"),
    tables=(organisation, structures, persons, attachments),
    activities=(persons_activity,),
    choice_lists=(structure_types, civilities, attachment_types),
)
