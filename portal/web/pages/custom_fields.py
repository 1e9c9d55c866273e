"""Deleting a custom field with its values: how many records hold one, then a job erases them."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose

from portal import custom_conversion, custom_erasing
from portal.channels import Channel
from portal.customfields import TABLE
from portal.declare import Verb
from portal.errors import Forbidden, NotFound
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.operations import custom_fields
from portal.web import confirming, parameters
from portal.web.session import actor, gate


def may_erase(gate: Gate) -> bool:
    """True for who erases custom fields (without a query)."""
    return gate.can(Verb.READ, TABLE) and gate.can(Verb.ERASE, TABLE)


class CustomFieldsView(BaseView):
    """`<prefix>/custom-fields/`: a field and the values that records hold of it."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Custom fields")), endpoint="custom_fields", url=f"{prefix}/custom-fields"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Any:
        """The list of custom fields."""
        return redirect(url_for("typing_customfield.index_view"))

    @expose("/delete/", methods=("GET", "POST"))
    def delete(self) -> Any:
        """How many records hold a value; asks for the job on a confirmed form."""
        asked = gate(Channel.FORM)
        if not may_erase(asked):
            raise NotFound(_("There is nothing at this address."))
        row = asked.one(TABLE, parameters.key(request.args))
        place = custom_erasing.found(asked, row.id)
        count = 0 if place is None else custom_conversion.holding(*place)
        sentence = ""
        if request.method == "POST":
            sentence = _refusal(count, request.form)
            if not sentence:
                custom_fields.ask_erasure(asked, row.id)
                flash(gettext("The values are being erased; the field goes with the last of them."))
                return redirect(url_for("typing_customfield.index_view"))
        page = self.render(
            "table/unvalued.html",
            row=row,
            table=asked.catalog.table(TABLE),
            target="" if place is None else str(place[0].label),
            count=count,
            number=IntegerType().show(count),
            closed=_closed(asked, place),
            confirm=confirming.sentence(gettext("delete")),
            sentence=sentence,
        )
        return (page, 400) if sentence else page


def _closed(asked: Gate, place: Any) -> str:
    """Why this actor may not erase the values; empty when they may."""
    try:
        if place is not None:
            custom_erasing.require_right(asked, *place)
    except Forbidden as error:
        return str(error)
    return ""


def _refusal(count: int, values: Any) -> str:
    if values.get("previewed") != str(count):
        return gettext("What would be deleted has changed since you looked: look again.")
    if not confirming.typed(values, gettext("delete")):
        return confirming.sentence(gettext("delete"))
    return ""
