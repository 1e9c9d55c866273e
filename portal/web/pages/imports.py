"""Importing a file on screen: send it, say what its columns are, see what it would do, write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Response, current_app, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse
from wtforms.form import BaseForm

from portal import entering, imports
from portal.catalog import CatalogTable
from portal.channels import Channel
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound, PortalError
from portal.fields import Field
from portal.fieldtypes import IntegerType, Reference
from portal.gate import Gate
from portal.i18n import _, gettext, labelled
from portal.imports import columns as matching
from portal.imports import jobs, refused, staging
from portal.imports.csvfile import ENCODING_NAMES
from portal.imports.source import SEPARATORS, Source, opened
from portal.imports.staging import Staged
from portal.imports.wish import Wish
from portal.matching import key_fields
from portal.models import utc_now
from portal.operations import jobs as work
from portal.operations.work import LATE_AFTER
from portal.settings import Settings
from portal.web import parameters
from portal.web.imported import shown
from portal.web.session import actor, gate
from portal.web.widgets import form_of, values_of

Answer = AnyResponse | str | tuple[str, int]
AT_ONCE = 200_000
"""Up to this size (bytes) a file is read while its sender waits; a larger one by a job."""
WRITTEN_AT_ONCE = 500
LOOK_AGAIN = "2"  # seconds
MOST_PAGES = 1_000_000
HOME_LABEL = _("Structure of new persons")
HOME_HELP = _(
    "New persons are attached to it, unless their line names another structure. Persons who are"
    " found keep theirs."
)
ENCODINGS = ("utf-8", "utf-16", "cp1252")


class ImportsView(BaseView):
    """`<prefix>/imports/`: `new/`, `columns/`, `preview/`, and what they send."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Imports")), endpoint="imports", url=f"{prefix}/imports")

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """There is no page of all imports: a list offers its own."""
        raise NotFound(_("There is nothing at this address."))

    @expose("/new/", methods=("GET", "POST"))
    def new(self) -> Answer:
        """Choose a file."""
        asked = gate(Channel.IMPORT)
        table = _table(asked, request.args.get("table", ""))
        if request.method == "GET":
            return self.render("imports/new.html", table=table, refusal="")
        sent = request.files.get("file")
        try:
            if sent is None or not sent.filename:
                raise Invalid(gettext("No file was chosen."), gettext("Choose one."))
            number = jobs.received(asked, _settings(), table.name, sent.filename, sent.save)
        except Invalid as error:
            return self.render("imports/new.html", table=table, refusal=str(error)), 400
        return redirect(url_for("imports.columns", id=number))

    @expose("/columns/", methods=("GET", "POST"))
    def columns(self) -> Answer:
        """How the file was recognised, and which column goes where."""
        asked, one, table = _opened(request.args)
        if one.state not in (staging.SENT, staging.STAGED, staging.FAILED):
            return redirect(url_for("imports.preview", id=one.id))
        if request.method == "GET":
            return self._columns(asked, one, table, one.wish)
        wish = _wished(one, request.form)
        try:
            source = _source(one, wish)
            if request.form.get("act") == "recognise":
                return self._columns(asked, one, table, wish)
            wish = _with_columns(wish, source, request.form)
            wish = _replaced(wish, structure=_home(asked, table, wish, request.form))
            imports.plan(asked, source, wish)
        except Invalid as error:
            return self._columns(asked, one, table, wish, str(error)), 400
        staging.note(one.id, wish=wish.written())
        self._read(asked, one, source)
        return redirect(url_for("imports.preview", id=one.id))

    def _columns(
        self, asked: Gate, one: Staged, table: CatalogTable, wish: Wish, refusal: str = ""
    ) -> str:
        try:
            source = _source(one, wish)
        except Invalid as error:
            refusal = refusal or str(error)
            source = opened(staging.path_of(_settings().home, one), one.name)
        try:
            found = matching.matched(asked, source.heads, wish)
            key = matching.key_of(asked, wish, found)
        except Invalid as error:
            refusal = refusal or str(error)
            plain = Wish(wish.table, "", columns=dict.fromkeys(range(len(source.heads)), ""))
            found, key = matching.matched(asked, source.heads, plain), ""
        return self.render(
            "imports/columns.html",
            it=one,
            table=table,
            source=source,
            columns=found,
            samples=_samples(source),
            fields=_offered(asked, table),
            keys=key_fields(asked, table.name),
            key=key,
            wish=wish,
            home=_home_form(asked, table, wish),
            encodings=[(code, ENCODING_NAMES[code]) for code in ENCODINGS],
            encoding_name=ENCODING_NAMES.get(source.encoding, ""),
            separators=SEPARATORS,
            refusal=refusal,
        )

    def _read(self, asked: Gate, one: Staged, source: Source) -> None:
        if source.path.stat().st_size > AT_ONCE:
            with transaction():
                jobs.ask_to_read(asked, one.id)
                staging.note(one.id, state=staging.READING)
            return
        try:
            jobs.read_now(asked, one.id, source)
        except (Invalid, Conflict) as error:
            flash(str(error))

    @expose("/preview/")
    def preview(self) -> Answer:
        """What each line would do; or how far the work is; or what was written."""
        asked, one, table = _opened(request.args)
        if one.state == staging.SENT:
            return redirect(url_for("imports.columns", id=one.id))
        one, job = _followed(one)
        if job is not None:
            answer = Response(self._waiting(one, table, job))
            answer.headers["Refresh"] = LOOK_AGAIN
            return answer
        kind = request.args.get("kind", "") or _first_kind(one)
        if kind not in staging.KINDS:
            raise Invalid(_("There is no such tab."))
        page = parameters.whole(request.args, "page", 0, 0, MOST_PAGES)
        lines = imports.page(asked, one.id, kind, page)
        return self.render(
            "imports/preview.html",
            it=one,
            table=table,
            report=imports.report_of(one),
            kind=kind,
            kinds=[(name, KIND_WORDS[name], one.count(name)) for name in staging.KINDS],
            lines=shown(asked, table, lines),
            page=page,
            more=len(lines) == imports.PAGE_SIZE,
            heads=one.settled.get("heads", ()),
            number=IntegerType().show,
            back=_list_url(table),
            home=_home_title(asked, table, one.wish),
            home_label=HOME_LABEL,
        )

    def _waiting(self, one: Staged, table: CatalogTable, job: dict[str, Any]) -> str:
        heard = job["heartbeat_at"] > utc_now() - LATE_AFTER
        return self.render(
            "imports/waiting.html",
            it=one,
            table=table,
            job=job,
            heard=heard,
            number=IntegerType().show,
        )

    @expose("/write/", methods=("POST",))
    def write(self) -> Answer:
        """Write what was previewed."""
        asked, one, _of = _opened(request.form)
        good_only = request.form.get("act") == "good"
        staging.note(one.id, wish=_replaced(one.wish, good_only=good_only).written())
        try:
            if one.total > WRITTEN_AT_ONCE:
                jobs.ask_to_write(asked, one.id)
            else:
                jobs.write_now(asked, _settings(), one.id)
        except (Invalid, Conflict, Forbidden, NotFound) as error:
            flash(str(error))
        return redirect(url_for("imports.preview", id=one.id))

    @expose("/cancel/", methods=("POST",))
    def cancel(self) -> AnyResponse:
        """Stop the reading or the writing of a file."""
        _asked, one, _of = _opened(request.form)
        if one.job is not None:
            try:
                work.cancel(one.job)
                flash(gettext("The job is asked to stop."))
            except PortalError as over:
                flash(str(over))
        return redirect(url_for("imports.preview", id=one.id))

    @expose("/refused/")
    def refused(self) -> Response:
        """The refused lines with their reasons, as a file to correct."""
        asked, one, table = _opened(request.args)
        body = "\ufeff" + "".join(refused.refused_lines(asked, one.id))
        answer = Response(body, mimetype="text/csv")
        name = f"{table.name}-refused.csv"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        answer.headers["Cache-Control"] = "no-store"
        return answer

    @expose("/discard/", methods=("POST",))
    def discard(self) -> AnyResponse:
        """Forget an import that is not to be written."""
        asked, one, table = _opened(request.form)
        imports.discard(asked, one.id, _settings().home)
        flash(gettext("The import was given up: nothing was written."))
        return redirect(_list_url(table))


KIND_WORDS = {
    staging.REFUSED: _("Refused"),
    staging.NEW: _("Added"),
    staging.CHANGED: _("Changed"),
    staging.SAME: _("Unchanged"),
}


def _settings() -> Settings:
    settings: Settings = current_app.extensions["portal"].settings
    return settings


def _table(asked: Gate, name: str) -> CatalogTable:
    """The table to import into; like a page that does not exist to who may not."""
    try:
        imports.importing(asked, name)
    except (NotFound, Forbidden):
        raise NotFound(_("There is nothing at this address.")) from None
    return asked.catalog.table(name)


def _opened(values: Any) -> tuple[Gate, Staged, CatalogTable]:
    """The import that an address names, when it is of who asks."""
    asked = gate(Channel.IMPORT)
    one = imports.found(asked, parameters.key(values))
    table = _table(asked, one.table)
    return imports.importing(asked, table.name), one, table


def _list_url(table: CatalogTable) -> str:
    return url_for(f"{table.name.replace('.', '_')}.index_view")


def _source(one: Staged, wish: Wish) -> Source:
    path = staging.path_of(_settings().home, one)
    return opened(path, one.name, wish.encoding, wish.separator)


def _wished(one: Staged, form: Any) -> Wish:
    encoding, separator = form.get("encoding", ""), form.get("separator", "")
    if encoding not in ("", *ENCODING_NAMES) or separator not in ("", *SEPARATORS):
        raise Invalid(_("There is no such choice."))
    return _replaced(
        one.wish,
        encoding=encoding,
        separator=separator,
        key=form.get("key", imports.AUTOMATIC),
        blanks="blanks" in form,
    )


def _with_columns(wish: Wish, source: Source, form: Any) -> Wish:
    chosen = {number: form.get(f"column-{number}", "")[:200] for number in range(len(source.heads))}
    return _replaced(wish, columns=chosen)


def _home_form(asked: Gate, table: CatalogTable, wish: Wish, posted: Any = None) -> BaseForm | None:
    """The structure that new persons enter, as a form of one field; None where they enter none."""
    spec = entering.home_of(asked, table)
    if spec is None:
        return None
    chosen = wish.structure or entering.usual_home(asked)
    title = asked.titles(spec.target, [chosen]).get(chosen) if chosen else None
    form = form_of((replace(spec, label=HOME_LABEL, help=HOME_HELP),), asked)
    form.process(posted, data={spec.name: Reference(chosen, title) if title else None})
    return form


def _home_title(asked: Gate, table: CatalogTable, wish: Wish) -> str:
    """The title of the structure that new persons enter; "" where they enter none."""
    spec = entering.home_of(asked, table)
    if spec is None or not wish.structure:
        return ""
    return asked.titles(spec.target, [wish.structure]).get(wish.structure, "")


def _home(asked: Gate, table: CatalogTable, wish: Wish, posted: Any) -> int:
    """The number of the structure that was chosen, 0 for none. Raises Invalid."""
    form = _home_form(asked, table, wish, posted)
    if form is None:
        return 0
    (bound,) = form
    if not form.validate():
        raise Invalid(labelled(bound.spec.label, bound.errors[0]))
    return int(values_of(form).get(entering.HOME) or 0)


def _replaced(wish: Wish, **changes: Any) -> Wish:
    values = {name: getattr(wish, name) for name in Wish.__dataclass_fields__}
    return Wish(**(values | changes))


def _samples(source: Source) -> list[str]:
    """The first value of each column that has one among the first lines."""
    found = [""] * len(source.heads)
    for count, line in enumerate(source.lines()):
        if count == 20 or all(found):
            break
        for number, cell in enumerate(line.cells[: len(found)]):
            found[number] = found[number] or cell.strip()[:60]
    return found


def _offered(asked: Gate, table: CatalogTable) -> list[Field]:
    """The fields that a column may go to: those that an import may write, and the number."""
    written = {
        field.name
        for verb in (Verb.CREATE, Verb.UPDATE)
        if asked.can(verb, table.name)
        for field in asked.fields(table.name, verb)
    }
    home = entering.home_of(asked, table)
    own = [f for f in table.fields.values() if f.name in written or f.name == "id"]
    return own if home is None else [*own, home]


def _first_kind(one: Staged) -> str:
    for kind in (staging.REFUSED, staging.NEW, staging.CHANGED):
        if one.count(kind):
            return kind
    return staging.SAME


def _followed(one: Staged) -> tuple[Staged, dict[str, Any] | None]:
    """The import, and its job while that goes on; what a job that is over left is taken up."""
    if one.job is None or one.state == staging.WRITTEN:
        return one, None
    job = dict(work.state_of(one.job))
    if job["state"] in ("queued", "running"):
        return one, job
    if one.state in (staging.READING, staging.WRITING):
        back = staging.FAILED if one.state == staging.READING else staging.STAGED
        message = job["message"] or gettext("The job was stopped: nothing was written.")
        staging.note(one.id, state=back, message=message, job=None)
        return staging.find(actor(), one.id), None
    return one, None
