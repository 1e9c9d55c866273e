"""The frame of every page.

The organisation's name, the modules and tables within reach, language and account.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from flask import Flask, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from markupsafe import Markup

from portal import catalog
from portal.channels import Channel
from portal.declare import Verb
from portal.fieldtypes import DateTimeType
from portal.gate import Gate
from portal.i18n import current_language, gettext, ngettext
from portal.models import utc_now
from portal.operations.instance import is_rehearsal
from portal.settings import Settings
from portal.text import fold
from portal.web.organisation import organisation_name
from portal.web.security import nonce

STATIC = Path(__file__).parent / "static"
EXTENSION = "greffe-frame"


@dataclass(frozen=True, slots=True)
class MenuTable:
    """A table in the side menu."""

    name: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class MenuModule:
    """A module in the side menu, with its tables in alphabetical order."""

    name: str
    label: str
    tables: tuple[MenuTable, ...]


@dataclass(frozen=True, slots=True)
class MenuPage:
    """A page beside the tables: its label, where it is, and what it stands below in the menu."""

    label: str
    url: str
    above: str = ""


class Frame:
    """What the base template shows around a page.

    Everything is worked out when it is first asked for.
    """

    def __init__(
        self, settings: Settings, versions: dict[str, str], pages: Any, row_pages: Any
    ) -> None:
        self._settings, self._versions = settings, versions
        self._pages, self._row_pages = pages, row_pages
        self.prefix = settings.admin.prefix
        self.demo = settings.demo.enabled
        self.rehearsal = is_rehearsal(settings)

    @property
    def language(self) -> str:
        return current_language()

    @property
    def other_language(self) -> str:
        return "en" if current_language() == "fr" else "fr"

    @property
    def actor(self) -> Any:
        return g.get("actor")

    @property
    def field_numbers(self) -> bool:
        """True when the person wants to see the number of each field on its form."""
        return bool(self.actor and self.actor.field_numbers)

    @property
    def here(self) -> str:
        """The address of this page, to come back to."""
        return request.full_path.rstrip("?") if request.method == "GET" else request.path

    @cached_property
    def organisation(self) -> str:
        return organisation_name()

    @cached_property
    def table(self) -> str:
        """The table that the page is about, from its address."""
        rest = request.path.removeprefix(self.prefix + "/")
        return rest.partition("/")[0] if rest != request.path else ""

    @cached_property
    def menu(self) -> tuple[MenuModule, ...]:
        """The modules and tables that this actor may read."""
        actor = g.get("actor")
        if actor is None or not actor.staff:
            return ()
        return menu_of(Gate(actor, Channel.LIST), self.prefix)

    @cached_property
    def pages(self) -> tuple[MenuPage, ...]:
        """The pages beside the tables that this actor may open."""
        actor = g.get("actor")
        if actor is None or not actor.staff:
            return ()
        gate = Gate(actor, Channel.LIST)
        own = [
            MenuPage(str(page.label), url_for(page.endpoint), " › ".join(map(str, page.above)))
            for page in self._pages
            if page.shown(gate)
        ]
        of_plugins = [
            MenuPage(str(page.label), url_for("pages.page", plugin=plugin, page_name=page.name))
            for plugin, page in catalog.current().pages.values()
            if gate.can(Verb.READ, page.table)
        ]
        return (*own, *sorted(of_plugins, key=lambda page: fold(page.label)))

    def row_pages(self, table: str, id: int) -> tuple[MenuPage, ...]:
        """The pages about one row that this actor may open."""
        return tuple(self._about(table, id, self._row_pages))

    def remedies(self, table: str, id: int) -> tuple[MenuPage, ...]:
        """The pages that help where a row cannot be deleted."""
        return tuple(self._about(table, id, [page for page in self._row_pages if page.remedy]))

    def _about(self, table: str, id: int, pages: Any) -> Iterator[MenuPage]:
        gate = Gate(self.actor, Channel.DETAIL)
        for page in pages:
            if page.about(table) and page.shown(gate):
                address = url_for(page.endpoint, id=id, **page.among(table))
                yield MenuPage(str(page.label), address)

    def next_step(self, table: str, id: int) -> str:
        """The address of the page that follows the creation of a row; "" when none does."""
        gate = Gate(self.actor, Channel.DETAIL)
        steps = (p for p in self._row_pages if p.next_step and p.table == table and p.shown(gate))
        return next((url_for(page.endpoint, id=id) for page in steps), "")

    def static(self, name: str) -> str:
        """The address of a static file, which changes with its content."""
        return f"/static/{name}?v={self._versions.get(name, '')}"


def menu_of(gate: Gate, prefix: str) -> tuple[MenuModule, ...]:
    """The tables that `gate` reads, grouped by module, both in alphabetical order."""
    known = catalog.current()
    modules: dict[str, list[MenuTable]] = {}
    for table in gate.tables():
        entry = MenuTable(table.name, str(table.label), f"{prefix}/{table.name}/")
        modules.setdefault(table.plugin, []).append(entry)
    found = [
        MenuModule(
            name,
            str(known.label_of(name)),
            tuple(sorted(tables, key=lambda entry: fold(entry.label))),
        )
        for name, tables in modules.items()
    ]
    return tuple(sorted(found, key=lambda module: fold(module.label)))


def csrf_field() -> Markup:
    """The hidden field that every form carries."""
    return Markup('<input type="hidden" name="csrf_token" value="{}">').format(generate_csrf())


def register(app: Flask, settings: Settings, pages: Any, row_pages: Any) -> None:
    """Give every template the frame and the few functions that pages use."""
    versions = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:10]
        for path in STATIC.iterdir()
        if path.is_file()
    }
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31_536_000
    app.jinja_env.globals.update(
        _=gettext,
        ngettext=ngettext,
        csrf_field=csrf_field,
        csp_nonce=nonce,
        moment=DateTimeType().show,
        now=utc_now,
    )
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True

    def frame() -> Frame:
        if "frame" not in g:
            g.frame = Frame(settings, versions, pages, row_pages)
        made: Frame = g.frame
        return made

    app.extensions[EXTENSION] = frame
    app.context_processor(lambda: {"frame": frame()})


def current() -> Frame:
    """The frame of this request."""
    made: Frame = current_app.extensions[EXTENSION]()
    return made
