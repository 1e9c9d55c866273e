"""Any actor over any tree of structures sees what plain Python says, and nothing else."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portal import structure
from portal.actor import Actor, Condition, Grant
from portal.builtin.directory import Attachment, Structure
from portal.database import is_sqlite
from portal.declare import Reach, Verb
from tests import channels
from tests.canaries import FUTURE, PAST, PEOPLE, World
from tests.oracle import Oracle

TABLES = (
    "directory.person",
    "directory.attachment",
    "directory.structure",
    "accounts.account",
    "history.change",
    "members.validity",
    "bookings.resource",
    "bookings.booking",
    "activities.training",
    "accounting.entry",
)
CHANNELS = ("list", "page beside a row", "search", "count", "many", "stream", "erase", "history")
EXAMPLES = {"sqlite": 150, "postgresql": 40}
ASKED_AT_ONCE = 3
FIELDS = (
    "last_name", "first_name", "birth_date", "email", "city", "person", "structure", "instructor",
    "resource", "comment", "number", "medical_class", "label", "day", "debit", "old", "new",
    "field", "row", "login", "name", "manager", "starts_on", "ledger_account", "started_on",
)  # fmt: skip


def some(names: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    """Some of these names."""
    return st.frozensets(st.sampled_from(names), max_size=len(names))


@st.composite
def grants(draw: st.DrawFn) -> dict[str, Any]:
    """A right in words; its zones are places in the tree, its condition is about a person."""
    return {
        "table": draw(
            st.sampled_from(("*", "*", "directory.*", "activities.*", "directory.person"))
        ),
        "verbs": frozenset({Verb.READ, *draw(st.frozensets(st.sampled_from(list(Verb))))}),
        "reach": draw(st.sampled_from(list(Reach))),
        "readable": draw(st.one_of(st.just(frozenset({"*"})), some(FIELDS))),
        "masked": draw(st.one_of(st.just(frozenset()), some(FIELDS))),
        "zones": draw(st.frozensets(st.sampled_from(("root", "A", "A1", "B")), max_size=2)),
        "city_of": draw(st.sampled_from((None, None, None, "other", "peer"))),
    }


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    """Who asks with which rights, in which tree, and who is attached where, still or no more."""
    return {
        "grants": draw(st.lists(grants(), min_size=1, max_size=3)),
        "person": draw(st.sampled_from((*PEOPLE, None))),
        "reason": draw(st.booleans()),
        "codes": draw(st.frozensets(st.sampled_from(("files", "vault")))),
        "tree": draw(st.sampled_from(("as it is", "flat", "chain", "B below A", "A below B"))),
        "moves": draw(
            st.lists(
                st.tuples(
                    st.integers(0, 30), st.sampled_from(("root", "A", "A1", "B")), st.booleans()
                ),
                max_size=5,
            )
        ),
        "channel": draw(st.sampled_from(CHANNELS)),
        "tables": draw(st.frozensets(st.sampled_from(TABLES), min_size=1, max_size=ASKED_AT_ONCE)),
    }


PARENTS = {
    "as it is": {},
    "flat": {"A1": "root"},
    "chain": {"B": "A1"},
    "B below A": {"B": "A"},
    "A below B": {"A": "B"},
}


def arrange(world: World, situation: dict[str, Any]) -> None:
    """Move structures and attachments; to be undone."""
    for child, parent in PARENTS[situation["tree"]].items():
        moved = Structure.update(parent=world.structures[parent])
        moved.where(Structure.id == world.structures[child]).execute()
    structure._current = structure.repath()
    attachments = sorted(world.rows["directory.attachment"])
    for number, where, ended in situation["moves"]:
        moved = Attachment.update(
            structure=world.structures[where], ends_on=PAST if ended else FUTURE
        )
        moved.where(Attachment.id == attachments[number % len(attachments)]).execute()
    world.read()


def actor_of(world: World, situation: dict[str, Any]) -> Actor:
    """The one who asks."""
    person = situation["person"]
    return Actor(
        "anyone",
        tuple(_grant(world, words) for words in situation["grants"]),
        account=999_999,
        person=None if person is None else world.person(person),
        codes=frozenset(world.codes[slug] for slug in situation["codes"]),
    )


def _grant(world: World, words: dict[str, Any]) -> Grant:
    conditions: tuple[Condition, ...] = ()
    if words["city_of"]:
        conditions = channels.only("city", world, words["city_of"])
    return Grant(
        words["table"],
        words["verbs"],
        words["reach"],
        readable=words["readable"],
        masked=words["masked"],
        zones=frozenset(world.structures[name] for name in words["zones"]),
        conditions=conditions,
    )


def test_any_actor_sees_what_plain_python_says(world: World) -> None:
    kept = structure.current()

    @settings(
        max_examples=EXAMPLES["sqlite" if is_sqlite() else "postgresql"],
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(situations())
    def holds(situation: dict[str, Any]) -> None:
        try:
            with channels.undone():
                arrange(world, situation)
                oracle = Oracle(world, actor_of(world, situation), reason=situation["reason"])
                cell = channels.run_as(oracle, situation["channel"], situation["tables"])
                assert cell.wrong == []
        finally:
            structure._current = kept
            world.read()

    holds()
