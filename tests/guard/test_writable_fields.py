"""Nobody overwrites what they cannot see."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Forbidden
from portal.gate import Gate
from tests import factories

PERSONS = "directory.person"


@pytest.fixture
def door(tmp_path: Path, portal_url: str) -> Gate:
    """A gate that writes every field of persons and reads two of them."""
    factories.make_portal(tmp_path, portal_url)
    factories.gate().create(PERSONS, {"last_name": "Ada", "notes": "Ancienne présidente"})
    narrow = factories.grant(
        PERSONS, "read update", readable=frozenset({"last_name", "first_name"})
    )
    return Gate(factories.granted(narrow), Channel.FORM)


def test_a_field_that_is_not_read_is_not_offered(door: Gate) -> None:
    offered = {field.name for field in door.fields(PERSONS, Verb.UPDATE)}
    assert offered == {"last_name", "first_name"}


def test_a_field_that_is_not_read_is_not_overwritten(door: Gate) -> None:
    with pytest.raises(Forbidden):
        door.update(PERSONS, 1, {"notes": ""}, 1)
