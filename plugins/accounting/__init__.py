"""Accounting: fiscal years, accounts, their entries and the balances struck on them.

An entry names the booking, the activity or the training that it pays for, and so keeps it from
being erased.
"""

from __future__ import annotations

from portal import declare, register_catalogue
from portal.declare import DataType
from portal.i18n import _

from .demo import make
from .models import Balance, Entry, FiscalYear, LedgerAccount, account_types
from .rules import (
    amounts_are_positive,
    deactivated_accounts,
    entries_past_their_term,
    one_side_only,
    year_in_order,
)

accounts_activity = register_catalogue.activity("accounts", rule=deactivated_accounts)
entries_activity = register_catalogue.activity(
    "accounting_entries",
    counted_from="fiscal_year.closed_on",
    rule=entries_past_their_term,
    unit="fiscal_year",
)

fiscal_years = declare.Table(
    FiscalYear,
    label=_("Fiscal years"),
    one=_("Fiscal year"),
    title=("label",),
    no_personal_data=_("It describes a period of the organisation's bookkeeping."),
    not_personal=("label", "starts_on", "ends_on", "closed_on"),
    columns=("label", "starts_on", "ends_on", "closed_on"),
    audited=("closed_on",),
    checks=(declare.Check(year_in_order, _("The end is before the beginning."), "ends_on"),),
)
ledger_accounts = declare.Table(
    LedgerAccount,
    label=_("Accounts of the ledger"),
    one=_("Account of the ledger"),
    identifiers=declare.Identifiers("{code}", "simple", fixed=True),
    activity=accounts_activity,
    title=("code", "label"),
    subject="person",
    structure="person.structures",
    personal={
        "person": DataType.IDENTITY,
        "code": DataType.ECONOMIC,
        "label": DataType.IDENTITY,
        "kind": DataType.ECONOMIC,
        "active": DataType.ECONOMIC,
    },
    columns=("code", "label", "kind", "person", "active"),
    audited=("code", "label", "active"),
)
entries = declare.Table(
    Entry,
    label=_("Accounting entries"),
    one=_("Accounting entry"),
    activity=entries_activity,
    title=("day", "label"),
    subject="ledger_account.person",
    structure="ledger_account.person.structures",
    personal={
        "fiscal_year": DataType.ECONOMIC,
        "ledger_account": DataType.ECONOMIC,
        "day": DataType.ECONOMIC,
        "label": DataType.ECONOMIC,
        "debit": DataType.ECONOMIC,
        "credit": DataType.ECONOMIC,
        "booking": DataType.PERSONAL_LIFE,
        "outing": DataType.PERSONAL_LIFE,
        "training": DataType.PROFESSIONAL_LIFE,
    },
    not_personal=("voucher",),
    columns=("day", "voucher", "ledger_account", "label", "debit", "credit", "fiscal_year"),
    audited=("day", "debit", "credit"),
    checks=(
        declare.Check(one_side_only, _("An entry is a debit or a credit, not both."), "credit"),
        declare.Check(amounts_are_positive, _("An amount is not below zero."), "debit"),
    ),
)
balances = declare.Table(
    Balance,
    label=_("Balances"),
    one=_("Balance"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("day",),
    subject="ledger_account.person",
    structure="ledger_account.person.structures",
    personal={
        "ledger_account": DataType.ECONOMIC,
        "day": DataType.ECONOMIC,
        "amount": DataType.ECONOMIC,
    },
    columns=("ledger_account", "day", "amount"),
)

plugin = declare.Plugin(
    _("Accounting"),
    tables=(fiscal_years, ledger_accounts, entries, balances),
    activities=(entries_activity, accounts_activity),
    choice_lists=(account_types,),
    demo=declare.DemoRows(make, after=("members", "bookings", "activities")),
)
