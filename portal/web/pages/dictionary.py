"""The data dictionary on screen: every field of every table, module by module."""

from __future__ import annotations

from flask import request
from flask_admin import BaseView, expose
from werkzeug.wrappers import Response

from portal.channels import Channel
from portal.gate import Gate
from portal.i18n import LANGUAGES, _, current_language
from portal.privacy import dictionary, dictionary_files, register
from portal.web.pages.documents import LANGUAGE_NAMES, download
from portal.web.session import actor, gate

LONGEST = 200


def sees_dictionary(asked: Gate) -> bool:
    """True for who reads the dictionary (without a query)."""
    return register.may_read(asked)


class DictionaryView(BaseView):
    """`<prefix>/privacy/dictionary/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(
            name=str(_("Data dictionary")),
            endpoint="dictionary",
            url=f"{prefix}/privacy/dictionary",
        )

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        """The dictionary, of one module or of all, narrowed by words."""
        asked, (module, words) = gate(Channel.LIST), _asked()
        values = dictionary_files.collect(asked, module, words)
        page: str = self.render(
            "privacy/dictionary.html",
            modules=values["modules"],
            known=dictionary.modules(asked.catalog),
            module=module,
            words=words,
            columns=dictionary_files.columns(),
            formats=[
                (f"{kind.upper()}, {LANGUAGE_NAMES[code]}", kind, code)
                for code in sorted(LANGUAGES, key=lambda code: code != current_language())
                for kind in dictionary_files.MIME_TYPES
            ],
        )
        return page

    @expose("/export/")
    def export(self) -> Response:
        """The same as a file."""
        asked, (module, words) = gate(Channel.REGISTER), _asked()
        kind = request.args.get("format", "odt")
        speaking = request.args.get("lang", current_language())
        return download(*dictionary_files.export(asked, kind, speaking, module=module, words=words))


def _asked() -> tuple[str, str]:
    return (
        request.args.get("module", "").strip()[:LONGEST],
        request.args.get("search", "").strip()[:LONGEST],
    )
