"""The data dictionary on screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
DICTIONARY = "/admin/privacy/dictionary/"


def test_the_officer_reads_it_by_module(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    assert f'href="{DICTIONARY}"' in officer.get("/admin/").text
    page = officer.get(f"{DICTIONARY}?module=members").text
    assert "<td>medical_class</td>" in page
    assert "<td>last_name</td>" not in page
    assert "No field matches." in officer.get(f"{DICTIONARY}?search=zzzz").text


@pytest.mark.parametrize("login", ["secretary", "treasurer", "member"])
@pytest.mark.parametrize("rest", ["", "export/?format=csv&lang=fr"])
def test_it_is_not_there_for_others(signed_in: SignIn, login: str, rest: str) -> None:
    assert signed_in(login).get(DICTIONARY + rest).status_code == 404


def test_it_is_downloaded_as_it_is_shown(signed_in: SignIn) -> None:
    answer = signed_in("dpo").get(f"{DICTIONARY}export/?format=csv&lang=en&module=members")
    assert "members.validity" in answer.text
    assert "directory.person" not in answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("?module=nowhere", 404),
        ("export/?format=xlsx", 400),
        ("export/?format=csv&lang=de", 400),
        ("?other=1", 400),
        (f"?search={'a ' * 2_000}", 200),
    ],
)
def test_bad_addresses_are_answered(signed_in: SignIn, query: str, status: int) -> None:
    assert signed_in("dpo").get(DICTIONARY + query).status_code == status
