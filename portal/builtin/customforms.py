"""Custom forms: which fields a form of a table asks, in which order, and of whom."""

from __future__ import annotations

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from portal import declare
from portal.builtin.accounts import Account, ProfileType, accounts_activity
from portal.declare import DataType
from portal.i18n import _
from portal.models import (
    DomainModel,
    FieldNameField,
    FoldedKey,
    LongTextField,
    OptionField,
    TableNameField,
)

CREATE, EDIT, SEARCH = "create", "edit", "search"
EVERYONE, PROFILES, ACCOUNTS = "everyone", "profiles", "accounts"
FORMS = ((CREATE, _("New record")), (EDIT, _("Modification")), (SEARCH, _("Search")))
FOR = (
    (EVERYONE, _("Everyone")),
    (PROFILES, _("Some profile types")),
    (ACCOUNTS, _("Some accounts")),
)


class CustomForm(DomainModel):
    """Changes to one form of a table, and whom they are for; its fields are rows of their own."""

    name = CharField(max_length=100, verbose_name=_("Name"))
    name_key = FoldedKey("name")
    table_name = TableNameField(index=True, verbose_name=_("Table"))
    form = OptionField(FORMS, verbose_name=_("Form"))
    applies_to = OptionField(FOR, default=EVERYONE, verbose_name=_("Whom it applies to"))
    available = BooleanField(default=True, verbose_name=_("In use"))

    class Meta:
        table_name = "typing_customform"
        indexes = ((("table_name", "form", "name"), True),)


class CustomFormField(DomainModel):
    """A field that a custom form places or leaves out: the table's own, or one that was added."""

    form = ForeignKeyField(CustomForm, on_delete="CASCADE", backref="+", verbose_name=_("Form"))
    field_name = FieldNameField(max_length=100, verbose_name=_("Field"))
    position = IntegerField(default=0, verbose_name=_("Order"))
    left_out = BooleanField(default=False, verbose_name=_("Left out"))
    label_fr = CharField(max_length=100, default="", verbose_name=_("Label in French"))
    label_en = CharField(max_length=100, default="", verbose_name=_("Label in English"))
    help_fr = LongTextField(default="", verbose_name=_("Help in French"))
    help_en = LongTextField(default="", verbose_name=_("Help in English"))

    class Meta:
        table_name = "typing_customformfield"
        indexes = ((("form", "field_name"), True),)


class CustomFormProfile(DomainModel):
    """A custom form applies to the accounts that hold this profile type."""

    form = ForeignKeyField(CustomForm, on_delete="CASCADE", backref="+", verbose_name=_("Form"))
    profile_type = ForeignKeyField(
        ProfileType, on_delete="CASCADE", backref="+", verbose_name=_("Profile type")
    )

    class Meta:
        table_name = "typing_customformprofile"
        indexes = ((("form", "profile_type"), True),)


class CustomFormAccount(DomainModel):
    """A custom form applies to this account."""

    form = ForeignKeyField(CustomForm, on_delete="CASCADE", backref="+", verbose_name=_("Form"))
    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+", verbose_name=_("Account"))

    class Meta:
        table_name = "typing_customformaccount"
        indexes = ((("form", "account"), True),)


DESCRIBES_FORMS = _("It describes forms, not persons.")

custom_forms = declare.Table(
    CustomForm,
    label=_("Custom forms"),
    one=_("Custom form"),
    title=("name",),
    no_personal_data=DESCRIBES_FORMS,
    not_personal=("name", "table_name", "form", "applies_to", "available"),
    columns=("table_name", "form", "applies_to", "available"),
    searched=("name",),
    inline=("typing.customformprofile", "typing.customformaccount"),
    configuration=True,
    natural_key=("table_name", "form", "name"),
    sample=lambda number: {"table_name": "directory.person", "form": CREATE},
    fixed=("table_name", "form"),
)
custom_form_fields = declare.Table(
    CustomFormField,
    label=_("Fields of custom forms"),
    one=_("Field of a custom form"),
    title=("field_name",),
    no_personal_data=DESCRIBES_FORMS,
    not_personal=(
        "form",
        "field_name",
        "position",
        "left_out",
        "label_fr",
        "label_en",
        "help_fr",
        "help_en",
    ),
    columns=("form", "field_name", "position", "left_out", "label_fr"),
    sample=lambda number: {"field_name": "landline"},
    searched=(),
    configuration=True,
)
custom_form_profiles = declare.Table(
    CustomFormProfile,
    label=_("Profile types concerned"),
    one=_("Profile type of a custom form"),
    title=("id",),
    no_personal_data=DESCRIBES_FORMS,
    not_personal=("form", "profile_type"),
    columns=("form", "profile_type"),
    configuration=True,
)
custom_form_accounts = declare.Table(
    CustomFormAccount,
    label=_("Accounts concerned"),
    one=_("Account of a custom form"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("id",),
    subject="account.person",
    structure="account.person.structures",
    personal={"form": DataType.CONNECTION, "account": DataType.CONNECTION},
    columns=("form", "account"),
    configuration=True,
)

TABLES = (custom_forms, custom_form_fields, custom_form_profiles, custom_form_accounts)
