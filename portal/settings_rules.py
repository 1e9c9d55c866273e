"""What a setting's value must be.

Each rule answers nothing, or the end of a sentence that begins with the key.
"""

from __future__ import annotations

import ipaddress
import re
import types
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from portal.i18n import LANGUAGES, Label, _

Rule = Callable[[Any], Label | None]

CSP_DIRECTIVES = (
    "base-uri",
    "child-src",
    "connect-src",
    "default-src",
    "font-src",
    "form-action",
    "frame-ancestors",
    "frame-src",
    "img-src",
    "manifest-src",
    "media-src",
    "object-src",
    "report-to",
    "report-uri",
    "script-src",
    "script-src-attr",
    "script-src-elem",
    "style-src",
    "style-src-attr",
    "style-src-elem",
    "upgrade-insecure-requests",
    "worker-src",
)


def between(low: int, high: int) -> Rule:
    """A whole number from `low` to `high`, both included."""

    def rule(value: int) -> Label | None:
        if low <= value <= high:
            return None
        return _("must be between %(low)s and %(high)s") % {"low": low, "high": high}

    return rule


def one_of(*known: str) -> Rule:
    """One of the texts `known`; an empty one is named as such."""

    def rule(value: str) -> Label | None:
        if value in known:
            return None
        return _("must be one of: %s") % ", ".join(item or '""' for item in known)

    return rule


def prefix(value: str) -> Label | None:
    """A path that starts with a slash and does not end with one."""
    if re.fullmatch(r"(/[A-Za-z0-9_-]+)+", value):
        return None
    return _("must start with / and not end with it, such as /admin")


def timezone(value: str) -> Label | None:
    """A name of the time zone database."""
    try:
        ZoneInfo(value)
    except (KeyError, ValueError, OSError):
        return _("must be a time zone, such as Europe/Paris")
    return None


def currency(value: str) -> Label | None:
    """Three capital letters (ISO 4217)."""
    return None if re.fullmatch(r"[A-Z]{3}", value) else _("must be three capitals, such as EUR")


def address(value: str) -> Label | None:
    """Empty, or a scheme and a host and nothing behind them."""
    try:
        parts = urlsplit(value)
        plain = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        plain = False
    if not value or (plain and value == f"{parts.scheme}://{parts.netloc}" and "@" not in value):
        return None
    return _("must be an address without a path, such as https://club.example.org")


def proxy(value: str) -> Label | None:
    """Empty, or one IP address."""
    try:
        if value:
            ipaddress.ip_address(value)
    except ValueError:
        return _("must be one IP address, such as 127.0.0.1")
    return None


def filled(value: str) -> Label | None:
    """Any text but an empty one."""
    return None if value.strip() else _("must not be empty")


def database(value: str) -> Label | None:
    """Empty, or an address of one of the two databases."""
    if not value or re.match(r"sqlite:///.|postgres(ql)?://", value):
        return None
    return _("must be sqlite:///FILE or postgresql://USER@HOST/NAME")


def mail_address(value: str) -> Label | None:
    """Empty, or something with one @ and no line break."""
    if not value or re.fullmatch(r"[^@\r\n]+@[^@\r\n]+", value):
        return None
    return _("must be an e-mail address")


def header(value: str) -> Label | None:
    """A value that fits in one header line."""
    if value.isascii() and (not value or value.isprintable()):
        return None
    return _("must be one line of plain characters")


def directives(value: Mapping[str, str]) -> Label | None:
    """Directives of a content security policy, each one line without a semicolon."""
    for name, text in value.items():
        if name not in CSP_DIRECTIVES:
            return _("has an unknown directive: %s") % name
        if header(text) or ";" in text:
            return _("has a value that is not one directive: %s") % name
    return None


def headers(value: Mapping[str, str]) -> Label | None:
    """Names and values of headers."""
    for name, text in value.items():
        if not re.fullmatch(r"[A-Za-z0-9-]+", name) or header(text):
            return _("has a header that cannot be sent: %s") % ascii(name)
    return None


RULES: Mapping[str, Rule] = types.MappingProxyType(
    {
        "server.host": filled,
        "server.port": between(1, 65_535),
        "server.public_address": address,
        "server.trusted_proxy": proxy,
        "server.threads": between(1, 64),
        "database.url": database,
        "admin.prefix": prefix,
        "locale.language": one_of(*LANGUAGES),
        "locale.timezone": timezone,
        "locale.currency": currency,
        "journal.days": between(1, 1_095),
        "alerts.persons_an_hour": between(0, 1_000_000),
        "alerts.persons_a_day": between(0, 1_000_000),
        "alerts.exported_rows": between(0, 10_000_000),
        "alerts.views_of_a_person": between(0, 1_000_000),
        "alerts.refused_sign_ins": between(0, 1_000_000),
        "alerts.quiet_from": between(0, 23),
        "alerts.quiet_to": between(0, 23),
        "privacy.answer_months": between(1, 12),
        "privacy.extension_months": between(0, 12),
        "privacy.breach_hours": between(1, 720),
        "sessions.idle_minutes": between(1, 1_440),
        "sessions.absolute_hours": between(1, 168),
        "mail.port": between(1, 65_535),
        "mail.sender": mail_address,
        "security.x_frame_options": one_of("DENY", "SAMEORIGIN", ""),
        "security.x_content_type_options": one_of("nosniff", ""),
        "security.x_xss_protection": header,
        "security.referrer_policy": header,
        "security.permissions_policy": header,
        "security.iframe_sandbox": one_of("low", "medium", "high", ""),
        "security.csp": directives,
        "security.headers": headers,
        "backups.keep": between(1, 3_650),
        "limits.page_size": between(1, 5_000),
        "limits.max_page_size": between(1, 5_000),
        "limits.count_cap": between(100, 10_000_000),
        "limits.search_words": between(1, 64),
    }
)
"""The rule of each setting that has one, by its dotted key."""
