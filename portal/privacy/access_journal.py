"""The access journal for the privacy officer: what is asked of it, and its entries in words.

It serves the investigation of incidents and nothing else; page and file say so.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

from portal import journal_reading
from portal.catalog import PERSON
from portal.channels import KIND_LABELS
from portal.declare import Verb
from portal.errors import Invalid
from portal.exports import inert
from portal.fieldtypes import MASKED, DateTimeType, DateType
from portal.gate import Gate
from portal.i18n import Label, _
from portal.journal_reading import ENTRY, Wanted
from portal.models import utc_now
from portal.rows import Filter, Row, Selection

ACCOUNT = "accounts.account"
NAMED = 3
"""The persons of an entry that a page names; the others are counted."""
FIRST_DAY, LAST_DAY = "2000-01-01", "9000-12-31"
FORMATS: Mapping[str, str] = {"csv": "text/csv", "json": "application/json"}

PURPOSE = _(
    "The access journal serves to investigate incidents and nothing else: any other use, such as"
    " measuring somebody's work, is an infringement."
)
DESTROY = _("Destroy this file as soon as it has served: the portal cannot do that for you.")
LOOK: Mapping[str, Label] = {
    "no_account": _("no account"),
    "no_address": _("no address"),
    "not_routable": _("address not routable"),
}
"""Why an entry deserves a look: nobody signed in, no address, or one of an inner network."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is typed to filter the journal; "" for nothing."""

    since: str = ""
    until: str = ""
    account: str = ""
    kind: str = ""
    table: str = ""
    person: str = ""
    address: str = ""
    attention: bool = False

    @property
    def narrowed(self) -> bool:
        """True when some entries are left out."""
        return self != Asked()


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as the page shows it; `look` says in words why it deserves a look."""

    id: int
    at: str
    who: str
    kind: str
    channel: str
    table: str
    persons: tuple[tuple[int, str], ...]
    person_count: int
    rows: int
    outcome: str
    refused: bool
    address: str
    client: str
    request: str
    reason: str
    look: tuple[str, ...]

    @property
    def more(self) -> int:
        """How many persons are concerned beside those that are named."""
        return max(0, self.person_count - NAMED)


@dataclass(frozen=True, slots=True)
class Lines:
    """A page of entries, and the numbers of entries that the pages beside it start from."""

    lines: tuple[Line, ...]
    newer: int | None
    older: int | None


def wanted(gate: Gate, asked: Asked) -> Wanted:
    """The entries that were asked for. Raises Invalid naming what cannot be used."""
    filters = []
    if asked.since or asked.until:
        since = _day(asked.since) or FIRST_DAY
        filters.append(Filter("at", "between", f"{since}..{_day(asked.until) or LAST_DAY}"))
    if asked.account:
        filters.append(Filter("account", "equals", str(_account(gate, asked.account))))
    if asked.kind:
        filters.append(Filter("kind", "equals", asked.kind))
    if asked.table:
        filters.append(Filter("table_name", "equals", asked.table))
    if asked.address:
        filters.append(Filter("address", "contains", asked.address))
    person = _person(gate, asked.person) if asked.person else None
    return Wanted(tuple(filters), person, asked.attention)


def lines(
    gate: Gate, asked: Asked, size: int, *, below: int | None = None, above: int | None = None
) -> Lines:
    """A page of entries, the newest first; journaled. Raises NotFound, Invalid."""
    require(gate)
    found = journal_reading.page(gate, replace(wanted(gate, asked), below=below, above=above), size)
    persons = {row.id: _persons(row) for row in found.rows}
    names = _names(gate, [person for some in persons.values() for person in some[:NAMED]])
    accounts = {row.values.get("account") for row in found.rows} - {None}
    logins = titles(gate, ACCOUNT, [int(str(account)) for account in accounts])
    shown = tuple(_line(gate, row, persons[row.id], names, logins) for row in found.rows)
    return Lines(
        shown,
        newer=shown[0].id if shown and found.newer else None,
        older=shown[-1].id if shown and found.older else None,
    )


def require(gate: Gate) -> None:
    """Raise NotFound for who may not read the journal, before anything else is asked."""
    if not journal_reading.may_read(gate):
        journal_reading.page(gate, Wanted(), 1)


def kinds() -> list[tuple[str, Label]]:
    """Every kind of processing and its words, to choose from."""
    return [(str(kind), label) for kind, label in KIND_LABELS.items()]


# --- as a file ------------------------------------------------------------------------------------


def export(gate: Gate, asked: Asked, format: str) -> Iterator[str]:
    """The entries as text, in pieces. Raises at once NotFound, Forbidden, Invalid."""
    require(gate)
    if format not in FORMATS:
        raise Invalid(
            _("There is no such format."),
            _("Use one of: {known}.").format(known=", ".join(FORMATS)),
        )
    chunks = journal_reading.stream(gate, wanted(gate, asked))
    records = ([_record(row) for row in rows] for rows in chunks)
    said = (str(PURPOSE), str(DESTROY))  # the language is that of this moment
    return (_csv if format == "csv" else _json)(said, records)


def _csv(said: tuple[str, str], chunks: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    buffer = io.StringIO()
    out = csv.writer(buffer, lineterminator="\r\n")
    out.writerows([text] for text in said)
    out.writerow(_RECORD)
    yield _taken(buffer)
    for records in chunks:
        out.writerows([inert(_flat(value)) for value in one.values()] for one in records)
        yield _taken(buffer)


def _json(said: tuple[str, str], chunks: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    head = {"purpose": said[0], "notice": said[1], "exported_at": _utc(utc_now())}
    yield json.dumps(head, ensure_ascii=False)[:-1] + ', "entries": [\n'
    gap = ""
    for records in chunks:
        yield gap + ",\n".join(json.dumps(one, ensure_ascii=False) for one in records)
        gap = ",\n"
    yield "\n]}\n"


_RECORD = (
    "id",
    "at_utc",
    "account",
    "process",
    "kind",
    "channel",
    "table",
    "persons",
    "person_count",
    "row_count",
    "outcome",
    "reason",
    "address",
    "routable",
    "client",
    "request",
    "to_look_at",
    "fingerprint",
)


def _record(row: Row) -> dict[str, Any]:
    values = {name: str(v) if v is MASKED else v for name, v in row.values.items()}
    found = (
        row.id,
        _utc(values.get("at")),
        values.get("account"),
        values.get("actor") or "",
        values.get("kind") or "",
        values.get("channel") or "",
        values.get("table_name") or "",
        _persons(row),
        values.get("person_count"),
        values.get("row_count"),
        values.get("outcome") or "",
        values.get("reason") or "",
        values.get("address") or "",
        values.get("routable"),
        values.get("client") or "",
        values.get("request") or "",
        _look(row),
        values.get("hash") or "",
    )
    return dict(zip(_RECORD, found, strict=True))


def _flat(value: Any) -> str:
    if isinstance(value, list):
        return (
            " ".join(map(str, value))
            if all(isinstance(v, int) for v in value)
            else ", ".join(value)
        )
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _utc(moment: Any) -> str:
    if not isinstance(moment, datetime):
        return ""
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


# --- what was typed -------------------------------------------------------------------------------


def _day(text: str) -> str:
    if not text:
        return ""
    day: date = DateType().parse(text)
    return day.isoformat()


def _number(text: str) -> int | None:
    """The number that a text is, when it may be the number of a row."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= 18 else None


def _account(gate: Gate, text: str) -> int:
    """An account by its sign-in name, or by the number that outlives it."""
    same = Selection(filters=(Filter("login", "equals", text),), page_size=1)
    found = gate.list(ACCOUNT, same, ()).rows if gate.can(Verb.READ, ACCOUNT) else ()
    number = found[0].id if found else _number(text)
    if number is None:
        raise Invalid(
            _("No account signs in as {login}.").format(login=text[:60]),
            _("Give its number when it is gone."),
        )
    return number


def _person(gate: Gate, text: str) -> int:
    """A person by their number, or by words that find one person only."""
    number = _number(text)
    if number is not None:
        return number
    found = gate.list(PERSON, Selection(search=text, page_size=2), ()).rows
    if len(found) != 1:
        raise Invalid(
            _("These words name no person, or several: {words}.").format(words=text[:60]),
            _("Give more words, or the number that stands on the person's sheet."),
        )
    return found[0].id


# --- in words -------------------------------------------------------------------------------------


def _persons(row: Row) -> list[int]:
    """The persons of an entry; none where the reader may not see them."""
    text = row.values.get("persons")
    found: list[int] = json.loads(text) if isinstance(text, str) and text else []
    return found


def _names(gate: Gate, persons: Sequence[int]) -> dict[int, str]:
    """The names of persons within reach, and of erased ones while they are kept."""
    wanted = sorted(set(persons))
    return journal_reading.erased_names(gate, wanted) | titles(gate, PERSON, wanted)


def titles(gate: Gate, table: str, ids: Sequence[int]) -> dict[int, str]:
    """The titles of these rows, where the actor may read the table."""
    return gate.titles(table, sorted(ids)) if ids and gate.can(Verb.READ, table) else {}


def _line(
    gate: Gate,
    row: Row,
    persons: Sequence[int],
    names: Mapping[int, str],
    logins: Mapping[int, str],
) -> Line:
    values, say = row.values, _sayer(gate, row)
    account = values.get("account")
    who = say("actor")
    if account is not None:
        who = logins.get(account) or _("Account {id}").format(id=account)
    table = str(values.get("table_name") or "")
    known = gate.catalog.tables.get(table)
    return Line(
        id=row.id,
        at=DateTimeType().show(values.get("at")),
        who=who,
        kind=say("kind"),
        channel=say("channel"),
        table=str(known.label) if known else table,
        persons=tuple(
            (id, names.get(id) or _("Person {id}").format(id=id)) for id in persons[:NAMED]
        ),
        person_count=int(values.get("person_count") or 0),
        rows=int(values.get("row_count") or 0),
        outcome=say("outcome"),
        refused=values.get("outcome") != "done",
        address=str(values.get("address") or ""),
        client=say("client"),
        request=str(values.get("request") or ""),
        reason=str(values.get("reason") or ""),
        look=tuple(str(LOOK[why]) for why in _look(row)),
    )


def _sayer(gate: Gate, row: Row) -> Callable[[str], str]:
    fields = gate.catalog.table(ENTRY).fields
    return lambda name: fields[name].type.show(row.values.get(name))


def _look(row: Row) -> list[str]:
    """Why an entry deserves a look, as names of `LOOK`."""
    values = row.values
    found = []
    if "account" in values and values["account"] is None:
        found.append("no_account")
    if "address" in values and not values["address"]:
        found.append("no_address")
    elif "routable" in values and not values["routable"]:
        found.append("not_routable")
    return found
