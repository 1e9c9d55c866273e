"""What the stored rights of a profile type mean, and whether one right contains another.

Who hands out rights hands out only what they hold: `first_beyond` finds what they do not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from portal import conditions, structure
from portal.actor import EVERYTHING, JOURNAL, Grant, covers
from portal.builtin import accounts as tables
from portal.builtin.directory import Attachment, Structure
from portal.database import proxy
from portal.declare import Reach, Verb
from portal.reaches import still_attached

NO_LEVEL = 100
"""The level of an account without a profile type: weaker than every profile type."""

_WRITING = frozenset({Verb.CREATE, Verb.UPDATE, Verb.IMPORT})
_FIELDLESS = frozenset({Verb.ERASE, Verb.EXECUTE})


@dataclass(frozen=True, slots=True)
class Held:
    """What an account holds by its profile types: its level, rights, privileges and codes."""

    level: int
    grants: tuple[Grant, ...] = ()
    privileges: frozenset[str] = frozenset()
    codes: frozenset[int] = frozenset()


def parse_grant(row: Mapping[str, Any]) -> Grant:
    """A right as the gate takes it, from its row; an unknown verb or reach gives nothing."""
    known = {verb.value for verb in Verb}
    verbs = set(row["verbs"].split())
    if row["reach"] not in {reach.value for reach in Reach}:
        verbs, reach = set(), Reach.OWN
    else:
        reach = Reach(row["reach"])
    if EVERYTHING in verbs:
        verbs = known
    return Grant(
        table=row["table_name"],
        verbs=frozenset(Verb(verb) for verb in verbs & known),
        reach=reach,
        readable=frozenset(row["readable"].split()),
        writable=frozenset(row["writable"].split()),
        masked=frozenset(row["masked"].split()),
        conditions=conditions.parse(row["conditions"]),
    )


def grants_of(profiles: Iterable[int]) -> dict[int, tuple[Grant, ...]]:
    """The rights of these profile types, by number."""
    wanted = list(profiles)
    read: dict[int, list[Grant]] = {profile: [] for profile in wanted}
    query = tables.Grant.select().where(tables.Grant.profile_type.in_(wanted))
    for row in query.order_by(tables.Grant.id).dicts().execute(proxy.obj):
        read[row["profile_type"]].append(parse_grant(row))
    return {profile: tuple(grants) for profile, grants in read.items()}


def held_by(account: int, today: date) -> Held:
    """What an account holds now, whether it may sign in or not."""
    held = tables.Holding.alias("h")
    kind = tables.ProfileType.alias("p")
    query = held.select(kind.id, kind.level, kind.privileges, held.zone)
    query = query.join_from(held, kind, on=(held.profile_type == kind.id))
    rows = list(query.where(held.account == account).tuples().execute(proxy.obj))
    at_home = _home(account, today) if any(zone is None for *_kind, zone in rows) else frozenset()
    zones: dict[int, frozenset[int]] = {}
    for profile, _level, _privileges, zone in rows:
        here = at_home if zone is None else frozenset({zone})
        zones[profile] = zones.get(profile, frozenset()) | here
    granted = grants_of(zones)
    codes = tables.CodeHeld.select(tables.CodeHeld.code).where(tables.CodeHeld.account == account)
    return Held(
        level=min((level for _profile, level, _privileges, _zone in rows), default=NO_LEVEL),
        grants=tuple(replace(g, zones=zones[p]) for p in zones for g in granted[p]),
        privileges=frozenset(name for row in rows for name in row[2].split()),
        codes=frozenset(code for (code,) in codes.tuples().execute(proxy.obj)),
    )


def given_by(profile: int, grants: Iterable[Grant], today: date) -> tuple[Grant, ...]:
    """These rights of a profile type, in every zone where an account holds it."""
    held = tables.Holding
    mine = held.profile_type == profile
    query = held.select(held.zone).where(mine & held.zone.is_null(is_null=False)).distinct()
    zones = frozenset(zone for (zone,) in query.tuples().execute(proxy.obj))
    at_home = held.select(held.account).where(mine & held.zone.is_null())
    zones |= _homes(tables.Account.id.in_(at_home), today)
    return tuple(replace(grant, zones=zones) for grant in grants)


def raised_by(attachments: Sequence[int], today: date) -> tuple[Grant, ...]:
    """The rights that these attachments let accounts use in structures new to them.

    Rights to the rows of a structure count where the person is, in an account without a zone.
    """
    alias, account, held = Attachment.alias("a"), tables.Account.alias("c"), tables.Holding
    query = alias.select(alias.structure, account.id, account.person, held.profile_type)
    query = query.join_from(alias, account, on=(account.person == alias.person))
    query = query.join_from(account, held, on=(held.account == account.id))
    where = alias.id.in_(list(attachments)) & still_attached(alias, today) & held.zone.is_null()
    rows = list(query.where(where).distinct().tuples().execute(proxy.obj))
    granted = grants_of({profile for *_account, profile in rows})
    raised = []
    for place, account_id, person, profile in rows:
        rights = [grant for grant in granted[profile] if grant.reach is Reach.STRUCTURE]
        if rights and place not in _reached(account_id, profile, person, attachments, today):
            raised += [replace(grant, zones=frozenset({place})) for grant in rights]
    return tuple(raised)


def raised_by_moves(moved: Sequence[int], today: date) -> tuple[Grant, ...]:
    """The rights that accounts come to use in these structures by their new place in the tree.

    Asked inside the transaction that moved them, before their paths are written again.
    """
    raised = []
    for id in moved:
        above = _newly_above(id)
        for profile in _first_reaching(id, above, today) if above else ():
            rights = grants_of([profile])[profile]
            of_structures = (grant for grant in rights if grant.reach is Reach.STRUCTURE)
            raised += [replace(grant, zones=frozenset({id})) for grant in of_structures]
    return tuple(raised)


def _newly_above(id: int) -> frozenset[int]:
    """The structures above this one by its new parent, and not by its path, which is the old."""
    above = Structure.alias("p")
    query = Structure.select(Structure.path, above.path)
    query = query.join(above, on=(Structure.parent == above.id)).where(Structure.id == id)
    rows: Iterable[tuple[str, str]] = query.tuples().execute(proxy.obj)
    found = next(iter(rows), None)
    if found is None or not found[0]:  # the root, or a new structure, which nothing lies in yet
        return frozenset()
    before, after = (frozenset(int(step) for step in path.split("/") if step) for path in found)
    return after - before


def _first_reaching(place: int, above: frozenset[int], today: date) -> Iterable[int]:
    """The profile types by which an account reaches `place` from `above` and in no other way."""
    alias, account, held = Attachment.alias("a"), tables.Account.alias("c"), tables.Holding
    at_home = alias.select(alias.person).where(
        alias.structure.in_(list(above)) & still_attached(alias, today)
    )
    query = held.select(held.profile_type, account.id, account.person)
    query = query.join_from(held, account, on=(held.account == account.id))
    where = held.zone.in_(list(above)) | (held.zone.is_null() & account.person.in_(at_home))
    raised: set[int] = set()
    for profile, account_id, person in query.where(where).distinct().tuples().execute(proxy.obj):
        if profile not in raised and place not in _reached(account_id, profile, person, (), today):
            raised.add(profile)
    return sorted(raised)


def _reached(
    account: int, profile: int, person: int | None, but: Sequence[int], today: date
) -> frozenset[int]:
    """The structures where an account uses a profile type, by other attachments than these."""
    held, alias = tables.Holding, Attachment.alias("a")
    mine = (held.account == account) & (held.profile_type == profile)
    named = {zone for (zone,) in held.select(held.zone).where(mine).tuples().execute(proxy.obj)}
    zones = named - {None}
    if None in named:
        where = (alias.person == person) & alias.id.not_in(list(but)) & still_attached(alias, today)
        rows = alias.select(alias.structure).where(where).tuples().execute(proxy.obj)
        zones |= {zone for (zone,) in rows}
    return frozenset(structure.current().below(zones))


def _home(account: int, today: date) -> frozenset[int]:
    """The structures that the account's person is attached to."""
    return _homes(tables.Account.id == account, today)


def _homes(accounts: Any, today: date) -> frozenset[int]:
    """The structures that the persons of these accounts are attached to."""
    persons = tables.Account.select(tables.Account.person).where(accounts)
    alias = Attachment.alias("a")
    where = alias.person.in_(persons) & still_attached(alias, today)
    rows = alias.select(alias.structure).where(where).tuples().execute(proxy.obj)
    return frozenset(zone for (zone,) in rows)


def first_beyond(own: Sequence[Grant], wanted: Iterable[Grant]) -> Grant | None:
    """The first of `wanted` that the rights `own` do not contain, verb by verb."""
    for grant in wanted:
        for verb in grant.verbs:
            if not any(contains(mine, grant, verb) for mine in own):
                return grant
    return None


def contains(own: Grant, other: Grant, verb: Verb) -> bool:
    """True when `own` lets do `verb` wherever `other` does: rows and fields."""
    return (
        verb in own.verbs
        and _speaks_of(own, other)
        and _reaches(own, other)
        and set(own.conditions) <= set(other.conditions)
        and _shows(own, other, verb)
    )


def _speaks_of(own: Grant, other: Grant) -> bool:
    if own.journal and other.table.startswith(JOURNAL):
        return True
    if other.table == EVERYTHING or other.table == own.table:
        return own.table == other.table
    return covers(own.table, other.table.removesuffix("*"))


def _reaches(own: Grant, other: Grant) -> bool:
    """True for a reach to all rows, or the same one: a person's own rows may lie in no zone."""
    if own.reach is Reach.ALL:
        return True
    if own.reach is not other.reach:
        return False
    if own.reach is Reach.STRUCTURE and other.zones:
        tree = structure.current()
        return set(tree.below(other.zones)) <= set(tree.below(own.zones))
    return True


def _shows(own: Grant, other: Grant, verb: Verb) -> bool:
    if verb in _FIELDLESS:
        return True
    if verb in _WRITING:
        return _names(own.writable, other.writable)
    shown = other.readable - other.masked
    return _names(own.readable, shown) and not _unmasks(own, other)


def _names(own: frozenset[str], other: frozenset[str]) -> bool:
    return EVERYTHING in own or other <= own


def _unmasks(own: Grant, other: Grant) -> bool:
    """True when a field that `own` masks is shown by `other`."""
    open_again = own.masked - other.masked
    return bool(open_again if EVERYTHING in other.readable else open_again & other.readable)
