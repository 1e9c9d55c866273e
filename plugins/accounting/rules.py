"""Rules of accounting: when an account or an entry is due, and what a line of a voucher holds."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from peewee import Query, fn

from plugins.accounting.models import Balance, Entry, FiscalYear, LedgerAccount


def deactivated_accounts(limit: date) -> Query:
    """Accounts that may be due: those that are deactivated; an entry on one blocks it."""
    return LedgerAccount.select(LedgerAccount.id).where(~LedgerAccount.active)


def entries_past_their_term(limit: date) -> Query:
    """Entries of years closed before `limit` whose account has a balance struck after the entry.

    Ten years run from the close of the fiscal year (Code de commerce L123-22).
    """
    later_balance = Balance.select(Balance.id).where(
        Balance.ledger_account == Entry.ledger_account, Balance.day > Entry.day
    )
    return (
        Entry.select(Entry.id)
        .join(FiscalYear)
        .where(FiscalYear.closed_on < limit, fn.EXISTS(later_balance))
    )


def year_in_order(values: Mapping[str, Any]) -> bool:
    """A fiscal year does not end before it starts."""
    start, end = values.get("starts_on"), values.get("ends_on")
    return start is None or end is None or start <= end


def one_side_only(values: Mapping[str, Any]) -> bool:
    """A line is a debit or a credit."""
    return not (values.get("debit") and values.get("credit"))


def amounts_are_positive(values: Mapping[str, Any]) -> bool:
    """An amount is not below zero: a correction is written on the other side."""
    return (values.get("debit") or 0) >= 0 and (values.get("credit") or 0) >= 0
