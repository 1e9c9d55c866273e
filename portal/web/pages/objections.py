"""The objection list on screen: found in by typing an address; entered, and lifted."""

from __future__ import annotations

from collections.abc import Mapping

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.builtin.objections import SCOPES
from portal.catalog import PERSON
from portal.channels import Channel
from portal.errors import Invalid, NotFound
from portal.fieldtypes import DateType, EmailType, PhoneType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.objections import Known
from portal.privacy import objections
from portal.web import parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]


class ObjectionsView(BaseView):
    """`<prefix>/privacy/objections/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Objection list")), endpoint="objections", url=f"{prefix}/privacy/objections"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The objections that stand, and the form that looks for one."""
        asked = _opened(Channel.LIST)
        return self._list(asked, objections.standing(asked))

    def _list(
        self,
        asked: Gate,
        entries: list[objections.Entry],
        *,
        sought: bool = False,
        sentence: str = "",
    ) -> str:
        return self.render(
            "privacy/objections.html",
            entries=entries,
            acting=objections.may_act(asked),
            sought=sought,
            sentence=sentence,
            given=request.form,
        )

    @expose("/find/", methods=("POST",))
    def find(self) -> Answer:
        """The objections of whom the form describes; sent by a form, so that no log keeps it."""
        asked = _opened(Channel.LIST)
        try:
            found = objections.find(asked, _known(request.form))
        except Invalid as refused:
            return self._list(asked, objections.standing(asked), sentence=str(refused)), 400
        return self._list(asked, found, sought=True)

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Answer:
        """Enter an objection: of a person whom the address names, or by hand."""
        asked = _acting()
        person = parameters.key(request.args) if request.args.get("id") else None
        kinds = objections.recognised_by(asked, person) if person is not None else ()
        sentence = ""
        if request.method == "POST":
            try:
                stopped = _enter(asked, person)
            except Invalid as refused:
                sentence = str(refused)
            else:
                flash(_told(stopped))
                return redirect(url_for("objections.index"))
        page = self.render(
            "privacy/objection.html",
            person=person,
            title=asked.titles(PERSON, [person])[person] if person is not None else "",
            kinds=kinds,
            chosen=request.form.getlist("kinds") or [kind for kind, _label in kinds],
            scopes=SCOPES,
            sentence=sentence,
            given=request.form,
        )
        return (page, 400) if sentence else page

    @expose("/lift/", methods=("POST",))
    def lift(self) -> Response:
        """Take an entry off the list."""
        objections.lift(_acting(), request.form.get("entry", ""))
        flash(gettext("The objection is lifted."))
        return redirect(url_for("objections.index"))


def sees_objections(asked: Gate) -> bool:
    """True for who reads the objection list (without a query)."""
    return objections.may_open(asked)


def records_objections(asked: Gate) -> bool:
    """True for who enters and lifts objections (without a query)."""
    return objections.may_act(asked)


def _enter(asked: Gate, person: int | None) -> int:
    scope = request.form.get("scope", "")
    if person is None:
        return objections.enter_typed(asked, _known(request.form), scope)
    return objections.enter_person(asked, person, request.form.getlist("kinds"), scope)


def _known(form: Mapping[str, str]) -> Known:
    """What the form says of a person. Raises Invalid for a wrong address, number or day."""
    return Known(
        email=EmailType().parse(form.get("email", "").strip()),
        phones=(PhoneType().parse(form.get("phone", "").strip()),),
        last_name=form.get("last_name", ""),
        first_name=form.get("first_name", ""),
        birth_date=DateType().parse(form.get("birth_date", "")),
    )


def _told(stopped: int) -> str:
    if not stopped:
        return gettext("The objection is on the list.")
    text = ngettext(
        "The objection is on the list, and {count} recorded person gets no more news.",
        "The objection is on the list, and {count} recorded persons get no more news.",
        stopped,
    )
    return text.format(count=stopped)


def _opened(channel: Channel) -> Gate:
    asked = gate(channel)
    if not objections.may_open(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _acting() -> Gate:
    """A gate for who keeps the list; the page does not exist for others."""
    asked = _opened(Channel.FORM)
    if not objections.may_act(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked
