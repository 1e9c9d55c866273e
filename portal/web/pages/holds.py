"""Legal holds on screen: those in force, a form to place one, one button to lift one."""

from __future__ import annotations

from collections.abc import Iterator

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.privacy import legal_holds
from portal.settings import Settings
from portal.web import parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]


class HoldsView(BaseView):
    """`<prefix>/privacy/holds/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Legal holds")), endpoint="holds", url=f"{prefix}/privacy/holds"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The holds in force."""
        asked = _opened(Channel.LIST)
        return self.render(
            "privacy/holds.html",
            holds=legal_holds.in_force(asked),
            lifting={kind for kind in legal_holds.KINDS if legal_holds.lifts(asked, kind)},
            day=DateType().show,
        )

    @expose("/record/", methods=("GET", "POST"))
    def record(self) -> Answer:
        """Hold one record."""
        asked = _opened(Channel.FORM)
        table, id = request.args.get("table", ""), parameters.key(request.args)
        if not legal_holds.carries(table) or table not in asked.catalog.tables:
            raise NotFound(_("There is nothing at this address."))
        if not asked.can(Verb.READ, table) or not asked.titles(table, [id]):
            raise NotFound(_("There is no such row here."))
        sentence = ""
        if request.method == "POST":
            try:
                day = DateType().parse(request.form.get("review_on", ""))
                legal_holds.place(asked, table, id, request.form.get("reason", ""), day)
            except Invalid as refused:
                sentence = str(refused)
            else:
                flash(gettext("The record is held: nobody can erase it before the hold is lifted."))
                return redirect(url_for("holds.index"))
        page = self.render(
            "privacy/hold.html",
            table=asked.catalog.table(table),
            id=id,
            title=asked.titles(table, [id])[id],
            sentence=sentence,
            given=request.form,
        )
        return (page, 400) if sentence else page

    @expose("/lift/", methods=("POST",))
    def lift(self) -> Response:
        """Lift a hold."""
        asked = _opened(Channel.FORM)
        legal_holds.lift(asked, request.form.get("kind", ""), parameters.key(request.form))
        flash(gettext("The hold is lifted."))
        return redirect(url_for("holds.index"))


def sees_holds(asked: Gate) -> bool:
    """True for who reads the holds (without a query)."""
    return legal_holds.sees(asked)


def places_holds(asked: Gate) -> bool:
    """True for who may hold records (without a query)."""
    return legal_holds.places(asked, legal_holds.OF_RECORDS)


def attention(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """The holds whose review is overdue."""
    late = legal_holds.overdue(asked) if legal_holds.sees(asked) else 0
    if late:
        text = ngettext(
            "{count} legal hold was to be reviewed before today.",
            "{count} legal holds were to be reviewed before today.",
            late,
        )
        yield text.format(count=late), f"{settings.admin.prefix}/privacy/holds/", True


def _opened(channel: Channel) -> Gate:
    asked = gate(channel)
    if not legal_holds.sees(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked
