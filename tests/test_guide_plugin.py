"""The plugin of the guide, in a folder or installed: everything works, the core unchanged."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from portal.channels import Channel
from portal.declare import Verb
from portal.exports import csv_lines
from portal.gate import Gate
from portal.plugins import LOCAL
from portal.privacy import access, register, retention
from portal.rows import Filter, Selection
from portal.settings_sections import Plugins
from tests import factories
from tests.test_docs import example

LOANS = "lending.loan"
TODAY = date(2026, 11, 22)
INSTALLED = "lending"


def _forget() -> None:
    for name in (f"{LOCAL}.lending", INSTALLED):
        sys.modules.pop(name, None)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder that holds the guide's plugin."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "lending.py").write_text(example(), encoding="utf-8")
    _forget()
    yield folder
    _forget()


@pytest.fixture
def door(folder: Path, tmp_path: Path, database_url: str) -> Gate:
    """A gate over a portal with the guide's plugin, two persons and three loans."""
    plugins = Plugins(folder=str(folder))
    factories.make_portal(tmp_path / "home", database_url, plugins=plugins)
    gate = factories.gate(channel=Channel.LIST, today=TODAY)
    ada, bob = gate.create_many("directory.person", [{"last_name": "Ada"}, {"last_name": "Bob"}])
    old, new = date(2024, 5, 1), date(2026, 5, 1)
    gate.create_many(
        LOANS,
        [
            {"person": ada, "thing": "Casque bleu", "lent_on": old, "returned_on": old},
            {"person": ada, "thing": "Échelle", "lent_on": old},
            {"person": bob, "thing": "Casque rouge", "lent_on": new},
        ],
    )
    return gate


def test_its_list_is_in_the_order_of_its_title(door: Gate) -> None:
    rows = door.list(LOANS, Selection()).rows
    assert [row.values["thing"] for row in rows][0] == "Casque bleu"


def test_its_words_are_found(door: Gate) -> None:
    found = door.list(LOANS, Selection(search="echel")).rows
    assert [row.values["thing"] for row in found] == ["Échelle"]


def test_its_fields_are_filtered(door: Gate) -> None:
    after = Selection(filters=(Filter("lent_on", "after", "2026-01-01"),))
    assert [row.values["thing"] for row in door.list(LOANS, after).rows] == ["Casque rouge"]


def test_it_is_exported(door: Gate) -> None:
    text = "".join(csv_lines(door.at(Channel.EXPORT), LOANS, Selection(), ["thing"]))
    lines = list(csv.reader(io.StringIO(text, newline="")))
    assert [line[0] for line in lines][1:] == ["Casque bleu", "Échelle", "Casque rouge"]


def test_it_is_in_the_access_document(door: Gate) -> None:
    person = door.list("directory.person", Selection(search="ada")).rows[0].id
    content, _name, _type = access.document(door.at(Channel.ACCESS), person, "json", "fr")
    text = content.decode()
    assert ("Échelle" in text, "Casque rouge" in text) == (True, False)


def test_it_has_a_line_of_the_register(door: Gate) -> None:
    content, _name, _type = register.export(door.at(Channel.REGISTER), "json", "fr")
    labels = [line["label"] for line in json.loads(content)["activities"]]
    assert "Prêts" in labels


def test_its_old_rows_are_purged_but_those_held(door: Gate) -> None:
    purge = door.at(Channel.PURGE)
    plan = retention.plan(purge, "lending")
    retention.run(purge, plan)
    left = [row.values["thing"] for row in door.list(LOANS, Selection()).rows]
    assert sorted(left) == ["Casque rouge", "Échelle"]


def test_it_is_found_when_it_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "site"
    described = site / "greffe_lending_example-1.0.dist-info"
    described.mkdir(parents=True)
    (site / f"{INSTALLED}.py").write_text(example(), encoding="utf-8")
    (described / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: greffe-lending-example\nVersion: 1.0\n", encoding="utf-8"
    )
    (described / "entry_points.txt").write_text(
        f"[greffe.plugins]\nlending = {INSTALLED}\n", encoding="utf-8"
    )
    monkeypatch.syspath_prepend(str(site))
    _forget()
    portal = factories.make_portal(tmp_path / "home")
    assert f"{INSTALLED}.loan" in portal.catalog.tables
    assert factories.gate().can(Verb.READ, f"{INSTALLED}.loan")


def test_one_that_fails_is_named_and_the_portal_starts(tmp_path: Path) -> None:
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "broken.py").write_text("import nothing_of_that_name\n", encoding="utf-8")
    portal = factories.make_portal(tmp_path / "home", plugins=Plugins(folder=str(folder)))
    assert [plugin.name for plugin in portal.broken] == ["broken"]
