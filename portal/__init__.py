"""Greffe: an administration portal for an organisation.

Plugins declare, the catalog knows, the gate guards.

Importing any part of `portal` comes through here, so the web is loaded only when an application
is asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from portal.settings import Settings

__all__ = ["create_app"]


def create_app(settings: Settings | None = None) -> Flask:
    """The portal as a WSGI application.

    Settings, database, plugins, schema and web, wired together.

    Raises PortalError with a sentence when the portal cannot start.
    """
    application: Flask = importlib.import_module("portal.web.app").create_app(settings)
    return application
