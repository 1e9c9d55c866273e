"""Demo rows of accounting: fees, flights, trainings, payments and fuel by double entry, balances.

Two fiscal years of more than eleven years ago stand there too: all entries of the first are past
their term; in the second one account never had a balance struck, so its year stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

BANK, FUEL, FLIGHTS, FEES, LESSONS = "512000", "606100", "706000", "756000", "708000"
GENERAL = (
    (BANK, "Banque", "bank", True),
    ("531000", "Caisse du bar", "bank", True),
    (FUEL, "Carburant", "expense", True),
    ("615000", "Entretien des aéronefs", "expense", True),
    (FLIGHTS, "Heures de vol", "income", True),
    (FEES, "Cotisations", "income", True),
    (LESSONS, "Forfaits de formation", "income", True),
    ("401001", "Carburants du lac", "supplier", True),
    ("401002", "Atelier aéronautique (fermé)", "supplier", False),
    ("401003", "Imprimerie de la vallée (fermée)", "supplier", False),
    ("411901", "Ancien adhérent 1", "member", False),
    ("411902", "Ancien adhérent 2", "member", False),
    ("411903", "Ancien adhérent 3, jamais arrêté", "member", False),
)
NEVER_STRUCK = "411903"
LINKS = ("booking", "outing", "training")


@dataclass(frozen=True, slots=True)
class Voucher:
    """One amount from the credited account to the debited one, and what it pays for."""

    day: date
    debit: str
    credit: str
    amount: Decimal
    label: str
    booking: int | None = None
    outing: int | None = None
    training: int | None = None


def make(demo: Any) -> None:
    """Write fiscal years, accounts, entries and balances."""
    codes, accounts = _accounts(demo)
    vouchers = [
        *_old_years(demo),
        *_fees(demo, codes),
        *_flights(demo, codes),
        *_trainings(demo, codes),
        *_fuel(demo),
    ]
    vouchers += _payments(demo, vouchers)
    vouchers.sort(key=lambda v: (v.day, v.debit, v.credit, v.label))
    years = _fiscal_years(demo, {voucher.day.year for voucher in vouchers})
    demo.rows("accounting.entry", _entries(vouchers, accounts, years))
    demo.rows("accounting.balance", _balances(demo, vouchers, accounts))


def _accounts(demo: Any) -> tuple[dict[int, str], dict[str, int]]:
    """Codes by person, and ids by code. Nothing was ever written on the accounts of a few."""
    rows = [
        {
            "code": code,
            "label": label,
            "kind": demo.choice("accounting.account-types", kind),
            "person": None,
            "active": active,
        }
        for code, label, kind, active in GENERAL
    ]
    codes = {}
    for person in demo.people:
        if person.story in ("contact", "forgotten"):
            continue
        code = f"4111{person.index + 1:05}"
        rows.append(
            {
                "code": code,
                "label": f"{person.last_name.upper()} {person.first_name}",
                "kind": demo.choice("accounting.account-types", "member"),
                "person": person.id,
                "active": person.active,
            }
        )
        if person.story != "long gone" or demo.random.random() < 0.7:
            codes[person.id] = code
    ids = demo.rows("accounting.ledgeraccount", rows)
    return codes, {row["code"]: id for id, row in zip(ids, rows, strict=True)}


def _fiscal_years(demo: Any, years: set[int]) -> dict[int, int]:
    rows = []
    for year in sorted(years | {demo.today.year}):
        closed = date(year + 1, 4, 15)
        rows.append(
            {
                "label": f"Exercice {year}",
                "starts_on": date(year, 1, 1),
                "ends_on": date(year, 12, 31),
                "closed_on": closed if closed < demo.today else None,
            }
        )
    ids = demo.rows("accounting.fiscalyear", rows)
    return {row["starts_on"].year: id for id, row in zip(ids, rows, strict=True)}


def _old_years(demo: Any) -> Iterator[Voucher]:
    for back, members in ((13, ("411901", "411902")), (12, ("411902", NEVER_STRUCK))):
        year = demo.today.year - back
        for member in members:
            yield Voucher(date(year, 1, 20), member, FEES, Decimal(150), f"Cotisation {year}")
            yield Voucher(date(year, 2, 14), BANK, member, Decimal(150), "Règlement")
            for month in (4, 6, 9):
                amount = _cents(Decimal(demo.random.randint(4_000, 16_000)) / 100)
                yield Voucher(date(year, month, 12), member, FLIGHTS, amount, "Heures de vol")
                yield Voucher(date(year, month, 26), BANK, member, amount, "Règlement")


def _fees(demo: Any, codes: dict[int, str]) -> Iterator[Voucher]:
    for membership in demo.recall("memberships"):
        code = codes.get(membership["person"])
        if code and membership["fee"]:
            day = min(membership["starts_on"], demo.today)
            label = f"Cotisation {membership['season']}"
            yield Voucher(day, code, FEES, membership["fee"], label)


def _flights(demo: Any, codes: dict[int, str]) -> Iterator[Voucher]:
    """Most flights are charged; half of these name the booking too, and so keep it."""
    rates = {row["id"]: row["hourly_rate"] for row in demo.recall("resources")}
    for outing in demo.recall("outings"):
        rate, code = rates.get(outing["resource"]), codes.get(outing["person"])
        if not rate or not code or demo.random.random() > 0.82:
            continue
        yield Voucher(
            outing["day"],
            code,
            FLIGHTS,
            _cents(rate * outing["minutes"] / 60),
            f"{outing['label']}, {outing['minutes']} min",
            booking=outing["booking"] if demo.random.random() < 0.5 else None,
            outing=outing["id"],
        )


def _trainings(demo: Any, codes: dict[int, str]) -> Iterator[Voucher]:
    for training in demo.recall("trainings"):
        code = codes.get(training["person"])
        if code and demo.random.random() < 0.6:
            yield Voucher(
                training["started_on"],
                code,
                LESSONS,
                Decimal(90),
                "Forfait de formation",
                training=training["id"],
            )


def _fuel(demo: Any) -> Iterator[Voucher]:
    for back in range(36):
        year, month = divmod(demo.today.year * 12 + demo.today.month - 2 - back, 12)
        amount = _cents(Decimal(demo.random.randint(60_000, 260_000)) / 100)
        yield Voucher(date(year, month + 1, 5), FUEL, "401001", amount, "Livraison de carburant")
        yield Voucher(date(year, month + 1, 25), "401001", BANK, amount, "Règlement fournisseur")


def _payments(demo: Any, vouchers: list[Voucher]) -> Iterator[Voucher]:
    """What a member was charged in a quarter is paid soon after it; one in twenty still owes."""
    owed: dict[tuple[str, int], Decimal] = {}
    for voucher in vouchers:
        if voucher.debit.startswith("4111"):
            quarter = voucher.day.year * 4 + (voucher.day.month - 1) // 3
            key = (voucher.debit, quarter)
            owed[key] = owed.get(key, Decimal(0)) + voucher.amount
    for (code, quarter), amount in owed.items():
        year, place = divmod(quarter + 1, 4)
        day = date(year, place * 3 + 1, 1) + timedelta(days=demo.random.randint(1, 24))
        if day <= demo.today and demo.random.random() < 0.95:
            means = demo.random.choice(("Virement", "Chèque", "Carte bancaire"))
            yield Voucher(day, BANK, code, amount, f"Règlement par {means.lower()}")


def _entries(
    vouchers: list[Voucher], accounts: dict[str, int], years: dict[int, int]
) -> Iterator[dict[str, Any]]:
    numbers: dict[int, int] = {}
    for voucher in vouchers:
        year = voucher.day.year
        numbers[year] = numbers.get(year, 0) + 1
        for code, debit, credit in (
            (voucher.debit, voucher.amount, Decimal(0)),
            (voucher.credit, Decimal(0), voucher.amount),
        ):
            yield {
                "fiscal_year": years[year],
                "ledger_account": accounts[code],
                "day": voucher.day,
                "voucher": f"{year}-{numbers[year]:05}",
                "label": voucher.label,
                "debit": debit,
                "credit": credit,
                **{link: getattr(voucher, link) for link in LINKS},
            }


def _balances(
    demo: Any, vouchers: list[Voucher], accounts: dict[str, int]
) -> Iterator[dict[str, Any]]:
    """What each account holds at the end of every closed year that wrote on it."""
    held: dict[str, Decimal] = {}
    touched: dict[int, set[str]] = {}
    for voucher in vouchers:
        touched.setdefault(voucher.day.year, set()).update((voucher.debit, voucher.credit))
    at = 0
    for year in sorted(touched):
        while at < len(vouchers) and vouchers[at].day.year == year:
            voucher = vouchers[at]
            held[voucher.debit] = held.get(voucher.debit, Decimal(0)) + voucher.amount
            held[voucher.credit] = held.get(voucher.credit, Decimal(0)) - voucher.amount
            at += 1
        if date(year + 1, 4, 15) >= demo.today:
            continue
        for code in sorted(touched[year] - {NEVER_STRUCK}):
            yield {
                "ledger_account": accounts[code],
                "day": date(year, 12, 31),
                "amount": held[code],
            }


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal("0.01"))
