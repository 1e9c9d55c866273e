"""The choices of every typed list, kept in the process.

They are read again when the catalog version changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from portal.choice import Choice
from portal.errors import Invalid
from portal.fieldtypes import Reference
from portal.i18n import Text, _, current_language
from portal.text import fold


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: its row's id, its list, slug, label, and whether forms still offer it."""

    id: int
    list_name: str
    slug: str
    label: Text
    available: bool
    position: int
    parent: int | None
    comment: str

    @property
    def reference(self) -> Reference:
        """The choice as the value of a row."""
        return Reference(self.id, self.label)


class Choices:
    """Every choice of one moment, by id and by list."""

    def __init__(self, options: tuple[Option, ...] = (), version: int = -1) -> None:
        self.version = version
        self.by_id = {option.id: option for option in options}
        self._by_slug = {(option.list_name, option.slug): option for option in options}
        self._lists: dict[str, list[Option]] = {}
        for option in options:
            self._lists.setdefault(option.list_name, []).append(option)
        self._ordered: dict[tuple[str, str], list[Option]] = {}

    def of(self, list_name: str) -> list[Option]:
        """The choices of a list, unavailable ones too: by number, then by label."""
        key = (current_language(), list_name)
        if key not in self._ordered:
            self._ordered[key] = sorted(
                self._lists.get(list_name, []), key=lambda o: (o.position, fold(str(o.label)), o.id)
            )
        return self._ordered[key]

    def tree(self, list_name: str) -> list[tuple[Option, int]]:
        """The choices of a list, each below its parent, with its depth (0 at the top)."""
        return list(_tree(self.of(list_name)))

    def offered(self, list_name: str, chosen: int | None = None) -> list[tuple[Option, int]]:
        """What a form offers: the available choices in their tree, and the one that is set."""
        kept = [o for o in self.of(list_name) if o.available or o.id == chosen]
        return list(_tree(kept))

    def below(self, id: int) -> frozenset[int]:
        """A choice and all that stand below it."""
        found = {id}
        option = self.by_id.get(id)
        if option is None:
            return frozenset(found)
        for other, _depth in self.tree(option.list_name):
            if other.parent in found:
                found.add(other.id)
        return frozenset(found)

    def find(self, list_name: str, value: str) -> Option:
        """The choice by its slug or id; raises Invalid naming the slugs that exist."""
        found = self._by_slug.get((list_name, value))
        return self.numbered(list_name, value) if found is None else found

    def numbered(self, list_name: str, value: str) -> Option:
        """The choice by its id alone; raises Invalid naming the slugs that exist."""
        found = None
        if value.isascii() and value.isdecimal() and len(value) < 19:
            found = self.by_id.get(int(value))
        if found is None or found.list_name != list_name:
            known = ", ".join(option.slug for option in self.of(list_name)[:20])
            raise Invalid(
                _("'{value}' is not a choice of this list.").format(value=value[:40]),
                _("Known: {known}.").format(known=known),
            )
        return found


def _tree(options: Iterable[Option]) -> Iterator[tuple[Option, int]]:
    """Each option below its parent; one whose parent is not among them stands at the top."""
    kept = list(options)
    known = {option.id for option in kept}
    below: dict[int | None, list[Option]] = {}
    for option in kept:
        below.setdefault(option.parent if option.parent in known else None, []).append(option)
    waiting = [(option, 0) for option in reversed(below.get(None, []))]
    while waiting:
        option, depth = waiting.pop()
        yield option, depth
        waiting += [(child, depth + 1) for child in reversed(below.get(option.id, []))]


_current = Choices()


def current() -> Choices:
    """The choices as last read."""
    return _current


def refresh(version: int) -> Choices:
    """Read the choices again when the catalog version is another one (one query)."""
    global _current
    if _current.version != version:
        rows = Choice.select(
            Choice.id,
            Choice.list_name,
            Choice.slug,
            Choice.label_fr,
            Choice.label_en,
            Choice.available,
            Choice.position,
            Choice.parent,
            Choice.comment,
        ).tuples()
        _current = Choices(
            tuple(
                Option(id, name, slug, Text(fr, en), bool(available), position, parent, comment)
                for id, name, slug, fr, en, available, position, parent, comment in rows
            ),
            version,
        )
    return _current
