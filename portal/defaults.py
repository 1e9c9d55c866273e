"""What a new portal starts with: choices, profile types, an organisation and its root structure.

Run at every start: what a new version ships is added, and nothing that exists is changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from portal import choices, configured, version
from portal.accounts import profiles
from portal.actor import process
from portal.builtin.operations import State
from portal.catalog import Catalog
from portal.channels import Channel
from portal.choice import DefaultChoice
from portal.database import transaction
from portal.gate import Gate
from portal.rows import Selection

UNNAMED = "Greffe"
SHIPPED = "choices.shipped"
"""Under which name the portal remembers the choices that it was given."""


def install(catalog: Catalog) -> None:
    """Add the defaults that are missing."""
    door = Gate(process("start"), Channel.IMPORT, catalog=catalog)
    _install_choices(door, catalog)
    configured.refresh(version.catalog_version())
    profiles.install(door)
    if not door.count("directory.organisation", Selection()).value:
        door.create("directory.organisation", {"name": UNNAMED})
    if not door.count("directory.structure", Selection()).value:
        root = door.choice_id("directory.structure-types", "organisation")
        door.create("directory.structure", {"name": UNNAMED, "kind": root})
    configured.refresh(version.catalog_version())


def _install_choices(door: Gate, catalog: Catalog) -> None:
    """Add the choices that a list ships and never had, parents before their children.

    One that is there stays as its administrator made it; one that was erased does not come back.
    """
    with transaction():
        configured.refresh(version.catalog_version())
        shipped = _shipped()
        for loaded in catalog.plugins:
            for declared in loaded.plugin.choice_lists:
                name = f"{declared.plugin or loaded.name}.{declared.name}"
                known = {option.slug: option.id for option in choices.current().of(name)}
                had = known.keys() | shipped.get(name, ())
                for level in _levels(declared.defaults):
                    new = [default for default in level if default.slug not in had]
                    ids = door.create_many(
                        "typing.choice", [_row(name, declared.defaults, d, known) for d in new]
                    )
                    known |= {default.slug: id for default, id in zip(new, ids, strict=True)}
        _remember(catalog, shipped)


def _shipped() -> dict[str, list[str]]:
    """The choices that this portal was given so far: identifiers by list."""
    row = State.select(State.value).where(State.name == SHIPPED).tuples().first()
    found: dict[str, list[str]] = json.loads(row[0]) if row else {}
    return found


def _remember(catalog: Catalog, before: Mapping[str, list[str]]) -> None:
    """Note what was shipped, that of modules which are gone too: they may come back."""
    now = {name: set(slugs) for name, slugs in before.items()}
    for loaded in catalog.plugins:
        for declared in loaded.plugin.choice_lists:
            name = f"{declared.plugin or loaded.name}.{declared.name}"
            now.setdefault(name, set()).update(default.slug for default in declared.defaults)
    wanted = {name: sorted(slugs) for name, slugs in sorted(now.items())}
    if wanted != before:
        State.insert(name=SHIPPED, value=json.dumps(wanted)).on_conflict(
            conflict_target=(State.name,), update={State.value: json.dumps(wanted)}
        ).execute()


def _levels(defaults: Sequence[DefaultChoice]) -> list[list[DefaultChoice]]:
    """The choices at the top of a list, then those below them, and so on (the catalog checked)."""
    levels, placed = [], {""}
    left = list(defaults)
    while left:
        level = [default for default in left if default.parent in placed]
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
