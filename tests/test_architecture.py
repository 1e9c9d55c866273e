"""Imports point down, one door leads to the rows, and files stay small."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib.metadata import packages_distributions

import pytest

from tests import architecture as rules

SOURCES = rules.sources()
TEXTS = {module: path.read_text(encoding="utf-8") for module, path in SOURCES.items()}


def per_module(rule: object) -> dict[str, object]:
    """What a rule of one text finds, by module, findings only."""
    assert callable(rule)
    found = {module: rule(text) for module, text in TEXTS.items()}
    return {module: lines for module, lines in found.items() if lines}


def declared_distributions() -> set[str]:
    """Names of the distributions that the product, and its contract suite, declare they need."""
    project = tomllib.loads((rules.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [*project["dependencies"], *project["optional-dependencies"]["test"]]
    names = (re.split(r"[\[<>=~! ]", line)[0] for line in lines)
    return {name.lower() for name in names}


def test_imports_point_down() -> None:
    found = [
        finding
        for module, text in TEXTS.items()
        for finding in rules.upward_imports(module, text, set(SOURCES))
    ]
    assert found == []


def test_each_library_of_a_face_stays_in_its_face() -> None:
    found = {module: rules.face_imports(module, text) for module, text in TEXTS.items()}
    assert {module: names for module, names in found.items() if names} == {}


def test_no_import_stands_inside_a_function() -> None:
    assert per_module(rules.inner_imports) == {}


def test_queries_are_written_only_where_a_reason_is_given() -> None:
    found = per_module(rules.queries)
    assert {m: lines for m, lines in found.items() if not rules.within(m, rules.QUERYING)} == {}


def test_sql_is_put_together_only_where_a_reason_is_given() -> None:
    found = per_module(rules.assembled_sql)
    listed = rules.SQL_FROM_STRINGS
    assert {m: lines for m, lines in found.items() if not rules.within(m, listed)} == {}


def test_files_stay_small() -> None:
    lengths = {module: text.count("\n") for module, text in TEXTS.items()}
    assert {m: length for m, length in lengths.items() if length > rules.LONGEST_FILE} == {}


def test_no_module_has_an_empty_name() -> None:
    assert [name for name in SOURCES if name.split(".")[-1] in rules.EMPTY_NAMES] == []


def test_a_check_is_silenced_only_with_a_reason() -> None:
    assert per_module(rules.silenced_without_reason) == {}


def test_every_library_that_is_imported_is_declared() -> None:
    known = packages_distributions()
    names = {
        name.split(".")[0]
        for module, text in TEXTS.items()
        for name in rules.imported(module, text, set())
    }
    foreign = names - set(sys.stdlib_module_names) - {"portal", "plugins", "wsgi", ""}
    needed = {name: {d.lower() for d in known.get(name, [name])} for name in foreign}
    declared = declared_distributions()
    assert {name: d for name, d in needed.items() if not d & declared} == {}


def test_the_pinned_versions_name_no_index() -> None:
    pinned = (rules.ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|@|^-", pinned, re.MULTILINE)


# --- the rules themselves find what they are for


def test_an_upward_import_is_found() -> None:
    found = rules.upward_imports("portal.text", "from portal import gate", {"portal.gate"})
    assert found == ["portal.text imports portal.gate"]


def test_a_module_in_no_layer_is_found() -> None:
    assert rules.upward_imports("portal.novelty", "", set()) == ["portal.novelty is in no layer"]


def test_a_downward_import_is_let_through() -> None:
    assert rules.upward_imports("portal.gate", "from portal import text", {"portal.text"}) == []


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("portal.gate", "import flask"),
        ("portal.cli.run", "from flask_admin import Admin"),
        ("portal.web.session", "import click"),
    ],
)
def test_a_library_outside_its_face_is_found(module: str, text: str) -> None:
    assert len(rules.face_imports(module, text)) == 1


def test_an_import_inside_a_function_is_found() -> None:
    assert rules.inner_imports("def f():\n    import os\n") == [2]


@pytest.mark.parametrize(
    "text",
    [
        "Person.select()",
        "models.Person.get(1)",
        "table.model.update(a=1)",
        "row.delete_instance()",
        "database.execute_sql('SELECT 1')",
    ],
)
def test_a_query_is_found(text: str) -> None:
    assert len(rules.queries(text)) == 1


@pytest.mark.parametrize(
    "text", ["gate.select(t)", "names.get('a')", "RULES.get('a')", "a.update(b)"]
)
def test_what_is_no_query_is_let_through(text: str) -> None:
    assert rules.queries(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "f'SELECT * FROM {name}'",
        "'DELETE FROM ' + name",
        "'UPDATE %s' % name",
        "'DROP TABLE {}'.format(name)",
        "SQL(condition)",
    ],
)
def test_sql_from_strings_is_found(text: str) -> None:
    assert rules.assembled_sql(text) == [1]


@pytest.mark.parametrize("text", ["'SELECT 1'", "f'Selected {name}'", "SQL('1 = 0')"])
def test_constant_sql_is_let_through(text: str) -> None:
    assert rules.assembled_sql(text) == []


@pytest.mark.parametrize(
    "text", ["a = 1  # noqa\n", "a = 1  # noqa: S608\n", "a = 1  # type: ignore[misc]\n"]
)
def test_a_silenced_check_without_a_reason_is_found(text: str) -> None:
    assert rules.silenced_without_reason(text) == [1]


@pytest.mark.parametrize(
    "text",
    [
        "a = 1  # noqa: S608 - a checked name\n",
        "a = 1  # type: ignore[misc]  # the point\n",
        "# a checked name\na = 1  # noqa: S608\n",
    ],
)
def test_a_silenced_check_with_a_reason_is_let_through(text: str) -> None:
    assert rules.silenced_without_reason(text) == []


def test_nobody_asks_whether_a_field_is_custom_but_who_keeps_its_values() -> None:
    asking = {
        module
        for module, text in TEXTS.items()
        if re.search(r"\b(CustomColumn|of_table)\b", text)
        and not module.startswith(("portal.custom_", "portal.customfields"))
    }
    assert asking == {"portal.choice_merging", "portal.fields", "portal.list_fields"}
