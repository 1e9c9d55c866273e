"""A database with the tables of the core, without the catalog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from portal import journal, version
from portal.builtin import (
    accounts,
    customfields,
    customforms,
    directory,
    identifiers,
    operations,
    treatments,
)
from portal.builtin import journal as journal_tables
from portal.choice import Choice
from portal.database import open_database, proxy
from portal.operations import jobs
from portal.settings import Settings
from portal.settings_sections import Database

MODELS = (
    Choice,
    directory.Organisation,
    directory.Structure,
    directory.Person,
    directory.Attachment,
    accounts.Account,
    accounts.ProfileType,
    accounts.Grant,
    accounts.Holding,
    accounts.AccessCode,
    accounts.CodeHeld,
    accounts.CodedRow,
    accounts.CodedField,
    customfields.CustomField,
    customforms.CustomForm,
    customforms.CustomFormField,
    customforms.CustomFormProfile,
    customforms.CustomFormAccount,
    identifiers.Identifier,
    identifiers.Numbering,
    treatments.Added,
    treatments.Decision,
    treatments.Manager,
    treatments.Counted,
    operations.Session,
    operations.Job,
    journal_tables.Entry,
    journal_tables.Alert,
    journal_tables.ErasedName,
    journal_tables.Anchor,
    *operations.INFRASTRUCTURE,
)


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
