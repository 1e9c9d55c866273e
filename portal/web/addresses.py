"""Which parameters each address takes: another one, or one that is given twice, is refused.

A parameter that nobody reads is a typing mistake or an address of another version: what it asked
for would be left out in silence. A page that takes parameters has its line in `TAKES`, by its
endpoint; the pages of a table are in `OF_TABLES`, by the name of their view. Lists and the form of
a new record, whose parameters are fields of their table, check them where they read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_to_bytes

from flask import request

from portal.errors import Invalid
from portal.i18n import _

ANY = None
Names = tuple[str, ...] | None

JOURNAL_FILTERS = (
    "since",
    "until",
    "account",
    "kind",
    "table",
    "person",
    "address",
    "attention",
)

TAKES: Mapping[str, Names] = {
    "static": ("v",),
    "session.sign_in": ("next",),
    "own.role": ("next",),
    "search.index": ("q",),
    "pages.page": ANY,
    "register.index": ("structure",),
    "register.export": ("format", "lang", "activity", "structure"),
    "register.durations": ("country",),
    "privacy.purge": ("page", "blocker"),
    "anonymising.index": ("id",),
    "holds.record": ("table", "id"),
    "privacy.evidence": ("id",),
    "access_journal.index": (*JOURNAL_FILTERS, "before", "after"),
    "access_journal.export": JOURNAL_FILTERS,
    "access_journal.alerts": ("page", "all"),
    "audit.new": ("table",),
    "audit.edit": ("id",),
    "dictionary.index": ("module", "search"),
    "dictionary.export": ("format", "lang", "module", "search"),
    "processors.export": ("format", "lang", "part"),
    "processors.treatments": ("id",),
    "requests.index": ("ended", "state", "right", "page"),
    "requests.new": ("id",),
    "objections.new": ("id",),
    "requests.one": ("id",),
    "requests.erase": ("id",),
    "breaches.index": ("ended", "state", "page"),
    "breaches.one": ("id",),
    "breaches.export": ("format", "lang"),
    "operations.index": ("page",),
    "operations.result": ("id",),
    "access_documents.document": ("person", "format", "lang"),
    "documents.own_data": ("format", "lang"),
    "account_access.access": ("id",),
    "custom_fields.delete": ("id",),
    "custom_forms.content": ("id",),
    "codes.record": ("table", "id"),
    "codes.fields": ("table", "id"),
    "rights.summary": ("profile", "only"),
    "rights.export": ("profile",),
    "rights.profile": ("id",),
    "rights.new": ("profile", "table"),
    "rights.edit": ("id",),
    "rights.why": ("account", "table", "row", "field"),
    "lists.edit": ("id",),
    "lists.export": (),
    "merging.index": ("id", "into"),
    "new_account.index": ("step", "draft"),
    "duplicates.index": ("kind", "page"),
    "duplicates.merge": ("first", "second"),
    "imports.new": ("table",),
    "imports.columns": ("id",),
    "imports.preview": ("id", "kind", "page"),
    "imports.refused": ("id",),
    "identifiers.table": ("row",),
}
OF_TABLES: Mapping[str, Names] = {
    "index_view": ANY,
    "count_view": ANY,
    "export": ANY,
    "create_view": ANY,
    "details_view": ("id", "tab"),
    "edit_view": ("id",),
    "delete_view": ("id", "rowid", "all", "selection"),
    "lookup": ("search",),
}
REPEATED = ("profile", "rowid")


def check() -> None:
    """Refuse this request when its address says what its page cannot take. Raises Invalid."""
    _text(request.query_string)
    if request.mimetype == "application/x-www-form-urlencoded":
        _text(request.get_data(cache=True))
    endpoint = request.endpoint
    if not endpoint or not request.args:
        return
    names = TAKES.get(endpoint, OF_TABLES.get(endpoint.rpartition(".")[2], ()))
    if names is ANY:
        return
    for name, values in request.args.lists():
        if name not in names:
            raise unknown(name)
        if len(values) > 1 and name not in REPEATED:
            raise repeated(name)


def unknown(name: str) -> Invalid:
    """The refusal of a parameter that a page does not take."""
    return Invalid(
        _("This page takes no parameter '{name}'.").format(name=name[:60]),
        _("Take it out of the address, or go to the page by its links."),
    )


def repeated(name: str) -> Invalid:
    """The refusal of a parameter that is given more than once."""
    return Invalid(
        _("The address gives '{name}' more than once.").format(name=name[:60]),
        _("Keep one of them."),
    )


def _text(sent: bytes) -> None:
    """Refuse bytes that are no UTF-8, which would be kept as something else than was sent."""
    try:
        unquote_to_bytes(sent).decode("utf-8")
    except UnicodeDecodeError:
        raise Invalid(
            _("The request contains bytes that are not text in UTF-8."), _("Type it again.")
        ) from None
