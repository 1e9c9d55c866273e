"""The access journal on screen, for the privacy officer."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from flask import Response, current_app, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse

from portal import journal_alerts, journal_reading
from portal.channels import Channel
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.privacy import access_journal, alerts
from portal.privacy.access_journal import Asked
from portal.settings import Settings
from portal.start import release
from portal.web import parameters
from portal.web.downloads import BOM
from portal.web.session import actor, gate

PAGE_SIZE = 50
LONGEST = 200
FARTHEST_PAGE = 1_000_000
TYPED = ("since", "until", "account", "kind", "table", "person", "address")


def sees_journal(gate: Gate) -> bool:
    """True for who reads the access journal (without a query)."""
    return journal_reading.may_read(gate)


class AccessJournalView(BaseView):
    """`<prefix>/privacy/journal/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Access journal")),
            endpoint="access_journal",
            url=f"{prefix}/privacy/journal",
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """One page of entries."""
        asked, typed = gate(Channel.LIST), _typed()
        access_journal.require(asked)
        page = access_journal.lines(
            asked,
            typed,
            PAGE_SIZE,
            below=_beside("before"),
            above=_beside("after"),
        )
        settings: Settings = current_app.extensions["portal"].settings
        return self.render(
            "privacy/journal.html",
            it=page,
            asked=typed,
            kinds=access_journal.kinds(),
            tables=sorted((str(table.label), table.name) for table in asked.catalog),
            days=settings.journal.days,
            enabled=settings.journal.enabled,
            purpose=access_journal.PURPOSE,
            destroy=access_journal.DESTROY,
            address=_address,
            number=IntegerType().show,
        )

    @expose("/export/<kind>/")
    def export(self, kind: str) -> Response:
        """The entries as a file, written as they are read."""
        asked = gate(Channel.EXPORT)
        access_journal.require(asked)
        pieces = access_journal.export(asked, _typed(), kind)
        answer = Response(_released(pieces, kind), mimetype=access_journal.FORMATS[kind])
        answer.headers["Content-Disposition"] = f'attachment; filename="journal.{kind}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/alerts/")
    def alerts(self) -> str:
        """What the checks of each night found."""
        asked = gate(Channel.LIST)
        access_journal.require(asked)
        every = parameters.flag(request.args, "all")
        page = parameters.whole(request.args, "page", 0, 0, FARTHEST_PAGE)
        lines, more = alerts.lines(asked, page, every=every)
        return self.render(
            "privacy/journal-alerts.html",
            lines=lines,
            more=more,
            page=page,
            every=every,
            address=_address,
            asked=Asked,
            purpose=access_journal.PURPOSE,
            number=IntegerType().show,
        )

    @expose("/deal/", methods=("POST",))
    def deal(self) -> AnyResponse:
        """Note that an alert was looked into."""
        asked = gate(Channel.FORM)
        access_journal.require(asked)
        id = parameters.key(request.form)
        journal_alerts.deal(asked, id, request.form.get("note", ""))
        flash(gettext("The alert is dealt with."))
        return redirect(url_for("access_journal.alerts"))


def attention(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """How many alerts wait to be looked into: one query, for who reads the journal."""
    if not sees_journal(asked):
        return
    count = alerts.waiting(asked)
    if count:
        text = ngettext(
            "{count} alert of the access journal waits to be looked into.",
            "{count} alerts of the access journal wait to be looked into.",
            count,
        )
        here = f"{settings.admin.prefix}/privacy/journal/alerts/"
        yield text.format(count=IntegerType().show(count)), here, True


def _typed() -> Asked:
    """The filters of the address. Raises Invalid for an attention that is neither 0 nor 1."""
    given = {name: request.args.get(name, "").strip()[:LONGEST] for name in TYPED}
    return Asked(**given, attention=parameters.flag(request.args, "attention"))


def _beside(name: str) -> int | None:
    return parameters.key(request.args, name) if request.args.get(name) else None


def _address(asked: Asked, **more: object) -> str:
    """The parameters of these filters, with others, as a query string."""
    pairs = [(name, getattr(asked, name)) for name in TYPED]
    pairs += [("attention", "1" if asked.attention else ""), *more.items()]
    kept = [(name, value) for name, value in pairs if value not in ("", None)]
    return f"?{urlencode(kept)}" if kept else "?"


def _released(pieces: Iterator[str], kind: str) -> Iterator[str]:
    try:
        if kind == "csv":
            yield BOM
        yield from pieces
    finally:
        release()
