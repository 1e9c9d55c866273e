"""The gate: the one door to the rows. It answers with plain values, and journals before it answers.

Nothing here trusts its caller: each table, field, row and reference is looked at again within the
grants of the actor. A row out of reach is answered like one that does not exist.
"""

from __future__ import annotations

import builtins
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import Any

from portal import catalog as catalogs
from portal import (
    choices,
    counts,
    history,
    holders,
    journal,
    leading,
    lookup,
    past_values,
    sheets,
    structure,
)
from portal.actor import Actor
from portal.anonymising import Anonymisation, Anonymiser
from portal.bounds import check
from portal.builtin.audit import EXPORT, READ
from portal.catalog import Catalog, CatalogTable
from portal.channels import Channel
from portal.circumstances import codes_in_force, restrictions_in_force
from portal.declare import Verb
from portal.erasing import Eraser
from portal.errors import Forbidden, Invalid, NotFound
from portal.fields import Field
from portal.fieldtypes import EDGES
from portal.grants import Scope, opens_protected, scope
from portal.i18n import _
from portal.journal import Act
from portal.lost import Lost
from portal.obsolete import Obsolete
from portal.patience import Patience
from portal.reading import Reader
from portal.rows import Change, Count, Erasure, Page, Related, Row, Selection, row_id
from portal.sheets import Sheet
from portal.subject import Subject
from portal.world import World
from portal.writer import Writer

EXPORT_CHUNK = 1_000
LOOKUP_LETTERS = 2
LOOKUP_ROWS = 20


class Gate:
    """The rows as one actor may meet them, through one channel.

    `reason` opens archived and restricted rows to be read where a grant holds the verb disclose; it
    is journaled.
    """

    def __init__(
        self,
        actor: Actor,
        channel: Channel,
        *,
        reason: str = "",
        today: date | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        self.actor, self.channel, self.reason = actor, channel, reason
        self.catalog = catalog or catalogs.current()
        self.today = today or datetime.now(EDGES.zone).date()
        self._scopes: dict[tuple[str, Verb], Scope] = {}
        self._world: World | None = None

    def at(self, channel: Channel, reason: str = "") -> Gate:
        """The same actor through another channel."""
        return Gate(
            self.actor,
            channel,
            reason=reason or self.reason,
            today=self.today,
            catalog=self.catalog,
        )

    # --- what may be done

    def tables(self, verb: Verb = Verb.READ) -> tuple[CatalogTable, ...]:
        """The tables on which the actor may do `verb`."""
        return tuple(table for table in self.catalog if self.can(verb, table.name))

    def can(self, verb: Verb, table: str) -> bool:
        """True when a grant lets do `verb` on rows of the table (some rows.

        The rows themselves are asked later).
        """
        found = self.catalog.table(table)
        unwritten = (Verb.READ, Verb.EXPORT, Verb.DISCLOSE, Verb.EXECUTE)
        if found.declaration.read_only and verb not in unwritten:
            return False
        return any(verb in grant.verbs and grant.covers(table) for grant in self.actor.grants)

    def fields(self, table: str, verb: Verb = Verb.READ) -> tuple[Field, ...]:
        """The fields that the actor may read (masked ones included), or write with another verb."""
        found = self.scope(table, verb)
        return found.fields() if verb is Verb.READ else found.writable()

    def masked(self, table: str) -> frozenset[str]:
        """The fields whose values the actor sees as dots on every row."""
        return self.scope(table, Verb.READ).masked()

    def scope(self, table: str, verb: Verb) -> Scope:
        """The rows and fields of a table for a verb.

        Raises NotFound when the actor may not know the table.
        """
        key = (table, verb)
        if key not in self._scopes:
            found = self.catalog.table(table)
            if table.startswith(journal.TABLES):
                journal.gather()
            self._scopes[key] = scope(self.world, found, verb)
        return self._scopes[key]

    @property
    def world(self) -> World:
        """The circumstances of every query of this gate."""
        if self._world is None:
            self._world = World(
                self.actor,
                self.today,
                self.catalog,
                structure.current(),
                bool(self.reason),
                restrictions_in_force(),
                codes_in_force(),
            )
        return self._world

    def _readable(self, table: str) -> Scope:
        found = self.scope(table, Verb.READ)
        if not found.open:
            raise NotFound(_("There is no table '{name}'.").format(name=table[:60]))
        return found

    def _reader(self, table: str) -> Reader:
        return Reader(self._readable(table), lambda name: self.scope(name, Verb.READ))

    # --- reading

    def list(
        self,
        table: str,
        selection: Selection,
        fields: Sequence[str] | None = None,
        *,
        at_once: bool = False,
    ) -> Page:
        """One page of rows; `at_once` gives the first ones that are found soon.

        Raises NotFound for the table, Invalid for a field, operator, value or page.
        """
        check(selection)
        reader = self._reader(table)
        wanted = self._wanted(reader, fields)
        ids, more, unfinished = leading.ids(reader, selection, Patience() if at_once else None)
        rows = tuple(reader.rows(ids, wanted))
        self._journal(Verb.READ, table, rows)
        return Page(rows, more, unfinished)

    def count(self, table: str, selection: Selection, *, exact: bool = False) -> Count:
        """How many rows a selection names: counted up to 10,000, or all of them when `exact`.

        A count of thousands may be up to a minute old.
        """
        check(selection)
        return counts.of(self._reader(table), selection.counted(), exact=exact)

    def count_at_hand(self, table: str, selection: Selection, page: Page) -> Count | None:
        """The count of a list that costs next to nothing beside its page; None for another."""
        return counts.at_hand(self._reader(table), selection, page)

    def one(self, table: str, id: int) -> Row:
        """One row with every field that the actor may read.

        Raises NotFound when it is not in reach.
        """
        rows = self._reader(table).rows([row_id(id)], self.fields(table))
        if not rows:
            raise NotFound(_("There is no such row here."), _("It may have been erased."))
        self._journal(Verb.READ, table, rows)
        return rows[0]

    def many(
        self, table: str, ids: Sequence[int], fields: Sequence[str] | None = None
    ) -> builtins.list[Row]:
        """The rows of these ids that are in reach, in that order."""
        reader = self._reader(table)
        rows = reader.rows([row_id(id) for id in ids], self._wanted(reader, fields))
        self._journal(Verb.READ, table, rows)
        return rows

    def sheet(self, table: str, id: int) -> Sheet:
        """One row, the first rows that refer to it, and its closed fields: one act.

        Raises NotFound when the row is not in reach.
        """
        return sheets.read(self, table, row_id(id))

    def related(self, table: str, id: int) -> tuple[Related, ...]:
        """The first rows of each table that refer to a row in reach. Raises NotFound.

        Tables that the actor may not read are left out.
        """
        return self.sheet(table, id).related

    def protected(self, table: str, page: int) -> Page:
        """One page of the archived and restricted rows, which need a reason. Raises Forbidden."""
        return sheets.protected(self, table, page)

    def lookup(self, table: str, text: str) -> tuple[tuple[int, str], ...]:
        """Rows to choose from for a reference: at most twenty (id, title); needs two characters."""
        if len(text.strip()) < LOOKUP_LETTERS:
            return ()
        reader = self._reader(table)
        rows = lookup.rows(reader, partial(leading.ids, reader), text, LOOKUP_ROWS)
        journal.record(self.actor, self._act(Verb.READ, table, rows, channel=Channel.LOOKUP))
        return tuple((row.id, row.title) for row in rows)

    def titles(self, table: str, ids: Sequence[int]) -> dict[int, str]:
        """The titles of these rows; those out of reach are left out."""
        rows = self._reader(table).rows([row_id(id) for id in ids], ())
        self._journal(Verb.READ, table, rows)
        return {row.id: row.title for row in rows}

    def export(
        self, table: str, selection: Selection, fields: Sequence[str] | None = None
    ) -> Iterator[tuple[Sequence[Any], builtins.list[tuple[Any, ...]]]]:
        """Raw rows by chunks of 1,000 with the columns that load them.

        Journaled before each chunk is given.
        """
        self._readable(table)
        if not self.can(Verb.EXPORT, table):
            raise Forbidden(_("You may not export this table."))
        check(selection)
        sealed = replace(self.world, disclosing=False)
        reader = Reader(
            self.scope(table, Verb.EXPORT),
            lambda name: scope(sealed, self.catalog.table(name), Verb.READ),
        )
        chunks = iter(reader.export(selection, self._wanted(reader, fields), EXPORT_CHUNK))
        columns = next(chunks)[0]
        return self._exported(table, columns, chunks)

    def _exported(
        self, table: str, columns: Sequence[Any], chunks: Iterator[builtins.list[tuple[Any, ...]]]
    ) -> Iterator[tuple[Sequence[Any], builtins.list[tuple[Any, ...]]]]:
        found = self.catalog.table(table)
        for rows in chunks:
            persons = [row[-1] for row in rows if row[-1] is not None]
            act = Act(self.channel, Verb.EXPORT, table, persons, len(rows), reason=self.reason)
            journal.record(self.actor, act)
            history.looked(found, [row[0] for row in rows], EXPORT, self.actor)
            yield columns, rows

    def stream(
        self, table: str, selection: Selection, fields: Sequence[str] | None = None
    ) -> Iterator[Row]:
        """Rows one by one with their values, whatever their number; journaled by chunks."""
        check(selection)
        reader = self._reader(table)
        wanted = self._wanted(reader, fields)
        chunks = iter(reader.export(selection, [*wanted, *reader.title_fields()], EXPORT_CHUNK))
        columns = next(chunks)[0]
        for rows in chunks:
            found = [reader.row(raw, columns) for raw in rows]
            self._journal(Verb.READ, table, found)
            yield from found

    def history(self, table: str, id: int) -> tuple[Change, ...]:
        """The changes of a row's audited fields that the actor may read, the latest first."""
        return past_values.of(self, table, row_id(id))

    def _wanted(self, reader: Reader, names: Sequence[str] | None) -> builtins.list[Field]:
        if names is None:
            return list(reader.scope.fields())
        known = {field.name: field for field in reader.scope.fields()}
        wrong = [name for name in names if name not in known]
        if wrong:
            raise Invalid(
                _("There is no field '{name}' here.").format(name=str(wrong[0])[:60]),
                _("Use one of: {known}.").format(known=", ".join(known)),
            )
        return [known[name] for name in names]

    # --- writing

    def create(
        self,
        table: str,
        values: Mapping[str, Any],
        children: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> int:
        """A new row, and its children with it. Raises Forbidden or Invalid.

        Then nothing is stored.
        """
        return Writer(self).create(table, values, children or {})

    def create_many(self, table: str, rows: Sequence[Mapping[str, Any]]) -> builtins.list[int]:
        """Many new rows in one transaction; their ids, in order."""
        return Writer(self).create_many(table, rows)

    def update(
        self,
        table: str,
        id: int,
        values: Mapping[str, Any],
        version: int,
        children: Mapping[str, Sequence[Mapping[str, Any]]] | None = None,
    ) -> None:
        """Change a row that is still at `version`.

        Raises Conflict when somebody changed it since.
        """
        Writer(self).update(table, row_id(id), values, version, children or {})

    def erasure(self, table: str, rows: Selection | Sequence[int]) -> Erasure:
        """What erasing these rows would do: what goes, what goes along, what is blocked and why.

        Changes nothing.
        """
        if isinstance(rows, Selection):
            check(rows)
        return Eraser(self).plan(table, rows)

    def erase(self, erasure: Erasure) -> int:
        """Run a previewed erasure; everything is asked again, in one transaction.

        Raises Conflict when it changed.
        """
        return Eraser(self).run(erasure)

    def anonymisation(self, table: str, ids: Sequence[int]) -> Anonymisation:
        """What anonymising these rows would do; `Anonymiser(gate).run` does it."""
        return Anonymiser(self).plan(table, ids)

    def obsolete(self, activity: str, within: int | None = None) -> Obsolete:
        """The obsolete rows of an activity: to count, to preview, to purge. Raises NotFound.

        `within` narrows them to a structure and those below.
        """
        return Obsolete(self, activity, within)

    def subject(self, person: int) -> Subject:
        """What the portal holds about a person, for the answer to an access request."""
        return Subject(self, row_id(person))

    def lost(self) -> Lost:
        """The rows of plugins that are gone, within the same rights."""
        return Lost(self)

    def holders(self, profiles: Collection[int]) -> int:
        """How many active accounts hold one of these profile types (by number)."""
        return holders.count(self._readable("accounts.holding"), profiles)

    def choice_id(self, list_name: str, slug: str) -> int:
        """The number of a choice; raises Invalid."""
        return choices.current().find(list_name, slug).id

    # --- the journal

    def note(self, verb: Verb, table: str, persons: Sequence[int], rows: int) -> None:
        """Journal an act on rows that were read by this gate (a document made of them)."""
        verb = self._named(verb, table)
        journal.record(
            self.actor, Act(self.channel, verb, table, persons, rows, reason=self.reason)
        )

    def _named(self, verb: Verb, table: str) -> Verb:
        """The verb of the entry: opening protected rows with a reason is an act of its own kind."""
        opened = verb is Verb.READ and bool(self.reason)
        return Verb.DISCLOSE if opened and opens_protected(self.scope(table, verb)) else verb

    def _act(
        self, verb: Verb, table: str, rows: Sequence[Row], channel: Channel | None = None
    ) -> Act:
        persons = [person for row in rows for person in row.persons]
        verb = self._named(verb, table)
        return Act(channel or self.channel, verb, table, persons, len(rows), reason=self.reason)

    def _journal(self, verb: Verb, table: str, rows: Sequence[Row]) -> None:
        journal.record(self.actor, self._act(verb, table, rows))
        history.looked(self.catalog.table(table), [row.id for row in rows], READ, self.actor)
