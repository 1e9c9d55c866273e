"""Who acts: an account with the grants of this request, or a named process.

A gate without an actor cannot be built.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal import privileges
from portal.declare import Reach, Verb

EVERYTHING = "*"
JOURNAL = "journal."


@dataclass(frozen=True, slots=True)
class Condition:
    """A comparison that a grant adds.

    The row's `field` must match (operators are those of the filters).
    """

    field: str
    operator: str
    value: str


@dataclass(frozen=True, slots=True)
class Grant:
    """What a profile type allows on one table (or on all: "*").

    `readable`, `writable` and `masked` are names of fields; "*" in the first two means all of them.
    `zones` are the structures below which a reach "structure" holds.
    """

    table: str
    verbs: frozenset[Verb]
    reach: Reach
    readable: frozenset[str] = frozenset({EVERYTHING})
    writable: frozenset[str] = frozenset({EVERYTHING})
    masked: frozenset[str] = frozenset()
    zones: frozenset[int] = frozenset()
    conditions: tuple[Condition, ...] = ()
    profile: str = ""
    journal: bool = False

    def covers(self, table: str) -> bool:
        """True when the grant speaks of `table`.

        By its name, its module ("accounting.*") or the wildcard.

        The wildcard does not contain the journal: who reads it must hold a grant that names it, or
        one that a setting opened (`journal`).
        """
        return covers(self.table, table) or (self.journal and table.startswith(JOURNAL))


def covers(named: str, table: str) -> bool:
    """True when a right that names `named` speaks of `table`."""
    if named == EVERYTHING:
        return not table.startswith(JOURNAL)
    if named.endswith(".*"):
        return table.startswith(named[:-1])
    return named == table


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from.

    Address, whether it is routable, kind of client, and the request's own number.
    """

    address: str = ""
    routable: bool = False
    client: str = "process"
    request: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """The one who acts.

    `account` is None for a process of the portal, which is then named by `name`.

    `session` is the number of the session that spoke, `language` what the account chose ("" for
    none), `configuration` the version of the configuration at that moment (0 outside a session),
    `codes` the numbers of the access codes that the account holds, `level` the strongest of its
    profile types (0 to 99, 0 is the strongest; 100 without one), `roles` how many profile types the
    account holds, of which the session may use one alone. `keeps` names tables ("privacy.request")
    whose kept fields (states, dates of acts) a use of the portal writes in this actor's name.
    """

    name: str
    grants: tuple[Grant, ...]
    account: int | None = None
    person: int | None = None
    profiles: tuple[str, ...] = ()
    origin: Origin = Origin()
    staff: bool = False
    session: int | None = None
    language: str = ""
    configuration: int = 0
    privileges: frozenset[str] = frozenset()
    field_numbers: bool = False
    codes: frozenset[int] = frozenset()
    level: int = 100
    roles: int = 0
    keeps: frozenset[str] = frozenset()

    def may(self, privilege: str) -> bool:
        """True when the actor holds a privilege, which opens pages that are no table."""
        return privilege in self.privileges


def process(name: str) -> Actor:
    """The portal acting by itself (command line, job without an account, demo data).

    Every table, under that name.
    """
    return Actor(
        name=name,
        grants=(Grant(EVERYTHING, frozenset(Verb), Reach.ALL, profile=name),),
        staff=True,
        privileges=privileges.EVERY,
    )
