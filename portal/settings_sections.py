"""The sections of the settings, each a frozen dataclass whose defaults suit a first start."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

EMPTY: Mapping[str, str] = types.MappingProxyType({})

SANDBOX_LEVELS: Mapping[str, str] = types.MappingProxyType(
    {
        "low": "allow-same-origin allow-forms allow-popups allow-scripts",
        "medium": "allow-forms allow-scripts",
        "high": "",
    }
)
"""What the `sandbox` attribute of a frame with outside content allows, by level."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where the portal listens, and the address that the outside knows it by."""

    host: str = "127.0.0.1"
    port: int = 8000
    public_address: str = ""
    trusted_proxy: str = ""
    threads: int = 8


@dataclass(frozen=True, slots=True)
class Database:
    """`sqlite:///FILE` or `postgresql://USER@HOST/NAME`; empty is a file of the instance folder."""

    url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Admin:
    """Where staff find the tables."""

    prefix: str = "/admin"


@dataclass(frozen=True, slots=True)
class Locale:
    """Language of first choice, the organisation's time zone and its one currency."""

    language: str = "fr"
    timezone: str = "Europe/Paris"
    currency: str = "EUR"


@dataclass(frozen=True, slots=True)
class Plugins:
    """A folder of local plugins, and the names of the plugins that are left out."""

    folder: str = ""
    disabled: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Journal:
    """The access journal and its term in days (CNIL 2021-122: six months to three years).

    More than 365 days need a `reason` in writing. With `superuser`, the superuser's right on
    everything contains the journal, which else only a right that names it opens.
    """

    enabled: bool = True
    days: int = 184
    reason: str = ""
    superuser: bool = False


@dataclass(frozen=True, slots=True)
class Alerts:
    """What the journal is searched for each night; a number of 0 turns that check off.

    Persons seen by one account in an hour and in a day, rows of one export, times that one account
    saw one person in a day, refused sign-ins of a day. Work between the hours `quiet_from` and
    `quiet_to` (of the organisation) is out of hours; the same hour twice: never. `mail` sends what
    was found to those who read the journal.
    """

    persons_an_hour: int = 300
    persons_a_day: int = 1_000
    exported_rows: int = 1_000
    views_of_a_person: int = 20
    refused_sign_ins: int = 10
    quiet_from: int = 23
    quiet_to: int = 5
    mail: bool = True


@dataclass(frozen=True, slots=True)
class Privacy:
    """With `second_person`, who approves the preview of a purge is not the one who runs it.

    A request is answered within `answer_months`, or `extension_months` more (GDPR art. 12); a
    breach is notified within `breach_hours` of awareness (art. 33).
    """

    second_person: bool = False
    answer_months: int = 1
    extension_months: int = 2
    breach_hours: int = 72


@dataclass(frozen=True, slots=True)
class Sessions:
    """When a session ends: minutes without a request, and hours in all."""

    idle_minutes: int = 60
    absolute_hours: int = 12


@dataclass(frozen=True, slots=True)
class Mail:
    """The SMTP server; no host is no mail."""

    host: str = ""
    port: int = 25
    username: str = ""
    password: str = field(default="", repr=False)
    starttls: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True)
class Security:
    """Headers of every answer; an empty value leaves the header out, which `greffe check` reports.

    `csp` overrides directives by name, `headers` adds headers, `iframe_sandbox` is a level of
    SANDBOX_LEVELS, or empty for frames without a sandbox.
    """

    x_frame_options: str = "DENY"
    x_content_type_options: str = "nosniff"
    x_xss_protection: str = ""
    referrer_policy: str = "same-origin"
    permissions_policy: str = (
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()"
    )
    iframe_sandbox: str = "high"
    csp: Mapping[str, str] = field(default_factory=lambda: EMPTY)
    headers: Mapping[str, str] = field(default_factory=lambda: EMPTY)


@dataclass(frozen=True, slots=True)
class Backups:
    """Where backups go (empty: `backups` in the instance folder) and how many are kept."""

    folder: str = ""
    keep: int = 14


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes that a request may not pass: rows of a page, rows counted, words searched."""

    page_size: int = 50
    max_page_size: int = 500
    count_cap: int = 10_000
    search_words: int = 12


@dataclass(frozen=True, slots=True)
class Demo:
    """A demonstration: known accounts with a known password, on loopback only."""

    enabled: bool = False


SECTIONS: Mapping[str, type[Any]] = types.MappingProxyType(
    {
        "server": Server,
        "database": Database,
        "admin": Admin,
        "locale": Locale,
        "plugins": Plugins,
        "journal": Journal,
        "alerts": Alerts,
        "privacy": Privacy,
        "sessions": Sessions,
        "mail": Mail,
        "security": Security,
        "backups": Backups,
        "limits": Limits,
        "demo": Demo,
    }
)
"""The section of each name, in the order that `greffe check` shows."""
