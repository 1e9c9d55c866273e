"""Processors on screen: those that serve the organisation, and the controllers that it serves."""

from __future__ import annotations

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.channels import Channel
from portal.declare import Verb
from portal.errors import Conflict, Invalid, NotFound
from portal.fieldtypes import DateType
from portal.gate import Gate
from portal.i18n import LANGUAGES, _, current_language, gettext
from portal.privacy import processor_files, processors
from portal.web import parameters
from portal.web.pages.documents import LANGUAGE_NAMES, download
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]


def sees_processors(asked: Gate) -> bool:
    """True for who reads the registers of processors (without a query)."""
    return processors.may_open(asked)


def links_treatments(asked: Gate) -> bool:
    """True for who says in which treatments a processor takes part (without a query)."""
    return processors.may_open(asked) and processors.may_link(asked)


class ProcessorsView(BaseView):
    """`<prefix>/privacy/processors/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Processors")), endpoint="processors", url=f"{prefix}/privacy/processors"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """Both registers."""
        asked = gate(Channel.LIST)
        values = processors.collect(asked)
        page: str = self.render(
            "privacy/processors.html",
            processors=values["processors"],
            controllers=values["controllers"],
            adds={
                table: asked.can(Verb.CREATE, table)
                for table in (processors.PROCESSOR, processors.CONTROLLER)
            },
            linking=processors.may_link(asked),
            day=DateType().show,
            formats=_formats(),
        )
        return page

    @expose("/export/")
    def export(self) -> Response:
        """Both registers as a document, or one of them."""
        kind = request.args.get("format", "odt")
        speaking = request.args.get("lang", current_language())
        part = request.args.get("part", "")
        return download(*processor_files.export(gate(Channel.REGISTER), kind, speaking, part))

    @expose("/treatments/", methods=("GET", "POST"))
    def treatments(self) -> Answer:
        """The treatments in which a processor takes part."""
        asked, id = gate(Channel.FORM), parameters.key(request.args)
        if not links_treatments(asked):
            raise NotFound(_("There is nothing at this address."))
        titles = asked.titles(processors.PROCESSOR, [id])
        if id not in titles:
            raise NotFound(_("There is no such row here."), _("It may have been erased."))
        if request.method == "GET":
            return self._form(asked, id, titles[id])
        try:
            changed = processors.take_part(
                asked, id, request.form.getlist("treatment"), request.form.get("shown", "")
            )
        except (Conflict, Invalid) as refused:
            return self._form(asked, id, titles[id], str(refused)), refused.status
        flash(gettext("Saved.") if changed else gettext("Nothing was changed."))
        return redirect(url_for("processors.index"))

    def _form(self, asked: Gate, id: int, title: str, sentence: str = "") -> str:
        there = processors.treatments_of(asked, id)
        offered = processors.offered()
        page: str = self.render(
            "privacy/processor_treatments.html",
            id=id,
            title=title,
            offered=offered | {code: code for code in there if code not in offered},
            chosen=request.form.getlist("treatment") if sentence else there,
            shown=processors.stamped(asked, id),
            sentence=sentence,
        )
        return page


def _formats() -> list[tuple[str, dict[str, str]]]:
    """The files that are offered, each with what its address asks for."""
    parts = {
        processors.PROCESSORS: gettext("Processors"),
        processors.CONTROLLERS: gettext("Processing for other controllers"),
    }
    found = []
    for code in sorted(LANGUAGES, key=lambda code: code != current_language()):
        for kind in ("odt", "docx", "json"):
            label = f"{kind.upper()}, {LANGUAGE_NAMES[code]}"
            found.append((label, {"format": kind, "lang": code}))
        for part, name in parts.items():
            label = f"CSV, {LANGUAGE_NAMES[code]}{gettext(': ')}{name}"
            found.append((label, {"format": "csv", "lang": code, "part": part}))
    return found
