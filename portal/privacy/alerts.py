"""The alerts of the access journal in words, for who reads the journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from portal.catalog import PERSON
from portal.gate import Gate
from portal.i18n import _
from portal.journal_checks import ALERT
from portal.privacy.access_journal import ACCOUNT, titles
from portal.rows import Filter, Selection

PAGE_SIZE = 50
WAITING = (Filter("handled_at", "empty", "true"),)


@dataclass(frozen=True, slots=True)
class Line:
    """An alert: when, which check, who is concerned, how often, and who looked into it."""

    id: int
    day: str
    iso: str
    rule: str
    who: str
    account: int | None
    person: str
    person_id: int | None
    number: int
    entry: int | None
    address: str
    handled_at: Any
    handled_by: str
    note: str


def waiting(gate: Gate) -> int:
    """How many alerts nobody looked into yet; one query."""
    return gate.count(ALERT, Selection(filters=WAITING), exact=True).value


def lines(gate: Gate, page: int, *, every: bool = False) -> tuple[list[Line], bool]:
    """A page of alerts, the latest first, and whether more follow; all, or those that wait."""
    wanted = Selection(
        filters=() if every else WAITING,
        sort="id",
        descending=True,
        page=page,
        page_size=PAGE_SIZE,
    )
    found = gate.list(ALERT, wanted)
    values = [row.values for row in found.rows]
    accounts = {one.get(name) for one in values for name in ("account", "handled_by")} - {None}
    people = {one.get("person") for one in values} - {None}
    logins = titles(gate, ACCOUNT, [int(str(id)) for id in accounts])
    names = titles(gate, PERSON, [int(str(id)) for id in people])
    fields = gate.catalog.table(ALERT).fields
    return [
        Line(
            id=row.id,
            day=fields["day"].type.show(row.values.get("day")),
            iso=_iso(row.values.get("day")),
            rule=fields["rule"].type.show(row.values.get("rule")),
            who=_account(row.values.get("account"), logins)
            or fields["actor"].type.show(row.values.get("actor")),
            account=row.values.get("account"),
            person=names.get(row.values.get("person") or 0, ""),
            person_id=row.values.get("person"),
            number=int(row.values.get("number") or 0),
            entry=row.values.get("entry"),
            address=str(row.values.get("address") or ""),
            handled_at=row.values.get("handled_at"),
            handled_by=_account(row.values.get("handled_by"), logins),
            note=str(row.values.get("note") or ""),
        )
        for row in found.rows
    ], found.has_next


def _account(id: Any, logins: dict[int, str]) -> str:
    return "" if id is None else logins.get(id) or _("Account {id}").format(id=id)


def _iso(day: Any) -> str:
    return day.isoformat() if isinstance(day, date) else str(day or "")
