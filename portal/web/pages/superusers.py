"""Superusers who are no privacy officers, made technical administrators by a button."""

from __future__ import annotations

from collections.abc import Iterable

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.accounts import superusers
from portal.accounts.superusers import Superuser
from portal.channels import Channel
from portal.errors import NotFound
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.web import parameters
from portal.web.session import actor, gate


class SuperusersView(BaseView):
    """`<prefix>/superusers/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Superusers")), endpoint="superusers", url=f"{prefix}/superusers"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Response:
        """They are shown on the start page."""
        _opened()
        return redirect(url_for("admin.index"))

    @expose("/technical/", methods=("POST",))
    def make_technical(self) -> Response:
        """Let one be a technical administrator."""
        login = superusers.make_technical(_opened(), parameters.key(request.form))
        flash(gettext("{login} is a technical administrator now.").format(login=login))
        return redirect(url_for("admin.index"))


def told(asked: Gate) -> Iterable[Superuser]:
    """The superusers that the start page speaks of to this actor."""
    return superusers.not_officers(asked) if superusers.concerned(asked) else ()


def may_change(asked: Gate) -> bool:
    """True for who is offered the button."""
    return superusers.may_change(asked)


def _opened() -> Gate:
    asked = gate(Channel.FORM)
    if not superusers.concerned(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked
