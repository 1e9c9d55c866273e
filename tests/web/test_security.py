"""Headers on every answer, forgery tokens, and Flask-Admin's own templates left out."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import uuid4

import pytest
from flask import Flask

from portal.resources import folder
from portal.settings_sections import Security
from portal.start import Portal
from portal.web.app import make_app
from tests.web.conftest import PERSONS, Visitor

HEADERS = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
ADDRESSES = (
    "/sign-in",
    "/admin/",
    PERSONS,
    f"{PERSONS}?page=-1",
    "/nothing",
    f"{PERSONS}export/csv/",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_headers(admin: Visitor, address: str) -> None:
    headers = admin.get(address).headers
    assert {name: headers.get(name) for name in HEADERS} == HEADERS


@pytest.mark.parametrize("address", [*ADDRESSES, "/static/portal.js", "/static/nothing.js"])
def test_the_policy_lets_nothing_inline_run(admin: Visitor, address: str) -> None:
    policy = admin.get(address).headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "unsafe" not in policy
    for directive in ("frame-ancestors", "base-uri", "object-src"):
        assert f"{directive} 'none'" in policy


def test_settings_override_headers(demo_portal: Portal) -> None:
    chosen = Security(x_frame_options="SAMEORIGIN", csp={"img-src": "*"}, headers={"X-Club": "yes"})
    settings = replace(demo_portal.settings, security=chosen)
    headers = (
        make_app(replace(demo_portal, settings=settings)).test_client().get("/sign-in").headers
    )
    assert headers["X-Frame-Options"] == "SAMEORIGIN"
    assert "img-src *;" in headers["Content-Security-Policy"]
    assert headers["X-Club"] == "yes"


@pytest.mark.parametrize(
    "address",
    [
        "/sign-in",
        "/sign-out",
        "/me/language",
        "/me/password",
        "/me/sessions",
        f"{PERSONS}new/",
        f"{PERSONS}edit/?id=5",
        f"{PERSONS}delete/",
        f"{PERSONS}action/",
    ],
)
def test_a_forged_form_is_refused(admin: Visitor, address: str) -> None:
    answer = admin.client.post(address, data={"id": "5", "last_name": "x", "version": "1"})
    assert answer.status_code == 400
    assert "nothing was changed" in answer.text


def test_the_token_may_come_in_a_header(admin: Visitor) -> None:
    headers = {"X-CSRFToken": admin.token()}
    data = {"last_name": "Okonkwo", "once": uuid4().hex}
    assert admin.client.post(f"{PERSONS}new/", data=data, headers=headers).status_code == 302


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_other_methods_are_refused(admin: Visitor, method: str) -> None:
    headers = {"X-CSRFToken": admin.token()}
    assert admin.client.open(PERSONS, method=method, headers=headers).status_code == 405


def test_no_template_of_flask_admin_is_found(app: Flask) -> None:
    assert not [name for name in app.jinja_env.list_templates() if name.startswith("admin/")]


def test_no_script_of_flask_admin_is_served(admin: Visitor) -> None:
    assert admin.get("/admin/static/admin/js/actions.js").status_code == 404


def test_no_template_has_an_inline_handler_or_style() -> None:
    hostile = re.compile(r"\son[a-z]+\s*=|\sstyle\s*=|javascript:|<style|\|\s*safe\b")
    found = [
        f"{path.name}: {match[0]}"
        for path in folder("templates").rglob("*.html")
        for match in hostile.finditer(path.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_a_page_too_large_is_refused(admin: Visitor) -> None:
    answer = admin.client.post("/sign-in", data={"login": "x" * 9_000_000})
    assert answer.status_code == 413


def test_an_address_too_long_is_refused(admin: Visitor) -> None:
    assert admin.get("/sign-in?next=" + "x" * 9_000).status_code == 414


def test_a_bug_is_a_page_without_a_traceback(
    app: Flask, admin: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    app.config["PROPAGATE_EXCEPTIONS"] = False

    def broken() -> str:
        raise RuntimeError("secret detail")

    monkeypatch.setitem(app.view_functions, "me.index", broken)
    answer = admin.get("/me/")
    assert answer.status_code == 500
    assert "secret detail" not in answer.text
    assert "Traceback" not in answer.text
