"""Paths: references walked from a table to a person, a structure or a date.

Only the catalog walks them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.declare import SELF, Table
from portal.errors import DeclarationError
from portal.fields import Field

PERSON = "directory.person"
STRUCTURE = "directory.structure"
PERSON_STRUCTURES = "structures"

FieldsByTable = Mapping[str, Mapping[str, Field]]


@dataclass(frozen=True, slots=True)
class Path:
    """References walked from a table.

    `through_attachments` when it ends at the structures of a person.
    """

    steps: tuple[Field, ...]
    through_attachments: bool = False


def walk(table: str, path: str, tables: FieldsByTable) -> tuple[tuple[Field, ...], str]:
    """The references of a dotted path and the name of the table where it ends."""
    steps: list[Field] = []
    where = table
    for name in path.split(".") if path else ():
        step = tables[where].get(name)
        if step is None or not step.target or step.target not in tables:
            raise DeclarationError(
                f"The path '{path}' of '{table}' leads nowhere: "
                f"'{where}' has no reference '{name}'.",
                "References there: "
                + (", ".join(f.name for f in tables[where].values() if f.target) or "none")
                + ".",
            )
        steps.append(step)
        where = step.target
    return tuple(steps), where


def subject_path(table: str, declared: Table, tables: FieldsByTable) -> Path | None:
    """The path to the person of a row; raises DeclarationError when it leads elsewhere."""
    path = declared.subject
    if not path:
        return None
    steps, end = walk(table, "" if path == SELF else path, tables)
    if end != PERSON:
        raise DeclarationError(
            f"The subject path '{path}' of '{table}' ends at '{end}'.",
            f"It must end at '{PERSON}'.",
        )
    return Path(steps)


def structure_path(table: str, declared: Table, tables: FieldsByTable) -> Path | None:
    """The path to the structure of a row; raises DeclarationError when it leads elsewhere."""
    path = declared.structure
    if not path:
        return None
    if path == PERSON_STRUCTURES or path.endswith("." + PERSON_STRUCTURES):
        steps, end = walk(table, path.removesuffix(PERSON_STRUCTURES).rstrip("."), tables)
        if end == PERSON:
            return Path(steps, through_attachments=True)
    else:
        steps, end = walk(table, "" if path == SELF else path, tables)
        if end == STRUCTURE:
            return Path(steps)
    raise DeclarationError(
        f"The structure path '{path}' of '{table}' ends at '{end}'.",
        f"It must end at '{STRUCTURE}', or at 'structures' of a person.",
    )


def attached_paths(table: str, declared: Table, tables: FieldsByTable) -> tuple[Path, ...]:
    """The paths to persons whose account a row is attached to; raises DeclarationError."""
    found = []
    for path in declared.attached:
        steps, end = walk(table, path, tables)
        if end != PERSON:
            raise DeclarationError(
                f"The attachment path '{path}' of '{table}' ends at '{end}'.",
                f"It must end at '{PERSON}'.",
            )
        found.append(Path(steps))
    return tuple(found)
