"""A rehearsal copy on screen: what it is, one button to make it, and the copies that were made."""

from __future__ import annotations

from flask import current_app, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.builtin.operations import STATES
from portal.channels import Channel
from portal.errors import NotFound
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.operations import rehearsal
from portal.operations.instance import is_rehearsal
from portal.web.session import actor, gate


class RehearsalView(BaseView):
    """`<prefix>/rehearsal/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Rehearsal copy")), endpoint="rehearsal", url=f"{prefix}/rehearsal"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Response | str:
        """The page, and the act."""
        asked = _opened()
        if request.method == "POST":
            rehearsal.ask(asked, anonymised="anonymised" in request.form)
            flash(gettext("A rehearsal copy is being made: it is listed below when it is done."))
            return redirect(url_for("rehearsal.index"))
        return self.render(
            "operations/rehearsal.html",
            made=rehearsal.made(),
            states=dict(STATES),
            here=is_rehearsal(current_app.extensions["portal"].settings),
        )


def sees_rehearsal(asked: Gate) -> bool:
    """True for who may make a rehearsal copy (without a query)."""
    return rehearsal.may_make(asked)


def _opened() -> Gate:
    asked = gate(Channel.BACKUP)
    if not rehearsal.may_make(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked
