"""What an account did last, from the journal.

Shown to its own person, through a right that reads nobody else's.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime

from portal.actor import Actor, Condition, Grant
from portal.channels import KIND_LABELS, Channel, Kind
from portal.declare import Reach, Verb
from portal.gate import Gate
from portal.i18n import Label
from portal.rows import Selection

ENTRY = "journal.entry"
READ_BACK = 100
CHANGES = frozenset(
    str(kind)
    for kind in (
        Kind.CREATE,
        Kind.UPDATE,
        Kind.DELETE,
        Kind.ANONYMISE,
        Kind.RESTRICT,
        Kind.PURGE,
        Kind.DOCUMENT,
        Kind.ACCESS_DOCUMENT,
        Kind.REGISTER_EXPORT,
        Kind.DIRECTORY_EXPORT,
    )
)


@dataclass(frozen=True, slots=True)
class LastAct:
    """An act of the account: when (UTC), what, on which table, how many rows.

    The person when there is one only.
    """

    at: datetime
    kind: Label
    table: str
    rows: int
    person: int | None


def last_acts(actor: Actor, most: int = 8) -> list[LastAct]:
    """The latest changes, documents and exports of the actor's own account, the newest first."""
    if actor.account is None:
        return []
    own = Grant(
        ENTRY,
        frozenset({Verb.READ}),
        Reach.ALL,
        readable=frozenset({"at", "account", "kind", "table_name", "row_count", "persons"}),
        conditions=(Condition("account", "equals", str(actor.account)),),
    )
    gate = Gate(replace(actor, grants=(own,)), Channel.JOURNAL)
    selection = Selection(sort="at", descending=True, page_size=READ_BACK)
    page = gate.list(ENTRY, selection, ["at", "kind", "table_name", "row_count", "persons"])
    found = []
    for row in page.rows:
        if row.values["kind"] in CHANGES:
            persons = json.loads(row.values["persons"] or "[]")
            found.append(
                LastAct(
                    row.values["at"],
                    KIND_LABELS[Kind(row.values["kind"])],
                    row.values["table_name"],
                    row.values["row_count"],
                    persons[0] if len(persons) == 1 else None,
                )
            )
    return found[:most]
