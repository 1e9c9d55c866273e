"""The documents that a record offers in the menu of its sheet, and their addresses.

An access document is journaled each time that it is made.
"""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, Response, g, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response as AnyResponse

from portal.catalog import PERSON, CatalogTable
from portal.channels import Channel
from portal.errors import NotFound
from portal.gate import Gate
from portal.i18n import LANGUAGES, Text, _, current_language, gettext
from portal.privacy import access
from portal.rows import Row
from portal.web import parameters
from portal.web.session import actor, gate, to_sign_in

pages = Blueprint("documents", __name__)
FORMATS = ("odt", "docx", "zip")
PORTABLE = "portable"
LANGUAGE_NAMES = {"fr": Text("français", "French"), "en": Text("anglais", "English")}


@dataclass(frozen=True, slots=True)
class Offered:
    """A document of the menu: its label and the address that makes it."""

    label: str
    url: str


def offered(gate: Gate, table: CatalogTable, row: Row) -> tuple[Offered, ...]:
    """The documents that this actor may make from `row`."""
    if table.name != PERSON or not access.offered(gate, row.id):
        return ()
    return tuple(
        Offered(label, url_for("access_documents.document", person=row.id, format=kind, lang=lang))
        for label, kind, lang in _kinds()
    )


def own_documents(gate: Gate) -> tuple[Offered, ...]:
    """The documents that a person may make of their own data."""
    person = gate.actor.person
    if person is None or not access.offered(gate, person):
        return ()
    return tuple(
        Offered(label, url_for("documents.own_data", format=kind, lang=lang))
        for label, kind, lang in _kinds()
    )


def _kinds() -> list[tuple[str, str, str]]:
    """(label, format, language) of each access document, the reader's own language first."""
    spoken = sorted(LANGUAGES, key=lambda code: code != current_language())
    label = gettext("Access document, {language} ({format})")
    found = [
        (label.format(language=LANGUAGE_NAMES[lang], format=kind.upper()), kind, lang)
        for lang in spoken
        for kind in FORMATS
    ]
    return [*found, (gettext("Portable data (ZIP)"), PORTABLE, spoken[0])]


def download(content: bytes, name: str, kind: str) -> Response:
    """A file to keep, never shown inside the portal."""
    answer = Response(content, mimetype=kind)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


class AccessDocumentsView(BaseView):
    """`<prefix>/documents/access/?person=&format=&lang=`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Documents")), endpoint="access_documents", url=f"{prefix}/documents"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """There is no page that lists documents: a record offers its own."""
        raise NotFound(_("There is nothing at this address."))

    @expose("/access/")
    def document(self) -> Response:
        """The access document of a person."""
        person = parameters.key(request.args, "person")
        return _made(gate(Channel.DETAIL), person)


@pages.get("/me/data")
def own_data() -> AnyResponse:
    """The access document of who speaks."""
    if g.actor is None:
        return to_sign_in()
    asked = gate(Channel.DETAIL)
    if asked.actor.person is None or not access.offered(asked, asked.actor.person):
        raise NotFound(_("There is nothing at this address."))
    return _made(asked, asked.actor.person)


def _made(asked: Gate, person: int) -> Response:
    kind = request.args.get("format", FORMATS[0])
    speaking = request.args.get("lang", current_language())
    if kind == PORTABLE:
        return download(*access.portable(asked, person, speaking))
    return download(*access.document(asked, person, kind, speaking))
