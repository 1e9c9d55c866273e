"""Accounts: who may sign in, which profile types they hold, and what these grant."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField, IntegerField

from portal import declare, privileges, register_catalogue
from portal.builtin.directory import Person, Structure
from portal.declare import DataType, Reach
from portal.i18n import _
from portal.models import DomainModel, FoldedKey, LongTextField, NamesField, OptionField

REACHES = (
    (Reach.OWN, _("Own rows")),
    (Reach.ATTACHED, _("Attached rows")),
    (Reach.STRUCTURE, _("Rows of the structure")),
    (Reach.ALL, _("All rows")),
)


class Account(DomainModel):
    """A sign-in of a person."""

    login = CharField(max_length=100, verbose_name=_("Sign-in name"))
    login_key = FoldedKey("login")
    person = ForeignKeyField(Person, null=True, backref="+", verbose_name=_("Person"))
    email = CharField(max_length=254, default="", verbose_name=_("E-mail"))
    password = CharField(max_length=300, default="", verbose_name=_("Password"))
    active = BooleanField(default=True, verbose_name=_("Active"))
    staff = BooleanField(default=False, verbose_name=_("May open the administration"))
    language = OptionField(
        (("", _("As the browser")), ("fr", _("French")), ("en", _("English"))),
        default="",
        verbose_name=_("Language"),
    )
    last_sign_in = DateTimeField(null=True, verbose_name=_("Last sign-in"))
    disabled_at = DateTimeField(null=True, verbose_name=_("Disabled on"))


class ProfileType(DomainModel):
    """A set of grants that accounts hold, from level 0 (the strongest) to 99."""

    label_fr = CharField(max_length=200, verbose_name=_("Label in French"))
    label_en = CharField(max_length=200, default="", verbose_name=_("Label in English"))
    slug = CharField(max_length=100, unique=True, verbose_name=_("Identifier"))
    level = IntegerField(default=50, verbose_name=_("Level"))
    manager = BooleanField(default=False, verbose_name=_("May be appointed manager"))
    privileges = NamesField(
        tuple(privileges.LABELS.items()), default="", verbose_name=_("Privileges")
    )
    comment = LongTextField(default="", verbose_name=_("Comment"))


class Grant(DomainModel):
    """What a profile type allows on a table, on which rows and fields."""

    profile_type = ForeignKeyField(
        ProfileType, on_delete="CASCADE", backref="+", verbose_name=_("Profile type")
    )
    table_name = CharField(max_length=100, verbose_name=_("Table"))
    verbs = NamesField(verbose_name=_("Permissions"))
    reach = OptionField(REACHES, verbose_name=_("Reach"))
    readable = NamesField(default="*", verbose_name=_("Readable fields"))
    writable = NamesField(default="*", verbose_name=_("Writable fields"))
    masked = NamesField(default="", verbose_name=_("Masked fields"))
    conditions = LongTextField(default="", verbose_name=_("Conditions"))


class Holding(DomainModel):
    """An account holds a profile type, in the zone of a structure or where its person is."""

    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+", verbose_name=_("Account"))
    profile_type = ForeignKeyField(ProfileType, backref="+", verbose_name=_("Profile type"))
    zone = ForeignKeyField(Structure, null=True, backref="+", verbose_name=_("Zone"))

    class Meta:
        indexes = ((("account", "profile_type", "zone"), True),)


accounts_activity = register_catalogue.activity("portal_accounts", counted_from="last_sign_in")

accounts = declare.Table(
    Account,
    label=_("Accounts"),
    one=_("Account"),
    activity=accounts_activity,
    title=("login",),
    subject="person",
    structure="person.structures",
    personal={
        "login": DataType.CONNECTION,
        "person": DataType.IDENTITY,
        "email": DataType.IDENTITY,
        "password": DataType.CONNECTION,
        "active": DataType.CONNECTION,
        "staff": DataType.CONNECTION,
        "language": DataType.CONNECTION,
        "last_sign_in": DataType.CONNECTION,
        "disabled_at": DataType.CONNECTION,
    },
    secret=("password",),
    derived=("password", "last_sign_in", "disabled_at"),
    audited=("login", "active", "staff"),
    columns=("login", "person", "email", "active", "staff", "last_sign_in"),
    inline=("accounts.holding",),
    configuration=True,
)
profile_types = declare.Table(
    ProfileType,
    label=_("Profile types"),
    one=_("Profile type"),
    title=("label_fr",),
    no_personal_data=_("It describes rights, not persons."),
    not_personal=("label_fr", "label_en", "slug", "level", "manager", "privileges", "comment"),
    columns=("label_fr", "slug", "level", "manager"),
    audited=("slug", "level", "privileges"),
    inline=("accounts.grant",),
    configuration=True,
    natural_key=("slug",),
)
grants = declare.Table(
    Grant,
    label=_("Rights"),
    one=_("Right"),
    title=("table_name", "verbs"),
    no_personal_data=_("It describes rights, not persons."),
    not_personal=(
        "profile_type",
        "table_name",
        "verbs",
        "reach",
        "readable",
        "writable",
        "masked",
        "conditions",
    ),
    columns=("profile_type", "table_name", "verbs", "reach"),
    audited=("table_name", "verbs", "reach", "readable", "writable", "masked", "conditions"),
    configuration=True,
)
holdings = declare.Table(
    Holding,
    label=_("Profiles held"),
    one=_("Profile held"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("id",),
    subject="account.person",
    structure="account.person.structures",
    personal={
        "account": DataType.CONNECTION,
        "profile_type": DataType.CONNECTION,
        "zone": DataType.CONNECTION,
    },
    audited=("profile_type", "zone"),
    columns=("account", "profile_type", "zone"),
    configuration=True,
)

plugin = declare.Plugin(
    _("Accounts"),
    tables=(accounts, profile_types, grants, holdings),
    activities=(accounts_activity,),
)
