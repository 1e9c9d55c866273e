"""The portal itself, signed in through its own page; rights and journal as they are."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from bench.instances import opened
from portal.database import proxy
from portal.operations.instance import DEMO_PASSWORD
from portal.web.app import make_app


class Greffe:
    """The portal of an instance folder, and one browser for each account."""

    def __init__(self, home: Path) -> None:
        self.app = make_app(opened(home))
        self.browsers: dict[str, FlaskClient] = {}

    def browser(self, who: str) -> FlaskClient:
        """The browser in which this account is signed in."""
        if who not in self.browsers:
            client = self.app.test_client()
            client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
            page = client.get("/sign-in").text
            token = re.search(r'name="csrf_token" value="([^"]+)"', page)
            form = {
                "login": who,
                "password": DEMO_PASSWORD,
                "csrf_token": token[1] if token else "",
            }
            answer = client.post("/sign-in", data=form)
            if answer.status_code != 302:
                raise RuntimeError(f"{who} cannot sign in ({answer.status_code}).")
            self.browsers[who] = client
        return self.browsers[who]

    def get(self, who: str, path: str) -> tuple[int, str]:
        answer = self.browser(who).get(path)
        return answer.status_code, answer.text

    def traced(self, act: Callable[[], Any]) -> list[str]:
        found: list[str] = []
        connection = proxy.obj.connection()
        connection.set_trace_callback(found.append)
        try:
            act()
        finally:
            connection.set_trace_callback(None)
        return found
