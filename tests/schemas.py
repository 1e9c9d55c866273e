"""Tables as the catalog would give them, for tests of the schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module

from portal import declare
from portal.builtin.directory import Person
from portal.i18n import Text
from portal.models import BareModel
from portal.plugins import CORE


@dataclass(frozen=True)
class Declared:
    """A table as the catalog would give it."""

    name: str
    plugin: str
    declaration: declare.Table
    searched: tuple[str, ...] = ()
    title_index: tuple[str, ...] = ("id",)
    sifted: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def declared(
    model: type[BareModel],
    plugin: str = "clubs",
    searched: tuple[str, ...] = (),
    title_index: tuple[str, ...] = ("id",),
) -> Declared:
    table = declare.Table(model, label=Text("Clubs", "Clubs"), subject="person")
    return Declared(f"{plugin}.{model.__name__.lower()}", plugin, table, searched, title_index)


def core() -> list[Declared]:
    found = []
    for plugin in CORE:
        for table in import_module(f"portal.builtin.{plugin}").plugin.tables:
            name = f"{plugin}.{table.model.__name__.lower()}"
            if table.model is Person:
                titles = ("last_name_key", "first_name_key", "id")
                sifted = {"city": ("city_key", *titles)}
                words = ("last_name", "first_name")
                found.append(Declared(name, plugin, table, words, titles, sifted))
            else:
                found.append(Declared(name, plugin, table))
    return found
