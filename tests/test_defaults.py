"""What a portal is given at its start: an upgrade adds, and changes nothing that is there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from portal import catalog, choices, configured, defaults, version
from portal.catalog import Catalog, LoadedPlugin, freeze
from portal.choice import Choice, ChoiceList, DefaultChoice
from portal.declare import Plugin
from portal.gate import Gate
from portal.i18n import Text
from tests import factories

CHOICE = "typing.choice"
LIST = "members.membership-types"


@pytest.fixture
def gate(database_url: str, tmp_path: Path) -> Gate:
    factories.make_portal(tmp_path / "home", database_url)
    return factories.gate()


def upgraded(*more: DefaultChoice) -> Catalog:
    """Give the catalog of a version whose memberships ship more choices."""
    known = catalog.current()

    def newer(loaded: LoadedPlugin) -> LoadedPlugin:
        if loaded.name != "members":
            return loaded
        lists = tuple(
            replace(one, defaults=(*one.defaults, *more)) if one.name in LIST else one
            for one in loaded.plugin.choice_lists
        )
        return replace(loaded, plugin=replace(loaded.plugin, choice_lists=lists))

    return replace(known, plugins=tuple(newer(loaded) for loaded in known.plugins))


def slugs() -> list[str]:
    configured.refresh(version.catalog_version())
    return [option.slug for option in choices.current().of(LIST)]


def row(slug: str) -> Choice:
    return Choice.get((Choice.list_name == LIST) & (Choice.slug == slug))


def test_an_upgrade_adds_what_it_ships(gate: Gate) -> None:
    defaults.install(upgraded(DefaultChoice("family", Text("Famille", "Family"))))
    assert slugs()[-1] == "family"


def test_an_upgrade_keeps_what_an_administrator_made_of_a_choice(gate: Gate) -> None:
    adult = row("adult")
    made = {"label_fr": "Actif", "available": False, "position": 500}
    gate.update(CHOICE, adult.id, made, adult.version)
    defaults.install(upgraded())
    kept = row("adult")
    assert (kept.label_fr, kept.available, kept.position) == ("Actif", False, 500)


def test_an_erased_choice_does_not_come_back(gate: Gate) -> None:
    gate.erase(gate.erasure(CHOICE, [row("honorary").id]))
    configured.refresh(version.catalog_version())
    defaults.install(upgraded())
    assert "honorary" not in slugs()


def test_an_erased_choice_does_not_come_back_with_an_upgrade(gate: Gate) -> None:
    gate.erase(gate.erasure(CHOICE, [row("honorary").id]))
    defaults.install(upgraded(DefaultChoice("family", Text("Famille", "Family"))))
    assert ("honorary" in slugs(), "family" in slugs()) == (False, True)


def test_a_second_start_changes_nothing(gate: Gate) -> None:
    before = version.catalog_version()
    defaults.install(catalog.current())
    assert version.catalog_version() == before


def test_a_choice_that_an_administrator_made_first_is_kept(gate: Gate) -> None:
    gate.create(CHOICE, {"list_name": LIST, "slug": "family", "label_fr": "En famille"})
    defaults.install(upgraded(DefaultChoice("family", Text("Famille", "Family"))))
    assert row("family").label_fr == "En famille"


# --- what a list may ship


@pytest.mark.parametrize(
    ("shipped", "hierarchical"),
    [
        ((DefaultChoice("Été", Text("Été", "Summer")),), False),
        ((DefaultChoice("a", Text("A", "A")), DefaultChoice("a", Text("B", "B"))), False),
        ((DefaultChoice("a", Text("A", "A"), "nothing"),), True),
        ((DefaultChoice("a", Text("A", "A")), DefaultChoice("b", Text("B", "B"), "a")), False),
        ((DefaultChoice("a", Text("A", "A"), "b"), DefaultChoice("b", Text("B", "B"), "a")), True),
    ],
)
def test_a_plugin_whose_list_cannot_hold_is_left_out(
    shipped: tuple[DefaultChoice, ...], hierarchical: bool
) -> None:
    one = ChoiceList("kinds", Text("Types", "Types of"), shipped, hierarchical=hierarchical)
    wrong = LoadedPlugin(
        "wrong", Plugin(Text("Faux", "Wrong"), choice_lists=(one,)), origin="folder"
    )
    assert [broken.name for broken in freeze([wrong]).broken] == ["wrong"]
