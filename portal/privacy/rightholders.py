"""Who may read or change the rows of a table: profile types, and how many people hold them.

A right that is granted changes the register at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.actor import EVERYTHING, Grant
from portal.declare import Reach, Verb
from portal.gate import Gate
from portal.i18n import Text, gettext
from portal.rows import Selection

TYPES, RIGHTS = "accounts.profiletype", "accounts.grant"
READ = {
    TYPES: ["label_fr", "label_en", "level"],
    RIGHTS: ["profile_type", "table_name", "verbs", "reach"],
}


@dataclass(slots=True)
class Holders:
    """The profile types with their rights; each set of them is counted once."""

    gate: Gate
    labels: dict[int, Text]
    grants: list[tuple[int, Grant]]
    counted: dict[frozenset[int], int] = field(default_factory=dict)

    def profiles(self, tables: Sequence[str], verbs: Sequence[Verb]) -> list[dict[str, Any]]:
        """The profile types that may do one of these verbs on one of these tables."""
        found = self._reaching(tables, verbs)
        return [
            {"profile": self._named(profile, own), "people": self._count(frozenset({profile}))}
            for profile, own in found.items()
        ]

    def people(self, tables: Sequence[str], verbs: Sequence[Verb]) -> int:
        """How many people hold one of these profile types."""
        return self._count(frozenset(self._reaching(tables, verbs)))

    def _reaching(self, tables: Sequence[str], verbs: Sequence[Verb]) -> dict[int, bool]:
        """The profile types by number; True when they only reach their own rows."""
        found: dict[int, bool] = {}
        for profile, grant in self.grants:
            if grant.verbs & set(verbs) and any(grant.covers(table) for table in tables):
                found[profile] = found.get(profile, True) and grant.reach is Reach.OWN
        return {profile: found[profile] for profile in self.labels if profile in found}

    def _named(self, profile: int, own: bool) -> str:
        label = str(self.labels[profile])
        return gettext("{profile} (their own data only)").format(profile=label) if own else label

    def _count(self, profiles: frozenset[int]) -> int:
        if profiles not in self.counted:
            self.counted[profiles] = self.gate.holders(profiles) if profiles else 0
        return self.counted[profiles]


def holders(gate: Gate) -> Holders:
    """The profile types and their rights, as stored now; none for who may not read them whole."""
    if not all(_shows(gate, table, names) for table, names in READ.items()):
        return Holders(gate, {}, [])
    types = gate.stream(TYPES, Selection(), READ[TYPES])
    ordered = sorted(types, key=lambda row: (row.values["level"], row.id))
    labels = {row.id: Text(row.values["label_fr"], row.values["label_en"]) for row in ordered}
    rows = gate.stream(RIGHTS, Selection(), READ[RIGHTS])
    grants = [
        (
            row.values["profile_type"].id,
            Grant(
                row.values["table_name"],
                _verbs(str(row.values["verbs"])),
                Reach(row.values["reach"]),
            ),
        )
        for row in rows
    ]
    return Holders(gate, labels, grants)


def _shows(gate: Gate, table: str, names: Sequence[str]) -> bool:
    """True when the actor reads these fields, none of them masked."""
    if not gate.can(Verb.READ, table):
        return False
    shown = {spec.name for spec in gate.fields(table)} - gate.masked(table)
    return shown >= set(names)


def _verbs(text: str) -> frozenset[Verb]:
    """The verbs of a right; "*" is all of them, an unknown one is none."""
    named = set(text.split())
    return frozenset(verb for verb in Verb if verb in named or EVERYTHING in named)
