"""A person whose every text is a canary, and accounts that may not read it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from portal import catalog, configured, version
from portal.accounts import profiles
from portal.catalog import CatalogTable
from portal.errors import PortalError
from portal.fields import Field
from portal.rows import Filter, Selection
from tests.factories import PASSWORD, gate

CANARY = "Qwxcanary"
PHONE = "+999 555 0199 555"
HINT = "qwxc"
"""The beginning of the canary: what a person would type to find it."""
TEXTS = ("text", "longtext", "email", "phone", "link")
DAY = date(2026, 3, 2)
PERSON = "directory.person"
EVERY_VERB = "read create update erase export import disclose execute"

Rights = Callable[[CatalogTable], dict[str, Any] | None]


@dataclass(frozen=True)
class World:
    """Where the canary stands: the person, and one row of each table."""

    person: int
    rows: dict[str, int]

    def row(self, table: str) -> int:
        """Give the canary's row of a table; of a table without one, a number that is not there."""
        return self.rows.get(table, 999_999)


def texts(table: CatalogTable) -> list[str]:
    """Give the fields of a table that hold free text about a person."""
    return [f.name for f in table.fields.values() if is_text(f) and not f.not_personal]


def is_text(field: Field) -> bool:
    return field.type.name in TEXTS and not field.secret


def make_world(here: int, elsewhere: int) -> World:
    """Write the canary's rows in the structure `here`, and the accounts of the matrix."""
    said = {"table_name": PERSON, "key": "canary", "label_fr": "Extra", "kind": "text"}
    gate().create("typing.customfield", said | {"searched": True, "in_forms": True})
    configured.refresh(version.catalog_version())
    person = gate().create(
        PERSON,
        {name: _text(name) for name in texts(catalog.current().table(PERSON))}
        | {"birth_date": date(1980, 1, 1), "active": True},
    )
    rows = {PERSON: person}
    for table, values in _rows(person, here):
        found = {
            name: rows[value[1:]] if is_link(value) else value for name, value in values.items()
        }
        rows[table] = gate().create(table, found)
    rows["accounts.account"] = profiles.create_account(gate(), CANARY, PASSWORD, person=person)
    gate().update(PERSON, person, {"last_name": f"{CANARY}bis"}, 1)
    _make_actors(elsewhere)
    return World(person, rows)


def is_link(value: object) -> bool:
    """Tell whether a value stands for the canary's row of another table."""
    return isinstance(value, str) and value.startswith("@")


def _text(name: str) -> str:
    if "email" in name:
        return f"{CANARY.lower()}@example.org"
    return PHONE if name in ("mobile", "landline") else CANARY


def _rows(person: int, structure: int) -> Iterable[tuple[str, dict[str, Any]]]:
    year = gate().list("accounting.fiscalyear", Selection(page_size=1)).rows[0].id
    about = {"person": person}
    yield "directory.attachment", {**about, "structure": structure, "starts_on": DAY}
    season = {"season": CANARY, "starts_on": DAY, "ends_on": DAY, "comment": CANARY}
    yield "members.membership", {**about, **season}
    title = {"number": CANARY, "issuer": CANARY, "issued_on": DAY, "comment": CANARY}
    yield "members.validity", {**about, **title}
    resource = gate().list("bookings.resource", Selection(page_size=1)).rows[0].id
    span = {"starts_at": datetime(2026, 3, 2, 9), "ends_at": datetime(2026, 3, 2, 10)}
    yield "bookings.booking", {**about, **span, "resource": resource, "comment": CANARY}
    yield "activities.training", {**about, "started_on": DAY, "appraisal": CANARY}
    words = dict.fromkeys(("label", "departure", "arrival", "comment"), CANARY)
    yield "activities.outing", {**about, **words, "day": DAY, "training": "@activities.training"}
    yield "accounting.ledgeraccount", {**about, "code": CANARY, "label": CANARY}
    ledger = {"ledger_account": "@accounting.ledgeraccount", "day": DAY}
    line = {"fiscal_year": year, "label": CANARY, "voucher": CANARY, "debit": 5}
    yield "accounting.entry", {**ledger, **line}
    yield "accounting.balance", {**ledger, "amount": 5}
    hold = {"reason": CANARY, "review_on": date(2099, 1, 1)}
    yield "privacy.legalhold", {**about, **hold}
    asked = {"received_on": DAY, "due_on": DAY, "channel": "letter", "rights": "access"}
    said = dict.fromkeys(("applicant_name", "applicant_address", "scope", "reasons"), CANARY)
    yield "privacy.request", {**about, **asked, **said, "recipients_told": CANARY}
    yield "privacy.requestact", {"request": "@privacy.request", "act": "received", "note": CANARY}
    moment = datetime(2026, 3, 2, 9)
    breach = dict.fromkeys(("facts", "consequences", "measures", "advice", "processors"), CANARY)
    breach |= {"discovered_at": moment, "due_at": moment}
    yield "privacy.breach", {**breach, "natures": "integrity"}
    yield "privacy.breachact", {"breach": "@privacy.breach", "act": "recorded", "note": CANARY}


# --- who may not read it


def _make_actors(elsewhere: int) -> None:
    """Open the accounts of the matrix, each with a profile type of its own."""
    _account("nobody", None, staff=False)
    _account("powerless", lambda table: None)
    _account("elsewhere", lambda table: {"verbs": EVERY_VERB, "reach": "structure"}, elsewhere)
    _account("own", lambda table: {"verbs": EVERY_VERB, "reach": "own"})
    _account("withheld", _withheld)
    _account("masked", _masked)


def _withheld(table: CatalogTable) -> dict[str, Any]:
    """Everything but the texts: they do not exist for this actor."""
    kept = " ".join(f.name for f in table.fields.values() if not is_text(f) and not f.secret)
    return {"verbs": "read update export", "reach": "all", "readable": kept, "writable": kept}


def _masked(table: CatalogTable) -> dict[str, Any]:
    """Everything, the texts as masked values."""
    names = " ".join(f.name for f in table.fields.values() if is_text(f) and not f.secret)
    return {"verbs": "read update export", "reach": "all", "masked": names, "writable": ""}


def _account(
    login: str, rights: Rights | None, zone: int | None = None, *, staff: bool = True
) -> None:
    person = gate().create(PERSON, {"last_name": login.title(), "first_name": "Acteur"})
    held = []
    if rights is not None:
        profile = gate().create("accounts.profiletype", {"label_fr": login, "slug": login})
        held.append((login, zone))
        for table in catalog.current():
            right = rights(table)
            if right is not None:
                defaults = {"profile_type": profile, "table_name": table.name}
                gate().create("accounts.grant", defaults | right)
    profiles.create_account(gate(), login, PASSWORD, person=person, profiles=held, staff=staff)


def trace(world: World) -> dict[str, Any]:
    """Give what stands in the canary's rows, to see that nothing changed."""
    found: dict[str, Any] = {}
    for table, id in world.rows.items():
        try:
            row = gate().one(table, id)
        except PortalError:
            found[table] = None
        else:
            found[table] = (row.version, {name: str(value) for name, value in row.values.items()})
    found["persons"] = gate().count(PERSON, Selection(), exact=True).value
    named = Selection(filters=(Filter("person", "equals", str(world.person)),))
    for table in catalog.current().about_persons():
        if "person" in table.fields and not table.declaration.read_only:
            found[f"of {table.name}"] = gate().count(table.name, named, exact=True).value
    return found
