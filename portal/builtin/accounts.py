"""Accounts: who may sign in, which profile types they hold, and what these grant."""

from __future__ import annotations

from datetime import date

from peewee import (
    SQL,
    BigIntegerField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKeyField,
    IntegerField,
    Query,
    fn,
)

from portal import declare, privileges, register_catalogue, rightwords
from portal.builtin.directory import Person, Structure
from portal.builtin.slugs import SLUG_CHECK
from portal.declare import DataType, Reach
from portal.i18n import _
from portal.models import (
    AnyTableNameField,
    DomainModel,
    EmailField,
    FieldNamesField,
    FoldedKey,
    LongTextField,
    NamesField,
    OptionField,
    TableNameField,
)

RIGHT = (
    "profile_type",
    "table_name",
    "verbs",
    "reach",
    "readable",
    "writable",
    "masked",
    "conditions",
)
"""What a right says; nothing of it is about a person."""
PERMISSIONS = (
    ("*", _("everything")),
    *((str(verb), words) for verb, words in rightwords.VERBS.items()),
)
STRONGEST, WEAKEST = 0, 99
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
    email = EmailField(max_length=254, default="", verbose_name=_("E-mail"))
    password = CharField(max_length=300, default="", verbose_name=_("Password"))
    active = BooleanField(default=True, verbose_name=_("Active"))
    staff = BooleanField(default=False, verbose_name=_("May open the administration"))
    language = OptionField(
        (("", _("As the browser")), ("fr", _("French")), ("en", _("English"))),
        default="",
        verbose_name=_("Language"),
    )
    field_numbers = BooleanField(
        default=False, verbose_name=_("Shows the numbers of fields on forms")
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
        tuple(privileges.LABELS.items()),
        default=privileges.PROFILE,
        verbose_name=_("Privileges"),
    )
    comment = LongTextField(default="", verbose_name=_("Comment"))


class Grant(DomainModel):
    """What a profile type allows on a table, on which rows and fields."""

    profile_type = ForeignKeyField(
        ProfileType, on_delete="CASCADE", backref="+", verbose_name=_("Profile type")
    )
    table_name = AnyTableNameField(verbose_name=_("Table"))
    verbs = NamesField(PERMISSIONS, verbose_name=_("Permissions"))
    reach = OptionField(REACHES, verbose_name=_("Reach"))
    readable = FieldNamesField(default="*", verbose_name=_("Readable fields"))
    writable = FieldNamesField(default="*", verbose_name=_("Writable fields"))
    masked = FieldNamesField(default="", verbose_name=_("Masked fields"))
    conditions = LongTextField(default="", verbose_name=_("Conditions"))


class Holding(DomainModel):
    """An account holds a profile type, in the zone of a structure or where its person is."""

    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+", verbose_name=_("Account"))
    profile_type = ForeignKeyField(ProfileType, backref="+", verbose_name=_("Profile type"))
    zone = ForeignKeyField(Structure, null=True, backref="+", verbose_name=_("Zone"))

    class Meta:
        indexes = ((("account", "profile_type", "zone"), True),)


class AccessCode(DomainModel):
    """A code that closes fields and records to the accounts that do not hold it."""

    label_fr = CharField(max_length=200, verbose_name=_("Label in French"))
    label_en = CharField(max_length=200, default="", verbose_name=_("Label in English"))
    slug = CharField(max_length=100, unique=True, verbose_name=_("Identifier"))


class CodeHeld(DomainModel):
    """An account holds an access code."""

    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+", verbose_name=_("Account"))
    code = ForeignKeyField(AccessCode, backref="+", verbose_name=_("Access code"))

    class Meta:
        indexes = ((("account", "code"), True),)


class CodedRow(DomainModel):
    """An access code on one record of a table."""

    table_name = TableNameField(verbose_name=_("Table"))
    row = BigIntegerField(verbose_name=_("Number of the record"))
    code = ForeignKeyField(AccessCode, backref="+", verbose_name=_("Access code"))

    class Meta:
        indexes = ((("table_name", "row", "code"), True),)


class CodedField(DomainModel):
    """An access code on one field of a table."""

    table_name = TableNameField(verbose_name=_("Table"))
    field = CharField(max_length=100, verbose_name=_("Field"))
    code = ForeignKeyField(AccessCode, backref="+", verbose_name=_("Access code"))

    class Meta:
        indexes = ((("table_name", "field", "code"), True),)


def superusers() -> Query:
    """The accounts that may sign in to the administration and do everything, by their number."""
    account, held = Account.alias(), Holding.alias()
    kind, right = ProfileType.alias(), Grant.alias()
    return (
        account.select(account.id)
        .join_from(account, held, on=(held.account == account.id))
        .join_from(held, kind, on=(held.profile_type == kind.id))
        .join_from(kind, right, on=(right.profile_type == kind.id))
        .where(
            account.active,
            account.staff,
            account.password != "",
            kind.level == 0,
            right.table_name == "*",
            right.reach == Reach.ALL.value,
            right.conditions == "",
            right.verbs.contains("update") | right.verbs.contains("*"),
        )
        .distinct()
    )


def last_superuser(_today: date) -> Query:
    """The account of the only superuser, who stays; nobody when there are several."""
    account = Account.alias()
    one = fn.COUNT(SQL("*"))
    only = superusers().alias("those").select_from(one) == 1
    return account.select(account.id).where(account.id.in_(superusers()), only)


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
        "field_numbers": DataType.CONNECTION,
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
    sample=lambda number: {"privileges": "profile", "slug": f"sample-{number}"},
    checks=(
        declare.Check(
            lambda values: STRONGEST <= values["level"] <= WEAKEST,
            _("A level is a number from 0 to 99."),
            "level",
        ),
        SLUG_CHECK,
    ),
    audited=("slug", "level", "privileges"),
    configuration=True,
    natural_key=("slug",),
)
grants = declare.Table(
    Grant,
    label=_("Rights"),
    one=_("Right"),
    title=("table_name", "verbs"),
    no_personal_data=_("It describes rights, not persons."),
    not_personal=RIGHT,
    columns=("profile_type", "table_name", "verbs", "reach"),
    sample=lambda number: {
        "table_name": "directory.person",
        "verbs": "read",
        "readable": "*",
        "writable": "",
        "masked": "",
        "conditions": f"city equals Lyon{number}",
    },
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
access_codes = declare.Table(
    AccessCode,
    label=_("Access codes"),
    one=_("Access code"),
    title=("label_fr",),
    no_personal_data=_("It describes rights, not persons."),
    not_personal=("label_fr", "label_en", "slug"),
    columns=("label_fr", "slug"),
    audited=("slug",),
    configuration=True,
    natural_key=("slug",),
)
codes_held = declare.Table(
    CodeHeld,
    label=_("Access codes held"),
    one=_("Access code held"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("id",),
    subject="account.person",
    structure="account.person.structures",
    personal={"account": DataType.CONNECTION, "code": DataType.CONNECTION},
    audited=("account", "code"),
    columns=("account", "code"),
)
coded_rows = declare.Table(
    CodedRow,
    label=_("Records with an access code"),
    one=_("Record with an access code"),
    title=("table_name", "row"),
    no_personal_data=_("It holds the number of a record, and nothing of it."),
    not_personal=("table_name", "row", "code"),
    columns=("table_name", "row", "code"),
    sample=lambda number: {"table_name": "directory.person"},
    audited=("table_name", "row", "code"),
    configuration=True,
)
coded_fields = declare.Table(
    CodedField,
    label=_("Fields with an access code"),
    one=_("Field with an access code"),
    title=("table_name", "field"),
    no_personal_data=_("It describes rights, not persons."),
    not_personal=("table_name", "field", "code"),
    columns=("table_name", "field", "code"),
    sample=lambda number: {"table_name": "directory.person", "field": "landline"},
    audited=("table_name", "field", "code"),
    configuration=True,
)

plugin = declare.Plugin(
    _("Accounts"),
    tables=(
        accounts,
        profile_types,
        grants,
        holdings,
        access_codes,
        codes_held,
        coded_rows,
        coded_fields,
    ),
    activities=(accounts_activity,),
    holds=(
        declare.Hold(
            "accounts.account", last_superuser, _("It is the only active superuser of the portal.")
        ),
    ),
)
