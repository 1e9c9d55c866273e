"""Typed lists as an administrator meets them: by module, in order, each choice in its tree.

Rows are read and written through the gate: a right may let somebody keep one list only.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from portal import choice_lists, choices, list_fields
from portal.choice_lists import CHOICE, KnownList
from portal.database import transaction
from portal.errors import NotFound
from portal.fields import Field
from portal.fieldtypes import ChoiceType, Reference
from portal.gate import Gate
from portal.i18n import Label, Text, _
from portal.rows import Filter, Row, Selection
from portal.text import fold

STEP = 10
"""Between the numbers of two choices that stand in order, so that one fits between them."""
FORM_FIELDS = ("label_fr", "label_en", "slug", "parent", "comment", "available", "position")


@dataclass(frozen=True, slots=True)
class Line:
    """A choice of a list as a page shows it."""

    row: Row
    depth: int
    first: bool
    last: bool

    @property
    def available(self) -> bool:
        """Whether forms still offer it."""
        return bool(self.row.values.get("available", True))


@dataclass(frozen=True, slots=True)
class ListCount:
    """A list with the number of its choices, and of those that forms offer."""

    known: KnownList
    choices: int
    available: int


@dataclass(frozen=True, slots=True)
class Group:
    """The lists of a module, or those that the modules share."""

    label: Label
    lists: tuple[ListCount, ...]


def groups(gate: Gate) -> tuple[Group, ...]:
    """Every list in reach by module, the shared ones first; each group by label."""
    counts: dict[str, tuple[int, int]] = {}
    for row in gate.stream(CHOICE, Selection(), ["list_name", "available"]):
        name = str(row.values["list_name"])
        whole, offered = counts.get(name, (0, 0))
        counts[name] = (whole + 1, offered + bool(row.values["available"]))
    found: dict[str, list[ListCount]] = {}
    for known in choice_lists.lists(gate.catalog).values():
        module = "" if is_common(gate, known) else known.plugin
        found.setdefault(module, []).append(ListCount(known, *counts.get(known.name, (0, 0))))
    made = [
        Group(
            gate.catalog.label_of(module) if module else _("Common"),
            tuple(sorted(lists, key=lambda one: fold(str(one.known.label)))),
        )
        for module, lists in found.items()
        if module
    ]
    made.sort(key=lambda group: fold(str(group.label)))
    common = sorted(found.get("", ()), key=lambda one: fold(str(one.known.label)))
    return (*((Group(_("Common"), tuple(common)),) if common else ()), *made)


def is_common(gate: Gate, known: KnownList) -> bool:
    """True for a list of the core, one declared as shared, one that several modules use."""
    if known.declared.common:
        return True
    core = {loaded.name for loaded in gate.catalog.plugins if loaded.origin == "core"}
    used = {gate.catalog.table(field.table).plugin for field in known.uses} | {known.plugin}
    return known.plugin in core or len(used) > 1


# --- one list


def of_list(name: str) -> Selection:
    """The choices of one list."""
    return Selection(filters=(Filter("list_name", "equals", name),))


def lines(gate: Gate, name: str) -> list[Line]:
    """The choices of a list in reach, in order, each below its parent."""
    rows = {row.id: row for row in gate.stream(CHOICE, of_list(name))}
    tree = [(o, depth) for o, depth in choices.current().tree(name) if o.id in rows]
    siblings: dict[int | None, list[int]] = {}
    for option, _depth in tree:
        siblings.setdefault(option.parent, []).append(option.id)
    return [
        Line(
            rows[option.id],
            depth,
            siblings[option.parent][0] == option.id,
            siblings[option.parent][-1] == option.id,
        )
        for option, depth in tree
    ]


def one(gate: Gate, name: str, id: int) -> Row:
    """A choice of this list. Raises NotFound for one of another list too."""
    row = gate.one(CHOICE, id)
    if row.values.get("list_name") != name:
        raise NotFound(_("There is no such row here."))
    return row


def form_fields(known: KnownList, fields: Iterable[Field], *, new: bool) -> list[Field]:
    """What the form of a choice asks, in order: the parent as a choice of the same list."""
    by_name = {field.name: field for field in fields}
    asked = []
    for name in (*FORM_FIELDS, *list_fields.names(known.name, known.declared.fields)):
        field = by_name.get(name)
        if field is None or (name == "slug" and not new):
            continue
        if name == "parent":
            if not known.declared.hierarchical:
                continue
            field = replace(field, type=ChoiceType(list_name=known.name), target="")
        asked.append(field)
    return asked


def next_position(lines: Sequence[Line]) -> int:
    """The number of a choice that comes last."""
    return max((_position(line.row) for line in lines), default=0) + STEP


def reorder(gate: Gate, name: str, wanted: Mapping[int, int]) -> int:
    """Give choices their numbers; how many changed. Raises NotFound, Forbidden or Conflict."""
    rows = {line.row.id: line.row for line in lines(gate, name)}
    changed = 0
    with transaction():
        for id, position in wanted.items():
            if id not in rows:
                raise NotFound(_("There is no such row here."), _("It may have been erased."))
            if _position(rows[id]) != position:
                gate.update(CHOICE, id, {"position": position}, rows[id].version)
                changed += 1
    return changed


def move(gate: Gate, name: str, id: int, *, up: bool) -> int:
    """Let a choice change places with its neighbour below the same parent; how many changed."""
    shown = lines(gate, name)
    moved = next((line for line in shown if line.row.id == id), None)
    if moved is None:
        raise NotFound(_("There is no such row here."), _("It may have been erased."))
    beside = [line.row for line in shown if _parent(line.row) == _parent(moved.row)]
    at = beside.index(moved.row)
    other = at - 1 if up else at + 1
    if not 0 <= other < len(beside):
        return 0
    beside[at], beside[other] = beside[other], beside[at]
    return reorder(gate, name, {row.id: (n + 1) * STEP for n, row in enumerate(beside)})


def set_available(gate: Gate, name: str, id: int, *, available: bool) -> None:
    """Let forms offer a choice, or not any more."""
    row = one(gate, name, id)
    gate.update(CHOICE, id, {"available": available}, row.version)


def _position(row: Row) -> int:
    value = row.values.get("position")
    return value if isinstance(value, int) else 0


def _parent(row: Row) -> int | None:
    value = row.values.get("parent")
    return value.id if isinstance(value, Reference) else None


def label_of(row: Row) -> str:
    """What a choice is called in the reader's language, as far as they may read it."""
    french, english = row.values.get("label_fr"), row.values.get("label_en")
    if isinstance(french, str) and isinstance(english, str):
        return str(Text(french, english))
    return row.title


def below(id: int) -> frozenset[int]:
    """A choice and those that stand below it."""
    return choices.current().below(id)
