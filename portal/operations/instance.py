"""An instance: its folder, the demonstration that it may be, and what a first start needs.

Refuses to open a demonstration's known password to the network: who serves it asks `is_demo` first.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path

from peewee import PeeweeException

from portal.accounts import links, profiles
from portal.accounts.links import Purpose
from portal.actor import process
from portal.channels import Channel
from portal.database import transaction
from portal.errors import DatabaseError, Invalid, SettingsError
from portal.fieldtypes import EDGES
from portal.gate import Gate
from portal.i18n import _
from portal.operations.demo import accounts_of_demo, generate
from portal.operations.demo_people import LOGINS
from portal.rows import Selection
from portal.settings import Settings
from portal.settings_sections import Demo, Mail
from portal.start import Portal, open_portal

COMMAND_LINE = "command line"
DEMO_FILE = "demo"
REHEARSAL_FILE = "rehearsal"
DEMO_LOGINS = LOGINS
DEMO_PASSWORD = "greffe-demo-2026"  # noqa: S105 - shown on the sign-in page of a demonstration
FILLING, FILLED = "filling", "filled"
WHOLE = 20_000
"""Up to so many persons, a demonstration is written in one transaction."""

Progress = Callable[[int, int], None]


def is_demo(settings: Settings) -> bool:
    """True when the instance is a demonstration: its settings say so, or it was filled as one."""
    return settings.demo.enabled or _mark(settings).is_file()


def as_demo(settings: Settings) -> Settings:
    """The settings, saying that they are those of a demonstration when the instance is one."""
    if settings.demo.enabled or not is_demo(settings):
        return settings
    return replace(settings, demo=Demo(enabled=True))


def is_rehearsal(settings: Settings) -> bool:
    """True when the instance is marked as a rehearsal copy."""
    return (settings.home / REHEARSAL_FILE).is_file()


def as_rehearsal(settings: Settings) -> Settings:
    """The settings of the instance; a rehearsal has no mail server, whatever they say."""
    return replace(settings, mail=Mail()) if is_rehearsal(settings) else settings


def open_instance(settings: Settings) -> Portal:
    """Open the portal of an instance and create what is missing; it knows whether it is a demo.

    Raises PortalError with a sentence, also for a folder or database that the system refuses.
    """
    settings = as_rehearsal(as_demo(settings))
    try:
        settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings.secret_key  # noqa: B018 - made at its first reading, here
        return open_portal(settings)
    except OSError as error:
        raise unusable_folder(settings) from error
    except PeeweeException as error:
        raise unusable_database(error) from error


def unusable_folder(settings: Settings) -> SettingsError:
    """The sentence for a data folder in which nothing can be written."""
    return SettingsError(
        _("The portal cannot write in its data folder {folder}.").format(folder=settings.home),
        _("Give its account the right to, or choose another folder with GREFFE_HOME."),
    )


def unusable_database(error: PeeweeException) -> DatabaseError:
    """The sentence for a database that does not open; it names no account and no password."""
    if "not a database" in str(error):
        return DatabaseError(
            _("The database file is damaged, or is not one of the portal."),
            _("Restore a backup, or choose another file in the settings."),
        )
    return DatabaseError(
        _("The database does not answer ({error}).").format(error=type(error).__name__),
        _("Check database.url in the settings, and that the server runs."),
    )


def is_empty() -> bool:
    """True when no person stands in the open portal."""
    gate = Gate(process(COMMAND_LINE), Channel.LIST)
    return not gate.count("directory.person", Selection()).value


def fill_demo(
    portal: Portal,
    persons: int = 300,
    seed: int = 1,
    progress: Progress | None = None,
    *,
    today: date | None = None,
) -> None:
    """Fill an empty portal with demo data and the demo accounts, and mark it as a demonstration.

    Up to 20,000 persons everything is written or nothing; more are written by batches. Raises
    Invalid when persons stand in it already, or when an earlier filling was cut short.
    """
    mark = _mark(portal.settings)
    if not is_empty():
        raise _already_filled(mark)
    today = today or datetime.now(EDGES.zone).date()
    mark.write_text(FILLING, encoding="ascii")
    try:
        gate = Gate(process("demo data"), Channel.IMPORT, today=today)
        with _together(persons):
            demo = generate(gate, persons=persons, seed=seed, today=today, progress=progress)
            for made in accounts_of_demo(demo):
                profiles.create_account(
                    gate,
                    made.login,
                    DEMO_PASSWORD,
                    person=made.person,
                    profiles=[(made.profile, made.zone)],
                    staff=made.staff,
                )
    except BaseException:
        if is_empty():
            mark.unlink(missing_ok=True)
        raise
    mark.write_text(FILLED, encoding="ascii")


def _already_filled(mark: Path) -> Invalid:
    if mark.is_file() and mark.read_text(encoding="ascii").strip() == FILLING:
        return Invalid(
            _("The demo data of this instance were cut short."),
            _("Delete the instance, which holds nothing else, and start again."),
        )
    return Invalid(
        _("This portal already holds persons: the demo data would stand among them."),
        _("Load the demo data in a new, empty portal."),
    )


def first_link(address: str) -> str:
    """The one-time link of the first administrator at `address`; "" when there is one already."""
    if profiles.has_administrator():
        return ""
    token = links.issue(Purpose.FIRST_ADMINISTRATOR)
    return f"{address.rstrip('/')}/first-administrator/{token}"


def create_administrator(
    login: str, password: str, *, person: int | None = None, names: tuple[str, str] | None = None
) -> int:
    """A new superuser who may open the administration; the account's id.

    `person` is the id of who signs in, or `names` (last, first) those of a person to be created.
    Raises Invalid, NotFound; then nothing is stored.
    """
    gate = Gate(process(COMMAND_LINE), Channel.FORM)
    with transaction():
        if names is not None:
            last, first = names
            person = gate.create("directory.person", {"last_name": last, "first_name": first})
        return profiles.create_account(
            gate, login, password, person=person, profiles=[("superuser", None)], staff=True
        )


def is_loopback(host: str) -> bool:
    """True for a host that no other machine reaches."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _together(persons: int) -> AbstractContextManager[None]:
    return transaction() if persons <= WHOLE else nullcontext()


def _mark(settings: Settings) -> Path:
    return settings.home / DEMO_FILE
