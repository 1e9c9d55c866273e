"""The pages of the plugins.

A template and the values that its view answers, autoescaped, under the same policy.
"""

from __future__ import annotations

from flask import request
from flask_admin import BaseView, expose

from portal import catalog
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import NotFound
from portal.i18n import _
from portal.web.session import actor, gate


class PluginPagesView(BaseView):
    """`<prefix>/pages/<plugin>/<name>/`, for who may read the table that the page is about."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Pages")), endpoint="pages", url=f"{prefix}/pages")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """There is no page that lists pages."""
        raise NotFound(_("There is nothing at this address."))

    @expose("/<plugin>/<page_name>/")
    def page(self, plugin: str, page_name: str) -> str:
        """One page of a plugin."""
        found = catalog.current().pages.get(f"{plugin}/{page_name}")
        asked = gate(Channel.LIST)
        if found is None or not asked.can(Verb.READ, found[1].table):
            raise NotFound(_("There is nothing at this address."))
        page = found[1]
        values = page.view(asked, request.args.to_dict())
        return self.render(f"{plugin}/{page.template}", **{"title": str(page.label), **values})
