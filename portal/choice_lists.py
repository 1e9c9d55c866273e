"""The typed lists of this portal: which there are, what each is called, and which fields use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from portal.catalog import Catalog
from portal.choice import ChoiceList
from portal.errors import NotFound
from portal.fields import Field
from portal.i18n import Label, _

CHOICE = "typing.choice"


@dataclass(frozen=True, slots=True)
class KnownList:
    """A list, the plugin that ships it, and the fields whose values are its choices."""

    name: str
    plugin: str
    declared: ChoiceList
    uses: tuple[Field, ...] = ()

    @property
    def label(self) -> Label:
        """What the list is called ("Types of ...")."""
        return self.declared.label


def lists(catalog: Catalog) -> Mapping[str, KnownList]:
    """Every list that a plugin of this catalog ships or uses, by its name."""
    declared: dict[str, tuple[str, ChoiceList]] = {}
    for loaded in catalog.plugins:
        for one in loaded.plugin.choice_lists:
            plugin = one.plugin or loaded.name
            declared.setdefault(f"{plugin}.{one.name}", (plugin, one))
    uses: dict[str, list[Field]] = {}
    for table in catalog:
        for field in table.fields.values():
            if field.type.name == "choice":
                uses.setdefault(list_of(field), []).append(field)
                shipped: ChoiceList | None = getattr(field.column, "choice_list", None)
                if shipped is not None:
                    plugin = shipped.plugin or table.plugin
                    declared.setdefault(f"{plugin}.{shipped.name}", (plugin, shipped))
    return {
        name: KnownList(name, plugin, one, tuple(uses.get(name, ())))
        for name, (plugin, one) in declared.items()
    }


def known(catalog: Catalog, name: str) -> KnownList:
    """The list of that name. Raises NotFound."""
    found = lists(catalog).get(name)
    if found is None:
        raise NotFound(_("There is no list '{name}'.").format(name=name[:60]))
    return found


def list_of(field: Field) -> str:
    """The list that a field of choices takes its values from."""
    kind: Any = field.type
    return str(kind.list_name)
