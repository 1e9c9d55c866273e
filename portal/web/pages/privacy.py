"""The register, retention and attachment rules on screen: pages of the privacy officer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import approvals, periods, processes
from portal.approvals import Decision
from portal.catalog import PERSON
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Conflict, NotFound
from portal.fieldtypes import DateTimeType, DateType, IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.obsolete import PURGES
from portal.operations import automatic_purge, rehearsal, waiting
from portal.privacy import anonymisation, attachments, lost_rows, register, retention
from portal.privacy.retention import Plan
from portal.settings import Settings
from portal.web import confirming, parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]
RIGHTS = "accounts.grant"
FARTHEST_PAGE = 1_000_000


def sees_privacy(gate: Gate) -> bool:
    """True for who reads the register and the retention page (without a query)."""
    return register.may_read(gate)


def sees_rights(gate: Gate) -> bool:
    """True for who reads the rights of the profile types (without a query)."""
    return gate.can(Verb.READ, RIGHTS)


class PrivacyView(BaseView):
    """`<prefix>/privacy/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Privacy")), endpoint="privacy", url=f"{prefix}/privacy")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Response:
        """The register is the first of these pages."""
        return redirect(url_for("register.index"))

    # --- retention --------------------------------------------------------------------------------

    @expose("/retention/")
    def retention(self) -> str:
        """One line for each activity, and the purges that were run."""
        asked = _opened(Channel.LIST)
        return self.render(
            "privacy/retention.html",
            lines=retention.lines(asked),
            past=retention.past(asked),
            lost=lost_rows.told(asked),
            number=_number,
            day=DateType().show,
        )

    @expose("/retention/<activity>/", methods=("GET", "POST"))
    def purge(self, activity: str) -> Answer:
        """What a purge would erase; it is run by a form that carries what was previewed."""
        asked = _opened(Channel.PURGE)
        page = parameters.whole(request.args, "page", 0, 0, FARTHEST_PAGE)
        blocker = request.args.get("blocker", "")
        plan = retention.plan(asked, activity, page, blocker=blocker)
        if request.method == "GET":
            return self._preview(plan)
        act = request.form.get("act", "run")
        if act in ("automatic", "by-hand"):
            return self._switch(asked, plan, on=act == "automatic")
        if act in ("archive", "bring-back"):
            return self._archive(asked, plan, on=act == "archive")
        if request.form.get("previewed") != plan.signature:
            changed = gettext("The obsolete rows have changed since you looked: look again.")
            return self._preview(plan, changed, 409)
        if act == "approve":
            retention.approve(asked, plan)
            flash(gettext("The preview is approved. Nothing was erased."))
            return redirect(url_for("privacy.purge", activity=activity))
        if not confirming.typed(request.form, gettext("purge")):
            return self._preview(plan, confirming.sentence(gettext("purge")), 400)
        try:
            done = retention.run(asked, plan)
        except Conflict as conflict:
            return self._preview(retention.plan(asked, activity, page), str(conflict), 409)
        return redirect(url_for("privacy.evidence", id=done.id))

    def _archive(self, asked: Gate, plan: Plan, *, on: bool) -> Response:
        rows = retention.archive(asked, plan.activity, on=on)
        moved = ngettext("{count} row was archived.", "{count} rows were archived.", rows)
        back = ngettext(
            "{count} row is back in the lists.", "{count} rows are back in the lists.", rows
        )
        flash((moved if on else back).format(count=_number(rows)))
        return redirect(url_for("privacy.purge", activity=plan.activity))

    def _switch(self, asked: Gate, plan: Plan, *, on: bool) -> Answer:
        try:
            retention.switch(asked, plan.activity, on=on)
        except Conflict as conflict:
            return self._preview(plan, str(conflict), 409)
        by_itself = gettext("The activity purges itself each night.")
        flash(by_itself if on else gettext("It is only purged by hand."))
        return redirect(url_for("privacy.purge", activity=plan.activity))

    @expose("/evidence/")
    def evidence(self) -> str:
        """The proof of one purge, to be printed."""
        asked = _opened(Channel.DETAIL)
        return self.render(
            "privacy/evidence.html",
            it=retention.evidence(asked, parameters.key(request.args)),
            software=register.software(),
            number=_number,
            day=DateType().show,
        )

    def _preview(self, plan: Plan, sentence: str = "", status: int = 200) -> Answer:
        labels = gate(Channel.PURGE).catalog.tables
        page = self.render(
            "privacy/purge.html",
            it=plan,
            going=[(str(labels[n].label), k) for n, k in sorted(plan.counts.deletable_in.items())],
            along=[(str(labels[n].label), k) for n, k in sorted(plan.counts.along.items())],
            blocked=[(str(why), k) for why, k in plan.counts.blocked_by.items()],
            sentence=sentence,
            confirm=confirming.sentence(gettext("purge")),
            second_person=approvals.second_person(),
            waits=_waits(plan),
            anonymisable=_anonymisable(plan),
            rehearsing=rehearsal.may_make(gate(Channel.PURGE)),
            who=_who,
            period=periods.text,
            number=_number,
            day=DateType().show,
        )
        return page if status == 200 else (page, status)

    # --- attachment rules -------------------------------------------------------------------------

    @expose("/attachments/")
    def attachments(self) -> str:
        """Which accounts a row is attached to, table by table."""
        asked = gate(Channel.LIST)
        if not sees_rights(asked):
            raise NotFound(_("There is nothing at this address."))
        return self.render("privacy/attachments.html", rules=attachments.rules(asked))


def attention(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """How many rows wait to be purged, as they were counted last night: one query."""
    yield from _refused_tonight(asked, settings)
    counted = waiting.last() if sees_privacy(asked) else None
    if counted and counted[0]:
        number, at = counted
        text = ngettext(
            "{count} row is past its term and may be erased (counted on {moment}).",
            "{count} rows are past their term and may be erased (counted on {moment}).",
            number,
        )
        told = text.format(count=_number(number), moment=DateTimeType().show(at))
        yield told, f"{settings.admin.prefix}/privacy/retention/", False


def _refused_tonight(asked: Gate, settings: Settings) -> Iterator[tuple[str, str, bool]]:
    """The automatic purges that did not take place last night."""
    if sees_privacy(asked) and (told := automatic_purge.refused()):
        text = gettext("An automatic purge did not take place: {why}")
        yield text.format(why=told), f"{settings.admin.prefix}/privacy/retention/", True


def _who(decision: Decision) -> str:
    """Who decided, as the evidence names them."""
    number = decision.account
    return gettext("Account {id}").format(id=number) if number else processes.words(decision.actor)


def _anonymisable(plan: Plan) -> bool:
    """True when persons are kept by rows that refer to them, and may be anonymised."""
    about = gate(Channel.PURGE)
    activity = about.catalog.table(PERSON).declaration.activity
    kept = any(why.kind == "reference" for why in plan.counts.blocked_by)
    named = activity is not None and activity.name == plan.activity
    return named and kept and anonymisation.may_open(about)


def _waits(plan: Plan) -> bool:
    """True when another person than this one is to approve first, or to run."""
    if not approvals.second_person():
        return False
    approval = plan.approval
    return approval is None or approval.account in (None, actor().account)


def _opened(channel: Channel) -> Gate:
    """A gate for the officer's pages, which do not exist for others."""
    asked = gate(channel)
    if not asked.can(Verb.READ, PURGES):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _number(value: Any) -> str:
    return gettext("not counted") if value is None else IntegerType().show(value)
