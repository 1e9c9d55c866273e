"""Anonymising persons on screen: what would become of each field, a word to type, the evidence."""

from __future__ import annotations

from flask import redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.channels import Channel
from portal.errors import Conflict, Invalid, NotFound
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privacy import anonymisation
from portal.web import confirming, parameters
from portal.web.session import actor, gate

Answer = Response | str | tuple[str, int]


class AnonymisingView(BaseView):
    """`<prefix>/privacy/anonymise/`: the persons whom a purge cannot erase, or one of them."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Anonymise")), endpoint="anonymising", url=f"{prefix}/privacy/anonymise"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/", methods=("GET", "POST"))
    def index(self) -> Answer:
        """The preview, and the act once the word is typed."""
        asked = _opened()
        if request.method == "GET":
            return self._page(asked, _one())
        ids = _ids()
        if not confirming.typed(request.form, gettext("anonymise")):
            return self._page(asked, ids, confirming.sentence(gettext("anonymise")), 400)
        try:
            done = anonymisation.run(asked, ids, request.form.get("previewed", ""))
        except Conflict as conflict:
            return self._page(asked, ids, str(conflict), 409)
        return redirect(url_for("privacy.evidence", id=done.id))

    def _page(
        self, asked: Gate, ids: list[int], sentence: str = "", status: int = 200
    ) -> tuple[str, int]:
        page = self.render(
            "privacy/anonymise.html",
            it=anonymisation.preview(asked, ids),
            sentence=sentence,
            confirm=confirming.sentence(gettext("anonymise")),
            most=anonymisation.AT_ONCE,
            number=IntegerType().show,
        )
        return page, status


def _one() -> list[int]:
    return [parameters.key(request.args)] if "id" in request.args else []


def _ids() -> list[int]:
    """The persons that were previewed. Raises Invalid."""
    words = request.form.getlist("person")[: anonymisation.AT_ONCE]
    if not words or not all(word.isascii() and word.isdecimal() for word in words):
        raise Invalid(_("Nobody is chosen."), _("Start again from the preview."))
    return [int(word) for word in words]


def _opened() -> Gate:
    asked = gate(Channel.ERASURE)
    if not anonymisation.may_open(asked):
        raise NotFound(_("There is nothing at this address."))
    return asked
