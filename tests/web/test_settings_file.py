"""The settings file on screen: who sees it, what is shown before, what is applied."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from portal import choices
from tests import factories
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/admin/settings-file/"
KINDS = "directory.structure-types"


def settings_of(visitor: Visitor) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(visitor.get(f"{PAGE}export/").data)
    return found


def reviewed(visitor: Visitor, content: bytes) -> TestResponse:
    """Send a file to be reviewed."""
    data = {"file": (io.BytesIO(content), "settings.json"), "csrf_token": visitor.token()}
    return visitor.client.post(f"{PAGE}review/", data=data, content_type="multipart/form-data")


def with_a_choice(settings: dict[str, Any]) -> bytes:
    new = {"list_name": KINDS, "slug": "annexe", "label_fr": "Annexe"}
    settings["tables"]["typing.choice"].append(new)
    return json.dumps(settings).encode()


def labels() -> list[str]:
    return [str(option.label) for option in choices.current().of(KINDS)]


def test_the_page_is_for_who_holds_the_privilege(signed_in: SignIn) -> None:
    statuses = {login: signed_in(login).get(PAGE).status_code for login in ("admin", "secretary")}
    assert statuses == {"admin": 200, "secretary": 404}


def test_a_reviewed_file_changes_nothing(admin: Visitor) -> None:
    page = reviewed(admin, with_a_choice(settings_of(admin)))
    assert (page.status_code, "Annexe" in labels()) == (200, False)
    assert "annexe" in page.text


def hidden(page: TestResponse) -> dict[str, str]:
    """What the form under a review carries."""
    found = re.findall(
        r'<input type="hidden" name="(content|previewed)" value="([^"]*)"', page.text
    )
    return {name: unescape(value) for name, value in found}


def test_what_was_reviewed_is_applied(admin: Visitor) -> None:
    page = reviewed(admin, with_a_choice(settings_of(admin)))
    answer = admin.post(f"{PAGE}apply/", hidden(page))
    assert (answer.status_code, "Annexe" in labels()) == (302, True)


def test_what_changed_since_it_was_reviewed_is_shown_again(admin: Visitor) -> None:
    page = reviewed(admin, with_a_choice(settings_of(admin)))
    option = next(option for option in choices.current().of(KINDS) if option.slug == "group")
    door = factories.gate()
    row = door.one("typing.choice", option.id)
    door.update("typing.choice", option.id, {"label_fr": "Équipe"}, row.version)
    answer = admin.post(f"{PAGE}apply/", hidden(page))
    assert (answer.status_code, "Annexe" in labels()) == (409, False)
    assert "Équipe" in answer.text
    assert admin.post(f"{PAGE}apply/", hidden(answer)).status_code == 302
    assert "Annexe" in labels()


def test_what_nobody_reviewed_is_not_applied(admin: Visitor) -> None:
    sent = hidden(reviewed(admin, with_a_choice(settings_of(admin))))
    answer = admin.post(f"{PAGE}apply/", {"content": sent["content"]})
    assert (answer.status_code, "Annexe" in labels()) == (409, False)


def test_a_file_that_changes_nothing_has_no_button(admin: Visitor) -> None:
    page = reviewed(admin, json.dumps(settings_of(admin)).encode())
    assert "This portal is already as the file says." in page.text
    assert "Apply these changes" not in page.text


def test_a_refused_row_is_shown_with_its_reason(admin: Visitor) -> None:
    settings = settings_of(admin)
    settings["tables"]["typing.choice"][0]["nope"] = 1
    page = reviewed(admin, json.dumps(settings).encode())
    assert "There is no field &#39;nope&#39; here." in page.text
    assert "Apply these changes" not in page.text


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n\x00", b"{}", b"\xff\xfe{\x00}\x00"])
def test_another_file_is_refused_in_words(admin: Visitor, content: bytes) -> None:
    page = reviewed(admin, content)
    assert page.status_code == 400
    assert "Nothing was changed." in page.text


def test_nothing_is_applied_of_a_file_that_nobody_reviewed_and_is_wrong(admin: Visitor) -> None:
    answer = admin.post(f"{PAGE}apply/", {"content": "not json"})
    assert answer.status_code == 400
