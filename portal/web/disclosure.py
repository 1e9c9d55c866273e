"""Protected data on screen: a typed reason first, then the sheet, or the list of protected rows.

A reason serves one answer. It travels with the form that it was typed for (to the sheet, from there
to the form that edits the record) and is kept nowhere else than in the journal: a session would
open the data again to whoever finds the screen unlocked, long after the reason was gone.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from flask import request
from flask_admin import expose

from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.sheets import Sheet
from portal.web import parameters
from portal.web.listing import STATE_WORDS
from portal.web.session import gate

REASON = "disclosure-reason"
BEGIN = "disclosure-begin"
SHORTEST, LONGEST = 5, 300

Answer = str | tuple[str, int]


def typed(values: Mapping[str, str]) -> str:
    """The reason of a form. Raises Invalid when it is too short, too long or of several lines."""
    reason = " ".join(values.get(REASON, "").split())
    if not SHORTEST <= len(reason) <= LONGEST or not reason.isprintable():
        raise Invalid(
            _("Say why you open these data, in {low} to {high} characters.").format(
                low=SHORTEST, high=LONGEST
            )
        )
    return reason


def carried() -> str:
    """The reason that came along with the form of a record; empty for a form without one."""
    return typed(request.form) if REASON in request.form else ""


def begins() -> bool:
    """True when a form is asked for with a reason, and not yet sent."""
    return BEGIN in request.form


class View(Protocol):
    """What the view of a table gives to these pages."""

    @property
    def table(self) -> CatalogTable:
        """The table."""

    def render(self, template: str, **values: Any) -> str:
        """A page."""

    def sheet_page(self, asked: Gate, found: Sheet) -> str:
        """The page of a record."""


class DisclosureRoutes:
    """The two pages of a table that ask for a reason."""

    @expose("/open/<int:id>/", methods=("GET", "POST"))
    def open_view(self: View, id: int) -> Answer:
        """The sheet of one record with its protected data, once a reason is given."""
        asked = _asked(self, Channel.DETAIL)
        if not isinstance(asked, Gate):
            return asked
        return self.sheet_page(asked, asked.sheet(self.table.name, id))

    @expose("/protected/", methods=("GET", "POST"))
    def protected_view(self: View) -> Answer:
        """The archived and restricted records, once a reason is given."""
        asked = _asked(self, Channel.LIST)
        if not isinstance(asked, Gate):
            return asked
        number = parameters.whole(request.form, "page", 0, 0, parameters.LARGEST_PAGE)
        return self.render(
            "table/protected.html",
            table=self.table,
            page=asked.protected(self.table.name, number),
            number=number,
            reason=asked.reason,
            STATE_WORDS=STATE_WORDS,
        )


def _asked(view: View, channel: Channel) -> Gate | Answer:
    """A gate with the reason that was typed, or the page that asks for one.

    Raises NotFound, like a page that does not exist, for who may open nothing here.
    """
    name, asked = view.table.name, gate(channel)
    if not (asked.can(Verb.DISCLOSE, name) and asked.can(Verb.READ, name)):
        raise NotFound(_("There is nothing at this address."))
    sentence, sent = "", request.method == "POST"
    if sent:
        try:
            return asked.at(channel, typed(request.form))
        except Invalid as refused:
            sentence = str(refused)
    page = view.render(
        "table/reason.html",
        table=view.table,
        sentence=sentence,
        typed=request.form.get(REASON, "")[:LONGEST],
        listing=channel is Channel.LIST,
        shortest=SHORTEST,
        longest=LONGEST,
    )
    return (page, 400) if sent else page
