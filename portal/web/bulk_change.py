"""Changing one field of many records on screen: choose the field, type the value, see, confirm."""

from __future__ import annotations

from typing import Any, Protocol

from flask import flash, redirect, request
from flask_admin import expose
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from portal import bulk_change
from portal.bulk_change import Plan
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Conflict, Invalid, NotFound
from portal.fields import Field
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import _, ngettext
from portal.web import deletion, forms
from portal.web.parameters import ListState
from portal.web.session import gate
from portal.web.widgets import form_of

Answer = Response | str | tuple[str, int]
SHOWN = 50


class View(Protocol):
    """What the view of a table gives to this page."""

    @property
    def table(self) -> CatalogTable:
        """The table."""

    def render(self, template: str, **values: Any) -> str:
        """A page."""

    def _state(self, asked: Gate, values: MultiDict[str, str]) -> ListState:
        """The state of a list that an address says."""

    def _list_url(self) -> str:
        """The address of the list."""


class BulkChangeRoutes:
    """The page that changes ticked records, or all that match."""

    @expose("/change/", methods=("POST",))
    def change_view(self: View) -> Answer:
        """The field, its value, the preview; changes on a confirmed form."""
        name, asked = self.table.name, gate(Channel.FORM)
        if not asked.can(Verb.UPDATE, name):
            raise NotFound(_("There is nothing at this address."))
        wanted = deletion.wanted(request.form, lambda inner: self._state(asked, inner))
        specs = _offered(asked, self.table)
        spec = next((s for s in specs if s.name == request.form.get("field", "")), None)
        page: dict[str, Any] = {
            "table": self.table,
            "wanted": wanted,
            "specs": specs,
            "spec": spec,
            "number": IntegerType().show,
            "most": SHOWN,
            "back": self._list_url(),
        }
        if spec is None:
            return self.render("table/change.html", **page)
        form = form_of((spec,), asked, "value-")
        step = request.form.get("step", "")
        form.process(request.form if step else None, data={})
        page["form"] = form
        if not step:
            return self.render("table/change.html", **page)
        if not form.validate() or not form[spec.name].posted:
            return self.render("table/change.html", **page), 400
        try:
            planned = bulk_change.plan(
                asked, name, wanted.selection, spec.name, form[spec.name].data
            )
            if step != "apply":
                return self.render("table/change.html", it=planned, **page)
            if request.form.get("previewed") != planned.signature:
                raise Conflict(
                    _("What would be changed is not what you looked at."), _("Look again.")
                )
            count = bulk_change.run(asked, planned)
        except (Conflict, Invalid) as refused:
            again = _planned_again(asked, name, wanted, spec, form[spec.name].data, refused)
            return (
                self.render("table/change.html", it=again, sentence=str(refused), **page),
                refused.status,
            )
        told = ngettext("{number} record changed.", "{number} records changed.", count)
        flash(told.format(number=IntegerType().show(count)))
        return redirect(self._list_url() + (f"?{wanted.query}" if wanted.query else ""))


def _planned_again(
    asked: Gate, table: str, wanted: deletion.Wanted, spec: Field, value: Any, refused: Exception
) -> Plan | None:
    """The change as it is now, after a conflict; none after another refusal."""
    if not isinstance(refused, Conflict):
        return None
    return bulk_change.plan(asked, table, wanted.selection, spec.name, value)


def _offered(asked: Gate, table: CatalogTable) -> tuple[Field, ...]:
    masked = asked.masked(table.name)
    return tuple(
        spec for spec in forms.offered(asked, table, Verb.UPDATE) if spec.name not in masked
    )
