"""Identifiers on screen: what each table makes, and the formulas of one with a try on a row."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import identifier_editing, identifiers
from portal.builtin.identifiers import KINDS, SYNTAXES
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Forbidden, Invalid, NotFound
from portal.formula_filters import FILTERS
from portal.formulas import LONGEST_FORMULA
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.identifiers import EXTERNAL, FULL, INDEX, TABLE, Definition
from portal.operations import identifying
from portal.web import parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]
ACTS = ("preview", "save", "make")


def sees_identifiers(gate: Gate) -> bool:
    """True for who reads the formulas of identifiers (without a query)."""
    return gate.can(Verb.READ, TABLE)


class IdentifiersView(BaseView):
    """`<prefix>/identifiers/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Identifiers")), endpoint="identifiers", url=f"{prefix}/identifiers"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The tables that have identifiers."""
        asked = _opened(Channel.LIST)
        return self.render(
            "identifiers/index.html",
            tables=identifier_editing.tables(asked),
            kinds=dict(KINDS),
            made_by_kind=lambda plan: {made.kind: made for made in plan.formulas},
            labels=lambda table, names: ", ".join(str(table.fields[n].label) for n in names),
        )

    @expose("/<table_name>/", methods=("GET", "POST"))
    def table(self, table_name: str) -> Answer:
        """The formulas of a table: shown, tried, saved."""
        asked = _opened(Channel.FORM)
        table = _table(asked, table_name)
        if request.method == "GET":
            return self._page(asked, table, identifiers.definitions(table), request.args)
        act = request.form.get("act", "")
        if act not in ACTS:
            raise Invalid(_("There is no such act here."))
        if act != "preview" and not identifier_editing.may_write(asked):
            raise NotFound(_("There is nothing at this address."))
        if act == "make":
            identifier_editing.make_again(asked, table)
            flash(gettext("The identifiers of all rows are being made."))
            return redirect(url_for("identifiers.table", table_name=table_name))
        wanted = _wanted(table, request.form)
        if act == "save":
            try:
                saved = identifier_editing.save(asked, table, wanted)
            except (Invalid, Forbidden) as refused:
                return self._page(asked, table, wanted, request.form, str(refused)), 400
            flash(
                gettext("Saved. The identifiers of all rows are being made.")
                if saved
                else gettext("Nothing was changed.")
            )
            return redirect(url_for("identifiers.table", table_name=table_name))
        return self._page(asked, table, wanted, request.form)

    def _page(
        self,
        asked: Gate,
        table: CatalogTable,
        wanted: dict[str, Definition],
        given: MultiDict[str, str],
        refusal: str = "",
    ) -> str:
        shown, sentence = None, refusal
        number = parameters.whole(given, "row", 0, 0, parameters.LARGEST_ID)
        try:
            shown = identifier_editing.preview(asked, table, wanted, number or None)
        except (Invalid, NotFound) as wrong:
            sentence = sentence or str(wrong)
        shipped = table.declaration.identifiers
        page: str = self.render(
            "identifiers/table.html",
            table=table,
            wanted=wanted,
            fixed=bool(shipped and shipped.fixed),
            shipped=shipped,
            preview=shown,
            row=number or (shown.id if shown else ""),
            sentence=sentence,
            variables=identifiers.variables(asked.catalog, table),
            keys=identifiers.keys(table),
            kinds=dict(KINDS),
            formulas=(EXTERNAL, FULL),
            index=INDEX,
            syntaxes=SYNTAXES,
            filters=tuple(FILTERS),
            longest=LONGEST_FORMULA,
            writing=identifier_editing.may_write(asked),
            under_way=identifying.under_way(table.name),
        )
        return page


def _opened(channel: Channel) -> Gate:
    """A gate for the page, which does not exist for who reads no formula."""
    asked = gate(channel)
    if not sees_identifiers(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _table(asked: Gate, name: str) -> CatalogTable:
    table = asked.catalog.table(name)
    if table.declaration.identifiers is None or not asked.can(Verb.READ, name):
        raise NotFound(_("There is nothing at this address."))
    return table


def _wanted(table: CatalogTable, form: MultiDict[str, str]) -> dict[str, Definition]:
    """What the form asks for; an external identifier without a formula is the table's own."""
    found = {}
    for kind in (EXTERNAL, FULL):
        formula = form.get(f"{kind}-formula", "").replace("\r\n", "\n").strip()
        if formula:
            found[kind] = Definition(kind, formula, form.get(f"{kind}-syntax", ""))
    shipped = table.declaration.identifiers
    if shipped is not None and (shipped.fixed or EXTERNAL not in found):
        found[EXTERNAL] = Definition(EXTERNAL, shipped.formula, shipped.syntax)
    if form.get(f"{INDEX}-made"):
        chosen = tuple(dict.fromkeys(form.getlist(f"{INDEX}-key")))
        found[INDEX] = Definition(INDEX, keys=chosen)
    return found
