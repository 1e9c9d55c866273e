"""Merging two choices of a list: every row that names the first then names the second.

A merge is an act of configuration, like the words of a choice: it asks the rights to change and to
erase the choices, and not those on every row, because a row left out would block the first choice
for ever. Nothing is told of tables that the actor may not read but the number of their rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from peewee import SQL, Value, fn

from portal import (
    choice_lists,
    choice_uses,
    custom_columns,
    identifier_upkeep,
    journal,
    rightwords,
)
from portal.builtin.history import Change
from portal.catalog import CatalogTable
from portal.choice import Choice
from portal.choice_lists import CHOICE
from portal.columns import person_column
from portal.custom_columns import CustomColumn
from portal.database import is_sqlite, proxy, storable, transaction
from portal.declare import Verb
from portal.erasing import Eraser
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.fields import Field
from portal.i18n import _
from portal.journal import Act
from portal.models import utc_now
from portal.reading import Reader
from portal.rows import Blocker, Selection, row_id

if TYPE_CHECKING:
    from portal.gate import Gate

NAMES = ("reference", "choice")
"""The blockers that a merge takes away: rows that name the first choice."""


@dataclass(frozen=True, slots=True)
class Merging:
    """A previewed merge: how many rows move in each table that the actor reads, and in others.

    `children` counts the choices that come below the second, `blocked` says what prevents it.
    """

    list_name: str
    first: int
    second: int
    rows: Mapping[str, int] = field(default_factory=dict)
    unseen: int = 0
    children: int = 0
    blocked: tuple[Blocker, ...] = ()

    @property
    def count(self) -> int:
        """How many rows take the second choice."""
        return sum(self.rows.values()) + self.unseen


class Merger:
    """One merge through a gate."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def plan(self, first: int, second: int) -> Merging:
        """What merging would do; changes nothing. Raises NotFound, Forbidden or Invalid."""
        for id, verbs in ((first, (Verb.UPDATE, Verb.ERASE)), (second, (Verb.UPDATE,))):
            for verb in verbs:
                self._require(verb, id)
        lists = dict(
            Choice.select(Choice.id, Choice.list_name)
            .where(Choice.id.in_([first, second]))
            .tuples()
            .execute(proxy.obj)
        )
        if first == second:
            raise Invalid(_("A choice is not merged with itself."), _("Choose another one."))
        if lists[first] != lists[second]:
            raise Invalid(_("Both choices must be of the same list."), _("Choose another one."))
        used = choice_uses.uses(self.gate.catalog, [first]).get(first, {})
        told = {name: n for name, n in sorted(used.items()) if self.gate.can(Verb.READ, name)}
        reasons = [
            blocker
            for _id, blocker in choice_uses.blockers(self.gate.catalog, [first])
            if blocker.kind not in NAMES
        ]
        reasons += choice_uses.rights_on(self.gate.catalog, second)
        return Merging(
            list_name=lists[first],
            first=first,
            second=second,
            rows=told,
            unseen=sum(used.values()) - sum(told.values()),
            children=Choice.select().where(Choice.parent == first).count(proxy.obj),
            blocked=Eraser(self.gate).told(reasons),
        )

    def run(self, merging: Merging) -> int:
        """Move every row, then erase the first choice; how many rows moved.

        One transaction. Raises Conflict when what was previewed has changed, Held when something
        else than these rows depends on the first choice.
        """
        with transaction():
            now = self.plan(merging.first, merging.second)
            if now != merging:
                raise Conflict(
                    _("What would be merged has changed since you looked."), _("Look again.")
                )
            if now.blocked:
                reasons = [str(blocker) for blocker in now.blocked]
                raise Held(_("These choices may not be merged."), " ".join(reasons), reasons)
            for used in choice_lists.lists(self.gate.catalog)[now.list_name].uses:
                self._move(used, now.first, now.second)
            self._reparent(now.first, now.second)
            self.gate.erase(self.gate.erasure(CHOICE, [now.first]))
        return now.count

    def _require(self, verb: Verb, id: int) -> None:
        table = self.gate.catalog.table(CHOICE)
        if not self.gate.can(verb, CHOICE):
            if not self.gate.can(Verb.READ, CHOICE):
                raise NotFound(_("There is no table '{name}'.").format(name=CHOICE))
            raise Forbidden(
                rightwords.refusal(verb, table.label),
                rightwords.remedy(verb, table.label),
            )
        scope = self.gate.scope(CHOICE, verb)
        reader = Reader(scope, lambda name: self.gate.scope(name, Verb.READ))
        if not reader.every_id(Selection(ids=(row_id(id),)), 1):
            raise NotFound(_("There is no such row here."), _("It may have been erased."))

    # --- rows

    def _move(self, used: Field, first: int, second: int) -> None:
        """Let the rows of a field name the second choice, with their history and the journal."""
        table = self.gate.catalog.table(used.table)
        named = used.expression(table.model) == first
        persons = self._persons(table, used, first)
        if used.name in table.audited:
            self._audit(table, used, first, second)
        changes = {
            **_taking(table.model, used, second),
            table.model.version: table.model.version + 1,
            table.model.updated_at: Value(storable(utc_now()), converter=False),
        }
        moved = table.model.update(changes).where(named).execute(proxy.obj)
        if moved:
            identifier_upkeep.rows_moved(self.gate.catalog, table, used.name)
            act = Act(
                self.gate.channel,
                Verb.UPDATE,
                table.name,
                persons,
                moved,
                reason=self.gate.reason,
            )
            journal.record(self.gate.actor, act)

    def _persons(self, table: CatalogTable, used: Field, first: int) -> list[int]:
        """The persons whose rows name the first choice."""
        alias = table.model.alias("t")
        column, joins = person_column(alias, table.subject)
        if column is None:
            return []
        query = alias.select(column)
        for other, on in joins:
            query = query.join_from(alias, other, on=on)
        query = query.where((used.expression(alias) == first) & column.is_null(is_null=False))
        return [row[0] for row in proxy.obj.execute(query.distinct()).fetchall()]

    def _audit(self, table: CatalogTable, used: Field, first: int, second: int) -> None:
        """The former and the new choice in the history of each row, in one statement."""
        alias = table.model.alias("t")
        person, joins = person_column(alias, table.subject)
        actor = self.gate.actor
        constants = {
            Change.table_name: table.name,
            Change.field: used.name,
            Change.old: str(first),
            Change.new: str(second),
            Change.at: storable(utc_now()),
            Change.account: actor.account,
            Change.actor: "" if actor.account is not None else actor.name[:100],
        }
        selected = [Value(value, converter=False) for value in constants.values()]
        columns = [*constants, Change.row, Change.row_uuid, Change.person]
        whom = Value(None) if person is None else person
        query = alias.select(*selected, alias.id, alias.uuid, whom)
        for other, on in joins:
            query = query.join_from(alias, other, on=on)
        query = query.where(used.expression(alias) == first)
        Change.insert_from(query, columns).execute(proxy.obj)

    def _reparent(self, first: int, second: int) -> None:
        """What stood below the first choice stands below the second, which never loops."""
        parents = dict(Choice.select(Choice.id, Choice.parent).tuples().execute(proxy.obj))
        above, where = set(), parents.get(second)
        while where is not None and where not in above:
            above.add(where)
            where = parents.get(where)
        moved = 0
        if first in above:
            moved += self._put(Choice.id == second, parents[first])
        moved += self._put((Choice.parent == first) & (Choice.id != second), second)
        if moved:
            act = Act(self.gate.channel, Verb.UPDATE, CHOICE, (), moved, reason=self.gate.reason)
            journal.record(self.gate.actor, act)

    @staticmethod
    def _put(which: Any, parent: int | None) -> int:
        changes: dict[Any, Any] = {
            Choice.parent: parent,
            Choice.version: Choice.version + 1,
            Choice.updated_at: utc_now(),
        }
        moved: int = Choice.update(changes).where(which).execute(proxy.obj)
        return moved


def _taking(model: Any, used: Field, choice: int) -> dict[Any, Any]:
    """The change that lets a row name a choice, in a column or in the JSON of custom fields."""
    if not isinstance(used.column, CustomColumn):
        return {getattr(model, used.name): choice}
    place = SQL(used.column.place())
    value = custom_columns.json_of(custom_columns.CHOICE, choice)
    if is_sqlite():
        return {model.custom: fn.json_set(model.custom, place, value)}
    whole = fn.jsonb_set(model.custom.cast("jsonb"), place, SQL("%s::jsonb", (f'"{value}"',)))
    return {model.custom: whole.cast("text")}
