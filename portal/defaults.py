"""What a new portal starts with: choices, profile types, an organisation and its root structure.

Run at every start: what a new version ships is added, and nothing that exists is changed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from portal import choices, gate, version
from portal.accounts import profiles
from portal.actor import process
from portal.catalog import Catalog
from portal.channels import Channel
from portal.choice import DefaultChoice
from portal.errors import DeclarationError
from portal.gate import Gate
from portal.rows import Selection

UNNAMED = "Greffe"


def install(catalog: Catalog) -> None:
    """Add the defaults that are missing."""
    door = Gate(process("start"), Channel.IMPORT, catalog=catalog)
    _install_choices(door, catalog)
    gate.refresh(version.catalog_version())
    profiles.install(door)
    if not door.count("directory.organisation", Selection()).value:
        door.create("directory.organisation", {"name": UNNAMED})
    if not door.count("directory.structure", Selection()).value:
        root = door.choice_id("directory.structure-types", "organisation")
        door.create("directory.structure", {"name": UNNAMED, "kind": root})
    gate.refresh(version.catalog_version())


def _install_choices(door: Gate, catalog: Catalog) -> None:
    """Add the missing choices of every list, parents before their children."""
    for loaded in catalog.plugins:
        for declared in loaded.plugin.choice_lists:
            name = f"{declared.plugin or loaded.name}.{declared.name}"
            known = {option.slug: option.id for option in choices.current().of(name)}
            for level in _levels(declared.defaults):
                new = [default for default in level if default.slug not in known]
                ids = door.create_many(
                    "typing.choice", [_row(name, declared.defaults, d, known) for d in new]
                )
                known |= {default.slug: id for default, id in zip(new, ids, strict=True)}


def _levels(defaults: Sequence[DefaultChoice]) -> list[list[DefaultChoice]]:
    """The choices at the top of a list, then those below them, and so on."""
    levels, placed = [], {""}
    left = list(defaults)
    while left:
        level = [default for default in left if default.parent in placed]
        if not level:
            raise DeclarationError(
                f"The choice '{left[0].slug}' stands below '{left[0].parent}', "
                "which its list lacks.",
                "Name a slug of the same list.",
            )
        levels.append(level)
        placed |= {default.slug for default in level}
        left = [default for default in left if default not in level]
    return levels


def _row(
    name: str,
    defaults: Sequence[DefaultChoice],
    default: DefaultChoice,
    known: Mapping[str, int],
) -> dict[str, object]:
    return {
        "list_name": name,
        "slug": default.slug,
        "label_fr": default.label.fr,
        "label_en": default.label.en,
        "comment": default.comment.fr,
        "position": (defaults.index(default) + 1) * 10,
        "parent": known.get(default.parent),
    }
