"""The leak matrix over the routes: who may not read a value finds it in no answer of any route.

A rule of the application that stands neither in the matrix nor among the public ones fails.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal import catalog
from portal.catalog import CatalogTable
from portal.rows import Selection
from tests.factories import gate
from tests.web.conftest import Visitor
from tests.web.route_world import CANARY, HINT, PERSON, PHONE, World, is_text, make_world, trace

ABSENT = 999_999
HEADERS = ("Content-Security-Policy", "X-Content-Type-Options", "X-Frame-Options")

PUBLIC = {
    "static": "style, script and icon, the same for everybody",
    "session.sign_in": "asks who speaks, and shows no row",
    "session.sign_out": "ends the session of who speaks",
    "session.first_administrator": "opened by a one-time link alone; tested with the sessions",
    "own.confirm_email": "opened by a one-time link alone; tested with one's own account",
    "session.new_password": "opened by a one-time link alone; tested with the access of accounts",
    "session.forgotten": "answers alike for known and unknown accounts; tested with their access",
    "root": "leads to the person's own page",
    "me.language": "keeps a language in the browser",
}
TABLE_ROUTES = frozenset(
    {
        "index_view",
        "details_view",
        "create_view",
        "edit_view",
        "delete_view",
        "action_view",
        "change_view",
        "export",
        "count_view",
        "lookup",
        "open_view",
        "protected_view",
    }
)
PAGES: dict[str, tuple[str, ...]] = {
    "admin.index": ("/admin/",),
    "search.index": (f"/admin/search/?q={HINT}", "/admin/search/"),
    "pages.index": ("/admin/pages/",),
    "custom_forms.index": ("/admin/forms/",),
    "pages.page": ("/admin/pages/nothing/nothing/",),
    "me.index": ("/me/",),
    "me.password": ("/me/password",),
    "me.own_sessions": ("/me/sessions",),
    "own.index": ("/me/account",),
    "own.role": ("/me/role",),
    "documents.own_data": ("/me/data?format=odt&lang=fr", "/me/data?format=docx&lang=en"),
    "access_documents.index": ("/admin/documents/",),
    "access_documents.document": (
        "/admin/documents/access/?person={person}&format=odt&lang=fr",
        "/admin/documents/access/?person={person}&format=docx&lang=en",
    ),
    "identifiers.index": ("/admin/identifiers/",),
    "identifiers.table": ("/admin/identifiers/directory.person/?row={person}",),
    "privacy.index": ("/admin/privacy/",),
    "register.index": ("/admin/privacy/register/",),
    "register.export": ("/admin/privacy/register/export/?format=csv&lang=fr",),
    "register.durations": ("/admin/privacy/register/durations/",),
    "register.new": ("/admin/privacy/register/new/",),
    "register.sheet": ("/admin/privacy/register/bookings/",),
    "register.decide": ("/admin/privacy/register/bookings/retention/",),
    "privacy.retention": ("/admin/privacy/retention/",),
    "privacy.purge": ("/admin/privacy/retention/persons/",),
    "holds.index": ("/admin/privacy/holds/",),
    "holds.record": ("/admin/privacy/holds/record/?table=directory.person&id={person}",),
    "anonymising.index": (
        "/admin/privacy/anonymise/",
        "/admin/privacy/anonymise/?id={person}",
    ),
    "privacy.evidence": ("/admin/privacy/evidence/?id=1",),
    "privacy.attachments": ("/admin/privacy/attachments/",),
    "dictionary.index": ("/admin/privacy/dictionary/",),
    "dictionary.export": ("/admin/privacy/dictionary/export/?format=csv&lang=fr",),
    "processors.index": ("/admin/privacy/processors/",),
    "processors.export": ("/admin/privacy/processors/export/?format=csv&lang=fr",),
    "processors.treatments": ("/admin/privacy/processors/treatments/?id=1",),
    "audit.index": ("/admin/privacy/audit/",),
    "audit.new": ("/admin/privacy/audit/new/?table=directory.person",),
    "audit.edit": ("/admin/privacy/audit/edit/?id=1",),
    "access_journal.alerts": ("/admin/privacy/journal/alerts/",),
    "superusers.index": ("/admin/superusers/",),
    "me.accesses": ("/me/accesses",),
    "access_journal.index": ("/admin/privacy/journal/", "/admin/privacy/journal/?person=1"),
    "access_journal.export": (
        "/admin/privacy/journal/export/csv/",
        "/admin/privacy/journal/export/json/",
    ),
    "requests.index": (
        "/admin/privacy/requests/",
        "/admin/privacy/requests/?ended=1&state=closed&right=access",
    ),
    "requests.new": ("/admin/privacy/requests/new/?id={person}", "/admin/privacy/requests/new/"),
    "requests.erase": ("/admin/privacy/requests/erase/?id=1",),
    "requests.one": ("/admin/privacy/requests/one/?id=1",),
    "breaches.index": (
        "/admin/privacy/breaches/",
        "/admin/privacy/breaches/?ended=1&state=closed",
    ),
    "breaches.new": ("/admin/privacy/breaches/new/",),
    "breaches.one": ("/admin/privacy/breaches/one/?id=1",),
    "breaches.export": ("/admin/privacy/breaches/export/?format=csv&lang=fr",),
    "objections.index": ("/admin/privacy/objections/",),
    "objections.new": (
        "/admin/privacy/objections/new/?id={person}",
        "/admin/privacy/objections/new/",
    ),
    "operations.index": ("/admin/operations/",),
    "rehearsal.index": ("/admin/rehearsal/",),
    "operations.result": (f"/admin/operations/result/?id={ABSENT}",),
    "lists.index": ("/admin/lists/",),
    "lists.one": ("/admin/lists/members.validity-types/",),
    "lists.new": ("/admin/lists/members.validity-types/new/",),
    "lists.edit": ("/admin/lists/members.validity-types/edit/?id=1",),
    "lists.export": ("/admin/lists/members.validity-types/export/",),
    "list_files.index": ("/admin/lists/import/",),
    "list_files.choose": ("/admin/lists/import/members.validity-types/",),
    "list_files.review": ("/admin/lists/import/members.validity-types/1/",),
    "merging.index": ("/admin/lists/merge/?id=1&into=2",),
    "duplicates.index": tuple(
        f"/admin/duplicates/?kind={kind}" for kind in ("name", "email", "mobile", "landline")
    ),
    "duplicates.merge": ("/admin/duplicates/merge/?first={person}&second=1",),
    "imports.index": ("/admin/imports/",),
    "imports.new": ("/admin/imports/new/?table=directory.person",),
    "imports.columns": ("/admin/imports/columns/?id=1",),
    "imports.preview": ("/admin/imports/preview/?id=1",),
    "imports.refused": ("/admin/imports/refused/?id=1",),
    "custom_forms.content": ("/admin/forms/content/?id=1",),
    "settings_file.index": ("/admin/settings-file/",),
    "settings_file.export": ("/admin/settings-file/export/",),
    "codes.index": ("/admin/codes/",),
    "codes.record": ("/admin/codes/record/?table=directory.person&id={person}",),
    "codes.fields": ("/admin/codes/fields/?id=1&table=directory.person",),
    "rights.index": ("/admin/rights/",),
    "rights.summary": (
        "/admin/rights/summary/",
        "/admin/rights/summary/?profile=1&only=differences",
    ),
    "rights.export": ("/admin/rights/export/",),
    "rights.profile": ("/admin/rights/profile/?id=1",),
    "rights.new": ("/admin/rights/new/?profile=1&table=directory.person",),
    "rights.edit": ("/admin/rights/edit/?id=1",),
    "rights.why": (
        "/admin/rights/why/",
        "/admin/rights/why/?account={account}&table=directory.person&row={person}&field=email",
    ),
    "custom_fields.index": ("/admin/custom-fields/",),
    "custom_fields.delete": ("/admin/custom-fields/delete/?id=1",),
    "account_access.index": ("/admin/accounts/",),
    "account_access.access": ("/admin/accounts/access/?id={account}",),
    "new_account.index": ("/admin/accounts/new/", "/admin/accounts/new/?step=4"),
}
"""The pages beside the tables; `{person}` and `{account}` are the canary's."""
ACTS: dict[str, tuple[str, dict[str, str]]] = {
    "register.count": ("/admin/privacy/register/count/", {}),
    "holds.lift": ("/admin/privacy/holds/lift/", {"kind": "privacy.legalhold", "id": "999999"}),
    "audit.switch": ("/admin/privacy/audit/switch/", {"id": "999999", "on": "0"}),
    "access_journal.deal": ("/admin/privacy/journal/deal/", {"id": "999999"}),
    "superusers.make_technical": ("/admin/superusers/technical/", {"id": "{account}"}),
    "own.change_name": ("/me/account/name", {"login": "other", "current": "wrong"}),
    "own.change_email": ("/me/account/email", {"email": "a@b.example", "current": "wrong"}),
    "own.use_role": ("/me/role", {"role": "all"}),
    "me.end_session": ("/me/sessions", {"id": "999999"}),
    "lists.order": ("/admin/lists/members.validity-types/order/", {"up": "999999"}),
    "lists.available": (
        "/admin/lists/members.validity-types/available/",
        {"id": "999999", "available": "0"},
    ),
    "requests.letter": (
        "/admin/privacy/requests/letter/",
        {"id": "1", "code": "no_data", "format": "odt", "lang": "fr"},
    ),
    "requests.document": (
        "/admin/privacy/requests/document/",
        {"id": "1", "format": "odt", "lang": "fr"},
    ),
    "breaches.letter": (
        "/admin/privacy/breaches/letter/",
        {"id": "1", "addressee": "Zoé", "format": "odt", "lang": "fr"},
    ),
    "breaches.act": (
        "/admin/privacy/breaches/act/",
        {"id": "1", "act": "not_notified", "note": "No risk"},
    ),
    "requests.act": ("/admin/privacy/requests/act/", {"id": "1", "act": "withdrawn"}),
    "objections.find": ("/admin/privacy/objections/find/", {"email": "nobody@example.org"}),
    "objections.lift": ("/admin/privacy/objections/lift/", {"entry": "none"}),
    "rights.erase": ("/admin/rights/erase/", {"id": "999999"}),
    "operations.cancel": ("/admin/operations/cancel/", {"id": "999999"}),
    "operations.back_up": ("/admin/operations/backup/", {}),
    "operations.verify": ("/admin/operations/verify/", {"name": "../../etc/passwd"}),
    "operations.test_mail": ("/admin/operations/mail/", {}),
    "imports.write": ("/admin/imports/write/", {"id": "1", "act": "all"}),
    "imports.cancel": ("/admin/imports/cancel/", {"id": "1"}),
    "imports.discard": ("/admin/imports/discard/", {"id": "1"}),
    "settings_file.review": ("/admin/settings-file/review/", {}),
    "settings_file.apply": ("/admin/settings-file/apply/", {"content": "[]"}),
    "account_access.password": (
        "/admin/accounts/password/",
        {"id": "{account}", "password": "cumulus planeur", "again": "cumulus planeur"},
    ),
    "account_access.link": ("/admin/accounts/link/", {"id": "{account}"}),
    "account_access.active": ("/admin/accounts/active/", {"id": "{account}", "active": "0"}),
    "account_access.unlock": ("/admin/accounts/unlock/", {"id": "{account}"}),
}
"""The pages that take a form alone: where it is sent, and what is in it."""
FOR_ALL_STAFF = ("/admin/", "/admin/search/")

RESTRICTED = ("anonymous", "nobody", "powerless", "elsewhere", "own", "withheld", "masked")
LIMITED = ("elsewhere", "own", "withheld", "masked")
FEW = (PERSON, "members.membership", "accounts.account", "history.change")


@dataclass(frozen=True)
class Asked:
    """A cell's request; `absent` is the same one for a row that is not there."""

    address: str
    data: Mapping[str, Any] | None = None
    absent: str = ""
    absent_data: Mapping[str, Any] | None = None
    by_hidden: bool = False
    finds: bool = False

    def send(self, visitor: Visitor, token: str) -> TestResponse:
        return _sent(visitor, token, self.address, self.data)

    def send_for_absent(self, visitor: Visitor, token: str) -> TestResponse:
        return _sent(visitor, token, self.absent, self.absent_data)

    def __str__(self) -> str:
        return f"GET {self.address}" if self.data is None else f"POST {self.address} {self.data}"


def _sent(
    visitor: Visitor, token: str, address: str, data: Mapping[str, Any] | None
) -> TestResponse:
    if data is None:
        return visitor.get(address)
    return visitor.client.post(address, data={**data, "csrf_token": token})


def requests_of(table: CatalogTable, world: World) -> Iterator[Asked]:
    """Give what is asked of the routes of a table: of the canary's row, and by its hidden words."""
    base, row = f"/admin/{table.name}/", world.row(table.name)
    texts = [name for name, spec in table.fields.items() if is_text(spec)]
    ledger = world.row("accounting.ledgeraccount")
    yield Asked(base)
    yield Asked(f"{base}?search={HINT}", finds=True)
    yield Asked(f"{base}count/?search={HINT}")
    yield Asked(f"{base}export/csv/")
    yield Asked(f"{base}export/csv/?search={HINT}")
    yield Asked(f"{base}lookup/?search={HINT}", finds=bool(table.searched))
    yield Asked(f"{base}new/?person={world.person}&ledger_account={ledger}")
    for name in texts:
        yield Asked(f"{base}?f.{name}.contains={HINT}", by_hidden=True)
        yield Asked(f"{base}count/?f.{name}.contains={HINT}", by_hidden=True)
        yield Asked(f"{base}?sort={name}&desc=1", by_hidden=True)
    for name in texts[:2]:
        yield Asked(f"{base}?columns={name}")
        yield Asked(f"{base}?add={name}", by_hidden=True)
        yield Asked(f"{base}export/csv/?columns={name}")
    for page in ("details/?id={}", "details/?id={}&tab=history", "edit/?id={}", "delete/?id={}"):
        yield Asked(base + page.format(row), absent=base + page.format(ABSENT))
    changed = {**dict.fromkeys(texts, "changed"), "version": 1}
    edit = f"{base}edit/?id="
    yield Asked(f"{edit}{row}", changed, f"{edit}{ABSENT}", changed)
    for act in ("delete", "export"):
        one = {"action": act, "rowid": row}
        yield Asked(f"{base}action/", one, f"{base}action/", {**one, "rowid": ABSENT})
        yield Asked(f"{base}action/", {"action": act, "all": "1", "selection": f"?search={HINT}"})
    because = {"disclosure-reason": "asked by the person"}
    for told in (None, because):
        yield Asked(f"{base}open/{row}/", told, f"{base}open/{ABSENT}/", told)
        yield Asked(f"{base}protected/", told)
    sure = {"act": "erase", "previewed": "1 0", "word": "delete", "rowid": row}
    yield Asked(f"{base}delete/", sure, f"{base}delete/", {**sure, "rowid": ABSENT})
    about = {"person": world.person, "person-text": CANARY[:4], "starts_on": "2026-03-02"}
    yield Asked(f"{base}new/", {**about, "structure": 1, "season": "x", "once": uuid4().hex})


def pages_of(world: World) -> Iterator[Asked]:
    """Give what is asked of the pages beside the tables."""
    for addresses in PAGES.values():
        for address in addresses:
            absent = address.format(person=ABSENT, account=ABSENT) if "{" in address else ""
            here = address.format(person=world.person, account=world.row("accounts.account"))
            yield Asked(here, absent=absent)
    for address, data in ACTS.values():
        account = world.row("accounts.account")
        here, absent = (
            {k: v.format(account=id) for k, v in data.items()} for id in (account, ABSENT)
        )
        yield Asked(address, here, address if here != absent else "", absent)


def tables(app: Flask) -> list[CatalogTable]:
    """Give the tables that are asked: all of them on SQLite, a few on PostgreSQL."""
    known = list(catalog.current())
    sqlite = app.extensions["portal"].settings.database_url.startswith("sqlite")
    return known if sqlite else [table for table in known if table.name in FEW]


@pytest.fixture
def world(app: Flask) -> World:
    """Give the canary, in a section of its own, and the accounts of the matrix."""
    rows = gate().list("directory.structure", Selection()).rows
    here, elsewhere = (row.id for row in rows if "planeur" in row.title or "ULM" in row.title)
    return make_world(here, elsewhere)


def visitor_of(actor: str, app: Flask, signed_in: Callable[[str], Visitor]) -> Visitor:
    return Visitor(app.test_client()) if actor == "anonymous" else signed_in(actor)


def problems(
    actor: str, one: Asked, answer: TestResponse, absent: TestResponse | None
) -> list[str]:
    """Give what is wrong in a cell."""
    status, text = answer.status_code, read(answer)
    found = [f"lacks {name}" for name in HEADERS if name not in answer.headers]
    if CANARY.lower() in text.lower() or PHONE in text:
        found.append("the canary")
    if status >= 500 or "Traceback" in text:
        found.append("a mistake")
    if actor == "anonymous":
        told = f"{status} {answer.location or ''}"
        if not told.startswith(("302 /sign-in?next=", "401")):
            found.append("a stranger is let in")
    if actor == "nobody" and one.address.startswith("/admin/") and status != 404:
        found.append("the administration is let be seen")
    if actor == "powerless" and one.address.startswith("/admin/") and status not in (302, 404):
        found += [] if one.address.partition("?")[0] in FOR_ALL_STAFF else ["a page is shown"]
    if actor in ("elsewhere", "own") and absent is not None and words(answer) != words(absent):
        found.append(f"differs from a row that is not there ({absent.status_code})")
    if actor in ("withheld", "masked") and one.by_hidden and status not in (400, 404):
        found.append("a hidden field is asked")
    if actor in LIMITED and one.finds and (answer.json or 'name="rowid"' in text):
        found.append("the hidden words find rows")
    return [f"{status} {one}: {problem}" for problem in found]


def read(answer: TestResponse) -> str:
    """Give the text of an answer, of a document too."""
    if answer.data[:2] != b"PK":
        return answer.get_data(as_text=True)
    with zipfile.ZipFile(io.BytesIO(answer.data)) as package:
        return " ".join(package.read(name).decode(errors="replace") for name in package.namelist())


def words(answer: TestResponse) -> tuple[int, str]:
    """Give the status and the words of a page, without its numbers."""
    main = read(answer).partition("<main")[2] or read(answer)
    return answer.status_code, re.sub(r"\d+|\s+|<[^>]+>", " ", main).strip()


# --- the matrix


def test_every_rule_stands_in_the_matrix_or_is_public(app: Flask) -> None:
    views = {table.name.replace(".", "_") for table in catalog.current()}
    known, unknown = {*PUBLIC, *PAGES, *ACTS}, []
    for rule in app.url_map.iter_rules():
        view, _dot, route = rule.endpoint.partition(".")
        covered = route in TABLE_ROUTES if view in views else rule.endpoint in known
        if not covered:
            unknown.append(f"{rule.endpoint} {rule.rule}")
    assert unknown == []


def test_nothing_in_the_matrix_is_gone(app: Flask) -> None:
    known = {rule.endpoint for rule in app.url_map.iter_rules()}
    assert {*PUBLIC, *PAGES, *ACTS} - known == set()


def test_every_table_about_persons_holds_the_canary(world: World) -> None:
    kept_by_the_portal = {"journal", "history", "operations", "privacy"}
    silent = [
        table.name
        for table in catalog.current().about_persons()
        if table.plugin not in kept_by_the_portal
        and any(is_text(spec) and not spec.not_personal for spec in table.fields.values())
        and table.name not in world.rows
    ]
    assert silent == []


@pytest.mark.parametrize("actor", RESTRICTED)
def test_no_cell_of_the_matrix_is_wrong(
    app: Flask, signed_in: Callable[[str], Visitor], world: World, actor: str
) -> None:
    visitor = visitor_of(actor, app, signed_in)
    token, before, wrong = visitor.token(), trace(world), []
    asked = [one for table in tables(app) for one in requests_of(table, world)]
    for one in (*asked, *pages_of(world)):
        compared = bool(one.absent) and actor in ("elsewhere", "own")
        absent = one.send_for_absent(visitor, token) if compared else None
        wrong += problems(actor, one, one.send(visitor, token), absent)
    wrong += [f"changed: {name}" for name, now in trace(world).items() if now != before[name]]
    assert "\n".join(wrong) == ""


def test_who_may_read_the_canary_finds_it_on_every_way(
    app: Flask, signed_in: Callable[[str], Visitor], world: World
) -> None:
    visitor = signed_in("admin")
    ways = (
        f"/admin/{PERSON}/?search={HINT}",
        f"/admin/{PERSON}/details/?id={world.person}",
        f"/admin/{PERSON}/details/?id={world.person}&tab=history",
        f"/admin/{PERSON}/edit/?id={world.person}",
        f"/admin/{PERSON}/delete/?id={world.person}",
        f"/admin/{PERSON}/export/csv/?search={HINT}",
        f"/admin/{PERSON}/lookup/?search={HINT}",
        f"/admin/search/?q={HINT}",
    )
    assert [way for way in ways if CANARY not in visitor.get(way).text] == []


# --- forged requests


@pytest.mark.parametrize("actor", ["anonymous", "nobody", "admin"])
def test_no_route_takes_a_forged_request(
    app: Flask, signed_in: Callable[[str], Visitor], world: World, actor: str
) -> None:
    visitor = visitor_of(actor, app, signed_in)
    wrong = []
    for rule in app.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            address = app.url_map.bind("localhost").build(
                rule.endpoint, {name: "1" for name in rule.arguments}, method=method
            )
            answer = visitor.client.open(
                f"{address}?id={world.person}", method=method, data={"id": "1"}
            )
            if answer.status_code not in (400, 401, 403, 404):
                wrong.append(f"{method} {address} {answer.status_code}")
            if actor == "admin" and answer.status_code != 400:
                wrong.append(f"{method} {address} {answer.status_code}")
    assert wrong == []


def test_a_page_of_the_wrong_method_is_refused(
    app: Flask, signed_in: Callable[[str], Visitor]
) -> None:
    visitor = signed_in("admin")
    token, wrong = visitor.token(), []
    for rule in app.url_map.iter_rules():
        if not rule.arguments:
            for method in sorted({"PUT", "PATCH", "DELETE"} - (rule.methods or set())):
                answer = visitor.client.open(
                    rule.rule, method=method, headers={"X-CSRFToken": token}
                )
                if answer.status_code != 405:
                    wrong.append(f"{method} {rule.rule} {answer.status_code}")
    assert wrong == []
