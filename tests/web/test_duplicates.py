"""Persons alike on screen, and the page that merges two of them."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from portal.errors import NotFound
from tests.factories import gate
from tests.web.conftest import Visitor

PERSON = "directory.person"
PAGE = "/admin/duplicates/"


@pytest.fixture
def pair(admin: Visitor) -> tuple[int, int]:
    """Give two persons with the same e-mail, whose cities differ."""
    first, second = (
        gate().create(PERSON, {"last_name": "Zorro", "email": "z@example.org", "city": city})
        for city in ("Lyon", "Nantes")
    )
    return first, second


def merge_page(first: int, second: int) -> str:
    return f"{PAGE}merge/?first={first}&second={second}"


def sent(visitor: Visitor, pair: tuple[int, int], **values: str) -> int:
    page = visitor.get(merge_page(*pair)).text
    signature = re.search(r'name="previewed" value="(\w+)"', page)
    assert signature
    form = {"previewed": signature[1], "word": "merge"} | values
    return visitor.post(merge_page(*pair), form).status_code


def test_persons_alike_are_listed_with_a_way_to_compare_them(
    admin: Visitor, pair: tuple[int, int]
) -> None:
    page = admin.get(f"{PAGE}?kind=email").text
    assert merge_page(pair[1], pair[0]).replace("&", "&amp;") in page


def test_both_values_are_shown(admin: Visitor, pair: tuple[int, int]) -> None:
    page = admin.get(merge_page(*pair)).text
    assert ("Lyon" in page, "Nantes" in page) == (True, True)


def test_two_persons_are_merged_with_the_value_chosen(
    admin: Visitor, pair: tuple[int, int]
) -> None:
    status = sent(admin, pair, **{"kept-city": "first"})
    with pytest.raises(NotFound):
        gate().one(PERSON, pair[0])
    assert (status, gate().one(PERSON, pair[1]).values["city"]) == (302, "Lyon")


@pytest.mark.parametrize(
    ("values", "status"), [({"word": ""}, 400), ({"previewed": "another"}, 409)]
)
def test_nothing_is_merged_without_its_confirmation(
    admin: Visitor, pair: tuple[int, int], values: dict[str, str], status: int
) -> None:
    assert (sent(admin, pair, **values), gate().one(PERSON, pair[0]).id) == (status, pair[0])


def test_who_may_not_erase_persons_finds_no_page(
    signed_in: Callable[[str], Visitor], pair: tuple[int, int]
) -> None:
    other = signed_in("treasurer")
    assert [other.get(page).status_code for page in (PAGE, merge_page(*pair))] == [404, 404]


@pytest.mark.parametrize("address", ["?kind=shoe", "merge/?first=x&second=1"])
def test_a_wrong_address_is_refused(admin: Visitor, address: str) -> None:
    assert admin.get(PAGE + address).status_code in (400, 404)


def test_a_person_with_themselves_is_refused(admin: Visitor) -> None:
    assert admin.get(merge_page(1, 1)).status_code == 400
