"""The table interface: a Flask-Admin backend over the gate. One view for each table of the catalog.

Flask-Admin's own backends query models in five places that no right guards, and keep columns from
the start of the process: nothing of that is left. Every method here asks a gate that was made for
this request.
"""

from __future__ import annotations

from typing import Any

from flask import Response, flash, g, redirect, request
from flask_admin import expose
from flask_admin.model import BaseModelView
from werkzeug.wrappers import Response as AnyResponse

from portal import auditing, catalog, customfields, rightwords
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _
from portal.operations import custom_fields, once
from portal.rows import Row, Selection
from portal.sheets import Sheet
from portal.start import Portal
from portal.web import (
    bulk_change,
    deletion,
    disclosure,
    forms,
    frame,
    list_pages,
    organisation,
    parameters,
    retyping,
    sheet,
)
from portal.web.downloads import table_file
from portal.web.pages import documents
from portal.web.pages.new_account import new_page
from portal.web.session import gate

Answer = AnyResponse | str | tuple[str, int]


class TableView(
    list_pages.ListRoutes,
    bulk_change.BulkChangeRoutes,
    disclosure.DisclosureRoutes,
    BaseModelView,
):
    """A table of the catalog as staff meet it."""

    can_view_details = True
    can_export = True
    can_set_page_size = False
    ajax_lookup = None
    ajax_update = None

    def __init__(self, table: CatalogTable, portal: Portal, url: str) -> None:
        self.name_of_table = table.name
        self.settings = portal.settings
        super().__init__(
            table,
            name=str(table.label),
            category=str(portal.catalog.label_of(table.plugin)),
            endpoint=table.name.replace(".", "_"),
            url=url,
        )

    # --- what Flask-Admin keeps from the start of the process, and we read at each request -------

    def _refresh_cache(self) -> None:
        """Nothing is kept: columns, forms and filters follow the rights of who asks."""

    def _fields(self) -> list[tuple[str, str]]:
        found = gate(Channel.LIST).fields(self.name_of_table)
        return [(field.name, str(field.label)) for field in found]

    @property
    def _list_columns(self) -> list[tuple[str, str]]:
        return self._fields()

    @_list_columns.setter
    def _list_columns(self, value: object) -> None:
        """Refuse to keep columns."""

    @property
    def _details_columns(self) -> list[tuple[str, str]]:
        return self._fields()

    @_details_columns.setter
    def _details_columns(self, value: object) -> None:
        """Refuse to keep columns."""

    @property
    def _export_columns(self) -> list[tuple[str, str]]:
        return self._fields()

    @_export_columns.setter
    def _export_columns(self, value: object) -> None:
        """Refuse to keep columns."""

    @property
    def _sortable_columns(self) -> dict[str, str]:
        return {name: name for name, _label in self._fields()}

    @_sortable_columns.setter
    def _sortable_columns(self, value: object) -> None:
        """Refuse to keep columns."""

    # --- Flask-Admin's contract with a backend ---------------------------------------------------

    def is_accessible(self) -> bool:
        """True when a grant lets this actor read the table."""
        return bool(
            g.actor and g.actor.staff and gate(Channel.LIST).can(Verb.READ, self.name_of_table)
        )

    def inaccessible_callback(self, name: Any, **options: Any) -> Any:
        """Answer like a table that does not exist."""
        raise NotFound(_("There is nothing at this address."))

    def get_pk_value(self, model: Row) -> int:
        return model.id

    def get_list(
        self,
        page: Any,
        sort_field: Any,
        sort_desc: Any,
        search: Any,
        filters: Any,
        page_size: Any = None,
    ) -> tuple[int, tuple[Row, ...]]:
        """A page of rows for Flask-Admin's own callers; the pages of this view read `ListState`."""
        wanted = Selection(
            search=search or "",
            sort=sort_field or "",
            descending=bool(sort_desc),
            page=page or 0,
            page_size=page_size or self.settings.limits.page_size,
        )
        asked = gate(Channel.LIST)
        rows = asked.list(self.name_of_table, wanted).rows
        return asked.count(self.name_of_table, wanted).value, rows

    def get_one(self, id: Any) -> Row:
        return gate(Channel.DETAIL).one(self.name_of_table, parameters.key({"id": str(id)}))

    # --- pages -----------------------------------------------------------------------------------

    @property
    def table(self) -> CatalogTable:
        """The table, as the catalog of this moment knows it."""
        return catalog.current().table(self.name_of_table)

    @expose("/details/")
    def details_view(self) -> Answer:
        """The sheet of one record."""
        asked, id = gate(Channel.DETAIL), parameters.key(request.args)
        tab = request.args.get("tab", "")
        if tab not in ("", "history"):
            raise Invalid(_("There is no such tab."))
        if not tab:
            return self.sheet_page(asked, asked.sheet(self.name_of_table, id))
        return self.sheet_page(asked, Sheet(asked.one(self.name_of_table, id)), tab)

    def sheet_page(self, asked: Gate, found: Sheet, tab: str = "") -> str:
        """The page of a record."""
        table, row = self.table, found.row
        page: str = self.render(
            "table/sheet.html",
            table=table,
            row=row,
            tab=tab,
            badges=sheet.badges(row),
            sections=[] if tab else sheet.sections(asked, table, row, self._prefix),
            related=sheet.related(asked, table, found, self._prefix),
            history=asked.history(table.name, row.id) if tab else (),
            audited=bool(table.audited) or auditing.speaks_of(table.name),
            documents=documents.offered(asked, table, row),
            can_edit=asked.can(Verb.UPDATE, table.name) and not row.states,
            can_delete=asked.can(Verb.ERASE, table.name),
            closed=found.closed,
            reason=asked.reason,
            back=self._back(),
        )
        return page

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Answer:
        """The form of a new record."""
        asked = self._writing(Verb.CREATE)
        posted = request.form if request.method == "POST" else None
        if posted is None and not request.args and (steps := new_page(asked, self.name_of_table)):
            return redirect(steps)
        made = forms.blank(asked, self.table, posted, request.args)
        if posted is None:
            return self._form(made)
        if not made.check():
            return self._form(made, 400)
        try:
            with once.only(made.once, asked.actor.account, self.name_of_table) as done:
                id = asked.create(self.name_of_table, made.values, made.child_values())
                done(id)
        except (Invalid, Forbidden) as error:
            made.refuse(error)
            return self._form(made, error.status)
        except once.AlreadySent as sent:
            return redirect(self._sheet_url(sent.row) if sent.row else self._list_url())
        self._changed(_("Saved."))
        return redirect(frame.current().next_step(self.name_of_table, id) or self._sheet_url(id))

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Answer:
        """The form of a stored record."""
        asked = self._writing(Verb.UPDATE, disclosure.carried())
        row = asked.one(self.name_of_table, parameters.key(request.args))
        posted = request.form if request.method == "POST" and not disclosure.begins() else None
        made = forms.filled(
            asked, self.table, row, None if posted is None else forms.chosen(posted)
        )
        if posted is None:
            return self._form(made)
        if not made.check():
            return self._form(made, 400)
        values, children = forms.changed(made, row), made.child_values()
        if not values and not children:
            return redirect(self._sheet_url(row.id))
        retyped = retyping.preview(asked, self.table, row, values, posted)
        if retyped is not None:
            return self._retyped(row, made.version, retyped)
        try:
            asked.update(self.name_of_table, row.id, values, made.version, children)
        except (Invalid, Forbidden) as error:
            made.refuse(error)
            return self._form(made, error.status)
        except Conflict as conflict:
            return self._stale(asked, made, conflict)
        self._changed(_("Saved."))
        return redirect(self._sheet_url(row.id))

    @expose("/delete/", methods=("GET", "POST"))
    def delete_view(self) -> Answer:
        """What erasing would do; erases on a confirmed form."""
        asked = self._writing(Verb.ERASE)
        values = request.form if request.method == "POST" else request.args
        wanted = deletion.wanted(values, lambda inner: self._state(asked, inner))
        erasure = asked.erasure(self.name_of_table, wanted.rows)
        shown = deletion.preview(self.table, erasure, wanted)
        if request.method == "POST" and values.get("act") == "erase":
            refusal = deletion.refusal(shown, values)
            if refusal:
                return self._deletion(shown, refusal, 409 if shown.changed(values) else 400)
            count = asked.erase(erasure)
            self._changed("")
            done = deletion.report(self.table, erasure, count)
            back = self._list_url()
            return self.render("table/deleted.html", table=self.table, it=done, back=back)
        return self._deletion(shown)

    @expose("/action/", methods=("POST",))
    def action_view(self) -> Answer:
        """An act on the ticked rows, or on all that match the list's filters."""
        name = request.form.get("action", "")
        pages = {"delete": self.delete_view, "change": self.change_view}
        if name in pages:
            return pages[name]()
        if name == "export":
            asked = gate(Channel.EXPORT)
            wanted = deletion.wanted(request.form, lambda inner: self._state(asked, inner))
            return table_file(asked, self.name_of_table, wanted.selection, (), "csv")
        raise Invalid(_("There is no such act on records."), _("Use the buttons of the list."))

    @expose("/export/<kind>/")
    def export(self, kind: str) -> Answer:
        """The rows of the list, all pages, as a file."""
        asked = gate(Channel.EXPORT)
        state = self._state(asked, request.args)
        return table_file(asked, self.name_of_table, state.selection, state.columns, kind)

    @expose("/lookup/")
    def lookup(self) -> Answer:
        """Rows to choose from, for the script of a form: `[{id, title}]`."""
        text = request.args.get("search", "")[: parameters.LONGEST_SEARCH]
        found = gate(Channel.LOOKUP).lookup(self.name_of_table, text)
        return Response(
            forms.as_json([{"id": id, "title": title} for id, title in found]),
            mimetype="application/json",
        )

    # --- answers ---------------------------------------------------------------------------------

    @property
    def _prefix(self) -> str:
        return self.settings.admin.prefix

    def _list_url(self) -> str:
        return f"{self._prefix}/{self.name_of_table}/"

    def _sheet_url(self, id: int) -> str:
        return f"{self._list_url()}details/?id={id}"

    def _back(self) -> str:
        """The list that this page was opened from, with its filters, when the browser says so."""
        before = request.referrer or ""
        at = before.find(self._list_url() + "?")
        mine = before.startswith(request.host_url) and at >= 0
        return before[at:] if mine else self._list_url()

    def _writing(self, verb: Verb, reason: str = "") -> Gate:
        """A gate for a form; like a page that does not exist to who may not do this here."""
        asked = gate(Channel.FORM).at(Channel.FORM, reason)
        if not asked.can(verb, self.name_of_table):
            raise NotFound(
                _("There is nothing at this address."),
                rightwords.remedy(verb, self.table.label),
            )
        return asked

    def _changed(self, sentence: object) -> None:
        if self.name_of_table == customfields.TABLE:
            custom_fields.ask()
        if self.name_of_table == organisation.TABLE:
            organisation.forget()
        if str(sentence):
            flash(str(sentence))

    def _form(self, made: forms.RecordForm, status: int = 200) -> Answer:
        page = self.render(
            "table/form.html",
            it=made,
            table=self.table,
            back=self._back(),
            reason=disclosure.carried(),
        )
        return page if status == 200 else (page, status)

    def _retyped(self, row: Row, version: int, shown: retyping.Retyping) -> Answer:
        return self.render(
            "table/retyped.html",
            table=self.table,
            row=row,
            version=version,
            it=shown,
            sentence=retyping.sentence(shown),
            kept=forms.kept(request.form),
        )

    def _stale(self, asked: Gate, made: forms.RecordForm, conflict: Conflict) -> Answer:
        fresh = asked.one(self.name_of_table, made.id)
        return (
            self.render(
                "table/conflict.html",
                table=self.table,
                row=fresh,
                conflict=conflict,
                differences=forms.differences(made, fresh),
                kept=forms.kept(request.form),
            ),
            409,
        )

    def _deletion(self, shown: deletion.Preview, sentence: str = "", status: int = 200) -> Answer:
        page = self.render(
            "table/delete.html", table=self.table, it=shown, sentence=sentence, back=self._back()
        )
        return page if status == 200 else (page, status)
