"""The contract, run over every table of the core and of the shipped plugins, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from portal.escaping import unescaped
from portal.testing import *  # noqa: F403 - what a plugin's author writes
from tests.conftest import DATABASES

CONTRACT_PLUGINS = ("*",)


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def contract_url(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Give the address of a new database on each of the two engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path_factory.mktemp('contract') / 'contract.db'}"
        return
    server = request.getfixturevalue("postgresql_server")
    url = server.create()
    yield url
    server.drop(url)


@pytest.mark.parametrize(
    ("name", "text", "what"),
    [
        ("page.html", "{{ name|safe }}", "the filter `safe`"),
        ("page.html", "{{ Markup(name) }}", "`Markup`"),
        ("page.html", "{% autoescape false %}", "`autoescape false`"),
        ("page.html", '<a onclick="go()">', "an inline handler"),
        ("page.html", '<p style="color: red">', "an inline style"),
        ("page.html", '<a href="javascript:go()">', "a `javascript:` address"),
        ("pages.py", "from markupsafe import Markup", "`Markup`"),
    ],
)
def test_a_plugin_that_does_not_escape_is_refused(
    tmp_path: Path, name: str, text: str, what: str
) -> None:
    (tmp_path / name).write_text(text, encoding="utf-8")
    assert list(unescaped(tmp_path)) == [f"{name}:1: {what}"]


def test_a_plugin_may_speak_of_safety(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("<p>{{ safe }}: {{ name|upper }}</p>", encoding="utf-8")
    assert list(unescaped(tmp_path)) == []
