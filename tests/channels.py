"""The two sides of the leak matrix: every way by which the gate answers, every kind of actor.

A channel is asked about every table, field, operator and row, those out of reach above all; it says
what was answered and what should have been, so that a cell is wrong when a canary shows, or when a
row is missing or too many. The routes of the web are the matrix of `tests/web/test_every_route.py`,
over the same actors.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from dataclasses import field as slot
from functools import partial
from typing import Any

from portal.actor import Actor, Condition, Grant
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.database import proxy, transaction
from portal.declare import Reach, Verb
from portal.errors import Forbidden, Invalid, NotFound, PortalError
from portal.fields import Field
from portal.fieldtypes import MASKED, Reference
from portal.gate import Gate
from portal.rows import Filter, Row, Selection
from portal.text import fold
from tests.canaries import ROLES, SIGNED_IN, TODAY, World, half_of_fields
from tests.oracle import TOKEN, Oracle, canaries, every_canary, opened, shows, stored

EVERY = frozenset(Verb)
PLAIN = EVERY - {Verb.DISCLOSE}
REASON = "asked by the person"


# --- actors


def in_structure(world: World, name: str, **options: Any) -> Grant:
    """A right on everything in a structure."""
    zone = frozenset({world.structures[name]})
    return Grant("*", options.pop("verbs", PLAIN), Reach.STRUCTURE, zones=zone, **options)


def everywhere(**options: Any) -> Grant:
    """A right on everything."""
    return Grant("*", options.pop("verbs", PLAIN), options.pop("reach", Reach.ALL), **options)


def only(field: str, world: World, person: str) -> tuple[Condition, ...]:
    """A condition on the value that one person has."""
    row = world.rows["directory.person"][world.person(person)]
    return (Condition(field, "equals", str(row[field])),)


def rights_of_role(world: World, role: str) -> tuple[Grant, ...]:
    """What an account may do that signed in with one of its profile types, or with all."""
    return tuple(
        in_structure(
            world,
            zone,
            verbs=frozenset(Verb(verb) for verb in verbs.split()),
            readable=half_of_fields(world, parity),
        )
        for slug, (_level, verbs, zone, parity) in ROLES.items()
        if role in ("", slug)
    )


ACTORS: dict[str, Callable[[World], tuple[Grant, ...]]] = {
    "without a right": lambda w: (),
    "with a right on another table": lambda w: (Grant("typing.choice", PLAIN, Reach.ALL),),
    "of another structure": lambda w: (in_structure(w, "B"),),
    "of the structure above": lambda w: (in_structure(w, "A"),),
    "of two structures": lambda w: (in_structure(w, "A1"), in_structure(w, "B")),
    "with fields withheld": lambda w: (everywhere(readable=half_of_fields(w, 0)),),
    "with the other fields withheld": lambda w: (everywhere(readable=half_of_fields(w, 1)),),
    "with masked fields": lambda w: (everywhere(masked=half_of_fields(w, 0)),),
    "with the other fields masked": lambda w: (everywhere(masked=half_of_fields(w, 1)),),
    "over own rows": lambda w: (everywhere(reach=Reach.OWN),),
    "over attached rows": lambda w: (everywhere(reach=Reach.ATTACHED),),
    "under a condition": lambda w: (
        Grant("directory.person", PLAIN, Reach.ALL, conditions=only("city", w, "other")),
        Grant("members.*", PLAIN, Reach.ALL),
        Grant("accounts.*", PLAIN, Reach.OWN),
    ),
    "under conditions of dates and references": lambda w: (
        Grant("directory.*", PLAIN, Reach.ALL),
        Grant(
            "members.*",
            PLAIN,
            Reach.ALL,
            conditions=(
                Condition("person", "equals", str(w.person("peer"))),
                Condition("comment", "contains", "CN"),
            ),
        ),
        Grant(
            "bookings.booking", PLAIN, Reach.ALL, conditions=(Condition("person", "empty", "true"),)
        ),
    ),
    "of a structure, under a condition": lambda w: (
        in_structure(w, "B", readable=half_of_fields(w, 0)),
        Grant(
            "directory.person",
            PLAIN,
            Reach.STRUCTURE,
            zones=frozenset({w.structures["A"]}),
            conditions=only("city", w, "peer"),
        ),
    ),
    "who discloses in one structure": lambda w: (
        everywhere(),
        in_structure(w, "B", verbs=frozenset({Verb.DISCLOSE})),
    ),
    "who holds one access code": lambda w: (everywhere(),),
    "who holds two access codes, in a structure": lambda w: (in_structure(w, "B"),),
    "with two profiles": lambda w: (
        in_structure(w, "A", readable=half_of_fields(w, 0)),
        in_structure(w, "B", readable=half_of_fields(w, 1)),
    ),
    "with a mask here and a loan there": lambda w: (
        in_structure(w, "A", masked=half_of_fields(w, 0)),
        everywhere(readable=half_of_fields(w, 1)),
    ),
    "who reads less than they export or erase": lambda w: (
        in_structure(w, "A", verbs=frozenset({Verb.READ}), readable=half_of_fields(w, 0)),
        everywhere(verbs=frozenset({Verb.EXPORT})),
        everywhere(verbs=frozenset({Verb.ERASE})),
        everywhere(verbs=frozenset({Verb.UPDATE, Verb.CREATE, Verb.DISCLOSE})),
    ),
    "who writes one field": lambda w: (
        everywhere(verbs=frozenset({Verb.READ, Verb.UPDATE}), writable=frozenset({"comment"})),
    ),
    **{name: partial(rights_of_role, role=role) for name, role in SIGNED_IN.items()},
    "with everything": lambda w: (everywhere(),),
    "who may disclose": lambda w: (everywhere(verbs=EVERY),),
}
GIVING_A_REASON = {
    "who may disclose, with a reason": "who may disclose",
    "with a reason and no right to disclose": "of the structure above",
}


HOLDING = {
    "who holds one access code": ("files",),
    "who holds two access codes, in a structure": ("files", "vault"),
}
"""The access codes that the actors of the matrix hold."""


def oracle_of(world: World, name: str) -> Oracle:
    """An actor of the matrix, as the oracle knows them."""
    grants = ACTORS[GIVING_A_REASON.get(name, name)](world)
    codes = frozenset(world.codes[slug] for slug in HOLDING.get(name, ()))
    actor = Actor(name, grants, account=999_999, person=world.person("me"), codes=codes)
    if name in world.signed_in:
        actor = replace(world.signed_in[name], grants=grants)
    return Oracle(world, actor, reason=name in GIVING_A_REASON)


ACTOR_NAMES = (*ACTORS, *GIVING_A_REASON)


# --- channels


@dataclass
class Cell:
    """What a channel answered to an actor, and what was wrong with it."""

    oracle: Oracle
    gate: Gate
    about: frozenset[str] = frozenset()
    said: list[Any] = slot(default_factory=list)
    wrong: list[str] = slot(default_factory=list)

    @property
    def world(self) -> World:
        """The rows that there are."""
        return self.oracle.world

    def expect(self, what: str, found: object, wanted: object) -> None:
        """Note what is not as the oracle says."""
        if found != wanted:
            self.wrong.append(f"{what}: {found!r} and not {wanted!r}")

    def ask(self, act: Callable[[], Any]) -> Any:
        """What an act answers, its error included; both are searched for canaries."""
        try:
            answer = act()
        except PortalError as error:
            self.said.append(
                [str(error), {k: str(v) for k, v in getattr(error, "fields", {}).items()}]
            )
            return error
        self.said.append(answer)
        return answer

    def refused(
        self, what: str, act: Callable[[], Any], kind: type[PortalError] = NotFound
    ) -> None:
        """Note an act that is not refused in this way."""
        answer = self.ask(act)
        if not isinstance(answer, kind):
            self.wrong.append(f"{what} is not refused: {answer!r}")

    def leaks(self, allowed: set[Any]) -> set[Any]:
        """The canaries that should not have been said."""
        return (set(canaries(self.said)) & every_canary(self.world)) - allowed

    # what the oracle says

    def open(self, table: CatalogTable, verb: Verb = Verb.READ) -> bool:
        """True when some right speaks of the table."""
        return any(verb in g.verbs and g.covers(table.name) for g in self.oracle.actor.grants)

    def ids(self, table: CatalogTable, verb: Verb = Verb.READ) -> set[int]:
        """The rows that the actor may meet."""
        return set(self.oracle.visible(table, verb))

    def hidden(self, table: CatalogTable) -> list[int]:
        """The rows that the actor may not meet."""
        return sorted(set(self.world.rows[table.name]) - self.ids(table))

    def shown_anywhere(self, table: CatalogTable, field: Field) -> bool:
        """True when a right shows the field on some rows."""
        return any(
            Verb.READ in g.verbs
            and g.covers(table.name)
            and (Verb.DISCLOSE in g.verbs or not self.oracle.opens(table, Verb.READ))
            and self.oracle.code_held(field)
            and shows(g, field, reason=self.oracle.reason)
            for g in self.oracle.actor.grants
        )

    def check_row(self, table: CatalogTable, row: Row, verb: Verb = Verb.READ) -> None:
        """Each value of a row is the one that the oracle says."""
        for name, value in row.values.items():
            field = table.fields[name]
            wanted = self.expected(table, row.id, field, verb)
            found = value
            if isinstance(value, Reference):
                found = value.id
            self.expect(f"{table.name}.{name} of {row.id}", found, wanted)

    def expected(self, table: CatalogTable, id: int, field: Field, verb: Verb = Verb.READ) -> Any:
        """The value that the actor should be shown."""
        state = self.oracle.state(table, id, field, verb)
        raw = self.world.rows[table.name][id][field.name]
        if state == "masked":
            return MASKED
        if state == "hidden" or raw is None:
            return None
        if field.target:
            target = self.world.catalog.table(field.target)
            return raw if self.oracle.referring(verb).covering(target, raw) else None
        return raw if field.type.name == "choice" else stored(field, raw)


def _each(cell: Cell) -> Iterator[CatalogTable]:
    """The tables that the actor reads; the others must not be known to them."""
    for table in cell.world.tables:
        if cell.about and table.name not in cell.about:
            continue
        if cell.open(table):
            yield table
        else:
            cell.refused(table.name, lambda t=table: cell.gate.list(t.name, Selection()))


EVERYTHING = Selection(page_size=500)


def listing(cell: Cell) -> None:
    """A list of all rows, and its pages."""
    for table in _each(cell):
        page = cell.ask(lambda t=table: cell.gate.list(t.name, EVERYTHING))
        cell.expect(table.name, {row.id for row in page.rows}, cell.ids(table))
        for row in page.rows:
            cell.check_row(table, row)
        some = [row.id for row in page.rows][:5]
        if some:
            turned = cell.ask(
                lambda t=table, s=some: cell.gate.list(t.name, Selection(page_size=4, after=s[0]))
            )
            cell.expect(f"{table.name} after", [r.id for r in turned.rows], some[1:5])


def anchors(cell: Cell) -> None:
    """A page that begins beside a row out of reach; an order by number tells nothing of it."""
    for table in _each(cell):
        for id in cell.hidden(table)[-4:]:
            for way in ("after", "before"):
                asked = replace(EVERYTHING, **{way: id})
                act = lambda t=table, a=asked: cell.gate.list(t.name, a)  # noqa: E731 - one act
                if _titles_show(cell, table) and table.title != ("id",):
                    cell.refused(f"{table.name} {way} {id}", act, Invalid)
                    continue
                found = {row.id for row in cell.ask(act).rows}
                beyond = {i for i in cell.ids(table) if (i > id) == (way == "after")}
                cell.expect(f"{table.name} {way} {id}", found, beyond)


def order_of_titles(cell: Cell) -> None:
    """The order of a list: that of the titles where all of them show, else that of the numbers."""
    for table in _each(cell):
        fields = [table.fields[name] for name in table.title]
        if any("contains" in field.type.operators and not field.folded for field in fields):
            continue
        page = cell.ask(lambda t=table: cell.gate.list(t.name, EVERYTHING, ["id"]))
        rows = cell.world.rows[table.name]
        found = [row.id for row in page.rows]
        keys = {id: ([_plain(rows[id][f.name]) for f in fields], id) for id in found}
        shown = _titles_show(cell, table)
        wanted = sorted(found, key=keys.__getitem__) if shown else sorted(found)
        cell.expect(f"{table.name} in order", found, wanted)


def _titles_show(cell: Cell, table: CatalogTable) -> bool:
    """True when every row that may be met shows the fields of its title."""
    rights = [
        grant
        for grant in cell.oracle.actor.grants
        if grant.covers(table.name)
        and Verb.READ in grant.verbs
        and (Verb.DISCLOSE in grant.verbs or not cell.oracle.opens(table, Verb.READ))
    ]
    whole = [grant for grant in rights if grant.reach is Reach.ALL and not grant.conditions]
    fields = [table.fields[name] for name in table.title]

    def shown(grants: list[Grant], field: Field) -> list[bool]:
        held = cell.oracle.code_held(field)
        return [held and shows(grant, field, reason=cell.oracle.reason) for grant in grants]

    return all(any(shown(whole, field)) or all(shown(rights, field)) for field in fields)


def _plain(value: Any) -> Any:
    return fold(value).encode() if isinstance(value, str) else value


def sorting(cell: Cell) -> None:
    """An order by every field: it tells nothing of a value that is not shown."""
    for table in _each(cell):
        for field in table.fields.values():
            asked = replace(EVERYTHING, sort=field.name)
            act = lambda t=table, a=asked: cell.gate.list(t.name, a, ["id"])  # noqa: E731 - one act
            if not cell.shown_anywhere(table, field):
                cell.refused(f"{table.name} by {field.name}", act, Invalid)
                continue
            page = cell.ask(act)
            if field.target or field.type.name in ("choice", "option"):
                continue
            known = [
                (cell.oracle.value(table, row.id, field), row.id)
                for row in page.rows
                if cell.oracle.value(table, row.id, field) is not None
            ]
            rest = [r.id for r in page.rows if cell.oracle.value(table, r.id, field) is None]
            first = [id for _value, id in sorted(known, key=_sortable)]
            found = [row.id for row in page.rows]
            cell.expect(f"{table.name} by {field.name}", found, first + sorted(rest))


def _sortable(pair: tuple[Any, int]) -> tuple[Any, int]:
    value, id = pair
    return (fold(value).encode() if isinstance(value, str) else value, id)


def filtering(cell: Cell) -> None:
    """Every operator on every field, with the value of a row in reach and of one that is not."""
    for table in _each(cell):
        for field in table.fields.values():
            for asked, wanted in _comparisons(cell, table, field):
                act = lambda t=table, a=asked: cell.gate.count(t.name, a, exact=True)  # noqa: E731 - one act
                if not cell.shown_anywhere(table, field):
                    cell.refused(f"{table.name} {asked.filters}", act, Invalid)
                    break
                cell.expect(f"{table.name} {asked.filters}", cell.ask(act).value, len(wanted))


def _comparisons(
    cell: Cell, table: CatalogTable, field: Field
) -> Iterator[tuple[Selection, set[int]]]:
    ids, hidden = sorted(cell.ids(table)), cell.hidden(table)
    unseen = [id for id in ids if cell.oracle.state(table, id, field) != "shown"]
    rows = cell.world.rows[table.name]
    for id in dict.fromkeys([*hidden[-1:], *unseen[:1], *ids[:1]]):
        raw = rows[id][field.name]
        if raw is None:
            continue
        text = _text(field, raw)
        told = field.type.operators if id in hidden or not hidden else field.type.operators[:1]
        for operator in told:
            value = {"between": f"{text}..{text}", "empty": "false"}.get(operator, text)
            asked = Selection(filters=(Filter(field.name, operator, value[:500]),))
            yield asked, {i for i in ids if _holds(cell, table, i, field, operator, raw)}


def _text(field: Field, raw: Any) -> str:
    if field.target or field.type.name == "choice":
        return str(raw)
    return str(field.type.write(stored(field, raw)))


def _holds(cell: Cell, table: CatalogTable, id: int, field: Field, operator: str, raw: Any) -> bool:
    value = cell.oracle.value(table, id, field)
    if operator == "empty":
        shown = cell.oracle.state(table, id, field) == "shown"
        return shown and value is not None and value != ""
    if value is None:
        return False
    if field.target and operator == "equals":
        target = cell.world.catalog.table(field.target)
        return bool(value == raw and cell.oracle.covering(target, raw))
    if isinstance(value, str):
        value, raw = fold(value), fold(raw)
        return value == raw if operator == "equals" else raw in value
    if field.type.name == "datetime":
        value, raw = value.replace(microsecond=0), raw.replace(microsecond=0)
    return {"before": value < raw, "after": value > raw}.get(operator, bool(value == raw))


def searching(cell: Cell) -> None:
    """A search for the words of every searched field of rows in and out of reach."""
    for table in _each(cell):
        for asked, wanted in _words(cell, table):
            page = cell.ask(lambda t=table, a=asked: cell.gate.list(t.name, a, ["id"]))
            cell.expect(f"{table.name} {asked.search}", {r.id for r in page.rows}, wanted)


def _words(cell: Cell, table: CatalogTable) -> Iterator[tuple[Selection, set[int]]]:
    ids, hidden = sorted(cell.ids(table)), cell.hidden(table)
    for name in table.searched:
        field = table.fields[name]
        for id in dict.fromkeys([*hidden[-1:], *ids[:1]]):
            text = str(cell.world.rows[table.name][id][name] or "")
            if not TOKEN.search(text):
                continue
            word = TOKEN.search(text).group()  # type: ignore[union-attr]  # just found
            wanted = {
                i
                for i in ids
                if any(
                    word in str(cell.oracle.value(table, i, table.fields[n]) or "")
                    for n in table.searched
                )
            }
            yield replace(EVERYTHING, search=word), wanted
        del field


def looking_up(cell: Cell) -> None:
    """A reference field that looks for rows by their words."""
    for table in _each(cell):
        for asked, wanted in _words(cell, table):
            found = cell.ask(lambda t=table, a=asked: cell.gate.lookup(t.name, a.search))
            cell.expect(f"{table.name} {asked.search}", {id for id, _title in found}, wanted)


def counting(cell: Cell) -> None:
    """How many rows there are."""
    for table in _each(cell):
        found = cell.ask(lambda t=table: cell.gate.count(t.name, Selection()))
        cell.expect(table.name, found.value, len(cell.ids(table)))


def one_by_one(cell: Cell) -> None:
    """The sheet of every row."""
    for table in _each(cell):
        for id in sorted(cell.ids(table)):
            cell.check_row(table, cell.ask(lambda t=table, i=id: cell.gate.one(t.name, i)))
        for id in cell.hidden(table):
            cell.refused(f"{table.name} {id}", lambda t=table, i=id: cell.gate.one(t.name, i))
        if cell.hidden(table):
            _like_none(cell, table)


def _like_none(cell: Cell, table: CatalogTable) -> None:
    missing = cell.ask(lambda: cell.gate.one(table.name, 2**40))
    cell.expect(f"{table.name} as if missing", cell.said[-2], cell.said[-1])
    cell.expect(f"{table.name} missing", type(missing), NotFound)


def many(cell: Cell) -> None:
    """All rows by their numbers."""
    for table in _each(cell):
        every = sorted(cell.world.rows[table.name])
        rows = cell.ask(lambda t=table, e=every: cell.gate.many(t.name, e))
        cell.expect(table.name, {row.id for row in rows}, cell.ids(table))
        for row in rows:
            cell.check_row(table, row)


def titles(cell: Cell) -> None:
    """The titles of all rows by their numbers."""
    for table in _each(cell):
        every = sorted(cell.world.rows[table.name])
        found = cell.ask(lambda t=table, e=every: cell.gate.titles(t.name, e))
        cell.expect(table.name, set(found), cell.ids(table))


def related(cell: Cell) -> None:
    """The rows that refer to every row."""
    for table in _each(cell):
        for id in sorted(cell.ids(table))[-5:]:
            found = cell.ask(lambda t=table, i=id: cell.gate.related(t.name, i))
            for part in found:
                other = cell.world.catalog.table(part.table)
                field = other.fields[part.field]
                wanted = {i for i in cell.ids(other) if cell.oracle.value(other, i, field) == id}
                cell.expect(
                    f"{other.name}.{field.name} of {id}",
                    {row.id for row in part.rows},
                    set(sorted(wanted, reverse=True)[:5]),
                )
                for row in part.rows:
                    cell.check_row(other, row)
        for id in cell.hidden(table)[:5]:
            cell.refused(f"{table.name} {id}", lambda t=table, i=id: cell.gate.related(t.name, i))


def exporting(cell: Cell) -> None:
    """The raw rows of an export, before and after they are read."""
    for table in _each(cell):
        act = lambda t=table: list(cell.gate.export(t.name, Selection()))  # noqa: E731 - one act
        if not cell.open(table, Verb.EXPORT):
            cell.refused(table.name, act, Forbidden)
            continue
        chunks = cell.ask(
            lambda a=act: [([c.field.name for c in cols], rows) for cols, rows in a()]
        )
        loaded = [(cols, raw) for cols, rows in act() for raw in rows]
        cell.expect(table.name, {raw[0] for _c, raw in loaded}, cell.ids(table, Verb.EXPORT))
        del cell.said[-1]
        for columns, raw in loaded:
            cell.said.append([column.load(raw) for column in columns])
            for column in columns:
                value = column.load(raw)
                found = value.id if isinstance(value, Reference) else value
                wanted = cell.expected(table, raw[0], column.field, Verb.EXPORT)
                cell.expect(f"{table.name}.{column.field.name}", found, wanted)
                seen = cell.oracle.state(table, raw[0], column.field, Verb.EXPORT) == "shown"
                if not seen:
                    cell.expect(f"{table.name}.{column.field.name} raw", raw[column.at], None)
                    cell.expect(f"{table.name}.{column.field.name} raw", _titled(column, raw), [])
        del chunks


def _titled(column: Any, raw: Any) -> list[Any]:
    return [raw[at] for _field, at in column.target_title if raw[at] is not None]


def streaming(cell: Cell) -> None:
    """Rows one after the other, as a document asks for them."""
    for table in _each(cell):
        rows = cell.ask(lambda t=table: list(cell.gate.stream(t.name, Selection())))
        cell.expect(table.name, {row.id for row in rows}, cell.ids(table))
        for row in rows:
            cell.check_row(table, row)


def subjects(cell: Cell) -> None:
    """All that is held about each person, as an access document gathers it."""
    for table in _each(cell):
        if not table.personal:
            continue
        for person in sorted(cell.world.rows["directory.person"]):
            rows = cell.ask(lambda t=table, p=person: cell.gate.subject(p).rows(t))
            wanted = {i for i in cell.ids(table) if cell.oracle.subject(table, i) == person}
            cell.expect(f"{table.name} about {person}", {row.id for row in rows}, wanted)
            for row in rows:
                cell.check_row(table, row)


def past_values(cell: Cell) -> None:
    """The former values of every row that has some."""
    kept = cell.world.rows["history.change"].values()
    for change in kept:
        table = cell.world.catalog.table(change["table_name"])
        if not cell.open(table):
            continue
        act = lambda t=table, c=change: cell.gate.history(t.name, c["row"])  # noqa: E731 - one act
        if change["row"] not in cell.ids(table):
            cell.refused(f"history of {change['row']}", act)
            continue
        field = table.fields[change["field"]]
        shown = cell.oracle.state(table, change["row"], field) == "shown"
        found = cell.ask(act)
        cell.expect(f"history of {change['row']}", len(found), int(shown))


def erasing(cell: Cell) -> None:
    """The preview of an erasure, by number and by what was filtered."""
    for table in _each(cell):
        if table.declaration.read_only:
            continue
        erasable = cell.ids(table, Verb.ERASE) if cell.open(table, Verb.ERASE) else set()
        for id in sorted(cell.world.rows[table.name]):
            act = lambda t=table, i=id: cell.gate.erasure(t.name, [i])  # noqa: E731 - one act
            if id not in erasable:
                kind = NotFound if cell.open(table, Verb.ERASE) else Forbidden
                cell.refused(f"{table.name} {id}", act, kind)
        if not cell.open(table, Verb.ERASE):
            continue
        for field in _a_few(cell, table):
            for asked, wanted in list(_comparisons(cell, table, field))[:2]:
                if not cell.shown_anywhere(table, field):
                    cell.refused(
                        f"{table.name} {asked.filters}",
                        lambda t=table, a=asked: cell.gate.erasure(t.name, a),
                        Invalid,
                    )
                    break
                plan = cell.ask(lambda t=table, a=asked: cell.gate.erasure(t.name, a))
                found = {*plan.deletable, *plan.blocked}
                cell.expect(f"{table.name} {asked.filters}", found, wanted & _wholly(cell, table))
                cell.said[-1] = [plan.titles, [str(b) for b in plan.blocked.values()], plan.along]


def _a_few(cell: Cell, table: CatalogTable) -> list[Field]:
    """Two fields that are shown and two that are not: the channel of filters asks every one."""
    fields = list(table.fields.values())
    shown = [field for field in fields if cell.shown_anywhere(table, field)]
    hidden = [field for field in fields if field not in shown]
    return shown[:2] + hidden[:2]


def _wholly(cell: Cell, table: CatalogTable) -> set[int]:
    return erasable_rows(cell.oracle, table)


def erasable_rows(oracle: Oracle, table: CatalogTable) -> set[int]:
    """The rows whose person has no structure beyond the reach of the right to erase."""
    found = set()
    for id in oracle.visible(table, Verb.ERASE):
        covering = oracle.covering(table, id, Verb.ERASE)
        beyond = any(g.reach is not Reach.STRUCTURE for g in covering)
        zones = {z for g in covering for z in g.zones}
        everywhere_in = all(oracle._below(s, zones) for s in oracle._structures(table, id))
        if beyond or everywhere_in or not table.declaration.structure.endswith("structures"):
            found.add(id)
    return found


def changing(cell: Cell) -> None:
    """A change of every row out of reach, and of every field that may not be written."""
    for table in _each(cell):
        if table.declaration.read_only or not cell.open(table, Verb.UPDATE):
            continue
        within = cell.ids(table, Verb.UPDATE)
        for id in sorted(set(cell.world.rows[table.name]) - within):
            with undone():
                cell.refused(
                    f"{table.name} {id}",
                    lambda t=table, i=id: cell.gate.update(t.name, i, {}, 1),
                )
        for id in sorted(within)[:2]:
            covering = cell.oracle.covering(table, id, Verb.UPDATE)
            for field in table.fields.values():
                given = cell.oracle.reason
                if not any(_lets_write(g, field, Verb.UPDATE, reason=given) for g in covering):
                    with undone():
                        cell.refused(
                            f"{table.name}.{field.name} of {id}",
                            lambda t=table, i=id, f=field: cell.gate.update(
                                t.name, i, {f.name: 1}, 1
                            ),
                            Forbidden,
                        )


def _lets_write(grant: Grant, field: Field, verb: Verb, *, reason: bool = False) -> bool:
    named = "*" in grant.writable or field.name in grant.writable
    seen = "*" in grant.readable or field.name in grant.readable
    ours = field.system or field.derived
    written = named and seen and not ours and field.name not in grant.masked
    return written and opened(grant, field, reason, verb)


def _writes(cell: Cell, table: CatalogTable, field: Field) -> bool:
    """True when every right to create rows lets write the field."""
    rights = [
        grant
        for grant in cell.oracle.actor.grants
        if Verb.CREATE in grant.verbs and grant.covers(table.name)
    ]
    held = bool(rights) and cell.oracle.code_held(field)
    return held and all(_lets_write(grant, field, Verb.CREATE) for grant in rights)


def creating(cell: Cell) -> None:
    """A new row that refers to a row out of reach: answered as if that one did not exist."""
    for table in _each(cell):
        rows = list(cell.world.rows[table.name].values())
        if table.declaration.read_only or not cell.open(table, Verb.CREATE) or not rows:
            continue
        values = {
            field.name: stored(field, rows[0][field.name])
            for field in table.fields.values()
            if not field.target and _writes(cell, table, field)
        }
        for field in table.fields.values():
            if field.target and _writes(cell, table, field):
                _refer(cell, table, field, values)


def _refer(cell: Cell, table: CatalogTable, field: Field, values: dict[str, Any]) -> None:
    target = cell.world.catalog.table(field.target)
    seen = cell.ids(target) if cell.open(target) else set()
    hidden = sorted(set(cell.world.rows[target.name]) - seen)
    answers = []
    for id in [*hidden[:1], *hidden[-1:], 2**40]:
        act = lambda i=id: cell.gate.create(table.name, values | {field.name: i})  # noqa: E731 - one act
        with undone():
            cell.refused(f"{table.name}.{field.name} to {id}", act, Invalid)
        answers.append(cell.said[-1])
    if any(answer != answers[-1] for answer in answers):
        cell.wrong.append(f"{table.name}.{field.name}: {answers}")


def creating_beyond(cell: Cell) -> None:
    """A new person, attached nowhere: out of the reach of who does not reach everybody."""
    table = cell.world.catalog.table("directory.person")
    rights = [
        grant
        for grant in cell.oracle.actor.grants
        if Verb.CREATE in grant.verbs and grant.covers(table.name)
    ]
    if not rights:
        return
    act = lambda: cell.gate.create(table.name, {"last_name": "Nouvelle"})  # noqa: E731 - one act
    whole = [grant for grant in rights if grant.reach is Reach.ALL and not grant.conditions]
    with undone():
        if any(_lets_write(grant, table.fields["last_name"], Verb.CREATE) for grant in whole):
            cell.expect("created", isinstance(cell.ask(act), int), wanted=True)
            del cell.said[-1]
        else:
            cell.refused("created", act, Forbidden)


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is forgotten."""
    with transaction():
        point = proxy.obj.savepoint()
        with point:
            yield
            point.rollback()


CHANNELS: dict[str, Callable[[Cell], None]] = {
    "list": listing,
    "page beside a row": anchors,
    "order of titles": order_of_titles,
    "sort": sorting,
    "filter": filtering,
    "search": searching,
    "lookup": looking_up,
    "count": counting,
    "one": one_by_one,
    "many": many,
    "titles": titles,
    "related": related,
    "export": exporting,
    "stream": streaming,
    "subject": subjects,
    "history": past_values,
    "erase": erasing,
    "update": changing,
    "create": creating,
    "create beyond": creating_beyond,
}


def run(world: World, actor: str, channel: str) -> Cell:
    """One cell of the matrix."""
    return run_as(oracle_of(world, actor), channel, actor=world.signed_in.get(actor))


def run_as(
    oracle: Oracle,
    channel: str,
    about: frozenset[str] = frozenset(),
    actor: Actor | None = None,
) -> Cell:
    """One cell, for any actor that the oracle knows; about all tables, or about some.

    `actor` is who is there, when the portal says it and not the oracle.
    """
    reason, who = REASON if oracle.reason else "", actor or oracle.actor
    cell = Cell(oracle, Gate(who, Channel.LIST, reason=reason, today=TODAY), about)
    CHANNELS[channel](cell)
    verb = Verb.EXPORT if channel == "export" else Verb.READ
    allowed = oracle.allowed(verb)
    if channel == "history":
        allowed |= oracle.kept()
    cell.wrong += [f"leaked {canary!r}" for canary in sorted(map(str, cell.leaks(allowed)))[:10]]
    return cell
