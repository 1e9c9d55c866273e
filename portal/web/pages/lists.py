"""Typed lists on screen: all of them by module, and each with its choices in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse
from wtforms.form import BaseForm

from portal import choice_lists, rightwords, typed_lists
from portal.channels import Channel
from portal.choice_lists import CHOICE, KnownList
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.fields import Field
from portal.fieldtypes import MASKED, SMALL_INTEGER, IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.operations import once
from portal.rows import Row
from portal.typed_files import csv_of
from portal.web import parameters
from portal.web.forms import RecordForm, changed
from portal.web.session import actor, gate
from portal.web.widgets import Listed, field_of

Answer = AnyResponse | str | tuple[str, int]
POSITION = "position-"
BOM = "\ufeff"


def sees_lists(gate: Gate) -> bool:
    """True for who reads the choices of the lists (without a query)."""
    return gate.can(Verb.READ, CHOICE)


class Parent(Listed):
    """The parent of a choice: any of its list but itself and those below it."""

    def __init__(self, spec: Field, without: frozenset[int], **options: Any) -> None:
        super().__init__(spec, **options)
        self.without = without

    def _offered(self) -> list[Any]:
        return [(o, depth) for o, depth in super()._offered() if o.id not in self.without]


class ListsView(BaseView):
    """`<prefix>/lists/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Lists")), endpoint="lists", url=f"{prefix}/lists")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The lists by module."""
        asked = _opened(Channel.LIST)
        return self.render("lists/index.html", groups=typed_lists.groups(asked), number=_number)

    @expose("/<list_name>/")
    def one(self, list_name: str) -> str:
        """The choices of a list."""
        asked = _opened(Channel.LIST)
        known = choice_lists.known(asked.catalog, list_name)
        return self.render(
            "lists/list.html",
            it=known,
            lines=typed_lists.lines(asked, list_name),
            label_of=typed_lists.label_of,
            can={verb.value for verb in Verb if asked.can(verb, CHOICE)},
            uses=[
                (asked.catalog.table(field.table).label, field.label)
                for field in known.uses
                if asked.can(Verb.READ, field.table)
            ],
            number=_number,
        )

    # --- one choice -------------------------------------------------------------------------------

    @expose("/<list_name>/new/", methods=("GET", "POST"))
    def new(self, list_name: str) -> Answer:
        """The form of a new choice, which comes last until it is moved."""
        asked = _writing(Verb.CREATE)
        known = choice_lists.known(asked.catalog, list_name)
        last = typed_lists.next_position(typed_lists.lines(asked, list_name))
        specs = typed_lists.form_fields(known, asked.fields(CHOICE, Verb.CREATE), new=True)
        made = _form(asked, specs, {"available": True, "position": last}, frozenset())
        sent = request.form.get("once", "")
        if sent.isalnum() and len(sent) == 32:
            made.once = sent
        if request.method == "GET":
            return self._choice(known, made)
        if not made.check():
            return self._choice(known, made, 400)
        try:
            with once.only(made.once, asked.actor.account, CHOICE) as done:
                done(asked.create(CHOICE, {**made.values, "list_name": list_name}))
        except (Invalid, Forbidden) as error:
            made.refuse(error)
            return self._choice(known, made, error.status)
        except once.AlreadySent:
            return _to(list_name)
        flash(gettext("Saved."))
        return _to(list_name)

    @expose("/<list_name>/edit/", methods=("GET", "POST"))
    def edit(self, list_name: str) -> Answer:
        """The form of a choice; its identifier stays."""
        asked = _writing(Verb.UPDATE)
        known = choice_lists.known(asked.catalog, list_name)
        row = typed_lists.one(asked, list_name, parameters.key(request.args))
        fields = [f for f in asked.fields(CHOICE, Verb.UPDATE) if row.values.get(f.name) != MASKED]
        specs = typed_lists.form_fields(known, fields, new=False)
        made = _form(asked, specs, row.values, typed_lists.below(row.id))
        made.id, made.title, made.version = row.id, typed_lists.label_of(row), row.version
        if request.method == "GET":
            return self._choice(known, made, row=row)
        made.version = parameters.whole(request.form, "version", -1, 0, parameters.LARGEST_ID)
        if not made.check():
            return self._choice(known, made, 400, row)
        values = changed(made, row)
        if values:
            try:
                asked.update(CHOICE, row.id, values, made.version)
            except (Invalid, Forbidden, Conflict) as error:
                return self._refused(known, made, error, row)
            flash(gettext("Saved."))
        return _to(list_name)

    @expose("/<list_name>/available/", methods=("POST",))
    def available(self, list_name: str) -> Answer:
        """Let forms offer a choice, or not any more."""
        asked = _writing(Verb.UPDATE)
        choice_lists.known(asked.catalog, list_name)
        id = parameters.key(request.form)
        offered = parameters.flag(request.form, "available")
        typed_lists.set_available(asked, list_name, id, available=offered)
        flash(gettext("Forms offer it again.") if offered else gettext("Forms do not offer it."))
        return _to(list_name)

    # --- order and files --------------------------------------------------------------------------

    @expose("/<list_name>/order/", methods=("POST",))
    def order(self, list_name: str) -> Answer:
        """The numbers that were typed, or a choice one place up or down."""
        asked = _writing(Verb.UPDATE)
        choice_lists.known(asked.catalog, list_name)
        for way in ("up", "down"):
            if request.form.get(way):
                id = parameters.key(request.form, way)
                typed_lists.move(asked, list_name, id, up=way == "up")
                return redirect(url_for("lists.one", list_name=list_name, _anchor=f"choice-{id}"))
        typed_lists.reorder(asked, list_name, _positions(request.form))
        flash(gettext("The order is saved."))
        return _to(list_name)

    @expose("/<list_name>/export/", methods=("GET", "POST"))
    def export(self, list_name: str) -> Answer:
        """The choices as a CSV file: the ticked ones, or all."""
        asked = _opened(Channel.EXPORT)
        known = choice_lists.known(asked.catalog, list_name)
        ids: tuple[int, ...] | None = None
        if request.method == "POST":
            ids = tuple(parameters.key({"id": text}) for text in request.form.getlist("rowid"))
            if not ids:
                raise Invalid(_("No choice is ticked."), _("Tick those to export."))
        answer = Response(BOM + csv_of(asked, known, ids), mimetype="text/csv")
        answer.headers["Content-Disposition"] = f'attachment; filename="{list_name}.csv"'
        return answer

    # --- answers ----------------------------------------------------------------------------------

    def _choice(
        self, known: KnownList, made: RecordForm, status: int = 200, row: Row | None = None
    ) -> Answer:
        page = self.render("lists/choice.html", list=known, it=made, row=row)
        return page if status == 200 else (page, status)

    def _refused(
        self,
        known: KnownList,
        made: RecordForm,
        error: Invalid | Forbidden | Conflict,
        row: Row,
    ) -> Answer:
        if isinstance(error, Conflict):
            made.sentence = gettext(
                "Somebody changed this choice meanwhile. Open it again to see what it is now."
            )
        else:
            made.refuse(error)
        return self._choice(known, made, error.status, row)


def _form(
    asked: Gate, specs: list[Field], values: Mapping[str, Any], without: frozenset[int]
) -> RecordForm:
    """The form of a choice, with what was posted on top."""
    posted = request.form if request.method == "POST" else None
    form = BaseForm(
        {
            spec.name: Parent(spec, without) if spec.name == "parent" else field_of(spec, asked)
            for spec in specs
        }
    )
    form.process(posted, data={spec.name: values.get(spec.name) for spec in specs})
    return RecordForm(asked.catalog.table(CHOICE), form, [])


def _positions(values: Mapping[str, str]) -> dict[int, int]:
    """The numbers of the form by choice. Raises Invalid for one that is no number."""
    found = {}
    for name, text in values.items():
        if name.startswith(POSITION):
            id = parameters.key({"id": name.removeprefix(POSITION)})
            number = IntegerType(largest=SMALL_INTEGER).parse(text)
            if number is None:
                raise Invalid(_("A choice has no number."), _("Give each choice one."))
            found[id] = int(number)
    return found


def _opened(channel: Channel) -> Gate:
    """A gate for these pages, which do not exist for who reads no list."""
    asked = gate(channel)
    if not sees_lists(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _writing(verb: Verb) -> Gate:
    asked = _opened(Channel.FORM)
    if not asked.can(verb, CHOICE):
        raise NotFound(
            _("There is nothing at this address."),
            rightwords.remedy(verb, asked.catalog.table(CHOICE).label),
        )
    return asked


def _to(list_name: str) -> AnyResponse:
    return redirect(url_for("lists.one", list_name=list_name))


def _number(value: int) -> str:
    return IntegerType().show(value)
