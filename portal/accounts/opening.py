"""A new account in one act: its person, the account, its profile types, its password or its link.

Nothing of it stands before everything does: it is one transaction.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal.accounts import profiles
from portal.accounts.profiles import ACCOUNT
from portal.catalog import PERSON
from portal.database import transaction
from portal.gate import Gate

ATTACHMENT = "directory.attachment"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an account is made of.

    `person` is in the directory already, or `new_person` are the values of one to be created, who
    is attached to `structure`. `hashed` is the hash of a password that was checked, "" for none;
    `profiles` are pairs of a profile type and a zone (or None), by their numbers.
    """

    values: Mapping[str, Any]
    person: int | None = None
    new_person: Mapping[str, Any] = field(default_factory=dict)
    structure: int | None = None
    hashed: str = ""
    profiles: Sequence[tuple[int, int | None]] = ()


def open_account(gate: Gate, new: NewAccount) -> int:
    """Create an account and all that belongs to it; its number.

    Raises Invalid or Forbidden as the gate does; then nothing is stored.
    """
    with transaction():
        person = new.person or _person(gate, new)
        account = gate.create(ACCOUNT, {**new.values, "person": person, "active": True})
        gate.create_many(
            "accounts.holding",
            [{"account": account, "profile_type": p, "zone": zone} for p, zone in new.profiles],
        )
        if new.hashed:
            profiles.keep_hash(gate.actor.origin, account, new.hashed)
    return account


def _person(gate: Gate, new: NewAccount) -> int:
    attached = [{"structure": new.structure}] if new.structure else []
    return gate.create(PERSON, new.new_person, {ATTACHMENT: attached} if attached else {})
