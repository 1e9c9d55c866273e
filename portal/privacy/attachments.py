"""The attachment rules of every table in words: whose a row is, and who is attached to it."""

from __future__ import annotations

from dataclasses import dataclass

from portal.catalog import CatalogTable, Path
from portal.gate import Gate
from portal.i18n import Label, gettext
from portal.text import fold


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides who reaches the rows of a table: their own, attached ones, a structure's."""

    table: str
    label: Label
    module: Label
    own: str
    structure: str
    attached: tuple[str, ...]


def rules(gate: Gate) -> tuple[Rules, ...]:
    """The rules of the tables that the actor may read, in alphabetical order of their modules."""
    found = [
        Rules(
            table=table.name,
            label=table.label,
            module=gate.catalog.label_of(table.plugin),
            own=_own(table),
            structure=_structure(table),
            attached=_attached(table),
        )
        for table in gate.tables()
    ]
    return tuple(sorted(found, key=lambda rule: (fold(str(rule.module)), fold(str(rule.label)))))


def _own(table: CatalogTable) -> str:
    if table.subject is None:
        return ""
    if not table.subject.steps:
        return gettext("The person themselves")
    return _path(table.subject)


def _structure(table: CatalogTable) -> str:
    path = table.structure
    if path is None:
        return ""
    if not path.through_attachments:
        return _path(path) if path.steps else gettext("The structure itself")
    if not path.steps:
        return gettext("Structures where the person is attached")
    return gettext("Structures where this person is attached: {path}").format(path=_path(path))


def _attached(table: CatalogTable) -> tuple[str, ...]:
    paths = [_path(path) for path in table.attached]
    return (*paths, *(str(rule.label) for rule in table.attachments))


def _path(path: Path) -> str:
    """The references of a path by their labels: "Resource › Person in charge"."""
    return " › ".join(str(step.label) for step in path.steps)
