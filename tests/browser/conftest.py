"""A demonstration served in a thread, and persons in front of a real browser."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page
from waitress.server import create_server

from portal.accounts import sessions
from portal.actor import Origin
from portal.i18n import gettext
from portal.i18n import language as speaking
from portal.web import organisation
from portal.web.app import make_app
from tests.factories import PreparedDemo, account, close_database

PATIENCE = 10_000
WIDE, NARROW = 1440, 360


@dataclass(frozen=True)
class Site:
    """A portal that listens on this machine."""

    app: Flask
    url: str

    def cookie(self, login: str) -> str:
        """Give the cookie of a new session of an account."""
        client = self.app.test_client()
        with client.session_transaction() as kept:
            kept["_user_id"] = sessions.open_session(account(login), Origin())
        found = client.get_cookie("greffe")
        assert found is not None
        return found.value


@pytest.fixture
def site(tmp_path: Path, prepared_demo: Callable[[Any], PreparedDemo]) -> Iterator[Site]:
    """Serve a demonstration of 40 persons on a free port."""
    organisation.forget()
    app = make_app(prepared_demo(None).copy(tmp_path / "instance"))
    server = create_server(app, host="127.0.0.1", port=0, threads=4)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            server.asyncore.loop(timeout=0.1, map=server._map, count=1)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield Site(app, f"http://127.0.0.1:{server.effective_port}")
    over.set()
    thread.join(timeout=10)
    server.task_dispatcher.shutdown()
    for channel in list(server._map.values()):
        channel.close()
    close_database()


@pytest.fixture(params=["fr", "en"])
def language(request: pytest.FixtureRequest) -> str:
    """Give the language of the person in front of the browser."""
    return str(request.param)


@pytest.fixture
def said(language: str) -> Callable[..., str]:
    """Give a function that says a text of the portal as this person reads it."""

    def say(text: str, **values: object) -> str:
        with speaking(language):
            return gettext(text).format(**values)

    return say


@dataclass
class Visits:
    """The browsers that a test opened, and what their consoles complained of."""

    browser: Browser
    site: Site
    language: str
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def __call__(self, login: str = "", address: str = "", *, width: int = WIDE) -> Page:
        """Open a browser of a signed-in account (or of a stranger) at an address."""
        context = self.browser.new_context(
            base_url=self.site.url,
            locale=self.language,
            viewport={"width": width, "height": 800},
            accept_downloads=True,
        )
        context.set_default_timeout(PATIENCE)
        self.contexts.append(context)
        if login:
            cookie = self.site.cookie(login)
            context.add_cookies([{"name": "greffe", "value": cookie, "url": self.site.url}])
        page = context.new_page()
        page.on("console", lambda message: self._hear(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        if address:
            page.goto(address)
        return page

    def _hear(self, text: str) -> None:
        if "Failed to load resource" not in text:
            self.complaints.append(text)


@pytest.fixture
def visit(browser: Browser, site: Site, language: str) -> Iterator[Visits]:
    """Open pages; at the end no console may have complained, of the policy or anything else."""
    visits = Visits(browser, site, language)
    yield visits
    for context in visits.contexts:
        context.close()
    assert visits.complaints == []
