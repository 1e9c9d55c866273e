"""The rules of the audit in force: which acts are noted, of which fields former values are kept.

Read again when the configuration changes. A rule whose condition cannot be asked any more (its
field is gone) is without effect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import MappingProxyType

from portal import conditions
from portal.actor import Actor, Condition
from portal.builtin.audit import (
    ANONYMISE,
    CHOSEN,
    DELETIONS,
    ERASE,
    EVERYTHING,
    NOTHING,
    RENAME,
    UPDATE,
    AuditedAccount,
    AuditRule,
)
from portal.catalog import CatalogTable
from portal.comparison import compare
from portal.database import among_ids, proxy
from portal.errors import Invalid
from portal.fieldtypes import EDGES
from portal.reaches import conjunction

RULES, ACCOUNTS, EVENTS = "privacy.auditrule", "privacy.auditedaccount", "journal.auditevent"
LONGEST_DAYS = 31
"""How many days a full audit may last."""
AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule. `accounts` is None for everybody; a rule that names nobody binds nobody."""

    id: int
    table: str
    level: str
    acts: frozenset[str]
    fields: tuple[str, ...]
    conditions: tuple[Condition, ...]
    accounts: frozenset[int] | None
    ends_on: date | None
    active: bool

    def binds(self, account: int | None, today: date) -> bool:
        """True when the rule speaks of an account (None: a process of the portal) on a day."""
        concerned = self.accounts is None or account in self.accounts
        return self.active and concerned and (self.ends_on is None or today <= self.ends_on)

    def notes(self, act: str) -> bool:
        """True when the rule has an act noted."""
        if self.level == EVERYTHING:
            return True
        if self.level == DELETIONS:
            return act in (ERASE, ANONYMISE, RENAME)
        return self.level == CHOSEN and (UPDATE if act in (RENAME, ANONYMISE) else act) in self.acts


_current: Mapping[str, tuple[Rule, ...]] = MappingProxyType({})
_version = -1


def refresh(version: int) -> None:
    """Read the rules again when the version of the configuration is another one."""
    global _current, _version
    if _version != version:
        _current = _read()
        _version = version


def _read() -> Mapping[str, tuple[Rule, ...]]:
    named: dict[int, set[int]] = {}
    for rule, account in AuditedAccount.select(
        AuditedAccount.rule, AuditedAccount.account
    ).tuples():
        named.setdefault(rule, set()).add(account)
    found: dict[str, list[Rule]] = {}
    for row in AuditRule.select().order_by(AuditRule.id).dicts():
        rule = Rule(
            id=row["id"],
            table=row["table_name"],
            level=row["level"],
            acts=frozenset(row["acts"].split()),
            fields=tuple(row["fields"].split()),
            conditions=conditions.parse(row["conditions"]),
            accounts=frozenset(named.get(row["id"], ())) if row["named"] else None,
            ends_on=row["ends_on"],
            active=bool(row["active"]),
        )
        found.setdefault(rule.table, []).append(rule)
    return MappingProxyType({table: tuple(rules) for table, rules in found.items()})


def of(table: str, actor: Actor) -> tuple[Rule, ...]:
    """The rules that speak of a table today, for who acts."""
    rules = _current.get(table)
    if not rules:
        return ()
    today = datetime.now(EDGES.zone).date()
    return tuple(rule for rule in rules if rule.binds(actor.account, today))


def speaks_of(table: str) -> bool:
    """True when some rule, in force or past, is about a table: its rows may have a history."""
    return table in _current


def followed(table: CatalogTable) -> tuple[str, ...]:
    """The fields of which former values may be kept: declared ones, and those that rules name."""
    named = (name for rule in _current.get(table.name, ()) for name in rule.fields)
    return tuple(dict.fromkeys((*table.audited, *(n for n in named if n in table.fields))))


def by_row(
    table: CatalogTable, rules: Sequence[Rule], ids: Sequence[int]
) -> dict[int, tuple[Rule, ...]]:
    """The rules that hold for each row as it now stands, those apart that another one silences."""
    met = {rule.id: _meeting(table, rule, ids) for rule in rules if rule.conditions}
    return {
        id: _heard(rule for rule in rules if rule.id not in met or id in met[rule.id]) for id in ids
    }


def _meeting(table: CatalogTable, rule: Rule, ids: Sequence[int]) -> set[int]:
    alias = table.model.alias("t")
    asked = []
    for condition in rule.conditions:
        field = table.fields.get(condition.field)
        if field is None:
            return set()
        key = field.expression(alias, key=True) if field.folded else None
        try:
            column = field.expression(alias)
            asked.append(compare(column, key, field, condition.operator, condition.value))
        except Invalid:
            return set()
    found: set[int] = set()
    for start in range(0, len(ids), AT_ONCE):
        part = list(ids[start : start + AT_ONCE])
        query = alias.select(alias.id).where(conjunction(among_ids(alias.id, part), *asked))
        found.update(row[0] for row in proxy.obj.execute(query).fetchall())
    return found


def _heard(rules: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules but those for everybody that “none” silences for a named account."""
    holding = tuple(rules)
    if any(rule.level == NOTHING and rule.accounts is not None for rule in holding):
        return tuple(rule for rule in holding if rule.accounts is not None)
    return holding


def noted(rules: Iterable[Rule], act: str) -> bool:
    """True when one of the rules of a row has an act noted."""
    return any(rule.notes(act) for rule in rules)


def kept(table: CatalogTable, rules: Sequence[Rule], act: str) -> tuple[str, ...]:
    """The fields whose former and new values a change of a row keeps.

    Without a level of its own a table keeps the declared ones, to which rules add; a rename always
    keeps the name.
    """
    levels = [rule for rule in rules if rule.level != CHOSEN]
    names: list[str] = [] if levels else list(table.audited)
    for rule in rules:
        if rule.notes(act):
            names += rule.fields or (() if rule.level == CHOSEN else table.audited)
            names += table.title if rule.level == DELETIONS else ()
    return tuple(name for name in dict.fromkeys(names) if name in table.fields)
