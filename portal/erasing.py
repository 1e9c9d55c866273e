"""Erasing rows through the gate: a plan that is shown first, and run only while it still holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from peewee import IntegrityError, Value, fn

from portal import (
    choice_uses,
    codes,
    history,
    holds,
    identifier_upkeep,
    journal,
    rightwords,
    search,
    version,
)
from portal.account_rules import AccountRules
from portal.builtin.audit import ERASE
from portal.builtin.privacy import Erased
from portal.catalog import PERSON, CatalogTable
from portal.choice_lists import CHOICE
from portal.database import proxy, transaction
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.grants import Scope
from portal.holds import Leaving, among, chunks
from portal.i18n import _
from portal.identifiers import TABLE as IDENTIFIER
from portal.journal import Act
from portal.models import utc_now
from portal.reading import Reader
from portal.rows import Blocker, Erasure, Selection, row_id
from portal.told import persons_of

if TYPE_CHECKING:
    from portal.gate import Gate

MOST_ROWS = 100_000
SHOWN_TITLES = 200
DELETED_AT_ONCE = 10_000


def erasable(gate: Gate, name: str) -> CatalogTable:
    """A table whose rows the actor may erase. Raises NotFound, or Forbidden naming the right."""
    table = gate.catalog.table(name)
    if not gate.can(Verb.ERASE, name):
        if not gate.can(Verb.READ, name):
            raise NotFound(_("There is no table '{name}'.").format(name=name[:60]))
        raise Forbidden(
            rightwords.refusal(Verb.ERASE, table.label),
            rightwords.remedy(Verb.ERASE, table.label),
        )
    return table


def erasable_rows(gate: Gate, table: CatalogTable, ids: Iterable[int]) -> list[int]:
    """These rows, in the order of their numbers. Raises NotFound when one is out of reach."""
    wanted = sorted({row_id(id) for id in ids})
    erasing = gate.scope(table.name, Verb.ERASE)
    reader = Reader(erasing, lambda name: gate.scope(name, Verb.READ))
    found = [
        id
        for part in chunks(wanted)
        for id in reader.every_id(Selection(ids=tuple(part)), len(part))
    ]
    if len(found) != len(wanted):
        raise NotFound(_("There is no such row here."), _("It may have been erased."))
    return found


class Eraser:
    """One erasure through a gate."""

    def __init__(self, gate: Gate) -> None:
        self.gate = gate
        self.rules = AccountRules(gate)

    def plan(
        self,
        name: str,
        rows: Selection | Sequence[int],
        leaving: Leaving | None = None,
        *,
        titled: bool = True,
    ) -> Erasure:
        """What erasing these rows would do.

        Raises NotFound, Forbidden, or Invalid for too many rows.

        Titles are read, and journaled, only when they are to be shown (`titled`).
        """
        table = erasable(self.gate, name)
        wanted = self._ids(table, rows)
        along = holds.going_along(self.gate.catalog, table, wanted)
        gone = _joined(leaving or {}, along, {name: set(wanted)})
        blocked = holds.blockers(self.gate.catalog, table, wanted, self.gate.today, gone)
        deletable = tuple(id for id in wanted if id not in blocked)
        if blocked:
            along = holds.going_along(self.gate.catalog, table, deletable)
        counts = {child: len(ids) for child, ids in sorted(along.items()) if ids}
        told = {child: n for child, n in counts.items() if self.gate.can(Verb.READ, child)}
        return Erasure(
            table=name,
            deletable=deletable,
            blocked={id: self.told(reasons) for id, reasons in blocked.items()},
            along=told,
            unseen=sum(counts.values()) - sum(told.values()),
            titles=self._titles(name, [*list(blocked)[:SHOWN_TITLES], *deletable[:SHOWN_TITLES]])
            if titled
            else {},
        )

    def told(self, reasons: Sequence[Blocker]) -> tuple[Blocker, ...]:
        """The reasons without the names of tables that the actor may not read."""
        told = (
            Blocker(reason.kind, _("Rows that you may not read"))
            if reason.table and not self.gate.can(Verb.READ, reason.table)
            else reason
            for reason in reasons
        )
        return tuple(dict.fromkeys(told))

    def _titles(self, name: str, ids: Sequence[int]) -> dict[int, str]:
        """Titles of what is previewed.

        Protected rows that the actor may erase but not read keep their number.
        """
        if not self.gate.can(Verb.READ, name):
            return {}
        return self.gate.titles(name, ids)

    def _ids(self, table: CatalogTable, rows: Selection | Sequence[int]) -> list[int]:
        """The rows asked for that the actor may erase.

        Raises NotFound when one of them is out of reach.
        """
        erasing = self.gate.scope(table.name, Verb.ERASE)
        if isinstance(rows, Selection):
            found = self._selected(table, rows, erasing)
            if len(found) > MOST_ROWS:
                raise Invalid(
                    _("More than {most} rows are selected.").format(most=MOST_ROWS),
                    _("Filter the list, or purge the activity."),
                )
            return found
        return erasable_rows(self.gate, table, rows)

    def _selected(self, table: CatalogTable, rows: Selection, erasing: Scope) -> list[int]:
        """What the actor sees of a selection and may erase: a filter asks only what may be read."""
        reading = self._reading(table.name)
        if not reading.open:
            raise NotFound(_("There is no table '{name}'.").format(name=table.name))
        return Reader(reading, self._reading).every_id(rows, MOST_ROWS + 1, erasing)

    def _reading(self, name: str) -> Scope:
        return self.gate.scope(name, Verb.READ)

    def run(self, erasure: Erasure, leaving: Leaving | None = None) -> int:
        """Erase the deletable rows of a plan.

        Raises Conflict when one of them is not deletable any more.
        """
        if not erasure.deletable:
            return 0
        with transaction():
            now = self.plan(erasure.table, erasure.deletable, leaving, titled=False)
            if now.blocked:
                reasons = sorted({str(b) for held in now.blocked.values() for b in held})
                raise Held(_("Some of these rows may not be erased."), " ".join(reasons), reasons)
            along = {name: count for name, count in erasure.along.items() if count}
            if (now.along, now.unseen) != (along, erasure.unseen):
                raise Conflict(
                    _("What would be erased has changed since you looked."), _("Look again.")
                )
            self._require_rank(erasure)
            self.carry_out(erasure)
        return erasure.count

    def _require_rank(self, erasure: Erasure) -> None:
        """No account, profile type or right goes that is stronger than the actor's own."""
        table = self.gate.catalog.table(erasure.table)
        along = holds.going_along(self.gate.catalog, table, erasure.deletable)
        for name, ids in ((table.name, erasure.deletable), *along.items()):
            self.rules.before(name, ids)

    def carry_out(self, erasure: Erasure) -> None:
        """Erase the deletable rows of a plan made in this writing transaction, and journal it."""
        table = self.gate.catalog.table(erasure.table)
        persons = persons_of(table, erasure.deletable)
        along = holds.going_along(self.gate.catalog, table, erasure.deletable)
        self.rules.watch((table.name, *along))
        try:
            for child, ids in reversed(list(along.items())):
                self._delete(self.gate.catalog.table(child), sorted(ids))
            self._delete(table, list(erasure.deletable))
        except IntegrityError:
            raise Held(
                _("Rows of a module that is not loaded refer to these rows."),
                _("Install the module again, or erase its rows first."),
            ) from None
        self.rules.a_superuser_stays()
        if table.declaration.configuration:
            version.bump()
        act = Act(
            self.gate.channel,
            Verb.ERASE,
            table.name,
            persons,
            erasure.count,
            reason=self.gate.reason,
        )
        journal.record(self.gate.actor, act)

    def _delete(self, table: CatalogTable, ids: Sequence[int]) -> None:
        """Rows with all that is kept about them: search words, history.

        Their identity goes to the ledger.
        """
        model = table.model
        for part in chunks(ids, DELETED_AT_ONCE):
            some = list(part)
            these, now = among(model.id, some), Value(utc_now())
            if table.name == PERSON:
                names = [fn.SUBSTR(name, 1, 100) for name in (model.last_name, model.first_name)]
                journal.remember_erased(model.select(model.id, *names, now).where(these))
            if table.versioned:
                kept = [Erased.table_name, Erased.row_uuid, Erased.anonymised, Erased.at]
                gone = (Value(table.name), model.uuid, Value(False), now)
                ledger = model.select(*gone).where(these)
                Erased.insert_from(ledger, kept).execute(proxy.obj)
            history.happened(table, some, ERASE, self.gate.actor)
            history.forget(table.name, some)
            codes.forget(table.name, some)
            if table.name == CHOICE:
                choice_uses.keep_words(self.gate.catalog, some)
            elif table.name == IDENTIFIER:
                identifier_upkeep.formulas_change(self.gate.catalog, some)
            model.delete().where(these).execute(proxy.obj)
            if table.searched:  # after the rows: an index that is being filled holds them locked
                search.remove(table.name, some)


def _joined(*parts: Leaving) -> Leaving:
    whole: Leaving = {}
    for part in parts:
        for name, ids in part.items():
            whole[name] = whole.get(name, set()) | ids
    return whole
