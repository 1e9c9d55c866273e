"""Persons who may be the same, and merging two of them: compare, choose what is kept, confirm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import duplicates
from portal.catalog import PERSON
from portal.channels import Channel
from portal.duplicates import KINDS, SHOWN, Alike
from portal.errors import Conflict, Forbidden, Held, Invalid, NotFound
from portal.fields import Field
from portal.fieldtypes import EMPTY, IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.person_merging import PersonMerger, PersonMerging
from portal.rows import Row
from portal.stamps import stamp
from portal.web import confirming, parameters
from portal.web.session import actor, gate

may_open = duplicates.may_look
Answer = Response | str | tuple[str, int]
MOST_PAGES = 100_000


@dataclass(frozen=True, slots=True)
class Kept:
    """A field to choose: its name and label, both values in words, and which one is proposed."""

    name: str
    label: str
    first: str
    second: str
    takes_first: bool


class DuplicatesView(BaseView):
    """`<prefix>/duplicates/` and `<prefix>/duplicates/merge/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Duplicates")), endpoint="duplicates", url=f"{prefix}/duplicates"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The persons who have something in common."""
        asked = _opened(Channel.LIST)
        kind = _kind(request.args.get("kind", KINDS[0].name))
        page = parameters.whole(request.args, "page", 0, 0, MOST_PAGES)
        groups, more = duplicates.groups(asked, kind, page)
        known = {field.name: field for field in asked.fields(PERSON)}
        columns = [known[name] for name in SHOWN if name in known]
        return self.render(
            "persons/duplicates.html",
            kinds=KINDS,
            kind=kind,
            groups=[[_line(row, columns) for row in group.rows] for group in groups],
            columns=columns,
            page=page,
            more=more,
        )

    @expose("/merge/", methods=("GET", "POST"))
    def merge(self) -> Answer:
        """Two persons side by side, what moves, and the form that merges them."""
        asked = _opened(Channel.FORM)
        first, second = (parameters.key(request.args, name) for name in ("first", "second"))
        merger = PersonMerger(asked)
        try:
            plan = merger.plan(first, second)
        except Forbidden as error:
            titles = asked.titles(PERSON, [first, second])
            page = self.render("persons/forbidden.html", sentence=str(error), titles=titles)
            return page, error.status
        if request.method == "GET":
            return self._page(asked, plan)
        if request.form.get("previewed") != stamp(plan.seen()):
            changed = gettext("What would be merged has changed since you looked: look again.")
            return self._page(asked, plan, changed, 409)
        if not confirming.typed(request.form, gettext("merge")):
            return self._page(asked, plan, confirming.sentence(gettext("merge")), 400)
        try:
            merger.run(plan, _taken(plan, request.form))
        except (Conflict, Held, Invalid) as error:
            return self._page(asked, plan, str(error), error.status)
        text = gettext("“{first}” and “{second}” are one person now.")
        flash(text.format(first=plan.first.title, second=plan.second.title))
        return redirect(url_for("directory_person.details_view", id=second))

    def _page(
        self, asked: Gate, plan: PersonMerging, sentence: str = "", status: int = 200
    ) -> Answer:
        page = self.render(
            "persons/merge.html",
            it=plan,
            kept=[_kept(one.field, one) for one in plan.differences],
            moving=[
                (asked.catalog.table(name).label, count)
                for name, count in sorted(plan.rows.items())
            ],
            signature=stamp(plan.seen()),
            confirm=confirming.sentence(gettext("merge")),
            sentence=sentence,
            number=IntegerType().show,
        )
        return page if status == 200 else (page, status)


def _opened(channel: Channel) -> Gate:
    """A gate for who changes and erases persons; like a page that does not exist to others."""
    asked = gate(channel)
    if not duplicates.may_look(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _kind(name: str) -> Alike:
    for kind in KINDS:
        if kind.name == name:
            return kind
    raise Invalid(_("There is no such tab."))


def _line(row: Row, columns: list[Field]) -> dict[str, Any]:
    cells = [known.type.show(row.values.get(known.name)) or EMPTY for known in columns]
    return {"id": row.id, "title": row.title, "cells": cells}


def _kept(known: Field, one: Any) -> Kept:
    return Kept(
        known.name,
        str(known.label),
        known.type.show(one.first) or EMPTY,
        known.type.show(one.second) or EMPTY,
        one.takes_first,
    )


def _taken(plan: PersonMerging, form: Any) -> list[str]:
    """The fields whose value of the first person is kept."""
    names = (difference.field.name for difference in plan.differences)
    return [name for name in names if form.get(f"kept-{name}") == "first"]
