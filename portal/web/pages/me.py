"""A person's own pages: their record within their rights, language, password, sessions."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

from flask import Blueprint, current_app, flash, g, redirect, render_template, request, url_for
from markupsafe import Markup
from werkzeug.wrappers import Response

from portal import catalog
from portal.accounts import profiles, sessions
from portal.catalog import PERSON, CatalogTable
from portal.channels import Channel
from portal.errors import Forbidden, Invalid, NotFound
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import LANGUAGES, _
from portal.privacy import access as access_documents
from portal.privileges import PROFILE
from portal.processes import words
from portal.rows import Filter, Selection
from portal.web import parameters, sheet
from portal.web.cells import cell_of, html
from portal.web.listing import columns_of
from portal.web.pages.accounts import said, typed_password
from portal.web.pages.documents import own_documents
from portal.web.session import LANGUAGE_COOKIE, actor, gate, local_path, to_sign_in

pages = Blueprint("me", __name__)
SHOWN = 10
MOST_ACCESSES = 500
OF_PROFILE = ("me.password", "me.own_sessions", "me.end_session")
ACCOUNT = "accounts.account"
YEAR_SECONDS = 31_536_000


@dataclass(frozen=True, slots=True)
class OwnRows:
    """The rows of a table that are about this person."""

    label: str
    heads: tuple[str, ...]
    rows: tuple[Markup, ...]
    more: bool


@pages.before_request
def _only_signed_in() -> Response | None:
    if g.actor is None and request.endpoint != "me.language":
        return to_sign_in()
    if request.endpoint in OF_PROFILE and not actor().may(PROFILE):
        raise NotFound(_("There is nothing at this address."))
    return None


@pages.get("/me/")
def index() -> str:
    """The person's own record and the rows about them."""
    asked = gate(Channel.DETAIL)
    return render_template(
        "me/index.html",
        sections=_own_sheet(asked),
        tables=_own_rows(asked),
        documents=own_documents(asked),
    )


def _own_sheet(asked: Gate) -> list[sheet.Section]:
    """The person's own record; nothing for an account without a person or without the right."""
    person = asked.actor.person
    if person is None:
        return []
    try:
        row = asked.one(PERSON, person)
    except NotFound:
        return []
    return sheet.sections(asked, catalog.current().table(PERSON), row, "")


def _own_rows(asked: Gate) -> list[OwnRows]:
    if asked.actor.person is None:
        return []
    found = [
        _rows_of(asked, table, asked.actor.person)
        for table in catalog.current().about_persons()
        if table in asked.tables() and table.subject and len(table.subject.steps) == 1
    ]
    return [rows for rows in found if rows is not None]


def _rows_of(asked: Gate, table: CatalogTable, person: int) -> OwnRows | None:
    link = table.subject.steps[0].name if table.subject else ""
    fields = {field.name: field for field in asked.fields(table.name)}
    if link not in fields or link in asked.masked(table.name):
        return None
    columns = columns_of(table, fields, parameters.ListState())
    columns = tuple(field for field in columns if field.name != link)
    only = Selection(filters=(Filter(link, "equals", str(person)),), page_size=SHOWN)
    page = asked.list(table.name, only, [field.name for field in columns])
    if not page.rows:
        return None
    cells = [(field.name, cell_of(field, "", ())) for field in columns]
    rows = tuple(
        html(
            [f'<th scope="row">{escape(row.title)}</th>']
            + [cell(row.values.get(name)) for name, cell in cells]
        )
        for row in page.rows
    )
    heads = (str(table.one), *(str(field.label) for field in columns))
    return OwnRows(str(table.label), heads, rows, page.has_next)


@pages.get("/me/accesses")
def accesses() -> str:
    """Who consulted or changed the person's record: date, kind and role, never a name."""
    asked = gate(Channel.JOURNAL)
    if asked.actor.person is None:
        raise NotFound(_("There is nothing at this address."))
    found, total = asked.subject(asked.actor.person).accesses(MOST_ACCESSES)
    return render_template(
        "me/accesses.html",
        accesses=access_documents.by_minute(found),
        older=max(0, total - len(found)),
        journal=current_app.extensions["portal"].settings.journal,
        number=IntegerType().show,
    )


@pages.post("/me/language")
def language() -> Response:
    """Keep the language, on the account when there is one, else in this browser."""
    wanted = request.form.get("language", "")
    if wanted not in LANGUAGES:
        raise Invalid(
            _("This language is not spoken here."), _("Known: {known}.").format(known="fr, en")
        )
    if g.actor is not None and g.actor.account is not None:
        _keep_language(gate(Channel.FORM), wanted)
    answer = redirect(local_path(request.form.get("next")) or url_for("root"))
    answer.set_cookie(
        LANGUAGE_COOKIE,
        wanted,
        max_age=YEAR_SECONDS,
        httponly=True,
        samesite="Lax",
        secure=bool(current_app.config["SESSION_COOKIE_SECURE"]),
    )
    return answer


def _keep_language(asked: Gate, wanted: str) -> None:
    """Note the choice on the account.

    Where that right is withheld, this browser alone remembers it.
    """
    with suppress(NotFound, Forbidden):
        row = asked.one(ACCOUNT, asked.actor.account or 0)
        if row.values.get("language") != wanted:
            asked.update(ACCOUNT, row.id, {"language": wanted}, row.version)


@pages.route("/me/password", methods=("GET", "POST"))
def password() -> Any:
    """Change the password; every other session of the account ends."""
    error = ""
    if request.method == "POST":
        try:
            _change_password()
        except Invalid as refused:
            error = said(refused)
        else:
            flash(str(_("The password was changed; your other sessions have ended.")))
            return redirect(url_for("me.index"))
    page = render_template("me/password.html", error=error)
    return (page, 400) if error else page


def _change_password() -> None:
    profiles.change_own_password(actor(), request.form.get("current", ""), typed_password())


@pages.get("/me/sessions")
def own_sessions() -> str:
    """The open sessions of this account."""
    return render_template(
        "me/sessions.html",
        sessions=sessions.sessions_of(_account()),
        current=actor().session,
        client=words,
    )


@pages.post("/me/sessions")
def end_session() -> Response:
    """End one session, or all but this one."""
    if request.form.get("id") == "others":
        sessions.end_all(_account(), but=actor().session)
    elif not sessions.end_session(_account(), parameters.key(request.form)):
        raise NotFound(_("There is no such session."), _("It may have ended."))
    flash(str(_("The session has ended.")))
    return redirect(url_for("me.own_sessions"))


def _account() -> int:
    account = actor().account
    if account is None:
        raise NotFound(_("There is nothing at this address."))
    return account
