"""Named privileges: what opens the pages that are no table, beside the rights on tables."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from portal.i18n import Label, _

PROFILE = "profile"
ACCOUNTS = "accounts"
SETTINGS = "settings"
EXTENSIONS = "extensions"
BACKUPS = "backups"
JOBS = "jobs"

LABELS: Mapping[str, Label] = MappingProxyType(
    {
        PROFILE: _("My profile"),
        ACCOUNTS: _("Accounts and rights"),
        SETTINGS: _("Technical settings"),
        EXTENSIONS: _("Extensions"),
        BACKUPS: _("Backups"),
        JOBS: _("Jobs of everybody"),
    }
)
"""Every privilege, with its words, in the order of the screens."""

EVERY = frozenset(LABELS)
EVERY_NAME = " ".join(LABELS)
