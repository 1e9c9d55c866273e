"""The objection list as the gate asks it: who objected is not recorded again, nor sent news.

Persons are recognised by keyed fingerprints of what is known of them; the key is a fact of this
portal that no screen, export or document shows, and goes along in its backups. Entering and lifting
need the right to execute on the list.
"""

from __future__ import annotations

import hmac
import re
import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from peewee import Value

from portal import identifier_upkeep, journal
from portal.builtin.directory import Person
from portal.builtin.objections import (
    BY_EMAIL,
    BY_NAME,
    BY_PHONE,
    RECORDED,
    SCOPES,
    Objection,
)
from portal.builtin.operations import State
from portal.catalog import PERSON
from portal.database import among_ids, proxy, storable, transaction
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.grants import reaches_all
from portal.i18n import _
from portal.journal import Act
from portal.models import new_uuid, utc_now
from portal.text import fold, words

if TYPE_CHECKING:
    from portal.gate import Gate

TABLE = "privacy.objection"
KEY_NAME = "objection_key"
PHONE_DIGITS, FEWEST_DIGITS = 9, 6
"""A phone number is its last digits, so that it is the same with and without the country."""
AT_ONCE = 500
PERSONS_AT_ONCE = 5_000

Mark = tuple[str, str]
"""What somebody is recognised by: (kind, fingerprint)."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a person: as typed, or as stored."""

    email: str = ""
    phones: tuple[str, ...] = ()
    last_name: str = ""
    first_name: str = ""
    birth_date: date | None = None


_COLUMNS = (
    Person.id,
    Person.email,
    Person.landline,
    Person.mobile,
    Person.last_name,
    Person.first_name,
    Person.birth_date,
    Person.accepts_news,
)


# --- fingerprints


def marks(known: Known, kinds: Collection[str] = (BY_EMAIL, BY_PHONE, BY_NAME)) -> frozenset[Mark]:
    """The fingerprints of what is known of a person; none of what is not known."""
    return _marks(_key(), known, kinds)


def marks_of(person: int, kinds: Collection[str]) -> frozenset[Mark]:
    """The fingerprints of a recorded person, protected ones too. The rights are the caller's."""
    query = Person.select(*_COLUMNS).where(Person.id == person)
    return frozenset(
        mark for row in query.dicts().execute(proxy.obj) for mark in marks(_known(row), kinds)
    )


def kinds_of(person: int) -> frozenset[str]:
    """By what a recorded person can be recognised."""
    query = Person.select(*_COLUMNS).where(Person.id == person)
    rows = query.dicts().execute(proxy.obj)
    return frozenset(kind for row in rows for kind, _text in _canonical(_known(row)))


def _marks(key: bytes, known: Known, kinds: Collection[str]) -> frozenset[Mark]:
    return frozenset(
        (kind, hmac.digest(key, f"{kind}:{text}".encode(), "sha256").hex())
        for kind, text in _canonical(known)
        if kind in kinds
    )


def _canonical(known: Known) -> Iterator[tuple[str, str]]:
    """The one form of each thing that is known, so that "É. Durand" and "e durand" are one."""
    if email := fold(known.email.strip()):
        yield BY_EMAIL, email
    for phone in known.phones:
        digits = re.sub(r"[^0-9]", "", phone.partition("x")[0])
        if len(digits) >= FEWEST_DIGITS:
            yield BY_PHONE, digits[-PHONE_DIGITS:]
    name = [" ".join(words(part)) for part in (known.last_name, known.first_name)]
    if all(name) and known.birth_date is not None:
        yield BY_NAME, "|".join((*name, known.birth_date.isoformat()))


def _known(row: Mapping[str, Any]) -> Known:
    born = row.get("birth_date")
    return Known(
        email=row.get("email") or "",
        phones=(row.get("landline") or "", row.get("mobile") or ""),
        last_name=row.get("last_name") or "",
        first_name=row.get("first_name") or "",
        birth_date=date.fromisoformat(born[:10]) if isinstance(born, str) else born,
    )


def _key() -> bytes:
    """The key of the fingerprints, made at its first use."""
    query = State.select(State.value).where(State.name == KEY_NAME)
    found = query.tuples().execute(proxy.obj)
    if not found:
        with transaction():
            made = State.insert(name=KEY_NAME, value=secrets.token_hex(32))
            made.on_conflict_ignore().execute(proxy.obj)
            found = query.clone().tuples().execute(proxy.obj)
    return str(next(iter(found))[0]).encode()


# --- what the gate asks


def require(ids: Sequence[int], *, new: bool) -> None:
    """Refuse persons who were written against their objection. Raises Invalid.

    Nobody who objected to being recorded is recorded anew; nobody who objected to news gets any.
    """
    if not _some_stand():
        return
    for start in range(0, len(ids), AT_ONCE):
        query = Person.select(*_COLUMNS).where(among_ids(Person.id, ids[start : start + AT_ONCE]))
        rows = list(query.dicts().execute(proxy.obj))
        refused = next((one for one in refusals(rows, new=new) if one is not None), None)
        if refused is not None:
            raise refused


def refusals(rows: Sequence[Mapping[str, Any]], *, new: bool) -> list[Invalid | None]:
    """What stands against each of these persons, by their stored values; None where nothing does.

    Fields that a row does not name are empty.
    """
    if not rows or not _some_stand():
        return [None] * len(rows)
    key = _key()
    of = [_marks(key, _known(row), (BY_EMAIL, BY_PHONE, BY_NAME)) for row in rows]
    scopes = _scopes(frozenset().union(*of))
    found = []
    for row, those in zip(rows, of, strict=True):
        objected = {scope for mark in those for scope in scopes.get(mark, ())}
        found.append(_refusal(objected, accepts=bool(row.get("accepts_news")), new=new))
    return found


def _some_stand() -> bool:
    standing = Objection.select(Value(1)).where(Objection.lifted_at.is_null())
    return bool(standing.limit(1).tuples().execute(proxy.obj))


def _refusal(scopes: Collection[str], *, accepts: bool, new: bool) -> Invalid | None:
    if new and RECORDED in scopes:
        return Invalid(
            _("This person objected to being recorded: they are on the objection list."),
            _("Ask who is in charge of data protection."),
        )
    if accepts and scopes:
        why = _("This person objected to news: they are on the objection list.")
        remedy = _("Leave the field on no, or have the objection lifted first.")
        return Invalid(why, remedy, {"accepts_news": why})
    return None


def _scopes(asked: Collection[Mark]) -> dict[Mark, set[str]]:
    """To what those of these marks that are on the list object."""
    found: dict[Mark, set[str]] = {}
    columns = (Objection.kind, Objection.fingerprint, Objection.scope)
    prints = sorted(fingerprint for _kind, fingerprint in asked)
    for start in range(0, len(prints), AT_ONCE):
        part = prints[start : start + AT_ONCE]
        query = Objection.select(*columns).where(
            Objection.lifted_at.is_null() & Objection.fingerprint.in_(part)
        )
        for kind, fingerprint, scope in query.tuples().execute(proxy.obj):
            found.setdefault((kind, fingerprint), set()).add(scope)
    return found


# --- what an officer does


def matching(asked: Collection[Mark]) -> list[int]:
    """The lines of these marks, lifted ones too, the latest first."""
    prints = sorted(fingerprint for _kind, fingerprint in asked)
    query = Objection.select(Objection.id).where(Objection.fingerprint.in_(prints))
    return [row[0] for row in query.order_by(Objection.id.desc()).tuples().execute(proxy.obj)]


def stands(entered: Collection[Mark], scope: str) -> bool:
    """True when the list holds all of these marks already, for this objection."""
    standing = _scopes(entered)
    return bool(entered) and all(scope in standing.get(mark, ()) for mark in entered)


def enter(gate: Gate, entered: Collection[Mark], scope: str, origin: str) -> int:
    """Put somebody on the list; to how many recorded persons news stops by that, at once.

    Raises Forbidden, Invalid.
    """
    _allowed(gate)
    if scope not in dict(SCOPES):
        why = _("Choose what the person objects to.")
        raise Invalid(why, "", {"scope": why})
    if not entered:
        raise nothing_told()
    if stands(entered, scope):
        raise Invalid(_("This objection is on the list already."))
    entry, now = new_uuid(), utc_now()
    rows = [
        {
            "entry": entry,
            "kind": kind,
            "fingerprint": fingerprint,
            "scope": scope,
            "origin": origin,
            "account": gate.actor.account,
            "at": now,
        }
        for kind, fingerprint in sorted(entered)
    ]
    with transaction():
        Objection.insert_many(rows).execute(proxy.obj)
        stopped = _stop_news(gate, frozenset(entered))
        act = Act(gate.channel, Verb.CREATE, TABLE, (), len(rows), reason=gate.reason)
        journal.record(gate.actor, act)
    return stopped


def nothing_told() -> Invalid:
    """The refusal of what recognises nobody."""
    return Invalid(
        _("Nothing tells who objects."),
        _("Give an e-mail address, a phone number, or a name with first name and birth date."),
    )


def lift(gate: Gate, entry: str) -> None:
    """Take an entry off the list; it stays as the proof of what was. Raises Forbidden, NotFound.

    Raises Invalid when it was lifted before.
    """
    _allowed(gate)
    changes = {Objection.lifted_at: utc_now(), Objection.lifted_by: gate.actor.account}
    with transaction():
        there = Objection.select(Objection.id).where(Objection.entry == entry)
        if not entry or not there.limit(1).tuples().execute(proxy.obj):
            raise NotFound(_("There is no such row here."))
        own = (Objection.entry == entry) & Objection.lifted_at.is_null()
        done = Objection.update(changes).where(own).execute(proxy.obj)
        if not done:
            raise Invalid(_("This objection was lifted already."))
        act = Act(gate.channel, Verb.UPDATE, TABLE, (), done, reason=gate.reason)
        journal.record(gate.actor, act)


def keeps(gate: Gate) -> bool:
    """True for who enters and lifts objections: a right to execute on the whole list."""
    return any(
        Verb.EXECUTE in grant.verbs and grant.covers(TABLE) and reaches_all(grant)
        for grant in gate.actor.grants
    )


def _allowed(gate: Gate) -> None:
    if not keeps(gate):
        raise Forbidden(
            _("You may not keep the objection list."),
            _("Ask who is in charge of data protection."),
        )


def _stop_news(gate: Gate, entered: frozenset[Mark]) -> int:
    """Set “accepts news” to no for the recorded persons who are so recognised.

    The law asks it of every row, archived and restricted ones too, whatever the officer's rights.
    """
    ids = _receivers(entered)
    changes: dict[Any, Any] = {
        Person.accepts_news: False,
        Person.version: Person.version + 1,
        Person.updated_at: Value(storable(utc_now()), converter=False),
    }
    for start in range(0, len(ids), AT_ONCE):
        part = ids[start : start + AT_ONCE]
        Person.update(changes).where(among_ids(Person.id, part)).execute(proxy.obj)
    if ids:
        table = gate.catalog.table(PERSON)
        identifier_upkeep.rows_moved(gate.catalog, table, "accepts_news")
        act = Act(gate.channel, Verb.UPDATE, PERSON, ids, len(ids), reason=gate.reason)
        journal.record(gate.actor, act)
    return len(ids)


def _receivers(entered: frozenset[Mark]) -> list[int]:
    """The persons who accept news and have one of these marks, read some thousands at a time."""
    key, found, last = _key(), [], 0
    kinds = {kind for kind, _fingerprint in entered}
    while True:
        some = Person.select(*_COLUMNS).where(Person.accepts_news & (Person.id > last))
        query = some.order_by(Person.id).limit(PERSONS_AT_ONCE)
        rows = list(query.dicts().execute(proxy.obj))
        found += [row["id"] for row in rows if entered & _marks(key, _known(row), kinds)]
        if len(rows) < PERSONS_AT_ONCE:
            return found
        last = rows[-1]["id"]
