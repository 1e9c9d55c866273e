"""A one-time link opens one thing, once, within the hour."""

from __future__ import annotations

from datetime import timedelta

import pytest

from portal.accounts import links
from portal.accounts.links import Opened, Purpose
from portal.builtin.operations import Link
from portal.errors import Invalid
from portal.models import utc_now
from tests.accounts.conftest import Signer


def test_a_link_opens_for_the_account_it_was_made_for(signer: Signer) -> None:
    token = links.issue(Purpose.PASSWORD, signer.account)
    assert links.consume(token, Purpose.PASSWORD) == Opened(Purpose.PASSWORD, signer.account)


def test_a_link_opens_once(core: None) -> None:
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    links.consume(token, Purpose.FIRST_ADMINISTRATOR)
    with pytest.raises(Invalid):
        links.consume(token, Purpose.FIRST_ADMINISTRATOR)


def test_looking_at_a_link_does_not_use_it_up(core: None) -> None:
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    assert links.valid(token, Purpose.FIRST_ADMINISTRATOR)
    assert links.consume(token, Purpose.FIRST_ADMINISTRATOR).account is None


def test_a_link_opens_nothing_after_an_hour(core: None) -> None:
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    later = utc_now() + timedelta(hours=1, seconds=1)
    assert not links.valid(token, Purpose.FIRST_ADMINISTRATOR, now=later)


def test_a_link_opens_its_own_purpose_alone(signer: Signer) -> None:
    token = links.issue(Purpose.PASSWORD, signer.account)
    assert not links.valid(token, Purpose.FIRST_ADMINISTRATOR)


def test_a_new_link_closes_the_earlier_one(signer: Signer) -> None:
    earlier = links.issue(Purpose.PASSWORD, signer.account)
    later = links.issue(Purpose.PASSWORD, signer.account)
    assert not links.valid(earlier, Purpose.PASSWORD)
    assert links.valid(later, Purpose.PASSWORD)


def test_the_database_keeps_no_link(core: None) -> None:
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    assert token not in str(Link.get().__data__)
    assert not links.valid(Link.get().token, Purpose.FIRST_ADMINISTRATOR)
