"""Access codes on screen: those of one record, and the fields that carry one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose

from portal import catalog
from portal import codes as access_codes
from portal.accounts import coding
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.text import fold
from portal.web import parameters
from portal.web.session import actor, gate


class CodesView(BaseView):
    """`<prefix>/codes/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Access codes")), endpoint="codes", url=f"{prefix}/codes")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Any:
        """The codes are a table like others."""
        return redirect(url_for("accounts_accesscode.index_view"))

    @expose("/record/", methods=("GET", "POST"))
    def record(self) -> Any:
        """The codes of one record."""
        asked = gate(Channel.FORM)
        source = request.form if request.method == "POST" else request.args
        table, row = source.get("table", ""), parameters.key(source)
        codes, error = coding.of_row(asked, table, row), ""
        if request.method == "POST":
            wanted = [parameters.key({"id": text}) for text in request.form.getlist("code")]
            try:
                coding.set_row(asked, table, row, wanted)
            except Invalid as refused:
                error = str(refused)
            else:
                flash(gettext("The access codes of the record were saved."))
                return redirect(url_for("codes.record", table=table, id=row))
        page = self.render(
            "rights/codes.html",
            table=asked.catalog.table(table),
            row=row,
            title=asked.titles(table, [row])[row],
            codes=codes,
            error=error,
        )
        return (page, 400) if error else page

    @expose("/fields/", methods=("GET", "POST"))
    def fields(self) -> Any:
        """The fields of a table that carry a code."""
        asked = gate(Channel.FORM)
        if not codes_fields(asked):
            raise NotFound(_("There is nothing at this address."))
        source = request.form if request.method == "POST" else request.args
        code, table, error = parameters.key(source), source.get("table", ""), ""
        listed = coding.fields_of(asked, code, table) if table else []
        if request.method == "POST":
            try:
                coding.set_fields(asked, code, table, request.form.getlist("field"))
            except Invalid as refused:
                error = str(refused)
            else:
                flash(gettext("The fields with this access code were saved."))
                return redirect(url_for("codes.fields", id=code, table=table))
        tables = [
            (each.name, str(each.label))
            for each in catalog.current()
            if access_codes.carries(each) and asked.can(Verb.READ, each.name)
        ]
        page = self.render(
            "rights/code_fields.html",
            code=asked.one(coding.CODE, code),
            tables=sorted(tables, key=lambda each: fold(each[1])),
            table=table,
            fields=listed,
            error=error,
        )
        return (page, 400) if error else page


def codes_fields(asked: Gate) -> bool:
    """True when the sheet of a code leads to the fields that carry it."""
    return coding.may_code(asked, coding.CODED_FIELD)


def codes_records(asked: Gate) -> bool:
    """True when the sheets of records lead to their codes."""
    return coding.may_code(asked, coding.CODED_ROW) and asked.can(Verb.READ, coding.CODE)


def carries(table: str) -> bool:
    """True when records of the table may have codes."""
    return access_codes.carries(catalog.current().table(table))
