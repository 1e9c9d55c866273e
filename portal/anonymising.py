"""Anonymising rows through the gate: what names a person goes, what counts and adds up stays.

A plan is shown first and run only while it still holds, in one transaction. What replaces a value
is random and unique, never made from it. It cannot be undone. Rows that the law has kept as they
are (accounting entries within their term) are never altered, and what protects a person forbids it.
"""

from __future__ import annotations

import enum
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from peewee import Value

from portal import codes, history, holds, journal, reindex, search
from portal.account_rules import AccountRules
from portal.builtin.accounts import Account
from portal.builtin.audit import ANONYMISE
from portal.builtin.history import Change
from portal.builtin.journal import ErasedName
from portal.builtin.operations import Link, Session
from portal.builtin.privacy import Erased, Purge
from portal.catalog import PERSON, CatalogTable
from portal.channels import Kind
from portal.custom_columns import closed, opened
from portal.database import among_ids, proxy, storable, transaction
from portal.declare import Verb
from portal.due import Due
from portal.erasing import erasable, erasable_rows
from portal.errors import Conflict, Held
from portal.fields import Field
from portal.holds import chunks, negated
from portal.i18n import _
from portal.journal import Act
from portal.models import IDENTIFIERS, utc_now
from portal.obsolete import Obsolete
from portal.reaches import along
from portal.rows import Blocker
from portal.text import fold
from portal.told import persons_of

if TYPE_CHECKING:
    from portal.gate import Gate

ACCOUNT = "accounts.account"
MARK = "anonyme-"
"""What a replaced value begins with, so that people see what it is."""
TEXTS = frozenset({"text", "longtext", "email", "phone", "link", "suggested"})
UNTOUCHED = frozenset({"privacy", "journal", "history", "operations"})
"""The modules whose rows prove what was done; their own terms rule them."""


class Action(enum.StrEnum):
    """What becomes of a field when its row is anonymised."""

    KEEP = "keep"
    EMPTY = "null"
    RANDOM = "random"


ACTION_WORDS = {
    Action.KEEP: _("stays"),
    Action.EMPTY: _("is emptied"),
    Action.RANDOM: _("becomes a random value"),
}


@dataclass(frozen=True, slots=True)
class Anonymisation:
    """A previewed anonymisation; the gate runs only such a plan.

    `ids` are the rows to anonymise, `blocked` those that something protects, with what. For
    persons, `along` counts by table the rows about them whose texts go too, and `untouched` those
    that the law has kept as they are.
    """

    table: str
    ids: tuple[int, ...]
    blocked: Mapping[int, tuple[Blocker, ...]]
    along: Mapping[str, int] = field(default_factory=dict)
    untouched: Mapping[str, int] = field(default_factory=dict)


def action_of(table: CatalogTable, known: Field) -> Action:
    """What becomes of a field, by what it holds: texts go, dates and numbers of rows stay.

    All that describes a person goes from their own row.
    """
    column = known.column
    if known.name in IDENTIFIERS:
        return Action.EMPTY
    personal = known.data_type is not None or known.secret
    if known.system or not personal or (known.target and known.type.name == "reference"):
        return Action.KEEP
    if table.name == PERSON and known.name.startswith("x_"):
        return Action.EMPTY
    if known.type.name in TEXTS:
        required = not getattr(column, "null", True) and getattr(column, "default", "") is None
        alone = bool(getattr(column, "unique", False)) and not getattr(column, "null", True)
        return Action.RANDOM if required or alone else Action.EMPTY
    described = table.name == PERSON or known.sensitive or known.disclosed
    if described and (getattr(column, "null", True) or known.type.name == "boolean"):
        return Action.EMPTY
    return Action.KEEP


def actions(table: CatalogTable) -> dict[str, Action]:
    """What becomes of each field of a table."""
    return {name: action_of(table, known) for name, known in table.fields.items()}


class Anonymiser:
    """One anonymisation, through a gate."""

    def __init__(self, gate: Gate) -> None:
        self.gate, self.catalog = gate, gate.catalog

    # --- the plan

    def plan(self, name: str, ids: Sequence[int]) -> Anonymisation:
        """What anonymising these rows would do; changes nothing.

        Raises NotFound for a row out of reach, Forbidden naming the table whose rows one may not
        erase.
        """
        table = erasable(self.gate, name)
        wanted = erasable_rows(self.gate, table, ids)
        blocked = dict(self._protected(table, wanted))
        free = tuple(id for id in wanted if id not in blocked)
        along: dict[str, int] = {}
        untouched: dict[str, int] = {}
        if name == PERSON:
            for child, going, staying in self._about(free):
                along |= {child.name: len(going)} if going else {}
                untouched |= {child.name: staying} if staying else {}
        return Anonymisation(name, free, blocked, along, untouched)

    def _protected(
        self, table: CatalogTable, ids: Sequence[int]
    ) -> Iterator[tuple[int, tuple[Blocker, ...]]]:
        """The rows under a legal hold or a restriction; references do not forbid this."""
        found: dict[int, list[Blocker]] = {}
        for part in chunks(ids):
            for id, blocker in holds.protected(table, part):
                found.setdefault(id, []).append(blocker)
        for id, reasons in found.items():
            yield id, tuple(dict.fromkeys(reasons))

    def _about(self, persons: Sequence[int]) -> Iterator[tuple[CatalogTable, list[int], int]]:
        """The rows about persons by table: those whose texts go, and how many stay as they are."""
        for table in self.catalog:
            if table.subject is None or not table.subject.steps or table.plugin in UNTOUCHED:
                continue
            if all(action is Action.KEEP for action in actions(table).values()):
                continue
            about: list[int] = []
            staying = 0
            for part in chunks(persons):
                going, kept = self._rows(table, part)
                about += going
                staying += kept
            if about or staying:
                yield table, about, staying

    def _rows(self, table: CatalogTable, persons: Sequence[int]) -> tuple[list[int], int]:
        alias = table.model.alias()
        if table.subject is None:
            return [], 0
        about = along(alias, table.subject, lambda column: among_ids(column, persons))
        kept = self._kept_by_law(table, alias)
        query = alias.select(alias.id).where(about)
        if kept is None:
            return [row[0] for row in proxy.obj.execute(query).fetchall()], 0
        going = query.where(negated(kept))
        staying = int(alias.select().where(about, kept).count(proxy.obj))
        return [row[0] for row in proxy.obj.execute(going).fetchall()], staying

    def _kept_by_law(self, table: CatalogTable, alias: Any) -> Any | None:
        """The rows within a term that the law sets; None where it sets none."""
        declared = table.declaration.activity
        if declared is None or not declared.retention.minimum:
            return None
        due = Due(self.gate, declared.name)
        part = next((found for found in due.parts if found.table.name == table.name), None)
        return Value(1) == Value(1) if part is None else negated(due.due(part, alias))

    # --- the run

    def run(self, plan: Anonymisation) -> int:
        """Anonymise as planned, in one transaction with its evidence; the number of the evidence.

        Raises Conflict when what was previewed has changed, Held for a row that is now protected.
        """
        with transaction():
            now = self.plan(plan.table, plan.ids)
            if now.blocked:
                reasons = sorted({str(b) for why in now.blocked.values() for b in why})
                raise Held(_("Some of these rows are protected."), " ".join(reasons), reasons)
            if (now.ids, now.along, now.untouched) != (plan.ids, plan.along, plan.untouched):
                raise Conflict(
                    _("What would be anonymised has changed since you looked."), _("Look again.")
                )
            table = self.catalog.table(plan.table)
            done = {table.name: len(plan.ids)}
            rules = AccountRules(self.gate)
            rules.watch((table.name, *plan.along))
            if table.name == PERSON:
                for child, going, _staying in self._about(plan.ids):
                    erasable(self.gate, child.name)
                    rules.before(child.name, going)
                    self._anonymise(child, going)
                    done[child.name] = done.get(child.name, 0) + len(going)
            rules.before(table.name, plan.ids)
            self._anonymise(table, plan.ids)
            rules.a_superuser_stays()
            return self._evidence(table, done)

    def _anonymise(self, table: CatalogTable, ids: Sequence[int]) -> None:
        if not ids:
            return
        act = Act(
            self.gate.channel,
            Verb.UPDATE,
            table.name,
            persons_of(table, ids),
            len(ids),
            reason=self.gate.reason,
            kind=Kind.ANONYMISE,
        )
        for part in chunks(ids):
            self._write(table, list(part))
            history.happened(table, part, ANONYMISE, self.gate.actor)
            history.forget(table.name, part)
            codes.forget(table.name, part)
            reindex.index(table.name, part)
            _remember(table, part)
        journal.record(self.gate.actor, act)

    def _write(self, table: CatalogTable, ids: Sequence[int]) -> None:
        model, wanted = table.model, actions(table)
        fixed: dict[Any, Any] = {}
        for name, known in table.fields.items():
            if wanted[name] is Action.EMPTY and not name.startswith("x_"):
                fixed |= _named(table, known, _blank(known))
        if table.versioned:
            fixed[model.version] = model.version + 1
            fixed[model.updated_at] = Value(storable(utc_now()), converter=False)
        if table.name == ACCOUNT:
            fixed |= {Account.active: False, Account.disabled_at: utc_now()}
            for machine in (Session, Link):
                machine.delete().where(among_ids(machine.account, ids)).execute(proxy.obj)
        if fixed:
            model.update(fixed).where(among_ids(model.id, ids)).execute(proxy.obj)
        unique = [table.fields[name] for name, act in wanted.items() if act is Action.RANDOM]
        emptied = [
            known
            for name, known in table.fields.items()
            if name.startswith("x_") and wanted[name] is Action.EMPTY
        ]
        for id in ids if unique or emptied else ():
            changes: dict[Any, Any] = {}
            for known in unique:
                changes |= _named(table, known, _random(known))
            if emptied:
                changes[model.custom] = _without(model, id, emptied)
            model.update(changes).where(model.id == id).execute(proxy.obj)

    def _evidence(self, table: CatalogTable, done: Mapping[str, int]) -> int:
        actor, activity = self.gate.actor, table.declaration.activity
        row: dict[str, Any] = {
            "activity": activity.name if activity else table.name,
            "limit": self.gate.today,
            "anonymised": done[table.name],
            "details": "\n".join(f"{name} {count}" for name, count in sorted(done.items())),
            "account": actor.account,
            "actor": "" if actor.account is not None else actor.name[:100],
        }
        return int(Purge.insert(row).execute(proxy.obj))


def _blank(known: Field) -> Any:
    if getattr(known.column, "null", False):
        return None
    return False if known.type.name == "boolean" else ""


def _random(known: Field) -> str:
    longest = getattr(known.column, "max_length", None) or 60
    return (MARK + secrets.token_hex(16))[: min(longest, 40)]


def _named(table: CatalogTable, known: Field, value: Any) -> dict[Any, Any]:
    """A column with its value, and its folded copy."""
    model = table.model
    changes: dict[Any, Any] = {getattr(model, known.name): value}
    if known.folded:
        changes[getattr(model, known.folded)] = fold(str(value or ""))
    return changes


def _without(model: Any, id: int, emptied: Sequence[Field]) -> str:
    """The custom values of a row without those of some fields."""
    query = model.select(model.custom).where(model.id == id)
    custom = opened(proxy.obj.execute(query).fetchone()[0])
    for known in emptied:
        known.column.put(custom, None)
    return closed(custom)


def _remember(table: CatalogTable, ids: Sequence[int]) -> None:
    """Keep which rows were anonymised, by their identity, so that a restored backup can be too."""
    model = table.model
    if table.versioned:
        row = model.select(Value(table.name), model.uuid, Value(True), Value(utc_now()))
        kept = [Erased.table_name, Erased.row_uuid, Erased.anonymised, Erased.at]
        Erased.insert_from(row.where(among_ids(model.id, ids)), kept).execute(proxy.obj)


def proposed(gate: Gate, most: int) -> list[int]:
    """The persons who are past their term and stay because rows refer to them, at most `most`.

    Those who were anonymised already are left out.
    """
    activity = gate.catalog.table(PERSON).declaration.activity
    done = Erased.select(Erased.row_uuid).where((Erased.table_name == PERSON) & Erased.anonymised)
    found: list[int] = []
    due = Obsolete(gate, activity.name) if activity else None
    for part in due.parts if due else ():
        if due and part.table.name == PERSON:
            alias = part.table.model.alias()
            staying = negated(due.deletable(part, alias)) & alias.uuid.not_in(done)
            query = alias.select(alias.id).where(due.obsolete(part, alias), staying)
            found += [row[0] for row in proxy.obj.execute(query.limit(most)).fetchall()]
    return sorted(found)


def everything(gate: Gate) -> int:
    """Anonymise every row of the portal, whatever protects it, in the transaction that is open.

    For a rehearsal copy alone: who calls this has made sure of it. The history and the names of
    erased persons go whole; the search indexes are to be filled again.
    """
    anonymiser, done = Anonymiser(gate), 0
    for table in gate.catalog:
        if table.plugin == "journal" or set(actions(table).values()) == {Action.KEEP}:
            continue
        model = table.model
        ids = [row[0] for row in proxy.obj.execute(model.select(model.id)).fetchall()]
        for part in chunks(ids):
            anonymiser._write(table, list(part))
        done += len(ids)
        if table.searched:
            search.unfilled(table.name)
    for kept in (Change, ErasedName):
        kept.delete().execute(proxy.obj)
    act = Act(gate.channel, Verb.UPDATE, "", (), done, kind=Kind.ANONYMISE)
    journal.record(gate.actor, act)
    return done
