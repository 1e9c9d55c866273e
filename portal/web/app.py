"""The Flask application of an open portal: protections first, then who speaks, then the pages."""

from __future__ import annotations

from pathlib import Path

from flask import Flask, redirect, url_for
from flask_admin import Admin
from flask_admin.theme import Theme
from jinja2 import BaseLoader, ChoiceLoader, FileSystemLoader, PrefixLoader
from werkzeug.wrappers import Response

from portal.catalog import Catalog
from portal.fieldtypes import EMPTY
from portal.operations.instance import open_instance
from portal.resources import folder
from portal.settings import Settings, load
from portal.start import Portal, release
from portal.web import errors, frame, organisation, security, session
from portal.web.pages import BLUEPRINTS, MENU, ROW_PAGES, VIEWS
from portal.web.pages.home import HomeView
from portal.web.tableview import TableView


def create_app(settings: Settings | None = None) -> Flask:
    """Open the portal of `settings` (default: the instance folder) and give its web face."""
    return make_app(open_instance(settings or load()))


def make_app(portal: Portal) -> Flask:
    """The web face of `portal`."""
    settings = portal.settings
    app = Flask("portal.web", static_folder="static")
    app.jinja_loader = _loader(portal.catalog)
    app.extensions["portal"] = portal
    app.jinja_env.globals["EMPTY"] = EMPTY
    organisation.forget()
    errors.register(app)
    session.register(app, settings)
    security.protect(app, settings)
    frame.register(app, settings, MENU, ROW_PAGES)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    _administration(app, portal)
    app.add_url_rule("/", "root", _root)
    app.teardown_appcontext(lambda error: release())
    return app


def _loader(catalog: Catalog) -> BaseLoader:
    """The portal's templates first, then those of each plugin below its name: none hides another.

    A plugin's template may extend `base.html` and include `<plugin>/<its own>.html`.
    """
    own = {
        plugin.name: FileSystemLoader(Path(plugin.folder) / "templates")
        for plugin in catalog.plugins
        if plugin.folder
    }
    return ChoiceLoader([FileSystemLoader(folder("templates")), PrefixLoader(own)])


def _administration(app: Flask, portal: Portal) -> None:
    """Flask-Admin with our own backend and templates.

    Its own templates and scripts are never found.
    """
    prefix = portal.settings.admin.prefix
    admin = Admin(
        app,
        name="Greffe",
        url=prefix,
        index_view=HomeView(prefix),
        theme=Theme(folder="none", base_template="base.html"),
    )
    for table in portal.catalog:
        admin.add_view(TableView(table, portal, f"{prefix}/{table.name}"))
    for view in VIEWS:
        admin.add_view(view(prefix))


def _root() -> Response:
    return redirect(url_for("me.index"))
