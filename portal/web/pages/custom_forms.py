"""The content of a custom form on screen: a preview of the form, whose fields are moved about."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, request, url_for
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal import form_content
from portal.builtin.customforms import FORMS
from portal.channels import Channel
from portal.customforms import Placed
from portal.declare import Verb
from portal.errors import Conflict, Invalid, NotFound
from portal.form_content import WORDS, Content
from portal.form_rules import FORM, FORM_FIELD
from portal.gate import Gate
from portal.i18n import Text, _, gettext
from portal.web import parameters
from portal.web.session import actor, gate
from portal.web.widgets import form_of

Answer = Response | str | tuple[str, int]
FORM_WORDS = dict(FORMS)


def arranges(gate: Gate) -> bool:
    """True for who changes custom forms and their fields (without a query)."""
    return gate.can(Verb.UPDATE, FORM) and all(
        gate.can(verb, FORM_FIELD) for verb in (Verb.READ, Verb.CREATE, Verb.UPDATE, Verb.ERASE)
    )


class CustomFormsView(BaseView):
    """`<prefix>/forms/content/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Content of a form")), endpoint="custom_forms", url=f"{prefix}/forms"
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> Answer:
        """The forms stand in their table."""
        raise NotFound(_("There is nothing at this address."))

    @expose("/content/", methods=("GET", "POST"))
    def content(self) -> Answer:
        """Arrange the fields of a form; each button is a form of its own, the script is comfort."""
        asked = gate(Channel.FORM)
        if not arranges(asked):
            raise NotFound(_("There is nothing at this address."))
        stored = form_content.content(asked, parameters.key(request.args))
        if request.method == "GET":
            return self._page(asked, stored)
        act, _colon, name = request.form.get("act", "").partition(":")
        typed = form_content.changed(
            replace(stored, stamp=request.form.get("stamp", "")),
            request.form.getlist("field"),
            _words(),
        )
        if act != "save":
            return self._page(asked, form_content.moved(typed, name, act), near=name)
        try:
            form_content.save(asked, typed)
        except (Conflict, Invalid) as refused:
            return self._page(asked, typed, str(refused)), refused.status
        flash(gettext("Saved."))
        return redirect(url_for("custom_forms.content", id=stored.form.id))

    def _page(self, asked: Gate, content: Content, sentence: str = "", near: str = "") -> str:
        page: str = self.render(
            "forms/content.html",
            it=content,
            act=FORM_WORDS[str(content.form.values["form"])],
            preview=form_of(content.preview, asked, "preview-"),
            words={place.name: place for place in content.placed},
            sentence=sentence,
            near=near,
        )
        return page


def _words() -> dict[str, Placed]:
    """The words that were typed for each placed field."""
    found = {}
    for name in request.form.getlist("field"):
        label_fr, label_en, help_fr, help_en = (
            request.form.get(f"{word}.{name}", "").strip() for word in WORDS
        )
        found[name] = Placed(name, False, Text(label_fr, label_en), Text(help_fr, help_en))
    return found
