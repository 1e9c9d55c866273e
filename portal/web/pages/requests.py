"""The register of requests of data subjects on screen: pages of the privacy officer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.builtin.requests import (
    ANSWER_MEANS,
    CAPACITIES,
    CHANNELS,
    IDENTITY_MEANS,
    RIGHTS,
    STATES,
)
from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.documents import conversion
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.fieldtypes import DateType, IntegerType
from portal.gate import Gate
from portal.i18n import _, current_language, gettext, ngettext
from portal.privacy import (
    access,
    answers,
    deadlines,
    erasure,
    letters,
    objections,
    request_list,
    requests,
)
from portal.privacy.requests import Received
from portal.settings import Settings
from portal.web import confirming, parameters
from portal.web.pages.documents import LANGUAGE_NAMES, download
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]
FARTHEST_PAGE = 1_000_000
Form = Mapping[str, str]
ACTS: Mapping[str, Callable[[Gate, int, Form], None]] = {
    "identity_asked": lambda g, id, f: requests.ask_identity(g, id, f.get("note", "")),
    "identity_checked": lambda g, id, f: requests.identity_checked(
        g, id, f.get("means", ""), f.get("evidence", "")
    ),
    "clarification_asked": lambda g, id, f: requests.ask_clarification(g, id, f.get("note", "")),
    "service_asked": lambda g, id, f: requests.ask_service(g, id, f.get("note", "")),
    "resumed": lambda g, id, f: requests.resume(g, id, f.get("note", "")),
    "extended": lambda g, id, f: requests.extend(g, id, f.get("reason", "")),
    "decided": lambda g, id, f: requests.decide(
        g, id, f.get("decision", ""), f.get("reasons", ""), f.get("objection", "")
    ),
    "answered": lambda g, id, f: requests.answer(
        g, id, f.get("means", ""), f.get("recipients", "")
    ),
    "withdrawn": lambda g, id, f: requests.withdraw(g, id, f.get("note", "")),
    "closed": lambda g, id, f: requests.close(g, id),
}
"""What each form of a request's page does."""


class RequestsView(BaseView):
    """`<prefix>/privacy/requests/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Requests")), endpoint="requests", url=f"{prefix}/privacy/requests"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The open requests, those that are late first; or those that are over."""
        asked = _opened(Channel.LIST)
        ended = parameters.flag(request.args, "ended")
        state, right = request.args.get("state", ""), request.args.get("right", "")
        page = parameters.whole(request.args, "page", 0, 0, FARTHEST_PAGE)
        lines, more = request_list.lines(asked, ended=ended, state=state, right=right, page=page)
        return self.render(
            "privacy/requests.html",
            lines=lines,
            more=more,
            page=page,
            ended=ended,
            state=state,
            right=right,
            states=STATES,
            rights=RIGHTS,
            acting=requests.may_act(asked),
            day=DateType().show,
            left=_left,
        )

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Answer:
        """The form of a request that came in."""
        asked = _acting()
        if request.method == "GET":
            return self._form(asked, _start(asked))
        try:
            number = requests.receive(asked, _received(asked, request.form))
        except (Invalid, NotFound) as refused:
            errors = dict(refused.fields) if isinstance(refused, Invalid) else {}
            return self._form(asked, request.form, str(refused), errors), 400
        return redirect(url_for("requests.one", id=number))

    def _form(
        self,
        asked: Gate,
        values: Mapping[str, Any],
        sentence: str = "",
        errors: Mapping[str, Any] | None = None,
    ) -> str:
        return self.render(
            "privacy/request-new.html",
            values=values,
            rights=RIGHTS,
            chosen=request.form.getlist("rights"),
            channels=CHANNELS,
            capacities=CAPACITIES,
            found=_found(asked, values),
            searches=asked.can(Verb.READ, PERSON),
            sentence=sentence,
            errors=errors or {},
        )

    @expose("/one/")
    def one(self) -> str:
        """One request: what it is, what was done, and what may be done next."""
        asked = _opened(Channel.DETAIL)
        return self._sheet(asked, parameters.key(request.args))

    def _sheet(self, asked: Gate, id: int, sentence: str = "") -> str:
        found = request_list.sheet(asked, id)
        return self.render(
            "privacy/request.html",
            it=found,
            acting=requests.may_act(asked),
            erasing=erasure.may_open(asked) and found.values["erasure"] in ("planned", "failed"),
            identity_means=IDENTITY_MEANS[1:],
            answer_means=ANSWER_MEANS[1:],
            objecting="objection" in str(found.values["rights"]).split(),
            effects=objections.EFFECTS,
            extended_to=deadlines.extended,
            sentence=sentence,
            day=DateType().show,
            left=_left,
            **_documents(asked, found),
        )

    @expose("/letter/", methods=("POST",))
    def letter(self) -> Answer:
        """One of the letters, filled from the request."""
        asked, form = _opened(Channel.DOCUMENT), request.form
        id = parameters.key(form)
        wanted = letters.Asked(
            form.get("code", ""),
            form.get("details", "").replace("\r\n", "\n"),
            form.get("addressee", "").replace("\r\n", "\n"),
        )
        try:
            made = letters.letter(asked, id, wanted, form.get("format", ""), form.get("lang", ""))
        except (Conflict, Invalid) as refused:
            return self._sheet(asked, id, str(refused)), refused.status
        return download(*made)

    @expose("/document/", methods=("POST",))
    def document(self) -> Answer:
        """The access document, or the portable data, as the answer to a request."""
        asked, form = _acting(), request.form
        id = parameters.key(form)
        try:
            made = answers.document(asked, id, form.get("format", ""), form.get("lang", ""))
        except (Conflict, Invalid, Forbidden) as refused:
            return self._sheet(asked, id, str(refused)), refused.status
        return download(*made)

    @expose("/erase/", methods=("GET", "POST"))
    def erase(self) -> Answer:
        """What a granted erasure does, and the form that executes it."""
        asked = _erasing()
        id = parameters.key(request.args)
        try:
            plan = erasure.plan(asked, erasure.for_request(asked, id))
        except (Conflict, Forbidden) as refused:
            return self._sheet(asked, id, str(refused)), refused.status
        if request.method == "GET":
            return self._plan(asked, id, plan)
        if request.form.get("previewed") != plan.signature:
            changed = gettext("What would be erased has changed since you looked: look again.")
            return self._plan(asked, id, plan, changed, 409)
        if not confirming.typed(request.form, gettext("erase")):
            return self._plan(asked, id, plan, confirming.sentence(gettext("erase")), 400)
        try:
            done = erasure.run(asked, plan, id)
        except (Conflict, Forbidden) as refused:
            return self._plan(asked, id, plan, str(refused), refused.status)
        if done.failed:
            flash(gettext("A module failed: the request stays open. Look at its timeline."))
        else:
            flash(gettext("The erasure is executed, and was read again."))
        return redirect(url_for("requests.one", id=id))

    def _plan(
        self, asked: Gate, id: int, plan: erasure.Plan, sentence: str = "", status: int = 200
    ) -> Answer:
        page = self.render(
            "privacy/erasure.html",
            it=plan,
            line=request_list.sheet(asked, id).line,
            actions=erasure.ACTIONS,
            sentence=sentence,
            confirm=confirming.sentence(gettext("erase")),
            number=IntegerType().show,
        )
        return page if status == 200 else (page, status)

    @expose("/act/", methods=("POST",))
    def act(self) -> Answer:
        """Do one act on a request."""
        asked = _acting()
        id, name = parameters.key(request.form), request.form.get("act", "")
        if name not in ACTS:
            raise Invalid(_("There is no such act."), _("Go back to the request."))
        try:
            ACTS[name](asked, id, request.form)
        except (Conflict, Invalid) as refused:
            return self._sheet(asked, id, str(refused)), refused.status
        flash(gettext("Done: the act stands in the timeline."))
        return redirect(url_for("requests.one", id=id))


def _documents(asked: Gate, found: request_list.Sheet) -> dict[str, Any]:
    """The letters and documents that the page of a request offers."""
    person = found.person
    kinds = [kind for kind in letters.FORMATS if kind != "pdf" or conversion.available()]
    return {
        "letters": letters.offered(found),
        "formats": kinds,
        "answers": answers.FORMATS if person and access.offered(asked, person[0]) else (),
        "languages": sorted(LANGUAGE_NAMES.items(), key=lambda one: one[0] != current_language()),
    }


def sees_requests(gate: Gate) -> bool:
    """True for who reads the register of requests (without a query)."""
    return requests.may_open(gate)


def records_requests(gate: Gate) -> bool:
    """True for who records a request about a person."""
    return requests.may_act(gate) and gate.can(Verb.CREATE, requests.REQUEST)


def attention(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """The requests that are past their term, and those that end soon."""
    if not sees_requests(asked):
        return
    here = f"{settings.admin.prefix}/privacy/requests/"
    late, soon = request_list.pressing(asked)
    if late:
        text = ngettext(
            "{count} request of a data subject is past its term.",
            "{count} requests of data subjects are past their term.",
            late,
        )
        yield text.format(count=IntegerType().show(late)), here, True
    if soon:
        text = ngettext(
            "{count} request of a data subject ends within {days} days.",
            "{count} requests of data subjects end within {days} days.",
            soon,
        )
        yield text.format(count=IntegerType().show(soon), days=deadlines.SOON), here, False


def _opened(channel: Channel) -> Gate:
    asked = gate(channel)
    if not sees_requests(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _acting() -> Gate:
    """A gate for who treats requests; what it writes is asked again by the gate itself."""
    return _opened(Channel.FORM)


def _erasing() -> Gate:
    """A gate for who erases persons; like a page that does not exist to others."""
    asked = _opened(Channel.FORM)
    if not erasure.may_open(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _start(asked: Gate) -> dict[str, str]:
    """The values that a new form begins with; a person may be named by the address."""
    start = {"received_on": asked.today.isoformat(), "channel": "email", "capacity": "self"}
    if request.args.get("id"):
        person = parameters.key(request.args)
        titles = asked.titles(PERSON, [person])
        if person not in titles:
            raise NotFound(_("There is no such row here."), _("It may have been erased."))
        start |= {"person": str(person), "person-text": titles[person]}
    return start


def _found(asked: Gate, values: Mapping[str, Any]) -> tuple[tuple[int, str], ...]:
    """The persons whom a typed name may mean, for a browser without scripts."""
    text = str(values.get("person-text", ""))
    if values.get("person") or not text.strip() or not asked.can(Verb.READ, PERSON):
        return ()
    return asked.lookup(PERSON, text)


def _received(asked: Gate, form: Any) -> Received:
    person = _person(asked, form)
    return Received(
        received_on=_day(form.get("received_on", "")),
        channel=form.get("channel", ""),
        rights=tuple(form.getlist("rights")),
        person=person,
        name=form.get("applicant_name", ""),
        email=form.get("applicant_email", ""),
        address=form.get("applicant_address", "").replace("\r\n", "\n"),
        capacity=form.get("capacity", "self"),
        scope=form.get("scope", "").replace("\r\n", "\n"),
    )


def _person(asked: Gate, form: Form) -> int | None:
    if form.get("person"):
        return parameters.key(form, "person")
    if not form.get("person-text", "").strip():
        return None
    if len(found := _found(asked, form)) == 1:
        return found[0][0]
    raise Invalid(
        _("Several persons have this name, or none."),
        _("Choose one, or empty the field and write the applicant's name."),
        {"person": _("Choose one of the list.")},
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Invalid(
            _("A request needs the day of its receipt."),
            fields={"received_on": _("Give a day.")},
        ) from None


def _left(days: int | None) -> str:
    """How far the term is, in words."""
    if days is None:
        return ""
    if days < 0:
        text = ngettext("{days} day late", "{days} days late", -days)
        return text.format(days=IntegerType().show(-days))
    if days == 0:
        return gettext("today")
    text = ngettext("{days} day left", "{days} days left", days)
    return text.format(days=IntegerType().show(days))
