"""Importing a CSV file into a typed list on screen: choose it, see what it does, write it."""

from __future__ import annotations

from pathlib import Path

from flask import current_app, flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import choice_lists, imports
from portal.channels import Channel
from portal.choice_lists import CHOICE, KnownList
from portal.declare import Verb
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.imports import jobs, staging
from portal.settings import Settings
from portal.typed_files import Preview, preview, send, sent
from portal.web import parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]
SUFFIXES = (".csv", ".xlsx")


class ListFilesView(BaseView):
    """`<prefix>/lists/import/...`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Import a list")), endpoint="list_files", url=f"{prefix}/lists/import"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Response:
        """A file goes into one list: choose it first."""
        return redirect(url_for("lists.index"))

    @expose("/<list_name>/", methods=("GET", "POST"))
    def choose(self, list_name: str) -> Answer:
        """Choose a file; it is read at once, and nothing is written."""
        asked = _opened()
        known = choice_lists.known(asked.catalog, list_name)
        if request.method == "GET":
            return self._page(known)
        file = request.files.get("file")
        if file is None or not file.filename:
            return self._page(known, sentence=gettext("No file was chosen."), status=400)
        suffix = Path(file.filename).suffix.lower()
        path = staging.new_file(_settings().home, suffix if suffix in SUFFIXES else ".csv")
        file.save(path)
        try:
            number = send(
                asked,
                known,
                path,
                Path(file.filename).name,
                blanks=parameters.flag(request.form, "empty"),
            )
        except (Invalid, Forbidden) as error:
            path.unlink(missing_ok=True)
            return self._page(known, sentence=str(error), status=error.status)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return redirect(url_for("list_files.review", list_name=list_name, number=number))

    @expose("/<list_name>/<int:number>/", methods=("GET", "POST"))
    def review(self, list_name: str, number: int) -> Answer:
        """What the file does, line by line; all of it is written, or nothing."""
        asked = _opened()
        known = choice_lists.known(asked.catalog, list_name)
        one = sent(asked, known, number)
        if request.method == "GET":
            return self._page(known, preview(asked, number), one.name)
        home = _settings().home
        if request.form.get("act") == "discard":
            imports.discard(asked, number, home)
            return redirect(url_for("lists.one", list_name=list_name))
        try:
            report = jobs.write_now(asked, _settings(), number)
        except (Invalid, Conflict) as error:
            found = preview(asked, number)
            return self._page(known, found, one.name, str(error), error.status)
        imports.discard(asked, number, home)
        flash(gettext("The file is imported: {report}.").format(report=report))
        return redirect(url_for("lists.one", list_name=list_name))

    def _page(
        self,
        known: KnownList,
        found: Preview | None = None,
        name: str = "",
        sentence: str = "",
        status: int = 200,
    ) -> Answer:
        page = self.render("lists/import.html", list=known, it=found, name=name, sentence=sentence)
        return page if status == 200 else (page, status)


def may_import(gate: Gate) -> bool:
    """True for who imports choices (without a query)."""
    return gate.can(Verb.READ, CHOICE) and gate.can(Verb.IMPORT, CHOICE)


def _opened() -> Gate:
    """A gate for these pages, which do not exist for who imports no choice."""
    asked = gate(Channel.IMPORT)
    if not may_import(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked


def _settings() -> Settings:
    settings: Settings = current_app.extensions["portal"].settings
    return settings
