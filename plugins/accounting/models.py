"""Fiscal years, accounts, entries, balances. Double entry: a voucher's debits equal its credits."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateField, ForeignKeyField

from plugins.activities.models import Outing, Training
from plugins.bookings.models import Booking
from portal import declare
from portal.builtin.directory import Person
from portal.i18n import Text, _

account_types = declare.ChoiceList(
    "account-types",
    _("Types of account of the ledger"),
    (
        declare.DefaultChoice("member", Text("Compte d’adhérent", "Member's account")),
        declare.DefaultChoice("supplier", Text("Fournisseur", "Supplier")),
        declare.DefaultChoice("bank", Text("Banque et caisse", "Bank and cash")),
        declare.DefaultChoice("income", Text("Produit", "Income")),
        declare.DefaultChoice("expense", Text("Charge", "Expense")),
    ),
)


class FiscalYear(declare.DomainModel):
    """A year of the books; once closed, the term of its entries runs."""

    label = CharField(max_length=40, unique=True, verbose_name=_("Label"))
    starts_on = DateField(verbose_name=_("From"))
    ends_on = DateField(verbose_name=_("Until"))
    closed_on = DateField(null=True, index=True, verbose_name=_("Closed on"))


class LedgerAccount(declare.IdentifiedModel):
    """An account of the books: a person's, or a general one."""

    code = CharField(max_length=40, unique=True, verbose_name=_("Code"))
    label = CharField(max_length=200, verbose_name=_("Label"))
    label_key = declare.FoldedKey("label")
    kind = declare.ChoiceField(account_types, null=True, verbose_name=_("Type"))
    person = ForeignKeyField(Person, null=True, backref="+", verbose_name=_("Person"))
    active = BooleanField(default=True, index=True, verbose_name=_("Active"))


class Entry(declare.DomainModel):
    """One line of a voucher: an amount on one side of one account."""

    fiscal_year = ForeignKeyField(FiscalYear, backref="+", verbose_name=_("Fiscal year"))
    ledger_account = ForeignKeyField(LedgerAccount, backref="+", verbose_name=_("Account"))
    day = DateField(index=True, verbose_name=_("Day"))
    voucher = CharField(max_length=40, default="", verbose_name=_("Voucher"))
    label = CharField(max_length=200, verbose_name=_("Label"))
    label_key = declare.FoldedKey("label")
    debit = declare.MoneyField(default=0, verbose_name=_("Debit"))
    credit = declare.MoneyField(default=0, verbose_name=_("Credit"))
    booking = ForeignKeyField(Booking, null=True, backref="+", verbose_name=_("Booking"))
    outing = ForeignKeyField(Outing, null=True, backref="+", verbose_name=_("Club activity"))
    training = ForeignKeyField(Training, null=True, backref="+", verbose_name=_("Training"))

    class Meta:
        indexes = ((("ledger_account", "day"), False),)


class Balance(declare.DomainModel):
    """What an account held at the end of a day: debits less credits."""

    ledger_account = ForeignKeyField(
        LedgerAccount, on_delete="CASCADE", backref="+", verbose_name=_("Account")
    )
    day = DateField(verbose_name=_("Day"))
    amount = declare.MoneyField(default=0, verbose_name=_("Amount"))

    class Meta:
        indexes = ((("ledger_account", "day"), True),)
