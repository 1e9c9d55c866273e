"""Jobs and backups on screen, for who looks after the portal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import current_app, flash, redirect, request, send_file, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import catalog, reindex
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Conflict, Invalid, NotFound
from portal.fieldtypes import DateTimeType, IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.models import utc_now
from portal.operations import backup, jobs, overview, stock
from portal.privacy import lost_rows
from portal.settings import Settings
from portal.web import parameters
from portal.web.session import actor, gate

FARTHEST_PAGE = 1_000_000
OLD_DAYS = 2
MEGABYTE = 1_000_000


class OperationsView(BaseView):
    """`<prefix>/operations/`: jobs, nights, backups, and a test of the mail."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Operations")), endpoint="operations", url=f"{prefix}/operations"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The page."""
        asked = _opened(Channel.LIST)
        page = parameters.whole(request.args, "page", 0, 0, FARTHEST_PAGE)
        lines, more = overview.lines(asked, page)
        whole, backing_up = overview.reads_all(asked), overview.may_back_up(asked)
        return self.render(
            "operations/index.html",
            lines=lines,
            page=page,
            more=more,
            whole=whole,
            backing_up=backing_up,
            testing=overview.may_test(asked),
            nights=overview.periodic() if whole else (),
            kept=stock.kept(_settings()) if backing_up else (),
            mail=_settings().mail.host,
            number=IntegerType().show,
            size=_size,
        )

    @expose("/result/")
    def result(self) -> Response:
        """The file that a job left."""
        found = overview.result(gate(Channel.EXPORT), parameters.key(request.args))
        answer = send_file(found, as_attachment=True, download_name=found.name)
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/cancel/", methods=("POST",))
    def cancel(self) -> Response:
        """Ask a job to stop."""
        asked = _opened(Channel.FORM)
        try:
            overview.cancel(asked, parameters.key(request.form))
            flash(gettext("The job is asked to stop."))
        except Conflict as over:
            flash(str(over))
        return _back()

    @expose("/backup/", methods=("POST",))
    def back_up(self) -> Response:
        """Ask for a backup now."""
        asked = _backing_up()
        if jobs.under_way(backup.JOB):
            flash(gettext("A backup is being made already."))
        else:
            jobs.enqueue(backup.JOB, account=asked.actor.account)
            flash(gettext("A backup is being made: it is listed below when it is done."))
        return _back()

    @expose("/verify/", methods=("POST",))
    def verify(self) -> Response:
        """Ask for a backup to be read back whole."""
        asked = _backing_up()
        stock.ask_to_verify(_settings(), request.form.get("name", ""), asked.actor.account)
        flash(gettext("The backup is being read back: the result is shown beside it."))
        return _back()

    @expose("/mail/", methods=("POST",))
    def test_mail(self) -> Response:
        """Send a test message to who asks."""
        asked = gate(Channel.FORM)
        try:
            address = overview.send_test(asked, _settings())
            text = gettext("A test message to {address} is being sent.")
            flash(text.format(address=address))
        except Invalid as refused:
            flash(str(refused))
        return _back()


def attention(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """Indexes that are being made, rows without their module, backups missing or old."""
    here = f"{settings.admin.prefix}/operations/"
    link = here if overview.may_read(asked) else ""
    for table in reindex.waiting(catalog.current()):
        if asked.can(Verb.READ, table.name):
            text = gettext(
                "{table}: the search index is being made, so some rows are not found yet."
            )
            yield text.format(table=table.label), link, False
    for line in lost_rows.told(asked):
        text = gettext("A module is not loaded, and its rows stay: {rows}")
        yield text.format(rows=line), "", False
    if overview.may_back_up(asked):
        good = stock.last_good(settings)
        if good is None:
            yield gettext("There is no backup yet."), here, True
        else:
            days = (utc_now() - good.made_at).days
            if days >= OLD_DAYS:
                text = ngettext(
                    "The last good backup is {days} day old ({moment}).",
                    "The last good backup is {days} days old ({moment}).",
                    days,
                )
                moment = DateTimeType().show(good.made_at)
                yield text.format(days=days, moment=moment), here, True


def _settings() -> Settings:
    settings: Settings = current_app.extensions["portal"].settings
    return settings


def _opened(channel: Channel) -> Gate:
    """A gate for the page, which does not exist for who finds nothing there."""
    asked = gate(channel)
    if not overview.may_open(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _backing_up() -> Gate:
    """A gate for who makes backups and has them read back."""
    asked = gate(Channel.FORM)
    overview.require(asked, held=overview.may_back_up(asked))
    return asked


def _back() -> Response:
    return redirect(url_for("operations.index"))


def _size(count: Any) -> str:
    """A size in bytes, in words."""
    if count < MEGABYTE:
        return gettext("{number} kB").format(number=IntegerType().show(max(1, count // 1_000)))
    return gettext("{number} MB").format(number=IntegerType().show(count // MEGABYTE))
