"""What a form offers for a reference, in tables without searched fields too."""

from __future__ import annotations

import pytest

from portal.channels import Channel
from portal.start import Portal
from tests.factories import gate

RIGHT = {"profile_type": 1, "table_name": "bookings.*", "verbs": "read", "reach": "all"}


@pytest.mark.parametrize("text", ["bookings, all", "ALL BOOK"])
def test_a_table_without_search_is_looked_up_by_the_words_of_its_titles(
    demo_portal: Portal, text: str
) -> None:
    id = gate().create("accounts.grant", RIGHT)
    titles = dict(gate(channel=Channel.LOOKUP).lookup("accounts.grant", text))
    assert id in titles
    assert {"Bookings, all tables"} == {title[:20] for title in titles.values()}


def test_words_that_no_title_has_find_nothing(demo_portal: Portal) -> None:
    assert gate(channel=Channel.LOOKUP).lookup("accounts.grant", "zzzz") == ()
