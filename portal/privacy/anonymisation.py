"""Anonymising persons who may not be erased because rows refer to them: shown first, then done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from portal import anonymising, search
from portal.anonymising import ACTION_WORDS, Action, Anonymisation, Anonymiser
from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Conflict
from portal.gate import Gate
from portal.i18n import Label, _
from portal.obsolete import PURGES
from portal.privacy import retention
from portal.privacy.retention import Evidence

AT_ONCE = 100
"""Persons that one preview shows."""


@dataclass(frozen=True, slots=True)
class Preview:
    """What anonymising persons would do, in words; `signature` tells it from any other."""

    plan: Anonymisation
    persons: tuple[tuple[int, str], ...]
    blocked: tuple[tuple[str, str], ...]
    fields: tuple[tuple[Label, Label], ...]
    along: tuple[tuple[Label, int], ...]
    untouched: tuple[tuple[Label, int], ...]

    @property
    def signature(self) -> str:
        """The persons and what goes with them, in one line."""
        parts = [*map(str, self.plan.ids), *(f"{n}={c}" for n, c in self.plan.along.items())]
        return " ".join([*parts, *(f"-{n}={c}" for n, c in self.plan.untouched.items())])


def may_open(gate: Gate) -> bool:
    """True for who may run purges and erase persons (without a query)."""
    return gate.can(Verb.EXECUTE, PURGES) and gate.can(Verb.ERASE, PERSON)


def preview(gate: Gate, ids: Sequence[int] = ()) -> Preview:
    """What anonymising these persons would do, or those whom the purge cannot erase.

    Raises NotFound, Forbidden.
    """
    asked = gate.at(Channel.ERASURE)
    wanted = list(ids) or anonymising.proposed(asked, AT_ONCE)
    plan = asked.anonymisation(PERSON, wanted)
    titles = asked.titles(PERSON, wanted) if wanted else {}
    label = {table.name: table.label for table in asked.catalog}
    table = asked.catalog.table(PERSON)
    named = {id: titles.get(id) or _("No. {id}").format(id=id) for id in wanted}
    return Preview(
        plan=plan,
        persons=tuple((id, named[id]) for id in plan.ids),
        blocked=tuple((named[id], "; ".join(map(str, why))) for id, why in plan.blocked.items()),
        fields=tuple(
            (table.fields[name].label, ACTION_WORDS[act])
            for name, act in anonymising.actions(table).items()
            if act is not Action.KEEP
        ),
        along=tuple((label[name], count) for name, count in plan.along.items()),
        untouched=tuple((label[name], count) for name, count in plan.untouched.items()),
    )


def run(gate: Gate, ids: Sequence[int], signature: str) -> Evidence:
    """Anonymise what was previewed, and clean the search index.

    Raises Conflict when it has changed since, Forbidden, Held, NotFound.
    """
    now = preview(gate, ids)
    if now.signature != signature or not now.plan.ids:
        raise Conflict(
            _("What would be anonymised has changed since you looked."), _("Look again.")
        )
    asked = gate.at(Channel.ERASURE)
    found = retention.evidence(asked, Anonymiser(asked).run(now.plan))
    tables = (asked.catalog.tables[name] for name in found.details)
    search.optimize(table.name for table in tables if table.searched)
    return found
