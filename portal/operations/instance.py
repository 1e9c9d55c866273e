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

from portal.accounts import links, profiles
from portal.accounts.links import Purpose
from portal.actor import process
from portal.channels import Channel
from portal.database import transaction
from portal.errors import Invalid
from portal.fieldtypes import EDGES
from portal.gate import Gate
from portal.i18n import _
from portal.operations.demo import accounts_of_demo, generate
from portal.operations.demo_people import LOGINS
from portal.rows import Selection
from portal.settings import Settings
from portal.settings_sections import Demo
from portal.start import Portal

DEMO_FILE = "demo"
DEMO_LOGINS = LOGINS
DEMO_PASSWORD = "greffe-demo-2026"  # noqa: S105 - shown on the sign-in page of a demonstration
FILLING, FILLED = "filling", "filled"
WHOLE = 20_000
"""Up to so many persons, a demonstration is written in one transaction."""

Progress = Callable[[int, int], None]


def is_demo(settings: Settings) -> bool:
    """True when the instance is a demonstration: by its settings, or because it was filled as one."""
    return settings.demo.enabled or _mark(settings).is_file()


def as_demo(settings: Settings) -> Settings:
    """The settings, saying that they are those of a demonstration when the instance is one."""
    if settings.demo.enabled or not is_demo(settings):
        return settings
    return replace(settings, demo=Demo(enabled=True))


def is_empty() -> bool:
    """True when no person stands in the open portal."""
    return (
        not Gate(process("command line"), Channel.LIST).count("directory.person", Selection()).value
    )


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
    if mark.is_file() and mark.read_text(encoding="ascii").strip() == FILLING and not is_empty():
        raise Invalid(
            _("The demo data of this instance were cut short."),
            _("Delete the instance, which holds nothing else, and start again."),
        )
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


def first_link(address: str) -> str:
    """The one-time link of the first administrator at `address`, or "" when there is one already."""
    if profiles.has_administrator():
        return ""
    return f"{address.rstrip('/')}/first/{links.issue(Purpose.FIRST_ADMINISTRATOR)}"


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
