"""The circumstances of a query, which every condition of the gate may look at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from portal.actor import Actor
from portal.catalog import Catalog
from portal.codes import NONE, Codes
from portal.structure import Tree


@dataclass(frozen=True, slots=True)
class World:
    """The circumstances of a query: who, on which day, over which catalog and tree of structures.

    `disclosing`: protected rows are opened; `restrictions`: at least one restriction is in force;
    `codes`: the access codes that are set on fields and records.
    """

    actor: Actor
    today: date
    catalog: Catalog
    tree: Tree
    disclosing: bool = False
    restrictions: bool = False
    codes: Codes = NONE
