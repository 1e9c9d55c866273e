"""Hostile values in every parameter of every page: a sentence, never a mistake, never markup."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode, urlsplit
from uuid import uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from portal import catalog
from portal.rows import Filter, Selection
from tests.factories import gate
from tests.web.conftest import PERSONS, Visitor

MARKUP = "<script>alert(1)</script>"
QUOTED = "\"'><img src=x onerror=alert(1)>"
VALUES = (
    "9" * 40,
    "-1",
    "0",
    "1e9",
    "NaN",
    "٣",
    "null",
    "2026-02-31",
    "99999-01-01",
    "0000-00-00",
    "yesterday..tomorrow",
    "..",
    "../../etc/passwd",
    "%",
    "_",
    "*",
    "a\x00b",
    "a\r\nSet-Cookie: x=1",
    "\u202egnp.exe",
    "\ud83d\ude00".encode("utf-16", "surrogatepass").decode("utf-16"),
    "ﷺ" * 30,
    "' OR 1=1 --",
    '" AND (',
    "NEAR(a b)",
    "{{ 7 * 7 }}",
    "a" * 600,
    "word " * 60,
    MARKUP,
    QUOTED,
)
FEW_VALUES = ("9" * 40, "-1", "2026-02-31", "a\x00b", "../..", "' OR 1=1 --", MARKUP, QUOTED)
LIST_PARAMETERS = (
    "search",
    "page",
    "page_size",
    "sort",
    "desc",
    "columns",
    "count",
    "after",
    "before",
    "add",
    "add_field",
    "page_from_1",
)
PAGES: dict[str, tuple[str, ...]] = {
    "/sign-in": ("next",),
    f"{PERSONS}details/": ("id", "tab"),
    f"{PERSONS}edit/": ("id",),
    f"{PERSONS}delete/": ("id", "rowid", "all", "selection"),
    f"{PERSONS}new/": ("person", "civility", "birth_date", "last_name", "active"),
    f"{PERSONS}lookup/": ("search",),
    f"{PERSONS}export/csv/": ("search", "columns", "sort", "f.birth_date.before"),
    "/admin/search/": ("q",),
    "/admin/privacy/register/export/": ("format", "lang"),
    "/admin/privacy/retention/bookings/": ("page",),
    "/admin/privacy/evidence/": ("id",),
    "/admin/documents/access/": ("person", "format", "lang"),
    "/me/data": ("format", "lang"),
    "/admin/operations/": ("page",),
}
PATHS = (
    "/admin/{}/",
    "/admin/directory.person/{}",
    "/admin/pages/{}/{}/",
    "/admin/privacy/retention/{}/",
    "/first-administrator/{}",
    "/static/{}",
    "/{}",
)


def wrong(answer: TestResponse) -> str:
    """Say what an answer shows that it should not; empty when all is well."""
    text = answer.get_data(as_text=True)
    if answer.status_code >= 500:
        return "a mistake"
    if answer.mimetype == "text/html" and (MARKUP in text or "<img" in text):
        return "markup"
    shown = [
        word for word in ("Traceback", "sqlite3", "psycopg", "SELECT ", "/portal/") if word in text
    ]
    if shown and answer.status_code >= 400:
        return f"shows {shown}"
    if "x=1" in answer.headers.get("Set-Cookie", ""):
        return "a header"
    return ""


def found(visitor: Visitor, addresses: Iterator[str]) -> list[str]:
    """Give the addresses whose answer is wrong."""
    told = []
    for address in addresses:
        answer = visitor.get(address)
        problem = wrong(answer)
        if problem:
            told.append(f"{problem} ({answer.status_code}): {address}")
    return told


def test_no_parameter_of_a_page_breaks_it(admin: Visitor) -> None:
    addresses = (
        f"{page}?{urlencode({name: value})}"
        for page, names in PAGES.items()
        for name in names
        for value in VALUES
    )
    assert found(admin, addresses) == []


def test_no_parameter_of_a_list_breaks_it(admin: Visitor) -> None:
    addresses = (
        f"{PERSONS}?{urlencode({name: value})}" for name in LIST_PARAMETERS for value in VALUES
    )
    assert found(admin, addresses) == []


def test_no_filter_of_any_type_breaks_it(admin: Visitor) -> None:
    def addresses() -> Iterator[str]:
        seen = set()
        for table in catalog.current():
            for name, spec in table.fields.items():
                for operator in spec.type.operators:
                    if spec.secret or (spec.type.name, operator, spec.folded != "") in seen:
                        continue
                    seen.add((spec.type.name, operator, spec.folded != ""))
                    for value in FEW_VALUES:
                        query = urlencode({f"f.{name}.{operator}": value})
                        yield f"/admin/{table.name}/?{query}"

    assert found(admin, addresses()) == []


@pytest.mark.parametrize(
    "name",
    ["f..", "f.last_name", "f..equals", "f.last_name.", f"f.{MARKUP}.equals", "f.id.equals.equals"],
)
def test_a_filter_without_a_sense_is_refused(admin: Visitor, name: str) -> None:
    answer = admin.get(f"{PERSONS}?{urlencode({name: '1'})}")
    assert (answer.status_code, wrong(answer)) == (400, "")


@pytest.mark.parametrize("path", PATHS)
def test_no_path_breaks_the_portal(admin: Visitor, path: str) -> None:
    addresses = (path.format(*[quote(value, safe="/")] * 2) for value in VALUES)
    assert found(admin, addresses) == []


def test_no_field_of_a_form_breaks_it(admin: Visitor) -> None:
    fields = [
        name
        for name, spec in catalog.current().table("directory.person").fields.items()
        if not spec.system
    ]
    told = []
    token = admin.token()
    for name in [*fields, "version", "once", "id"]:
        for value in FEW_VALUES:
            data = {"last_name": "Okonkwo", "version": "1", name: value, "csrf_token": token}
            for address in (f"{PERSONS}new/", f"{PERSONS}edit/?id=5"):
                problem = wrong(admin.client.post(address, data=data))
                if problem:
                    told.append(f"{problem}: {address} {name}={value}")
    assert told == []


def test_no_field_of_an_act_breaks_it(admin: Visitor) -> None:
    told = []
    token = admin.token()
    for name in ("action", "rowid", "all", "selection", "previewed", "word", "act"):
        for value in FEW_VALUES:
            for act in ("delete", "export"):
                data = {"action": act, "rowid": "5", name: value, "csrf_token": token}
                for address in (f"{PERSONS}action/", f"{PERSONS}delete/"):
                    problem = wrong(admin.client.post(address, data=data))
                    if problem:
                        told.append(f"{problem}: {address} {name}={value}")
    assert told == []


def test_hostile_text_is_kept_as_text(admin: Visitor) -> None:
    data = {"last_name": MARKUP, "city": QUOTED, "notes": "{{ 7 * 7 }}", "once": uuid4().hex}
    sheet = admin.post(f"{PERSONS}new/", data).location
    row = gate().one("directory.person", int(sheet.rpartition("=")[2]))
    assert (row.values["last_name"], row.values["city"]) == (MARKUP, QUOTED)
    shown = (sheet, sheet.replace("details", "edit"), sheet.replace("details", "delete"))
    others = (f"{PERSONS}?sort=last_name&columns=city,notes", "/admin/search/?q=alert", "/admin/")
    assert found(admin, iter((*shown, *others))) == []
    assert "{{ 7 * 7 }}" in admin.get(sheet).text


def test_a_csv_begins_no_formula(admin: Visitor) -> None:
    gate().create("directory.person", {"last_name": "=cmd|' /C calc'!A0", "first_name": "Zoé"})
    page = admin.get(f"{PERSONS}export/csv/?columns=last_name&f.first_name.equals=Zoé").text
    assert "\n=cmd" not in page.replace('"', "").replace("\r", "")


@pytest.mark.parametrize(
    "target",
    [
        "https://example.org/",
        "//example.org",
        "///example.org",
        "/\\example.org",
        "\\\\example.org",
        "/%09/example.org",
        "/\t/example.org",
        "/\n/example.org",
        " //example.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "example.org",
        "https:example.org",
        "/" + "a" * 3_000,
    ],
)
def test_no_page_leads_off_this_site(admin: Visitor, target: str) -> None:
    answers = [
        admin.get(f"/sign-in?{urlencode({'next': target})}"),
        admin.post("/me/language", {"language": "en", "next": target}),
    ]
    hosts = {urlsplit(answer.location or "").netloc for answer in answers}
    starts = {(answer.location or "/").replace("\\", "/")[:2] for answer in answers}
    assert hosts <= {"", "localhost"}
    assert "//" not in starts
    assert all(start.startswith("/") for start in starts)


@pytest.mark.parametrize(
    "host", ["example.org", "localhost.example.org", "127.0.0.1.example.org", "localhost:80@x", ""]
)
def test_an_unknown_host_is_refused(visitor: Visitor, host: str) -> None:
    assert visitor.get("/sign-in", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8000", "localhost:8000"])
def test_the_machine_itself_is_known(visitor: Visitor, host: str) -> None:
    assert visitor.get("/sign-in", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("value", ["fr-FR", "tlh", MARKUP, "*;q=99", "a" * 5_000, "en;q=x, fr"])
def test_no_language_of_a_browser_breaks_a_page(visitor: Visitor, value: str) -> None:
    answer = visitor.get("/sign-in", headers={"Accept-Language": value})
    assert (answer.status_code, wrong(answer)) == (200, "")


@pytest.mark.parametrize("value", ["tlh", "../fr", "fr%00", ""])
def test_an_unknown_language_is_not_kept(admin: Visitor, value: str) -> None:
    assert admin.post("/me/language", {"language": value}).status_code == 400


@pytest.mark.parametrize("cookie", ["", "x", "a" * 3_000, "eyJfdXNlcl9pZCI6IjEifQ.x.y"])
def test_a_forged_cookie_is_a_stranger(app: Flask, cookie: str) -> None:
    client = app.test_client()
    client.set_cookie("greffe", cookie)
    client.set_cookie("greffe_language", "../../etc")
    assert client.get("/admin/").status_code == 302


def test_two_thousand_words_are_refused_in_words(admin: Visitor) -> None:
    words = "+".join(["ab"] * 2_000)
    for address in (f"{PERSONS}?search=", "/admin/search/?q="):
        assert admin.get(f"{address}{words}").status_code in (400, 414), address


def test_a_stale_edit_changes_nothing(admin: Visitor) -> None:
    person = gate().create("directory.person", {"last_name": "Okonkwo"})
    gate().update("directory.person", person, {"city": "Grenoble"}, 1)
    answer = admin.post(f"{PERSONS}edit/?id={person}", {"city": "Annecy", "version": 1})
    assert answer.status_code == 409
    assert gate().one("directory.person", person).values["city"] == "Grenoble"


@pytest.mark.parametrize("version", ["0", "2", "99999999999999999999", "-1", "abc", ""])
def test_a_version_that_is_none_changes_nothing(admin: Visitor, version: str) -> None:
    person = gate().create("directory.person", {"last_name": "Okonkwo"})
    answer = admin.post(f"{PERSONS}edit/?id={person}", {"city": "Annecy", "version": version})
    assert answer.status_code in (400, 409)
    assert gate().one("directory.person", person).values["city"] == ""


def test_a_row_out_of_reach_is_refused_and_keeps_what_was_typed(
    signed_in: Callable[[str], Visitor],
) -> None:
    data = {"last_name": "Okonkwo", "city": "Annecy", "once": uuid4().hex}
    answer = signed_in("secretary").post(f"{PERSONS}new/", data)
    assert answer.status_code == 403
    assert "Attach it to one of your structures." in answer.text
    assert 'value="Annecy"' in answer.text


def test_a_form_sent_twice_counts_once(signed_in: Callable[[str], Visitor]) -> None:
    data = {"last_name": "Okonkwo", "once": uuid4().hex}
    visitor = signed_in("admin")
    places = {visitor.post(f"{PERSONS}new/", data).location for _click in range(3)}
    asked = Selection(filters=(Filter("last_name", "equals", "Okonkwo"),))
    assert (len(places), gate().count("directory.person", asked).value) == (1, 1)


@pytest.mark.parametrize(
    "address",
    [
        f"{PERSONS}?unknown=1",
        f"{PERSONS}?lang=xx",
        "/admin/?lang=xx",
        "/admin/search/?q=a&page=2",
        f"{PERSONS}details/?id=5&unknown=1",
        f"{PERSONS}export/csv/?unknown=1",
        f"{PERSONS}new/?unknown=1",
        f"{PERSONS}new/?created_at=2026-01-01",
        "/me/?unknown=1",
        "/me/data?format=odt&lang=xx",
        "/sign-in?unknown=1",
        "/admin/privacy/register/export/?format=csv&lang=xx",
    ],
)
def test_a_parameter_that_a_page_does_not_take_is_refused(admin: Visitor, address: str) -> None:
    answer = admin.get(address)
    assert (answer.status_code, wrong(answer)) == (400, "")


@pytest.mark.parametrize(
    "address",
    [
        f"{PERSONS}?page=1&page=2",
        f"{PERSONS}?sort=city&sort=last_name",
        f"{PERSONS}?page_size=20&page_size=50",
        f"{PERSONS}?search=a&search=b",
        f"{PERSONS}details/?id=5&id=6",
        f"{PERSONS}new/?city=a&city=b",
        "/admin/operations/?page=0&page=1",
    ],
)
def test_a_parameter_that_is_given_twice_is_refused(admin: Visitor, address: str) -> None:
    answer = admin.get(address)
    assert (answer.status_code, "more than once" in answer.text) == (400, True)


def test_columns_and_filters_may_be_given_more_than_once(admin: Visitor) -> None:
    query = "columns=city&columns=email&f.city.contains=a&f.city.contains=b"
    assert admin.get(f"{PERSONS}?{query}").status_code == 200


@pytest.mark.parametrize(
    "query", ["structure=abc", "structure=999999", "structure=-1", "person=1;2", "structure=9e9"]
)
def test_a_form_is_not_filled_in_with_what_is_no_value(admin: Visitor, query: str) -> None:
    answer = admin.get(f"/admin/directory.attachment/new/?{query}")
    assert (answer.status_code, wrong(answer)) == (400, "")


def test_a_form_is_filled_in_from_its_address(admin: Visitor) -> None:
    person = gate().create("directory.person", {"last_name": "Okonkwo"})
    page = admin.get(f"/admin/directory.attachment/new/?person={person}").text
    assert "OKONKWO" in page.upper()


def test_a_range_is_written_with_two_dots(admin: Visitor) -> None:
    address = f"{PERSONS}?f.birth_date.between=1980-01-01"
    assert admin.get(f"{address}..1990-01-01").status_code == 200
    answer = admin.get(f"{address},1990-01-01")
    assert (answer.status_code, "first..last" in answer.text) == (400, True)


@pytest.mark.parametrize("address", [PERSONS, "/admin/search/", "/sign-in", "/me/", "/static/x"])
def test_bytes_that_are_no_text_are_refused(admin: Visitor, address: str) -> None:
    answer = admin.get(f"{address}?search=%FF")
    assert (answer.status_code, "UTF-8" in answer.text) == (400, True)


def test_a_form_of_bytes_that_are_no_text_changes_nothing(admin: Visitor) -> None:
    body = f"last_name=Ok%FFnkwo&csrf_token={admin.token()}"
    answer = admin.client.post(
        f"{PERSONS}new/", data=body, content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 400
    asked = Selection(filters=(Filter("last_name", "contains", "nkwo"),))
    assert gate().count("directory.person", asked).value == 0
