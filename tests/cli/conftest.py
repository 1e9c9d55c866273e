"""The command line, run in this process on an instance of the test."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from portal.cli import main
from portal.database import close_database
from portal.start import Portal

Greffe = Callable[..., Result]


def caller(home: Path, **variables: str) -> Greffe:
    """Give a function that runs `greffe` on the instance in `home`."""

    def greffe(*arguments: str, given: str | None = None, language: str = "en") -> Result:
        close_database()
        environment = {"GREFFE_HOME": str(home), "LANG": language, "LC_ALL": "", **variables}
        return CliRunner(env=environment).invoke(main, arguments, given, prog_name="greffe")

    return greffe


@pytest.fixture
def greffe(demo_portal: Portal) -> Greffe:
    """Give the command line of a demonstration, on each of the two engines."""
    settings = demo_portal.settings
    return caller(settings.home, GREFFE_DATABASE_URL=settings.database_url)


@pytest.fixture
def new_greffe(tmp_path: Path, database_url: str) -> Greffe:
    """Give the command line of an instance that is not there yet, on each of the two engines."""
    return caller(tmp_path / "new", GREFFE_DATABASE_URL=database_url)
