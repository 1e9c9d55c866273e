"""Merging two choices of a list on screen: choose the other one, see what moves, confirm."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import choice_lists, choices, typed_lists
from portal.channels import Channel
from portal.choice_lists import CHOICE
from portal.choice_merging import Merger, Merging
from portal.declare import Verb
from portal.errors import Conflict, Held, NotFound
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.rows import Row
from portal.stamps import stamp
from portal.web import confirming, parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]


def may_merge(gate: Gate) -> bool:
    """True for who changes and erases the choices of the lists (without a query)."""
    return all(gate.can(verb, CHOICE) for verb in (Verb.READ, Verb.UPDATE, Verb.ERASE))


class MergingView(BaseView):
    """`<prefix>/lists/merge/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Merge choices")), endpoint="merging", url=f"{prefix}/lists/merge"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Answer:
        """The choice that goes, the one that takes its rows, and what moves."""
        asked = gate(Channel.FORM)
        if not may_merge(asked):
            raise NotFound(_("There is nothing at this address."))
        values = request.form if request.method == "POST" else request.args
        row = asked.one(CHOICE, parameters.key(request.args))
        if not values.get("into"):
            return self._page(asked, row)
        merger = Merger(asked)
        plan = merger.plan(row.id, parameters.key(values, "into"))
        if request.method == "GET":
            return self._page(asked, row, plan)
        if values.get("previewed") != _stamp(plan):
            changed = gettext("What would be merged has changed since you looked: look again.")
            return self._page(asked, row, plan, changed, 409)
        if plan.count > 1 and not confirming.typed(values, gettext("merge")):
            return self._page(asked, row, plan, confirming.sentence(gettext("merge")), 400)
        try:
            moved = merger.run(plan)
        except (Conflict, Held) as error:
            return self._page(asked, row, merger.plan(plan.first, plan.second), str(error), 409)
        said = ngettext("Merged: {number} row moved.", "Merged: {number} rows moved.", moved)
        flash(said.format(number=_number(moved)))
        return redirect(url_for("lists.one", list_name=plan.list_name))

    def _page(
        self,
        asked: Gate,
        row: Row,
        plan: Merging | None = None,
        sentence: str = "",
        status: int = 200,
    ) -> Answer:
        list_name = str(row.values["list_name"])
        others = choices.current().tree(list_name)
        shown = {line.row.id for line in typed_lists.lines(asked, list_name)}
        page = self.render(
            "lists/merge.html",
            list=choice_lists.known(asked.catalog, list_name),
            row=row,
            label=typed_lists.label_of(row),
            others=[(o.id, o.label, d) for o, d in others if o.id in shown and o.id != row.id],
            it=plan,
            into=choices.current().by_id[plan.second].label if plan else "",
            moving=_moving(asked, plan) if plan else (),
            signature=_stamp(plan) if plan else "",
            confirm=confirming.sentence(gettext("merge")),
            sentence=sentence,
            number=_number,
        )
        return page if status == 200 else (page, status)


def _moving(asked: Gate, plan: Merging) -> list[tuple[Any, int]]:
    """What moves: the label of each table with the number of its rows."""
    found: list[tuple[Any, int]] = [
        (asked.catalog.table(name).label, rows) for name, rows in plan.rows.items()
    ]
    if plan.unseen:
        found.append((gettext("Rows that you may not read"), plan.unseen))
    if plan.children:
        found.append((gettext("Choices that stand below it"), plan.children))
    return found


def _stamp(plan: Merging) -> str:
    rows = sorted(plan.rows.items())
    return stamp(plan.first, plan.second, rows, plan.unseen, plan.children)


def _number(value: int) -> str:
    return IntegerType().show(value)
