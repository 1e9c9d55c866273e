"""A database with the tables of the core, and one account in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from portal.accounts import passwords, sessions
from portal.builtin.accounts import Account, Grant, Holding, ProfileType
from portal.builtin.directory import Attachment, Person, Structure
from tests.operations.conftest import core_database

PASSWORD = "un planeur au-dessus des nuages"


@dataclass(frozen=True)
class Signer:
    """An account with a person, attached to a structure, and one profile type."""

    account: int
    person: int
    structure: int
    profile: int


@pytest.fixture
def core(database_url: str) -> Iterator[None]:
    """Open a new database with the tables of the core."""
    with core_database(database_url):
        sessions.forget_grants()
        yield


@pytest.fixture
def signer(core: None) -> Signer:
    """Give the account `ines`, a member of a section, who may read its persons."""
    structure = Structure.create(name="Vol à voile", path="/1/")
    person = Person.create(last_name="Morel", first_name="Inès")
    Attachment.create(person=person, structure=structure)
    account = Account.create(
        login="Inès", login_key="ines", person=person, password=passwords.hashed(PASSWORD)
    )
    profile = ProfileType.create(label_fr="Secrétaire", slug="secretary")
    Grant.create(
        profile_type=profile, table_name="directory.person", verbs="read", reach="structure"
    )
    Holding.create(account=account, profile_type=profile)
    return Signer(account.id, person.id, structure.id, profile.id)
