"""The list of a table: its page, which does not wait for what takes long, and the count apart."""

from __future__ import annotations

from typing import Any, Protocol

from flask import Response, redirect, request
from flask_admin import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.gate import Gate
from portal.settings import Settings
from portal.web import forms, listing, parameters
from portal.web.session import gate

Answer = AnyResponse | str


class View(Protocol):
    """What the view of a table gives to these pages."""

    settings: Settings

    @property
    def table(self) -> CatalogTable:
        """The table."""

    @property
    def _prefix(self) -> str:
        """Where the pages of tables begin."""

    def render(self, template: str, **values: Any) -> str:
        """A page."""

    def _state(self, asked: Gate, values: MultiDict[str, str]) -> parameters.ListState:
        """What an address asks for, checked."""


class ListRoutes:
    """The list, and how many records it has."""

    def _state(self: View, asked: Gate, values: MultiDict[str, str]) -> parameters.ListState:
        table = self.table
        fields = {field.name: field for field in asked.fields(table.name)}
        return parameters.read(
            values,
            fields,
            self.settings.limits,
            asked.masked(table.name),
            newest_first=listing.newest_first(table),
        )

    @expose("/")
    def index_view(self: View) -> Answer:
        """The list."""
        asked = gate(Channel.LIST)
        state = self._state(asked, request.args)
        turned = request.args.get("page_from_1")
        if turned is not None:
            page = parameters.whole(request.args, "page_from_1", 1, 1, parameters.LARGEST_PAGE)
            return redirect(request.path + state.query(page=page - 1))
        added = listing.added_filter(request.args)
        if added:
            return redirect(request.path + state.query(filters=(*state.filters, added)))
        made = listing.make(asked, self.table, state, self._prefix, request.args.get("add", ""))
        return self.render(
            "table/list.html",
            it=made,
            counted=listing.counted(made.count),
            sizes=listing.page_sizes(state, self.settings.limits.max_page_size),
            words_of=listing.words_of,
            options_of=listing.options_of,
        )

    @expose("/count/")
    def count_view(self: View) -> Answer:
        """How many records the list at the same parameters has, for its script: words and pages."""
        asked = gate(Channel.LIST)
        state = self._state(asked, request.args)
        count = asked.count(self.table.name, state.selection, exact=state.exact)
        told = {
            "count": listing.counted(count),
            "capped": count.capped,
            "pages": listing.pages(count, state),
        }
        return Response(forms.as_json(told), mimetype="application/json")
