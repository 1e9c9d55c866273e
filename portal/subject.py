"""What the portal holds about one person, for the answer to an access request (GDPR art. 15).

The rows are read within the grants of the actor, like any others; `missing` says what these leave
out, so that a part is never given for the whole.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from portal import history, journal, rightwords
from portal.builtin.accounts import Account, Holding, ProfileType
from portal.builtin.audit import READ
from portal.builtin.journal import Entry
from portal.catalog import CatalogTable
from portal.channels import KIND_LABELS, Kind
from portal.database import proxy
from portal.declare import Verb
from portal.errors import Forbidden
from portal.grants import HISTORY, Scope
from portal.holds import chunks, negated
from portal.i18n import Label, Text, _
from portal.reaches import along
from portal.reading import Reader
from portal.rows import Row

if TYPE_CHECKING:
    from portal.gate import Gate

JOURNAL = "journal.entry"
_PORTAL = _("The portal itself")
_NOBODY = _("An account without a profile")
_YOURSELF = _("Yourself")


@dataclass(frozen=True, slots=True)
class Access:
    """An act on a person's data, and the role of who did it; never the name (CJEU C-579/21)."""

    on: datetime
    operation: Label
    role: Label


class Subject:
    """The rows about one person within the reach of a gate's actor."""

    def __init__(self, gate: Gate, person: int) -> None:
        self.gate, self.person = gate, person

    def rows(self, table: CatalogTable) -> list[Row]:
        """Every row about the person, with every field, that the actor may read; journaled."""
        scope = self.gate.scope(table.name, Verb.READ)
        reader = Reader(scope, lambda name: self.gate.scope(name, Verb.READ))
        alias = table.model.alias("t")
        about = self._about(table, alias)
        inside = scope.rows(alias)
        query = alias.select(alias.id).where(about if inside is None else about & inside)
        ids = [row[0] for row in proxy.obj.execute(query.order_by(alias.id)).fetchall()]
        found = [row for part in chunks(ids) for row in reader.rows(part, scope.fields())]
        self.gate.note(Verb.READ, table.name, [self.person], len(found))
        history.looked(table, [row.id for row in found], READ, self.gate.actor)
        return found

    def _about(self, table: CatalogTable, alias: Any) -> Any:
        if table.subject is None:
            raise ValueError(f"{table.name} is about no person.")
        return along(alias, table.subject, lambda column: column == self.person)

    def missing(self, table: CatalogTable) -> tuple[str, ...]:
        """The fields that the actor does not see on each row; all when a row is out of reach."""
        scope = self.gate.scope(table.name, Verb.READ)
        names = [name for name, field in table.fields.items() if not field.secret]
        if not scope.open or self._rows_beyond(scope):
            return tuple(names)
        shown = {field.name for field in scope.fields() if scope.shown_on_all(field)}
        return tuple(name for name in names if name not in shown)

    def _rows_beyond(self, scope: Scope) -> bool:
        """True when a row about the person is out of reach (the history follows other rows)."""
        alias = scope.table.model.alias("t")
        inside = scope.rows(alias)
        if inside is None or scope.table.name == HISTORY:
            return False
        beyond = self._about(scope.table, alias) & negated(inside)
        return bool(alias.select().where(beyond).exists(proxy.obj))

    @property
    def journal_open(self) -> bool:
        """True for who reads the journal, for one's own data, and for a process of the portal.

        Such a process (the command line) runs beside the database.
        """
        actor = self.gate.actor
        free = actor.account is None or actor.person == self.person
        return free or self.gate.can(Verb.READ, JOURNAL)

    def accesses(self, most: int) -> tuple[list[Access], int]:
        """The latest acts on the person's data, and how many there are; journaled. Forbidden."""
        if not self.journal_open:
            label = self.gate.catalog.table(JOURNAL).label
            raise Forbidden(
                rightwords.refusal(Verb.READ, label),
                rightwords.remedy(Verb.READ, label),
            )
        about = Entry.id.in_(journal.who_saw(self.person))
        total = int(Entry.select().where(about).count(proxy.obj))
        wanted = Entry.select(Entry.at, Entry.kind, Entry.account).where(about)
        query = wanted.order_by(Entry.id.desc()).limit(most).tuples()
        rows = list(query.execute(proxy.obj))
        roles = self._roles({account for _at, _kind, account in rows if account is not None})
        self.gate.note(Verb.READ, JOURNAL, [self.person], len(rows))
        return [
            Access(
                at,
                KIND_LABELS[Kind(kind)],
                _PORTAL if account is None else roles.get(account, _NOBODY),
            )
            for at, kind, account in rows
        ], total

    def _roles(self, accounts: set[int]) -> dict[int, Label]:
        """The strongest profile type of each account; the person's own account is themselves."""
        found: dict[int, Label] = {}
        for part in chunks(sorted(accounts)):
            for account, person, french, english in self._profiles(part):
                label: Label = Text(french, english or french)
                found.setdefault(account, _YOURSELF if person == self.person else label)
        return found

    def _profiles(self, accounts: Sequence[int]) -> Any:
        query = (
            Holding.select(Account.id, Account.person, ProfileType.label_fr, ProfileType.label_en)
            .join_from(Holding, Account)
            .join_from(Holding, ProfileType)
            .where(Account.id.in_(list(accounts)))
            .order_by(ProfileType.level, ProfileType.id)
        )
        return query.tuples().execute(proxy.obj)
