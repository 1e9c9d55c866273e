"""Portals for tests: empty, filled, or a copy of a small demonstration; and the actors in them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from portal.accounts import sessions
from portal.actor import Actor, Grant, Origin, process
from portal.builtin.accounts import Account
from portal.channels import Channel
from portal.database import close_database
from portal.declare import Reach, Verb
from portal.gate import Gate
from portal.operations import instance
from portal.settings import Settings
from portal.settings_sections import Database
from portal.start import Portal, open_portal
from tests.servers import Postgres

PASSWORD = instance.DEMO_PASSWORD
DEMO_PERSONS = 40


def make_settings(home: Path, database_url: str = "", **sections: Any) -> Settings:
    """Give the settings of an instance in `home`; `sections` are dataclasses by name."""
    return Settings(home=home, database=Database(url=database_url), **sections)


def make_portal(
    tmp_path: Path,
    database_url: str = "",
    persons: int = 0,
    *,
    seed: int = 1,
    today: date | None = None,
    **sections: Any,
) -> Portal:
    """Open a new portal in `tmp_path`, with demo data when `persons` is not 0 (24 at least)."""
    portal = open_portal(make_settings(tmp_path, database_url, **sections))
    if persons:
        instance.fill_demo(portal, persons, seed, today=today)
        portal = replace(portal, settings=instance.as_demo(portal.settings))
    return portal


# --- a prepared demonstration, copied for each test


@dataclass(frozen=True)
class PreparedDemo:
    """A closed demonstration of 40 persons; `copy` opens one of its own for a test."""

    home: Path
    database: str = ""

    def copy(self, home: Path, server: Postgres | None = None, **sections: Any) -> Portal:
        """Open a copy in `home`; on PostgreSQL as a new database, which `server` drops later."""
        if server is None:
            shutil.copytree(self.home, home, dirs_exist_ok=True)
            return _opened(home, "", sections)
        home.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.home / instance.DEMO_FILE, home)
        return _opened(home, server.create(template=self.database), sections)


def _opened(home: Path, url: str, sections: dict[str, Any]) -> Portal:
    return open_portal(instance.as_demo(make_settings(home, url, **sections)))


def prepare_demo(home: Path, server: Postgres | None = None) -> PreparedDemo:
    """Make the demonstration that tests copy, and close it."""
    url = "" if server is None else server.create()
    make_portal(home, url, DEMO_PERSONS)
    close_database()
    return PreparedDemo(home, "" if server is None else server.name(url))


@dataclass(frozen=True)
class PreparedPortal:
    """The database of a new portal without rows; `copy` gives the address of one like it."""

    file: Path
    database: str = ""

    def copy(self, folder: Path, server: Postgres | None = None) -> str:
        """Copy it into `folder`, or as a new database of `server`, which drops it later."""
        if server is not None:
            return server.create(template=self.database)
        return f"sqlite:///{shutil.copy(self.file, folder / 'greffe.db')}"


def prepare_portal(home: Path, server: Postgres | None = None) -> PreparedPortal:
    """Make a new portal, and close it."""
    url = "" if server is None else server.create()
    make_portal(home, url)
    close_database()
    return PreparedPortal(home / "greffe.db", "" if server is None else server.name(url))


# --- who acts


def account(login: str) -> int:
    """Give the number of the account of this sign-in name."""
    return int(Account.get(Account.login_key == login).id)


def actor(login: str, origin: Origin | None = None) -> Actor:
    """Give the actor of an account, with the rights that the database grants it now."""
    return sessions.load_actor(account(login), origin or Origin(address="127.0.0.1"))


def gate(login: str = "", channel: Channel = Channel.LIST, **options: Any) -> Gate:
    """Give a gate for an account, or for a process of the portal when no login is named."""
    return Gate(actor(login) if login else process("test"), channel, **options)


def granted(*grants: Grant, person: int | None = None, account_id: int = 999_999) -> Actor:
    """Give an actor with these rights alone, who has no account in the database."""
    return Actor("granted", grants, account=account_id, person=person, staff=True, level=0)


def grant(table: str, verbs: str = "read", reach: Reach = Reach.ALL, **options: Any) -> Grant:
    """Give a right: `grant("directory.person", "read update", Reach.OWN)`."""
    return Grant(table, frozenset(Verb(verb) for verb in verbs.split()), reach, **options)
