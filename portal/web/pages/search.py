"""Search over every table within reach: a few rows of each, and the way to all of them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, request
from flask_admin import BaseView, expose

from portal.catalog import PERSON, CatalogTable
from portal.channels import Channel
from portal.gate import Gate
from portal.i18n import _
from portal.settings import Settings
from portal.text import fold
from portal.web.parameters import searched
from portal.web.session import actor, gate

SHOWN = 8
FEWEST_LETTERS = 2


@dataclass(frozen=True, slots=True)
class Found:
    """The first rows of a table that match."""

    name: str
    label: str
    rows: tuple[tuple[str, str], ...]
    more: bool


class SearchView(BaseView):
    """`<prefix>/search/?q=`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Search")), endpoint="search", url=f"{prefix}/search")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        settings: Settings = current_app.extensions["portal"].settings
        text = searched(request.args.get("q", ""), settings.limits)
        asked = gate(Channel.SEARCH)
        found = everything(asked, text, str(self.url).removesuffix("/search"))
        return self.render("search.html", text=text, found=found, fewest=FEWEST_LETTERS)


def everything(asked: Gate, text: str, prefix: str) -> list[Found]:
    """What matches `text` in the tables of the daily work, the persons first."""
    if len(text) < FEWEST_LETTERS:
        return []
    found = []
    for table in sorted(asked.tables(), key=_order):
        if not table.searched or table.declaration.configuration or table.declaration.read_only:
            continue
        rows = asked.lookup(table.name, text)
        if rows:
            base = f"{prefix}/{table.name}/details/?id="
            links = tuple((title, f"{base}{id}") for id, title in rows[:SHOWN])
            found.append(Found(table.name, str(table.label), links, len(rows) > SHOWN))
    return found


def _order(table: CatalogTable) -> tuple[bool, str]:
    return table.name != PERSON, fold(str(table.label))
