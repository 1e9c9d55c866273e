"""The leak matrix of the gate: every channel, every kind of actor, every row of every table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests import channels
from tests.canaries import World, canary_world
from tests.conftest import DATABASES


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Give a portal full of canaries; the channels only read it, or undo what they write."""
    home = tmp_path_factory.mktemp("canaries")
    if request.param == "sqlite":
        with canary_world(home, f"sqlite:///{home / 'greffe.db'}") as made:
            yield made
        return
    server = request.getfixturevalue("postgresql_server")
    url = server.create()
    with canary_world(home, url) as made:
        yield made
    server.drop(url)


@pytest.mark.parametrize("channel", channels.CHANNELS)
@pytest.mark.parametrize("actor", channels.ACTOR_NAMES)
def test_no_cell_is_wrong(world: World, actor: str, channel: str) -> None:
    assert channels.run(world, actor, channel).wrong == []
