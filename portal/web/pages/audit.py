"""Rules of the audit on screen: those there are, a form to set one, a button to switch one off."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal.accounts import right_words
from portal.accounts.right_editing import BLANK_LINES, Asked
from portal.auditing import EVENTS, LONGEST_DAYS, RULES
from portal.builtin.audit import ACTS, EVERYTHING, LEVELS
from portal.channels import Channel
from portal.conditions import MOST
from portal.errors import Forbidden, Invalid, NotFound
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privacy import auditing
from portal.privacy.auditing import Draft
from portal.rows import Row
from portal.web import parameters
from portal.web.pages.rights import operator_words
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]


class AuditView(BaseView):
    """`<prefix>/privacy/audit/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Audit")), endpoint="audit", url=f"{prefix}/privacy/audit")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The rules."""
        asked = _opened(Channel.LIST)
        page: str = self.render(
            "privacy/audit.html",
            lines=auditing.lines(asked),
            tables=[(table.name, str(table.label)) for table in auditing.tables(asked)],
            may_write=auditing.writes(asked),
            events=EVENTS if auditing.sees_events(asked) else "",
            day=DateType().show,
        )
        return page

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Answer:
        """A new rule on a table chosen before."""
        asked = _writing()
        source = request.form if request.method == "POST" else request.args
        table = auditing.table_of(asked, source.get("table", "")).name
        if request.method == "GET":
            return self._form(asked, Draft(table))
        made = Draft(table)
        try:
            made = _posted(request.form, table)
            made = replace(made, ends_on=auditing.day_of(request.form.get("ends_on", "")))
            auditing.add(asked, made)
        except (Invalid, Forbidden) as refused:
            return self._form(asked, made, error=str(refused)), refused.status
        flash(gettext("The rule was added. It holds from now on."))
        return redirect(url_for("audit.index"))

    @expose("/edit/", methods=("GET", "POST"))
    def edit(self) -> Answer:
        """Change a rule."""
        asked = _writing()
        source = request.form if request.method == "POST" else request.args
        row = asked.one(RULES, parameters.key(source))
        made = auditing.draft(asked, row)
        if request.method == "GET":
            return self._form(asked, made, row)
        shown = parameters.whole(request.form, "version", -1, 0, parameters.LARGEST_ID)
        try:
            made = _posted(request.form, made.table)
            made = replace(made, ends_on=auditing.day_of(request.form.get("ends_on", "")))
            auditing.change(asked, row, made, shown)
        except (Invalid, Forbidden) as refused:
            return self._form(asked, made, row, error=str(refused)), refused.status
        flash(gettext("The rule was changed."))
        return redirect(url_for("audit.index"))

    @expose("/switch/", methods=("POST",))
    def switch(self) -> Answer:
        """Switch a rule on or off."""
        asked, on = _writing(), request.form.get("on") == "1"
        auditing.switch(asked, parameters.key(request.form), on)
        flash(gettext("The rule is on.") if on else gettext("The rule is off."))
        return redirect(url_for("audit.index"))

    def _form(self, asked: Gate, made: Draft, row: Row | None = None, error: str = "") -> str:
        table = auditing.table_of(asked, made.table)
        lines = [*made.conditions[: MOST - BLANK_LINES], *[Asked()] * BLANK_LINES]
        page: str = self.render(
            "privacy/audit_rule.html",
            table=table,
            made=made,
            row=row,
            error=error,
            lines=lines,
            levels=LEVELS,
            acts=ACTS,
            fields=auditing.fields_of(asked, table),
            kept=[str(table.fields[name].label) for name in table.audited],
            comparable=auditing.comparable(asked, table),
            operators=[(name, operator_words(name)) for name in right_words.OPERATORS],
            longest=LONGEST_DAYS,
            full=EVERYTHING,
            version=row.version if row else 0,
        )
        return page


def sees_audit(asked: Gate) -> bool:
    """True for who reads the rules (without a query)."""
    return auditing.sees(asked)


def _opened(channel: Channel) -> Gate:
    asked = gate(channel)
    if not auditing.sees(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _writing() -> Gate:
    asked = _opened(Channel.FORM)
    if not auditing.writes(asked):
        raise Forbidden(_("You may not set the rules of the audit."))
    return asked


def _posted(form: MultiDict[str, str], table: str) -> Draft:
    """The rule that was sent, but for its last day, which may be none."""
    conditions = tuple(
        Asked(*(form.get(f"condition-{n}-{part}", "") for part in ("field", "operator", "value")))
        for n in range(MOST)
        if f"condition-{n}-field" in form
    )
    names = [line.strip() for line in form.get("accounts", "").replace(",", "\n").splitlines()]
    return Draft(
        table=table,
        label=form.get("label", ""),
        level=form.get("level", ""),
        acts=frozenset(form.getlist("act")),
        fields=frozenset(form.getlist("field")),
        conditions=conditions,
        named=form.get("whom") == "named",
        accounts=tuple(name for name in names if name),
    )
