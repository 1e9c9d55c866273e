"""Merging two persons: every row about the first is then about the second, and the first goes.

Rights are asked on every table that is touched: who may not change one of its rows may not merge,
and what moved must lie in reach afterwards. Accounts move as the rules of accounts let change them.
Both persons must lie wholly in reach, as to erase them. What protects one of them forbids it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from peewee import IntegrityError, Value

from portal import codes, history, holds, identifier_upkeep, journal, lost, rightwords
from portal.builtin.accounts import CodedRow
from portal.builtin.history import Change
from portal.catalog import PERSON, CatalogTable, Incoming
from portal.database import proxy, storable, transaction
from portal.declare import Verb
from portal.erasing import Eraser
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound, PortalError
from portal.fields import Field
from portal.grants import Scope, lets_write, not_archived, row_clauses
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.reaches import conjunction
from portal.reading import Reader
from portal.rows import Blocker, Erasure, Row, Selection, row_id
from portal.told import audited_texts
from portal.writer import Writer

if TYPE_CHECKING:
    from portal.gate import Gate

FORBIDDING = ("legal_hold", "record_hold", "restriction")
"""The protections of a person that forbid to merge them; other holds go with their rows."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that differs: its values in both persons, and which one is proposed."""

    field: Field
    first: Any
    second: Any
    takes_first: bool


@dataclass(frozen=True, slots=True)
class PersonMerging:
    """A previewed merge of persons: the first goes, the second stays.

    `rows` counts what moves by table, `differences` are the fields to choose from, `blocked` says
    what forbids it.
    """

    first: Row
    second: Row
    rows: Mapping[str, int] = field(default_factory=dict)
    differences: tuple[Difference, ...] = ()
    blocked: tuple[Blocker, ...] = ()

    def seen(self) -> tuple[Any, ...]:
        """What a person who looks sees: another one means that it has changed."""
        versions = (self.first.id, self.first.version, self.second.id, self.second.version)
        return (*versions, sorted(self.rows.items()), [str(reason) for reason in self.blocked])


@dataclass(frozen=True, slots=True)
class MovingScope(Scope):
    """The rows that move with a person: archived ones too, which are the person's, unread."""

    def rows(self, alias: Any) -> Any | None:
        """The condition that a row must meet; None when every row does."""
        asked = [clause for clause in row_clauses() if clause is not not_archived]
        return conjunction(*(clause(self, alias) for clause in asked))


class PersonMerger:
    """One merge of two persons, through a gate."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.table = gate.catalog.table(PERSON)
        self.writer = Writer(gate)

    def plan(self, first: int, second: int) -> PersonMerging:
        """What merging would do; changes nothing.

        Raises NotFound for a person out of reach, Forbidden naming a table by its label or for an
        account as strong as the actor's, Invalid.
        """
        if first == second:
            raise Invalid(_("A person is not merged with themselves."), _("Choose another one."))
        for id in (first, second):
            for verb in (Verb.UPDATE, Verb.ERASE):
                self._require(verb, id)
        gone, kept = self.gate.one(PERSON, first), self.gate.one(PERSON, second)
        rows: dict[str, int] = {}
        for incoming in self._moving():
            ids = self._require_movable(incoming, first)
            if ids:
                rows[incoming.table] = rows.get(incoming.table, 0) + len(ids)
        return PersonMerging(
            gone,
            kept,
            rows,
            tuple(self._differences(gone, kept)),
            self._blocked(first, second),
        )

    def run(self, merging: PersonMerging, taken: Sequence[str]) -> None:
        """Move every row to the second person, with the values `taken` from the first one.

        One transaction, journaled with both. Raises Conflict when what was previewed has changed,
        Held when something forbids it, Forbidden or Invalid for a field.
        """
        offered = {difference.field.name for difference in merging.differences}
        strange = sorted(set(taken) - offered)
        if strange:
            raise Invalid(_("There is no field '{name}' here.").format(name=strange[0][:60]))
        with transaction():
            now = self.plan(merging.first.id, merging.second.id)
            if now.seen() != merging.seen():
                raise Conflict(
                    _("What would be merged has changed since you looked."), _("Look again.")
                )
            if now.blocked:
                reasons = [str(blocker) for blocker in now.blocked]
                raise Held(_("These persons may not be merged."), " ".join(reasons), reasons)
            first, second = now.first.id, now.second.id
            self._move_rows(first, second)
            self._move_history(first, second)
            values = {name: now.first.values[name] for name in taken}
            self._erase(first)
            if values:
                self.gate.update(PERSON, second, values, now.second.version)
            self._journal(PERSON, first, second, 1)

    # --- what it asks

    def _require(self, verb: Verb, id: int) -> None:
        if not self.gate.can(verb, PERSON):
            if not self.gate.can(Verb.READ, PERSON):
                raise NotFound(_("There is no such row here."))
            raise Forbidden(
                rightwords.refusal(verb, self.table.label),
                rightwords.remedy(verb, self.table.label),
            )
        reader = Reader(self.gate.scope(PERSON, verb), self._reading)
        if not reader.every_id(Selection(ids=(row_id(id),)), 1):
            raise NotFound(_("There is no such row here."), _("It may have been erased."))

    def _reading(self, name: str) -> Scope:
        return self.gate.scope(name, Verb.READ)

    def _changing(self, name: str) -> Scope:
        """The rows of a table that may be changed, archived ones too."""
        scope = self.gate.scope(name, Verb.UPDATE)
        return MovingScope(scope.world, scope.table, scope.verb, scope.grants)

    def _moving(self) -> Iterator[Incoming]:
        """The references to persons that move; the history goes by itself."""
        for incoming in self.table.incoming:
            if not self.gate.catalog.table(incoming.table).declaration.read_only:
                yield incoming

    def _require_movable(self, incoming: Incoming, person: int) -> list[int]:
        """The rows of a reference to a person. Raises Forbidden unless all of them may change."""
        table = self.gate.catalog.table(incoming.table)
        ids = self._ids(table, incoming.field, person)
        if not ids:
            return ids
        known = table.fields[incoming.field]
        scope = self._changing(table.name)
        allowed = self.gate.can(Verb.UPDATE, table.name)
        if allowed and scope.whole and all(lets_write(g, known, scope) for g in scope.grants):
            reader = Reader(scope, self._reading)
            allowed = all(
                len(reader.every_id(Selection(ids=tuple(part)), len(part))) == len(part)
                for part in holds.chunks(ids)
            )
        elif allowed:
            allowed = self._each_movable(scope, known, ids)
        if not allowed:
            raise self._refusal(table)
        self.writer.rules.before(table.name, ids, (known.name,))
        return ids

    def _each_movable(self, scope: Scope, known: Field, ids: Sequence[int]) -> bool:
        try:
            for id in ids:
                grants = self.writer._current(scope, id)[1]
                self.writer._writable(scope, {known.name}, grants)
        except PortalError:
            return False
        return True

    def _refusal(self, table: CatalogTable) -> Forbidden:
        if not self.gate.can(Verb.READ, table.name):
            return Forbidden(
                _("Rows that you may not read are about this person."),
                _("Ask an administrator to merge these persons."),
            )
        return Forbidden(
            _("You may not change all the rows of “{table}” that are about this person.").format(
                table=table.label
            ),
            _("Ask an administrator to merge these persons."),
        )

    def _ids(self, table: CatalogTable, name: str, person: int) -> list[int]:
        """Every row that names a person, protected ones too."""
        model = table.model
        query = model.select(model.id).where(getattr(model, name) == person).order_by(model.id)
        return [row[0] for row in proxy.obj.execute(query).fetchall()]

    def _blocked(self, first: int, second: int) -> tuple[Blocker, ...]:
        """What protects one of them, rows of modules that are gone, and different access codes."""
        both = [first, second]
        found = holds.blockers(self.gate.catalog, self.table, both, self.gate.today)
        reasons = [b for some in found.values() for b in some if b.kind in FORBIDDING]
        reasons += [blocker for _id, blocker in lost.blockers(self.table, [first])]
        if self._codes(first) != self._codes(second):
            reasons.append(Blocker("codes", _("They do not carry the same access codes")))
        return Eraser(self.gate).told(tuple(dict.fromkeys(reasons)))

    def _codes(self, person: int) -> set[int]:
        if not codes.in_force().rows.get(PERSON):
            return set()
        query = CodedRow.select(CodedRow.code).where(
            (CodedRow.table_name == PERSON) & (CodedRow.row == person)
        )
        return {row[0] for row in query.tuples().execute(proxy.obj)}

    def _differences(self, first: Row, second: Row) -> Iterator[Difference]:
        """The fields that may be written and whose values differ, shown ones only."""
        masked = self.gate.masked(PERSON)
        for known in self.gate.fields(PERSON, Verb.UPDATE):
            name = known.name
            if name in masked or name not in first.values or name not in second.values:
                continue
            one, other = first.values[name], second.values[name]
            if one != other and one not in (None, ""):
                yield Difference(known, one, other, other in (None, ""))

    # --- what it does

    def _move_rows(self, first: int, second: int) -> None:
        """Every row of the first person is the second's, and still in reach.

        Raises Forbidden, Invalid.
        """
        try:
            moved = [(incoming, self._move(incoming, first, second)) for incoming in self._moving()]
        except IntegrityError:
            raise Invalid(
                _("Both persons have rows that may stand only once."),
                _("Erase those of one of them first."),
            ) from None
        for incoming, ids in moved:
            if ids:
                scope = self._changing(incoming.table)
                self.writer._still_within(scope, ids, {incoming.field})

    def _move(self, incoming: Incoming, first: int, second: int) -> list[int]:
        """The rows of one reference, moved."""
        table = self.gate.catalog.table(incoming.table)
        ids = self._ids(table, incoming.field, first)
        if not ids:
            return ids
        model, name = table.model, incoming.field
        if name in table.audited and table.versioned:
            self._audit(table, name, ids, first, second)
        changes: dict[Any, Any] = {getattr(model, name): second}
        if table.versioned:
            changes[model.version] = model.version + 1
            changes[model.updated_at] = Value(storable(utc_now()), converter=False)
        model.update(changes).where(getattr(model, name) == first).execute(proxy.obj)
        identifier_upkeep.rows_moved(self.gate.catalog, table, name)
        self._journal(table.name, first, second, len(ids))
        return ids

    def _erase(self, first: int) -> None:
        """The first person goes; that they may was asked while their attachments were theirs."""
        gone = holds.going_along(self.gate.catalog, self.table, [first]) | {PERSON: {first}}
        found = holds.blockers(self.gate.catalog, self.table, [first], self.gate.today, gone)
        if found:
            reasons = [str(reason) for reason in Eraser(self.gate).told(found[first])]
            raise Held(_("These persons may not be merged."), " ".join(reasons), reasons)
        Eraser(self.gate).carry_out(Erasure(PERSON, (first,), {}, {}))

    def _audit(
        self, table: CatalogTable, name: str, ids: Sequence[int], first: int, second: int
    ) -> None:
        model = table.model
        for part in holds.chunks(ids):
            query = model.select(model.id, model.uuid).where(holds.among(model.id, part))
            changes = audited_texts(table, {name: first}, {name: second}, (name,))
            past = [
                history.Past(id, uuid, changes, second)
                for id, uuid in proxy.obj.execute(query).fetchall()
            ]
            history.record_many(table.name, past, self.gate.actor)

    def _move_history(self, first: int, second: int) -> None:
        """What both persons' rows were stays told, of the one who is left."""
        model = self.table.model
        found = model.select(model.uuid).where(model.id == second).tuples().execute(proxy.obj)
        (uuid,) = next(iter(found))
        own = (Change.table_name == PERSON) & (Change.row == first)
        Change.update(row=second, row_uuid=uuid, person=second).where(own).execute(proxy.obj)
        Change.update(person=second).where(Change.person == first).execute(proxy.obj)

    def _journal(self, table: str, first: int, second: int, rows: int) -> None:
        act = Act(
            self.gate.channel, Verb.UPDATE, table, (first, second), rows, reason=self.gate.reason
        )
        journal.record(self.gate.actor, act)
