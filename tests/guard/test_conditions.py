"""Each condition of the gate is defended: without it, a cell of the leak matrix is wrong."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from peewee import IntegrityError, Value

from portal import codes, grants, past_values, reaches
from portal.declare import Reach
from portal.erasing import Eraser
from portal.reading import Reader
from portal.writer import Writer
from tests import channels
from tests.canaries import World, canary_world
from tests.channels import ACTOR_NAMES

TRUE = Value(1) == Value(1)
Patch = Callable[[pytest.MonkeyPatch], None]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Give a portal full of canaries; the channels only read it, or undo what they write."""
    home = tmp_path_factory.mktemp("canaries")
    with canary_world(home, f"sqlite:///{home / 'greffe.db'}") as made:
        yield made


def everything(*_given: Any, **_named: Any) -> Any:
    """A condition that every row meets."""
    return TRUE


def no_condition(*_given: Any, **_named: Any) -> None:
    """No condition at all."""


def yes(*_given: Any, **_named: Any) -> bool:
    """Always so."""
    return True


def no(*_given: Any, **_named: Any) -> bool:
    """Never so."""
    return False


def replaced(owner: Any, name: str, by: Any) -> Patch:
    """A condition of a module or a class in place of which stands another one."""
    return lambda patch: patch.setattr(owner, name, by)


def reach(of: Reach) -> Patch:
    """A reach that gives every row."""
    return lambda patch: patch.setitem(reaches.REACHES, of, everything)


def reference_unscoped(
    self: Reader, alias: Any, field: Any, target: grants.Scope, other: Any
) -> Any:
    """A reference joined without the reach of the row that it names."""
    return getattr(alias, field.name) == other.id


def any_field(self: Reader, name: str) -> Any:
    """A field that one may use because it exists."""
    return self.table.fields[name]


def raw_value(self: grants.Scope, alias: Any, field: Any, *, key: bool = False) -> Any:
    """A value on every row, whoever reads."""
    return getattr(alias, field.order_column if key else field.name)


def every_group(self: grants.Scope, fields: tuple[str, ...]) -> Any:
    """Every field searched for every right."""
    return [(self.grants, fields)]


CONDITIONS: dict[str, tuple[Patch, str, str]] = {
    # rows
    "within reach": (
        replaced(grants, "within_reach", no_condition),
        "of another structure",
        "list",
    ),
    "not archived": (replaced(grants, "not_archived", no_condition), "with everything", "list"),
    "not restricted": (replaced(grants, "not_restricted", no_condition), "with everything", "list"),
    "wholly within": (
        replaced(grants, "wholly_within", no_condition),
        "of another structure",
        "erase",
    ),
    "history of readable": (
        replaced(grants, "history_of_readable", no_condition),
        "with fields withheld",
        "list",
    ),
    "own rows": (reach(Reach.OWN), "over own rows", "list"),
    "attached rows": (reach(Reach.ATTACHED), "over attached rows", "list"),
    "rows of a structure": (reach(Reach.STRUCTURE), "of another structure", "list"),
    "still attached": (
        replaced(reaches, "still_attached", everything),
        "of the structure above",
        "list",
    ),
    "still attached, to erase": (
        replaced(grants, "still_attached", lambda *_: Value(1) == Value(0)),
        "of another structure",
        "erase",
    ),
    "conditions of a right": (
        replaced(reaches, "conditions_met", no_condition),
        "under a condition",
        "list",
    ),
    "protected rows open with a reason only": (
        replaced(grants, "opens_protected", yes),
        "with everything",
        "list",
    ),
    "restrictions that one may learn of": (
        replaced(grants, "rows_told", no_condition),
        "who discloses in one structure",
        "erase",
    ),
    "codes of row held": (
        replaced(grants, "codes_of_row_held", no_condition),
        "with everything",
        "list",
    ),
    "every code of a row": (
        replaced(codes, "opens_rows", yes),
        "who holds one access code",
        "list",
    ),
    # fields
    "code of a field held": (replaced(grants, "code_held", yes), "with everything", "list"),
    "a code of a masked field": (
        replaced(grants, "code_held", yes),
        "with masked fields",
        "filter",
    ),
    "readable": (replaced(grants, "readable", yes), "with fields withheld", "list"),
    "unmasked": (replaced(grants, "unmasked", yes), "with masked fields", "list"),
    "disclosed": (replaced(grants, "disclosed", yes), "with everything", "one"),
    "secret": (replaced(grants, "kept_secret", no), "with everything", "list"),
    "shown on its own rows": (
        replaced(grants.Scope, "shown_on_all", yes),
        "with two profiles",
        "list",
    ),
    "value where it is shown": (
        replaced(grants.Scope, "value", raw_value),
        "with two profiles",
        "filter",
    ),
    "former values that are shown": (
        replaced(past_values, "shows", yes),
        "with the other fields withheld",
        "history",
    ),
    # asking
    "fields that may be asked": (
        replaced(Reader, "shown", any_field),
        "with fields withheld",
        "filter",
    ),
    "words of shown fields": (
        replaced(grants.Scope, "groups", every_group),
        "with two profiles",
        "search",
    ),
    "target of a filter in reach": (
        replaced(Reader, "visible_target", everything),
        "of the structure above",
        "filter",
    ),
    "title of a reference in reach": (
        replaced(Reader, "reachable", reference_unscoped),
        "of the structure above",
        "list",
    ),
    "order of shown titles": (
        replaced(Reader, "title_shown", yes),
        "with two profiles",
        "order of titles",
    ),
    # writing
    "targets in reach": (
        replaced(Writer, "_targets", no_condition),
        "of the structure above",
        "create",
    ),
    "a new row in reach": (
        replaced(Writer, "_still_within", no_condition),
        "of the structure above",
        "create beyond",
    ),
    "fields that people write": (
        replaced(grants, "kept_by_portal", no),
        "with everything",
        "update",
    ),
    "fields that the right names": (
        replaced(grants, "named_writable", yes),
        "who writes one field",
        "update",
    ),
    "to erase, what is seen": (
        replaced(
            Eraser,
            "_selected",
            lambda self, table, rows, erasing: Reader(erasing, self._reading).every_id(rows, 1000),
        ),
        "who reads less than they export or erase",
        "erase",
    ),
}
"""Each condition, how it is taken away, and the actor and the channel that defend it."""


def wrong(world: World, actor: str, channel: str) -> list[str]:
    """What is wrong in a cell; to break down is wrong too."""
    try:
        return channels.run(world, actor, channel).wrong
    except (AttributeError, TypeError, StopIteration, IntegrityError) as error:
        return [repr(error)]


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_gate_without_the_condition_is_caught(
    world: World, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    take_away, actor, channel = CONDITIONS[condition]
    take_away(monkeypatch)
    assert wrong(world, actor, channel)


def test_every_condition_of_rows_has_a_cell() -> None:
    taken = {clause.__name__.replace("_", " ") for clause in grants.row_clauses()}
    assert taken <= set(CONDITIONS)


def test_every_actor_named_here_is_one_of_the_matrix() -> None:
    assert {actor for _p, actor, _c in CONDITIONS.values()} <= set(ACTOR_NAMES)
