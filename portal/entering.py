"""Where new rows enter: a person lies in a structure by an attachment, made with the person.

A form makes it below the person; a file names it in a column, or on the page that it is sent to.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from portal import row_rules
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.fields import Field
from portal.paths import PERSON_STRUCTURES
from portal.paths import STRUCTURE as TREE

if TYPE_CHECKING:
    from portal.gate import Gate
    from portal.writer import Writer

ATTACHMENT = "directory.attachment"
PERSON, STRUCTURE = "person", "structure"
HOME = PERSON_STRUCTURES
"""The name of the structure among the values of a new row, and of its column in a file."""


def enters(table: CatalogTable) -> bool:
    """True for a table whose rows lie in structures by attachments of their own."""
    path = table.structure
    return path is not None and path.through_attachments and not path.steps


def home_of(gate: Gate, table: CatalogTable) -> Field | None:
    """The structure that new rows enter, as a field; None for a table or actor without one."""
    if not enters(table) or not gate.can(Verb.CREATE, ATTACHMENT):
        return None
    written = {field.name: field for field in gate.fields(ATTACHMENT, Verb.CREATE)}
    if not {PERSON, STRUCTURE} <= set(written) or not gate.can(Verb.READ, TREE):
        return None
    return replace(written[STRUCTURE], name=HOME, required=False)


def usual_home(gate: Gate, table: str = ATTACHMENT) -> int:
    """The one structure where this actor adds rows of a table; 0 where there is a choice."""
    scope = gate.scope(table, Verb.CREATE)
    zones = {zone for grant in scope.grants for zone in grant.zones}
    return 0 if scope.whole or len(zones) != 1 else zones.pop()


def attach(writer: Writer, homes: Mapping[int, int]) -> list[int]:
    """Attach new persons to structures, by their numbers; the numbers of the attachments.

    Raises Forbidden or Invalid as the gate does.
    """
    if not homes:
        return []
    scope, names = writer._allowed(ATTACHMENT, Verb.CREATE), {PERSON, STRUCTURE}
    writer._writable(scope, names, scope.grants)
    pairs = [{PERSON: person, STRUCTURE: structure} for person, structure in homes.items()]
    stored = [writer._new(scope.table, pair, 0, 1) for pair in pairs]
    places = [{STRUCTURE: structure} for structure in sorted(set(homes.values()))]
    writer._targets(scope.table, places, {})
    ids = writer.store(scope.table, stored)
    writer._still_within(scope, ids, names)
    row_rules.require(writer.gate.catalog, ATTACHMENT, ids, new=True)
    return ids
