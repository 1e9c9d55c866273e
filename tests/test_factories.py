"""The portals that other tests start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.operations import instance
from portal.rows import Selection
from portal.start import Portal
from tests import factories


def test_a_demo_portal_has_its_forty_persons(demo_portal: Portal) -> None:
    assert factories.gate().count("directory.person", Selection()).value == factories.DEMO_PERSONS


def test_a_demo_portal_says_that_it_is_one(demo_portal: Portal) -> None:
    assert instance.is_demo(demo_portal.settings)


@pytest.mark.parametrize("login", instance.DEMO_LOGINS)
def test_each_demo_account_reads_a_person(demo_portal: Portal, login: str) -> None:
    assert factories.gate(login).list("directory.person", Selection()).rows


def test_a_copy_is_its_own(demo_portal: Portal) -> None:
    gate = factories.gate()
    gate.create("directory.person", {"last_name": "Seul", "first_name": "Léo"})
    assert gate.count("directory.person", Selection()).value == factories.DEMO_PERSONS + 1


def test_a_new_portal_is_empty(database_url: str, tmp_path: Path) -> None:
    factories.make_portal(tmp_path, database_url)
    assert instance.is_empty()


def test_a_new_portal_has_its_choices_after_another_one(database_url: str, tmp_path: Path) -> None:
    factories.make_portal(tmp_path / "one")
    factories.make_portal(tmp_path / "two", database_url)
    assert factories.gate().choice_id("directory.structure-types", "section")
