"""The register of breaches on screen: pages of the privacy officer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.builtin.breaches import NATURES, STATES
from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.documents import conversion
from portal.errors import Conflict, Invalid, NotFound
from portal.fieldtypes import DateTimeType, IntegerType
from portal.gate import Gate
from portal.i18n import LANGUAGES, Label, _, current_language, gettext, ngettext
from portal.privacy import breach_files, breach_letters, breach_list, breaches, deadlines
from portal.privacy.breach_letters import Addressee
from portal.privacy.breaches import BREACH, Discovered
from portal.privacy.letters import FORMATS
from portal.settings import Settings
from portal.web import parameters
from portal.web.pages.documents import LANGUAGE_NAMES, download
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]
Form = Mapping[str, str]
FARTHEST_PAGE = 1_000_000
HOUR, SHOWN_AS_DAYS = 60, 72 * 60
ACTS: Mapping[str, Callable[[Gate, int, Form], None]] = {
    "notified": lambda g, id, f: breaches.notify(
        g,
        id,
        _moment(f, "notified_at"),
        body=f.get("body", ""),
        delay=f.get("delay_reason", ""),
    ),
    "not_notified": lambda g, id, f: breaches.leave_unnotified(g, id, f.get("note", "")),
    "informed": lambda g, id, f: breaches.inform(
        g, id, _day(f, "persons_told_on"), f.get("note", "")
    ),
    "inform_soon": lambda g, id, f: breaches.inform_soon(g, id, f.get("note", "")),
    "not_informed": lambda g, id, f: breaches.leave_uninformed(g, id, f.get("note", "")),
    "closed": lambda g, id, f: breaches.close(g, id),
}
"""What each form of a breach's page does."""


class BreachesView(BaseView):
    """`<prefix>/privacy/breaches/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Breaches")), endpoint="breaches", url=f"{prefix}/privacy/breaches"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The open breaches, those whose term ends first before the others; or those closed."""
        asked = _opened(Channel.LIST)
        ended = parameters.flag(request.args, "ended")
        state = request.args.get("state", "")
        page = parameters.whole(request.args, "page", 0, 0, FARTHEST_PAGE)
        lines, more = breach_list.lines(asked, ended=ended, state=state, page=page)
        return self.render(
            "privacy/breaches.html",
            lines=lines,
            more=more,
            page=page,
            ended=ended,
            state=state,
            states=STATES,
            recording=breaches.may_record(asked),
            files=_files(asked),
            left=left,
        )

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Answer:
        """The form of a breach that was discovered."""
        asked = _opened(Channel.FORM)
        if not breaches.may_record(asked):
            raise NotFound(_("There is nothing at this address."))
        if request.method == "GET":
            now = DateTimeType().write(breaches.moment(asked))[:16]
            return self._form({"discovered_at": now.replace(" ", "T")})
        try:
            number = breaches.record(asked, _discovered(request.form))
        except Invalid as refused:
            return self._form(request.form, str(refused), refused.fields), 400
        return redirect(url_for("breaches.one", id=number))

    def _form(
        self,
        values: Mapping[str, Any],
        sentence: str = "",
        errors: Mapping[str, object] | None = None,
    ) -> str:
        made: str = self.render(
            "privacy/breach-new.html",
            values=values,
            natures=NATURES,
            chosen=request.form.getlist("natures"),
            hours=deadlines.breach_hours(),
            sentence=sentence,
            errors=errors or {},
        )
        return made

    @expose("/one/")
    def one(self) -> str:
        """One breach: what is known, what was done, and what may be done next."""
        return self._sheet(_opened(Channel.DETAIL), parameters.key(request.args))

    def _sheet(self, asked: Gate, id: int, sentence: str = "") -> str:
        made: str = self.render(
            "privacy/breach.html",
            it=breach_list.sheet(asked, id),
            acting=breaches.may_act(asked),
            searches=asked.can(Verb.READ, PERSON),
            found=_persons(asked, request.form),
            formats=[kind for kind in FORMATS if kind != "pdf" or conversion.available()],
            languages=sorted(LANGUAGE_NAMES.items(), key=lambda one: one[0] != current_language()),
            now=DateTimeType().write(breaches.moment(asked))[:16].replace(" ", "T"),
            today=asked.today.isoformat(),
            typed=request.form,
            sentence=sentence,
            left=left,
        )
        return made

    @expose("/act/", methods=("POST",))
    def act(self) -> Answer:
        """Do one act on a breach."""
        asked = _opened(Channel.FORM)
        id, name = parameters.key(request.form), request.form.get("act", "")
        if name not in ACTS:
            raise Invalid(_("There is no such act."), _("Go back to the breach."))
        try:
            ACTS[name](asked, id, request.form)
        except (Conflict, Invalid) as refused:
            return self._sheet(asked, id, str(refused)), refused.status
        flash(gettext("Done: the act stands in the timeline."))
        return redirect(url_for("breaches.one", id=id))

    @expose("/letter/", methods=("POST",))
    def letter(self) -> Answer:
        """The letter to one of the persons concerned."""
        asked, form = _opened(Channel.DOCUMENT), request.form
        id = parameters.key(form)
        try:
            to = _addressee(asked, form)
            made = breach_letters.letter(
                asked, id, to, form.get("format", ""), form.get("lang", "")
            )
        except (Conflict, Invalid) as refused:
            return self._sheet(asked, id, str(refused)), refused.status
        return download(*made)

    @expose("/export/")
    def export(self) -> Answer:
        """The whole register as one file."""
        asked, given = _opened(Channel.REGISTER), request.args
        made = breach_files.export(asked, given.get("format", ""), given.get("lang", ""))
        return download(*made)


def sees_breaches(gate: Gate) -> bool:
    """True for who reads the register of breaches (without a query)."""
    return breaches.may_open(gate)


def attention(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """The breaches past their term, and those whose clock runs."""
    if not sees_breaches(asked):
        return
    here = f"{settings.admin.prefix}/privacy/breaches/"
    late, running = breach_list.pressing(asked)
    if late:
        text = ngettext(
            "{count} breach of personal data is past its term of notification.",
            "{count} breaches of personal data are past their term of notification.",
            late,
        )
        yield text.format(count=IntegerType().show(late)), here, True
    if running:
        first = breach_list.lines(asked, ended=False, state="")[0]
        nearest = min(line.left for line in first if line.left is not None and line.left >= 0)
        text = ngettext(
            "{count} breach of personal data waits for its notification: {left}.",
            "{count} breaches of personal data wait for their notification: {left}.",
            running,
        )
        yield text.format(count=IntegerType().show(running), left=left(nearest)), here, True


def left(minutes: int | None) -> str:
    """How far the term is, in words."""
    if minutes is None:
        return ""
    hours, rest = divmod(abs(minutes), HOUR)
    if abs(minutes) > SHOWN_AS_DAYS:
        days = hours // 24
        late, soon = (
            ngettext("{days} day overdue", "{days} days overdue", days),
            ngettext("{days} day left", "{days} days left", days),
        )
        return (late if minutes < 0 else soon).format(days=IntegerType().show(days))
    text = (
        gettext("{hours} h {minutes} overdue")
        if minutes < 0
        else gettext("{hours} h {minutes} left")
    )
    return text.format(hours=hours, minutes=f"{rest:02}")


def _opened(channel: Channel) -> Gate:
    asked = gate(channel)
    if not sees_breaches(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _files(asked: Gate) -> list[tuple[str, str]]:
    """The files that are offered, each with its address."""
    if not asked.can(Verb.EXPORT, BREACH):
        return []
    return [
        (
            f"{kind.upper()}, {LANGUAGE_NAMES[lang]}",
            url_for("breaches.export", format=kind, lang=lang),
        )
        for lang in sorted(LANGUAGES, key=lambda code: code != current_language())
        for kind in breach_files.MIME_TYPES
    ]


def _discovered(form: Any) -> Discovered:
    occurred = form.get("occurred_at", "").strip()
    return Discovered(
        at=_moment(form, "discovered_at"),
        facts=form.get("facts", "").replace("\r\n", "\n"),
        natures=tuple(form.getlist("natures")),
        occurred_at=_moment(form, "occurred_at") if occurred else None,
        in_progress=bool(form.get("in_progress")),
    )


def _moment(form: Form, name: str) -> datetime:
    try:
        found: datetime | None = DateTimeType().parse(form.get(name, ""))
    except Invalid as refused:
        raise Invalid(refused.message, refused.remedy, {name: refused.message}) from None
    if found is None:
        raise _missing(name, _("Give a day and an hour."))
    return found


def _day(form: Form, name: str) -> date:
    try:
        return date.fromisoformat(form.get(name, ""))
    except ValueError:
        raise _missing(name, _("Give a day.")) from None


def _missing(name: str, sentence: Label) -> Invalid:
    return Invalid(sentence, fields={name: sentence})


def _persons(asked: Gate, form: Form) -> tuple[tuple[int, str], ...]:
    """The persons whom a typed name may mean, for a browser without scripts."""
    text = form.get("person-text", "")
    if form.get("person") or not text.strip() or not asked.can(Verb.READ, PERSON):
        return ()
    return asked.lookup(PERSON, text)


def _addressee(asked: Gate, form: Form) -> Addressee:
    written = form.get("addressee", "").replace("\r\n", "\n")
    if form.get("person"):
        return Addressee(parameters.key(form, "person"), written)
    found = _persons(asked, form)
    if len(found) == 1:
        return Addressee(found[0][0], written)
    if form.get("person-text", "").strip():
        raise Invalid(
            _("Several persons have this name, or none."),
            _("Choose one of the list, or write a name and an address."),
        )
    return Addressee(None, written)
