"""What a new portal starts with: choices, profile types, an organisation and its root structure.

Run at every start: what a new version ships is added, and nothing that exists is changed.
"""

from __future__ import annotations

from portal import choices, gate, version
from portal.accounts import profiles
from portal.actor import process
from portal.catalog import Catalog
from portal.channels import Channel
from portal.gate import Gate
from portal.rows import Selection

UNNAMED = "Greffe"


def install(catalog: Catalog) -> None:
    """Add the defaults that are missing."""
    door = Gate(process("start"), Channel.IMPORT, catalog=catalog)
    for name, rows in _missing_choices(catalog):
        door.create_many(name, rows)
    gate.refresh(version.catalog_version())
    profiles.install(door)
    if not door.count("directory.organisation", Selection()).value:
        door.create("directory.organisation", {"name": UNNAMED})
    if not door.count("directory.structure", Selection()).value:
        root = door.choice_id("directory.structure-types", "organisation")
        door.create("directory.structure", {"name": UNNAMED, "kind": root})
    gate.refresh(version.catalog_version())


def _missing_choices(catalog: Catalog) -> list[tuple[str, list[dict[str, object]]]]:
    found = []
    for loaded in catalog.plugins:
        for declared in loaded.plugin.choice_lists:
            name = f"{declared.plugin or loaded.name}.{declared.name}"
            known = {option.slug for option in choices.current().of(name)}
            rows: list[dict[str, object]] = [
                {
                    "list_name": name,
                    "slug": default.slug,
                    "label_fr": default.label.fr,
                    "label_en": default.label.en,
                    "comment": default.comment.fr,
                    "position": number * 10,
                }
                for number, default in enumerate(declared.defaults, 1)
                if default.slug not in known
            ]
            if rows:
                found.append(("typing.choice", rows))
    return found
