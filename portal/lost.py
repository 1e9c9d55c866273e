"""The rows of plugins that are gone: what is left of them, who may have them, what they hold back.

A table is lost when the database has it and no loaded plugin declares it. Its rows are read by the
snapshot of its declaration. They are never changed nor erased here: that is for the plugin, once it
is installed again. Nobody reaches a part of them: a grant on all rows, or one's own, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from peewee import SQL, Select, Table, Value, fn

from portal import codes, journal, snapshots
from portal.actor import EVERYTHING, Grant
from portal.builtin.directory import Person
from portal.builtin.privacy import Restriction
from portal.catalog import PERSON, Catalog, CatalogTable
from portal.database import proxy
from portal.declare import Reach, Verb
from portal.errors import Forbidden, NotFound
from portal.grants import reaches_all
from portal.i18n import _
from portal.journal import Act
from portal.reaches import conjunction
from portal.rows import Blocker, Count
from portal.snapshots import KeptColumn, KeptTable

if TYPE_CHECKING:
    from portal.gate import Gate

ROWS_AT_ONCE = 1_000
COUNT_CAP = 10_000


@dataclass(frozen=True, slots=True)
class LostTable:
    """A table without its plugin: its snapshot, and which of its columns refer to which table.

    `references` gives the stored name of the table that a column refers to.
    """

    kept: KeptTable
    references: Mapping[str, str]
    archives: bool

    @property
    def name(self) -> str:
        """The name that the table had ("lending.loan")."""
        return self.kept.name

    @property
    def source(self) -> Table:
        """The table, for a query."""
        return Table(self.kept.stored_as)

    def pointing_at(self, table: CatalogTable) -> tuple[str, ...]:
        """The columns that refer to rows of `table`."""
        stored = table.model._meta.table_name
        found = {column for column, target in self.references.items() if target == stored}
        if table.name == PERSON and self.kept.subject:
            found.add(self.kept.subject)
        return tuple(sorted(found))

    def names_person(self, column: KeptColumn) -> bool:
        """True when the column refers to a person."""
        return self.references.get(column.column) == Person._meta.table_name


@dataclass(slots=True)
class _Known:
    database: Any = None
    tables: tuple[LostTable, ...] = ()


_known = _Known()


def refresh(catalog: Catalog) -> None:
    """Look for tables that no plugin of `catalog` declares; when a portal is opened."""
    _known.tables = tuple(_found(kept) for kept in snapshots.missing(catalog.tables))
    _known.database = proxy.obj


def known() -> tuple[LostTable, ...]:
    """The lost tables of the database that is open, in alphabetical order."""
    return _known.tables if _known.database is proxy.obj else ()


def _found(kept: KeptTable) -> LostTable:
    stored = {column.name for column in proxy.get_columns(kept.stored_as)}
    columns = tuple(column for column in kept.columns if column.column in stored)
    return LostTable(
        replace(kept, columns=columns, subject=kept.subject if kept.subject in stored else ""),
        {key.column: key.dest_table for key in proxy.get_foreign_keys(kept.stored_as)},
        "archived_at" in stored,
    )


# --- what they hold back ------------------------------------------------------------------------


def blocking(table: CatalogTable, alias: Any) -> Iterator[tuple[Blocker, Any]]:
    """What lost rows refer to may not be erased: each reason with its condition in SQL."""
    for lost in known():
        for column in lost.pointing_at(table):
            refers = getattr(lost.source.c, column)
            named = lost.source.select(refers).where(refers.is_null(is_null=False))
            yield _blocker(lost), alias.id.in_(named)


def blockers(table: CatalogTable, ids: Sequence[int]) -> Iterator[tuple[int, Blocker]]:
    """The same for some rows, by their numbers."""
    for lost in known():
        for column in lost.pointing_at(table):
            refers = getattr(lost.source.c, column)
            named = lost.source.select(refers).where(refers.in_(list(ids))).distinct()
            for (id,) in named.tuples().execute(proxy.obj):
                yield id, _blocker(lost)


def _blocker(lost: LostTable) -> Blocker:
    text = _("Rows of “{table}” refer to it, and their module {plugin} is not loaded")
    return Blocker("lost", text.format(table=lost.kept.label, plugin=lost.kept.plugin))


# --- who may have them --------------------------------------------------------------------------


class Lost:
    """The lost tables as the actor of a gate may meet them."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate

    def tables(self, verb: Verb = Verb.READ) -> tuple[LostTable, ...]:
        """The lost tables that a grant opens whole for `verb`."""
        return tuple(lost for lost in known() if self._whole(lost.name, {Verb.READ, verb}))

    def count(self, lost: LostTable) -> Count:
        """How many rows there are, counted up to 10,000."""
        some = lost.source.select(SQL("1")).limit(COUNT_CAP + 1).alias("some")
        found = int(Select([some], [fn.COUNT(Value(1))]).tuples().execute(proxy.obj)[0][0])
        return Count(min(found, COUNT_CAP), found > COUNT_CAP)

    def export(
        self, name: str
    ) -> tuple[tuple[KeptColumn, ...], Iterator[Sequence[tuple[Any, ...]]]]:
        """The columns of a lost table and its raw rows by chunks, journaled before each is given.

        Archived rows and those of restricted persons are left out, as in every export. Raises
        NotFound, or Forbidden with what lacks.
        """
        lost = next((one for one in self.tables() if one.name == name), None)
        if lost is None:
            raise NotFound(_("There is no table '{name}'.").format(name=name[:60]))
        grants = self._whole(name, {Verb.READ, Verb.EXPORT})
        if not grants:
            raise Forbidden(_("You may not export this table."))
        where = self._in_use(lost)
        columns = tuple(c for c in lost.kept.columns if self._shown(c, grants))
        return columns, self._exported(lost, columns, where)

    def _exported(
        self, lost: LostTable, columns: Sequence[KeptColumn], where: Any
    ) -> Iterator[Sequence[tuple[Any, ...]]]:
        table, last = lost.source, 0
        person = getattr(table.c, lost.kept.subject) if lost.kept.subject else Value(None)
        query = table.select(table.c.id, person, *(getattr(table.c, c.column) for c in columns))
        while True:
            part = query.where(conjunction(where, table.c.id > last)).order_by(table.c.id)
            rows = list(part.limit(ROWS_AT_ONCE).tuples().execute(proxy.obj))
            if rows:
                persons = [row[1] for row in rows if row[1] is not None]
                self._journal(Verb.EXPORT, lost, persons, len(rows))
                yield [row[2:] for row in rows]
            if len(rows) < ROWS_AT_ONCE:
                return
            last = rows[-1][0]

    def _in_use(self, lost: LostTable) -> Any | None:
        """The rows that are not archived and whose person is not restricted (GDPR art. 18)."""
        table = lost.source
        parts = [table.c.archived_at.is_null()] if lost.archives else []
        if self.gate.world.restrictions and lost.kept.personal:
            if not lost.kept.subject:
                raise Forbidden(
                    _("“{table}” may hold rows of persons whose data are restricted.").format(
                        table=lost.kept.label
                    ),
                    _("Install the module {plugin} again.").format(plugin=lost.kept.plugin),
                )
            person = getattr(table.c, lost.kept.subject)
            restricted = Restriction.select(Restriction.person).where(
                Restriction.lifted_at.is_null(), Restriction.activity.in_(("", lost.kept.activity))
            )
            parts.append(person.is_null() | person.not_in(restricted))
        return conjunction(*parts)

    # --- the answer to an access request ----------------------------------------------------------

    def holding(self, person: int) -> list[LostTable]:
        """The tables with rows about the person, or with rows of which nobody can tell."""
        return [lost for lost in known() if lost.kept.personal and self._holds(lost, person)]

    def _holds(self, lost: LostTable, person: int) -> bool:
        table = lost.source
        query = table.select(SQL("1")).limit(1)
        if lost.kept.subject:
            query = query.where(getattr(table.c, lost.kept.subject) == person)
        return bool(list(query.tuples().execute(proxy.obj)))

    def missing(self, lost: LostTable, person: int) -> tuple[KeptColumn, ...]:
        """The columns of the person's rows that the actor does not see."""
        grants = self._about(lost, person)
        return tuple(c for c in lost.kept.columns if not self._shown(c, grants))

    def rows(
        self, lost: LostTable, person: int
    ) -> tuple[tuple[KeptColumn, ...], list[tuple[Any, ...]]]:
        """The columns that the actor sees and the raw rows about the person; journaled."""
        grants = self._about(lost, person)
        columns = tuple(c for c in lost.kept.columns if self._shown(c, grants))
        if not lost.kept.subject or not columns:
            return (), []
        table = lost.source
        query = table.select(*(getattr(table.c, column.column) for column in columns))
        query = query.where(getattr(table.c, lost.kept.subject) == person).order_by(table.c.id)
        rows = [tuple(row) for row in query.tuples().execute(proxy.obj)]
        self._journal(Verb.READ, lost, [person], len(rows))
        return columns, rows

    def _about(self, lost: LostTable, person: int) -> tuple[Grant, ...]:
        """The grants that open protected rows of the table whole, or the actor's own rows."""
        wanted = {Verb.READ, Verb.DISCLOSE}
        grants = self._whole(lost.name, wanted)
        if self.gate.actor.person == person:
            grants += tuple(
                grant
                for grant in self._speaking(lost.name, wanted)
                if grant.reach is Reach.OWN and not grant.conditions
            )
        return grants

    def _whole(self, name: str, verbs: Iterable[Verb]) -> tuple[Grant, ...]:
        return tuple(grant for grant in self._speaking(name, verbs) if reaches_all(grant))

    def _speaking(self, name: str, verbs: Iterable[Verb]) -> tuple[Grant, ...]:
        """The grants on a lost table; none while it holds an access code that the actor lacks."""
        if not codes.opens_whole(self.gate.actor, self.gate.world.codes, name):
            return ()
        wanted = set(verbs)
        grants = self.gate.actor.grants
        return tuple(grant for grant in grants if wanted <= grant.verbs and grant.covers(name))

    def _journal(self, verb: Verb, lost: LostTable, persons: Sequence[int], rows: int) -> None:
        gate = self.gate
        act = Act(gate.channel, verb, lost.name, persons, rows, reason=gate.reason)
        journal.record(gate.actor, act)

    def _shown(self, column: KeptColumn, grants: Sequence[Grant]) -> bool:
        """True when a grant shows the column: named or all, not masked, disclosed if protected."""
        return any(
            (column.name == "id" or EVERYTHING in grant.readable or column.name in grant.readable)
            and column.name not in grant.masked
            and (not column.disclosed or self._disclosed(grant))
            for grant in grants
        )

    def _disclosed(self, grant: Grant) -> bool:
        """As `portal.grants.disclosed`: a reason opens medical data, and is not asked of processes.

        Rows of a lost table are read with a reason only for the answer to an access request.
        """
        if grant.reach is Reach.OWN:
            return True
        given = bool(self.gate.reason) or self.gate.actor.account is None
        return Verb.DISCLOSE in grant.verbs and given
