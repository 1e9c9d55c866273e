"""A browser without a screen: Flask's test client, signed in, with the forgery token at hand."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from portal.accounts import sessions
from portal.actor import Origin
from portal.start import Portal
from portal.web import organisation
from portal.web.app import make_app
from tests.factories import PASSWORD, account

PERSONS = "/admin/directory.person/"


@dataclass
class Visitor:
    """A person in front of the portal."""

    client: FlaskClient

    def get(self, address: str, **options: Any) -> TestResponse:
        return self.client.get(address, buffered=True, **options)

    def token(self) -> str:
        """Give the forgery token of this visitor."""
        page = self.client.get("/me/password", follow_redirects=True).text
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found, page[:400]
        return found[1]

    def post(self, address: str, data: Any = (), **options: Any) -> TestResponse:
        pairs = list(data.items()) if isinstance(data, dict) else list(data)
        values: dict[str, list[str]] = {}
        for name, value in [*pairs, ("csrf_token", self.token())]:
            values.setdefault(name, []).append(str(value))
        return self.client.post(address, data=values, **options)

    def sign_in(self, login: str, password: str = PASSWORD, **more: str) -> TestResponse:
        return self.post("/sign-in", {"login": login, "password": password, **more})


@pytest.fixture
def app(demo_portal: Portal) -> Flask:
    """Give the web of a demonstration."""
    organisation.forget()
    return make_app(demo_portal)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Give somebody who is not signed in and reads English."""
    client = app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    return Visitor(client)


@pytest.fixture
def signed_in(app: Flask) -> Callable[[str], Visitor]:
    """Give a function that signs an account of the demonstration in."""

    def made(login: str) -> Visitor:
        client = app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
        with client.session_transaction() as kept:
            kept["_user_id"] = sessions.open_session(account(login), Origin())
        return Visitor(client)

    return made


@pytest.fixture
def admin(signed_in: Callable[[str], Visitor]) -> Visitor:
    """Give the superuser."""
    return signed_in("admin")
