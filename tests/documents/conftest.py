from __future__ import annotations

from collections.abc import Iterator

import pytest

from portal.documents.limits import Limits
from portal.documents.render import Renderer


@pytest.fixture(scope="session")
def strict_renderer() -> Iterator[Renderer]:
    """A renderer with short limits, so that a bomb is stopped in two seconds."""
    renderer = Renderer(Limits(processor_seconds=2, wall_seconds=4))
    yield renderer
    renderer.close()
