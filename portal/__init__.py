"""Greffe: an administration portal for an organisation.

Importing any part of `portal` comes through here, so the web is loaded only when an application
is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from portal.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Any:
    """Open the portal as a Flask application: settings, database, plugins, schema and web.

    Raises PortalError with a sentence when the portal cannot start.
    """
    return importlib.import_module("portal.web.app").create_app(settings)
