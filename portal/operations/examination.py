"""What is good, weak or wrong in an instance, for `greffe check`: it looks, and changes nothing."""

from __future__ import annotations

import enum
import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from peewee import PeeweeException
from playhouse.migrations import Runner

from portal import version
from portal.accounts import profiles, superusers
from portal.catalog import LoadedPlugin, freeze
from portal.database import is_sqlite, open_database, proxy
from portal.errors import DatabaseError, DeclarationError
from portal.i18n import Label, _, labelled, ngettext
from portal.operations import instance
from portal.plugins import discover
from portal.schema import CORE, CORE_MIGRATIONS, newest
from portal.settings import Settings, weaknesses


class Level(enum.Enum):
    """How a finding stands."""

    GOOD = "good"
    WEAK = "weak"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: what it is about, how it stands, in a sentence."""

    about: Label
    level: Level
    sentence: str


FOLDER, DATABASE, PLUGINS = _("Data folder"), _("Database"), _("Plugins")
ACCOUNTS, DEPLOYMENT = _("Accounts"), _("Deployment")


def examine(settings: Settings, *, deploy: bool = False) -> list[Finding]:
    """Everything that `greffe check` says of an instance; with `deploy` also of its deployment."""
    found = list(_folder(settings))
    loaded, broken = discover(settings.plugins_folder, settings.plugins.disabled)
    try:
        catalog = freeze(loaded, broken)
    except DeclarationError as error:
        found.append(Finding(PLUGINS, Level.WRONG, str(error)))
        return found
    found += [
        Finding(PLUGINS, Level.WRONG, labelled(broken.name, broken.told))
        for broken in catalog.broken
    ]
    if settings.plugins_folder is not None and not settings.plugins_folder.is_dir():
        absent = _("There is no folder {folder}: correct plugins.folder in the settings.")
        found.append(Finding(PLUGINS, Level.WRONG, absent.format(folder=settings.plugins_folder)))
    usable = len(catalog.plugins)
    sentence = ngettext("{count} plugin is in use.", "{count} plugins are in use.", usable)
    found.append(Finding(PLUGINS, Level.GOOD, sentence.format(count=usable)))
    found += _database(settings, catalog.plugins)
    found += [Finding(DEPLOYMENT, Level.WEAK, str(text)) for text in weaknesses(settings)]
    if deploy:
        found += _deployment(settings)
    return found


def _folder(settings: Settings) -> Iterator[Finding]:
    home = settings.home
    if home.is_dir() and os.access(home, os.W_OK | os.X_OK):
        sentence = _("{folder} can be written.").format(folder=home)
        yield Finding(FOLDER, Level.GOOD, sentence)
        return
    above = next(folder for folder in home.parents if folder.exists())
    if not home.exists() and above.is_dir() and os.access(above, os.W_OK | os.X_OK):
        sentence = _("{folder} will be made at the first start.").format(folder=home)
        yield Finding(FOLDER, Level.GOOD, sentence)
        return
    yield Finding(FOLDER, Level.WRONG, str(instance.unusable_folder(settings)))


def _database(settings: Settings, plugins: Iterable[LoadedPlugin]) -> Iterator[Finding]:
    file = database_file(settings)
    if file is not None and not file.exists():
        yield Finding(DATABASE, Level.GOOD, str(_("It will be made at the first start.")))
        return
    try:
        open_database(settings.database_url)
        proxy.connect(reuse_if_open=True)
        version.require_known(newest(CORE_MIGRATIONS))
        found = version.schema_version()
    except DatabaseError as error:
        yield Finding(DATABASE, Level.WRONG, str(error))
        return
    except PeeweeException as error:
        yield Finding(DATABASE, Level.WRONG, str(instance.unusable_database(error)))
        return
    if found is None:
        yield Finding(DATABASE, Level.GOOD, str(_("Its tables will be made at the first start.")))
        return
    engine = "SQLite" if is_sqlite() else "PostgreSQL"
    sentence = _("{engine} answers; its schema is number {found}.")
    yield Finding(DATABASE, Level.GOOD, sentence.format(engine=engine, found=found))
    names = pending(plugins)
    if names:
        sentence = _("Migrations wait: {names}. 'greffe migrate' applies them.")
        yield Finding(DATABASE, Level.WEAK, sentence.format(names=", ".join(names)))
    yield from _superusers()
    if not profiles.has_administrator():
        sentence = _("There is no administrator yet: 'greffe create-admin' makes one.")
        yield Finding(ACCOUNTS, Level.WEAK, str(sentence))


def _superusers() -> Iterator[Finding]:
    """The superusers who are no privacy officers, by their sign-in names."""
    for login in superusers.logins():
        told = _("{login} is a superuser, no privacy officer: better a technical administrator.")
        yield Finding(ACCOUNTS, Level.WEAK, told.format(login=login))


def database_file(settings: Settings) -> Path | None:
    """The file of an SQLite database; None for PostgreSQL."""
    address = settings.database_url
    return Path(address.removeprefix("sqlite:///")) if address.startswith("sqlite:///") else None


def waiting(settings: Settings, plugins: Iterable[LoadedPlugin]) -> list[str]:
    """The migrations that wait in the database of `settings`; none when it is new or not there."""
    file = database_file(settings)
    if file is not None and not file.exists():
        return []
    try:
        open_database(settings.database_url)
        proxy.connect(reuse_if_open=True)
        version.require_known(newest(CORE_MIGRATIONS))
        return [] if version.schema_version() is None else pending(plugins)
    except PeeweeException as error:
        raise instance.unusable_database(error) from error


def pending(plugins: Iterable[LoadedPlugin]) -> list[str]:
    """The migrations that the open database has not had, as "plugin/0002_name"."""
    folders = [(CORE, CORE_MIGRATIONS)]
    folders += [(one.name, Path(one.folder) / "migrations") for one in plugins if one.folder]
    return [
        f"{name}/{migration.name}"
        for name, folder in folders
        if folder.is_dir()
        for migration in Runner(proxy.obj, str(folder), f"migration_{name}").status()
        if not migration.applied
    ]


def _deployment(settings: Settings) -> Iterator[Finding]:
    if instance.is_demo(settings):
        sentence = _("This is a demonstration: everybody knows the passwords of its accounts.")
        yield Finding(DEPLOYMENT, Level.WRONG, str(sentence))
    for file in (settings.home / "secret_key", database_file(settings)):
        if file is not None and file.exists() and _open_to_others(settings.home, file):
            sentence = _("Every account of this machine can read {file}: 'chmod 600' closes it.")
            yield Finding(DEPLOYMENT, Level.WRONG, sentence.format(file=file.name))
    if not settings.server.public_address:
        sentence = _("server.public_address is empty: links and cookies do not know https.")
        yield Finding(DEPLOYMENT, Level.WEAK, str(sentence))
    if not instance.is_loopback(settings.server.host) and not settings.server.trusted_proxy:
        sentence = _("server.host is open to the network, and no proxy stands in front of it.")
        yield Finding(DEPLOYMENT, Level.WEAK, str(sentence))
    if not settings.mail.host:
        sentence = _("mail.host is empty: nobody gets a link for a forgotten password.")
        yield Finding(DEPLOYMENT, Level.WEAK, str(sentence))
    if not any(settings.backups_folder.glob("*")):
        yield Finding(DEPLOYMENT, Level.WEAK, str(_("There is no backup yet.")))


def _open_to_others(home: Path, file: Path) -> bool:
    reached = file.parent != home or bool(home.stat().st_mode & stat.S_IXOTH)
    return reached and bool(file.stat().st_mode & stat.S_IRWXO)
