"""What the catalog calls its modules and fields, in every language at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portal.i18n import LANGUAGES, Label, Text, _, language

if TYPE_CHECKING:
    from portal.catalog import Catalog


def modules(catalog: Catalog) -> dict[str, Label]:
    """The label of all tables of each module, by its `<module>.*`."""
    found: dict[str, Label] = {}
    for name in dict.fromkeys(table.plugin for table in catalog):
        said = {}
        for code in LANGUAGES:
            with language(code):
                said[code] = _("{module}, all tables").format(module=catalog.label_of(name))
        found[f"{name}.*"] = Text.of(said)
    return found


def fields(catalog: Catalog) -> dict[str, Label]:
    """The label of each field by its name; every label that tables give it, where they differ."""
    found: dict[str, dict[str, list[str]]] = {}
    for code in LANGUAGES:
        with language(code):
            for table in catalog:
                for name, spec in table.fields.items():
                    labels = found.setdefault(name, {}).setdefault(code, [])
                    if str(spec.label) not in labels:
                        labels.append(str(spec.label))
    return {
        name: Text.of({code: " / ".join(labels) for code, labels in said.items()})
        for name, said in found.items()
    }
