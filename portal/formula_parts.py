"""What a formula is made of: parts that have a value; see `portal.formulas`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn

from portal.errors import Invalid
from portal.formula_filters import Filter, Linked, compared, limited, text_of, truth
from portal.i18n import Label, _


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a formula; both counted from 1."""

    line: int
    column: int


def refuse(place: Place, what: Label, remedy: object = "") -> NoReturn:
    """Raise Invalid with the place of what is wrong."""
    raise Invalid(
        _("Line {line}, column {column}: {what}.").format(
            line=place.line, column=place.column, what=what
        ),
        remedy,
    )


class Node:
    """A part of a formula that has a value."""

    def value(self, values: Mapping[str, Any]) -> Any:
        """The value of this part."""
        raise NotImplementedError

    def parts(self) -> tuple[Node, ...]:
        """The parts that it is made of."""
        return ()

    def names(self) -> Iterator[Name]:
        """Every name in it, in order."""
        for part in self.parts():
            yield from part.names()

    def text(self, values: Mapping[str, Any]) -> str:
        """The value as a text."""
        return text_of(self.value(values))


@dataclass(frozen=True, slots=True)
class Constant(Node):
    """A text or number as it stands."""

    held: Any

    def value(self, values: Mapping[str, Any]) -> Any:
        return self.held


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A variable, and an attribute of what it refers to."""

    path: str
    place: Place

    def value(self, values: Mapping[str, Any]) -> Any:
        name, _dot, attribute = self.path.partition(".")
        if name not in values:
            refuse(self.place, _("there is no variable “{name}”").format(name=name[:60]))
        found = values[name]
        if not attribute or found is None:
            return found
        if not isinstance(found, Linked) or attribute not in found.values:
            refuse(self.place, _("there is no variable “{name}”").format(name=self.path[:60]))
        return found.values[attribute]

    def names(self) -> Iterator[Name]:
        yield self


@dataclass(frozen=True, slots=True)
class Joined(Node):
    """Parts one after the other."""

    held: tuple[Node, ...]

    def value(self, values: Mapping[str, Any]) -> str:
        return limited("".join(part.text(values) for part in self.held))

    def parts(self) -> tuple[Node, ...]:
        return self.held


@dataclass(frozen=True, slots=True)
class Choice(Node):
    """One part or another, as a condition holds."""

    condition: Node
    then: Node
    otherwise: Node

    def value(self, values: Mapping[str, Any]) -> Any:
        chosen = self.then if truth(self.condition.value(values)) else self.otherwise
        return chosen.value(values)

    def parts(self) -> tuple[Node, ...]:
        return (self.condition, self.then, self.otherwise)


@dataclass(frozen=True, slots=True)
class Logic(Node):
    """`and`, `or` (which give one of their sides) and `not`."""

    word: str
    left: Node
    right: Node

    def value(self, values: Mapping[str, Any]) -> Any:
        first = self.left.value(values)
        if self.word == "not":
            return not truth(first)
        return first if truth(first) is (self.word == "or") else self.right.value(values)

    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Comparison(Node):
    """Two values beside each other; what cannot be compared as it is is compared as text."""

    sign: str
    left: Node
    right: Node

    def value(self, values: Mapping[str, Any]) -> bool:
        return compared(self.sign, self.left.value(values), self.right.value(values))

    def parts(self) -> tuple[Node, ...]:
        return (self.left, self.right)


@dataclass(frozen=True, slots=True)
class Filtered(Node):
    """A value through a filter, whose arguments are constants."""

    held: Node
    filter: Filter
    arguments: tuple[Any, ...]

    def value(self, values: Mapping[str, Any]) -> Any:
        found = self.filter.act(self.held.value(values), *self.arguments)
        return limited(found) if isinstance(found, str) else found

    def parts(self) -> tuple[Node, ...]:
        return (self.held,)


NOTHING = Constant("")
