"""A database with the tables of the core, without the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal import journal, version
from portal.builtin import operations
from portal.database import open_database, proxy
from portal.operations import jobs
from portal.settings import Settings
from portal.settings_sections import Database
from tests.schemas import core

MODELS = (*(table.declaration.model for table in core()), *operations.INFRASTRUCTURE)


@contextmanager
def core_database(url: str) -> Iterator[None]:
    """Open the database at `url` and create the core's tables in it."""
    open_database(url)
    proxy.create_tables(MODELS)
    version.stamp(1)
    journal.create()
    yield


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of an instance with a new database, on each of the two engines."""
    home = tmp_path / "instance"
    home.mkdir()
    with core_database(database_url):
        made = Settings(home, database=Database(url=database_url))
        jobs.configure(made)
        yield made
        jobs.stop()
