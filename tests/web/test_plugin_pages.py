"""Pages of a plugin: found by its readers, escaped, and never in another's way."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask

from portal.plugins import LOCAL
from portal.settings_sections import Plugins
from portal.start import Portal, open_portal
from portal.web.app import make_app
from tests.test_docs import example
from tests.web.conftest import Visitor

NAME = "lending"
OVERVIEW = "/admin/pages/lending/overview/"
VIEW = """

def overview(gate, parameters):
    from portal.rows import Selection
    return {"count": gate.count("lending.loan", Selection()), "asked": parameters.get("q", "")}


page = declare.Page(
    "overview", Text("Vue des prêts", "Overview of the loans"), "TEMPLATE", overview, "lending.loan"
)
"""
TEMPLATE = """{% extends "base.html" %}
{% block title %}{{ title }}{% endblock %}
{% block content %}<h1>{{ title }}</h1><p>{{ count.value }} {{ asked }}</p>{% endblock %}
"""


def _forget() -> None:
    sys.modules.pop(f"{LOCAL}.{NAME}", None)


@pytest.fixture
def with_page(demo_portal: Portal, tmp_path: Path) -> Iterator[Callable[..., Portal]]:
    """Give a way to open the demonstration with the guide's plugin and a page of its own."""

    def made(template: str = "overview.html") -> Portal:
        folder = tmp_path / "plugins" / NAME
        (folder / "templates").mkdir(parents=True)
        source, _plugin, _rest = example().partition("\nplugin = ")
        declared = VIEW.replace("TEMPLATE", template)
        last = 'plugin = declare.Plugin("Loans", tables=(loans,), holds=(hold,), pages=(page,))\n'
        (folder / "__init__.py").write_text(source + declared + last, encoding="utf-8")
        for name in ("overview.html", "overview.txt"):
            (folder / "templates" / name).write_text(TEMPLATE, encoding="utf-8")
        _forget()
        plugins = Plugins(folder=str(folder.parent))
        return open_portal(replace(demo_portal.settings, plugins=plugins))

    yield made
    _forget()


@pytest.fixture
def app(with_page: Callable[..., Portal]) -> Flask:
    """Give the web of a demonstration with a plugin that has a page."""
    return make_app(with_page())


def test_who_reads_its_table_finds_it_in_the_menu(admin: Visitor) -> None:
    assert f'<a href="{OVERVIEW}">Overview of the loans</a>' in admin.get("/admin/").text


def test_it_shows_the_values_of_its_view(admin: Visitor) -> None:
    assert "<h1>Overview of the loans</h1><p>0 word</p>" in admin.get(f"{OVERVIEW}?q=word").text


def test_its_values_are_escaped(admin: Visitor) -> None:
    assert "<p>0 &lt;b&gt;</p>" in admin.get(f"{OVERVIEW}?q=<b>").text


def test_it_is_under_the_policy_of_every_page(admin: Visitor) -> None:
    policy = admin.get(OVERVIEW).headers["Content-Security-Policy"]
    assert policy == admin.get("/admin/").headers["Content-Security-Policy"]


@pytest.mark.parametrize("login", ["treasurer", "member"])
def test_it_is_not_there_without_the_right_on_its_table(
    signed_in: Callable[[str], Visitor], login: str
) -> None:
    assert signed_in(login).get(OVERVIEW).status_code == 404


def test_the_menu_does_not_name_it_to_others(signed_in: Callable[[str], Visitor]) -> None:
    assert "Overview of the loans" not in signed_in("treasurer").get("/admin/").text


@pytest.mark.parametrize(
    ("template", "why"), [("overview.txt", "not be escaped"), ("none.html", "not there")]
)
def test_a_template_that_cannot_serve_leaves_the_plugin_out(
    with_page: Callable[..., Portal], template: str, why: str
) -> None:
    (broken,) = with_page(template).broken
    assert why in broken.told
