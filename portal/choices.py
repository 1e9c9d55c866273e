"""The choices of every typed list, kept in the process.

They are read again when the catalog version changes.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.choice import Choice
from portal.errors import Invalid
from portal.fieldtypes import Reference
from portal.i18n import Text, _
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
        for option in sorted(options, key=lambda o: (o.position, fold(str(o.label)))):
            self._lists.setdefault(option.list_name, []).append(option)

    def of(self, list_name: str) -> list[Option]:
        """The choices of a list, in order; unavailable ones too."""
        return self._lists.get(list_name, [])

    def find(self, list_name: str, value: str) -> Option:
        """The choice by its slug or id; raises Invalid naming the slugs that exist."""
        found = self._by_slug.get((list_name, value))
        if found is None and value.isdecimal() and len(value) < 19:
            found = self.by_id.get(int(value))
        if found is None or found.list_name != list_name:
            known = ", ".join(option.slug for option in self.of(list_name)[:20])
            raise Invalid(
                _("'{value}' is not a choice of this list.").format(value=value[:40]),
                _("Known: {known}.").format(known=known),
            )
        return found


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
