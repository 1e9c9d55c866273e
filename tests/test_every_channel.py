"""The leak matrix of the gate: every channel, every kind of actor, every row of every table."""

from __future__ import annotations

import pytest

from tests import channels
from tests.canaries import World


@pytest.mark.parametrize("channel", channels.CHANNELS)
@pytest.mark.parametrize("actor", channels.ACTOR_NAMES)
def test_no_cell_is_wrong(world: World, actor: str, channel: str) -> None:
    assert channels.run(world, actor, channel).wrong == []
