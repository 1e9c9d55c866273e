"""A fresh portal becomes that of another club, in French and on screens; a second one follows it.

Nothing here writes a row but by a page: what an administrator does in an afternoon.
"""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from portal import configured, version
from portal.accounts import sessions
from portal.database import close_database
from portal.operations import instance, jobs
from portal.start import Portal, open_portal
from portal.web.app import make_app
from tests.factories import make_settings
from tests.web.conftest import Visitor

PASSWORD = "cumulus planeur verveine"
ADMIN, PERSONS, SETTINGS = "/admin/", "/admin/directory.person/", "/admin/settings-file/"
VALIDITIES, TITLES = "members.validity-types", "directory.civilities"


class Club:
    """A portal and its first administrator, who reads French."""

    def __init__(self, home: Path) -> None:
        self.portal: Portal = open_portal(make_settings(home))
        sessions.forget_grants()
        self.app = make_app(self.portal)
        self.admin = self.visitor()
        link = instance.first_link("http://localhost")
        twice = {"login": "chef", "password": PASSWORD, "again": PASSWORD}
        assert self.admin.post(link[link.index("/first-") :], twice).status_code == 302

    def visitor(self, login: str = "") -> Visitor:
        client = self.app.test_client()
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "fr"
        visitor = Visitor(client)
        if login:
            assert visitor.sign_in(login, PASSWORD).status_code == 302
        return visitor

    def send(self, address: str, data: Any = (), status: int = 302) -> TestResponse:
        """Send a form of the administration, which is taken."""
        answer = self.admin.post(ADMIN + address, data)
        assert answer.status_code == status, answer.text
        configured.refresh(version.catalog_version())
        return answer

    def upload(self, address: str, name: str, content: bytes) -> TestResponse:
        file = FileStorage(io.BytesIO(content), name)
        data = {"file": file, "csrf_token": self.admin.token()}
        answer = self.admin.client.post(ADMIN + address, data=data, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return answer

    def number(self, table: str, text: str) -> str:
        """Give the number of the row that a person would choose."""
        found = self.admin.get(f"{ADMIN}{table}/lookup/?search={text}").json or []
        assert len(found) == 1, found
        return str(found[0]["id"])


def asked(visitor: Visitor) -> list[tuple[str, str]]:
    """Give the fields of the form of a new person: their names and labels, in order."""
    page = visitor.get(f"{PERSONS}new/").text
    found = re.findall(r'<label(?: class="tick")? for="(\w+)">(?:<input[^>]*>)?\s*([^<]+)', page)
    return [(name, unescape(label).strip()) for name, label in found]


def choice_labels(club: Club, name: str) -> list[str]:
    page = club.admin.get(f"{ADMIN}lists/{name}/").text
    return [unescape(slug) for slug in re.findall(r"<td><code>([^<]+)</code></td>", page)]


# --- what the administrator does


def lists(club: Club) -> None:
    club.send(f"lists/{TITLES}/new/", {"label_fr": "Docteur", "available": "true", "position": "3"})
    club.send(f"lists/{VALIDITIES}/new/", {"label_fr": "Voile", "available": "true"})
    page = club.admin.get(f"{ADMIN}lists/{VALIDITIES}/new/").text
    above = re.search(r'<option value="(\d+)"[^>]*>\s*Voile', page)
    assert above
    below = {"label_fr": "Permis côtier", "available": "true", "parent": above[1]}
    club.send(f"lists/{VALIDITIES}/new/", below)


FIELDS = (
    {"key": "boat__berth", "label_fr": "Emplacement", "kind": "text", "in_forms": "true"},
    {"key": "crossings", "label_fr": "Traversées", "kind": "integer", "in_forms": "true"},
    {"key": "permit", "label_fr": "Permis", "kind": "choice", "choice_list": VALIDITIES},
)


def fields(club: Club) -> None:
    common = {"table_name": "directory.person", "shown": "true", "personal": "true"}
    for field in FIELDS:
        club.send("typing.customfield/new/", common | field)


def profile_type(club: Club) -> str:
    values = {"label_fr": "Maître de port", "slug": "harbour-master", "level": "30"}
    club.send("accounts.profiletype/new/", values | {"privileges": "profile"})
    number = club.number("accounts.profiletype", "Maître de port")
    right = {"profile": number, "reach": "all", "reads_all": "1", "writes_all": "1"}
    for table in ("directory.person", "directory.attachment", "typing.choice"):
        verbs = [("verb", verb) for verb in ("read", "create", "update")]
        club.send("rights/new/", [*right.items(), ("table", table), *verbs])
    club.send("rights/new/", right | {"table": "directory.structure", "verb": "read"})
    return number


def custom_form(club: Club, profile: str) -> None:
    """A form of a new person, for the harbour master alone: with a permit, without a landline."""
    settings = {
        "name": "Personne - 010 - Port",
        "table_name": "directory.person",
        "form": "create",
        "applies_to": "profiles",
        "available": "true",
        "typing.customformprofile-0-profile_type": profile,
        "typing.customformprofile-0-profile_type-text": "Maître de port",
    }
    address = str(club.send("typing.customform/new/", settings).location)
    page = club.admin.get(address).text
    stamp = re.search(r'name="stamp" value="(\w+)"', page)
    assert stamp
    names = [n for n in re.findall(r'name="field" value="(\w+)"', page) if n != "landline"]
    sent = [("field", name) for name in ["x_permit", *names]]
    sent += [("label_fr.x_permit", "Permis de navigation"), ("stamp", stamp[1]), ("act", "save")]
    club.send(address.removeprefix(ADMIN), sent)


def identifier(club: Club) -> None:
    formula = {"identifier-formula": "NAV{id}", "identifier-syntax": "simple", "act": "save"}
    club.send("identifiers/directory.person/", formula)
    jobs.run_pending(club.portal.settings)


def account(club: Club, profile: str) -> None:
    """An account in four steps, with its person made on the way."""
    new = "accounts/new/"
    root = club.number("directory.structure", "Greffe")
    name = {"new-last_name": "Le Goff", "new-first_name": "Anne", "person": "", "person-text": ""}
    steps: tuple[dict[str, str], ...] = (
        name | {"new-structure": root, "new-structure-text": "Greffe"},
        {"login": "anne", "email": "anne@port.example", "staff": "true", "language": "fr"},
        {"how": "password", "password": PASSWORD, "again": PASSWORD},
        {f"p{profile}": "1"},
    )
    draft = ""
    for number, typed in enumerate(steps, 1):
        answer = club.send(new, {"step": str(number), "draft": draft, "go": "next", **typed})
        draft = answer.location.rpartition("draft=")[2] if number < len(steps) else ""


def imported(club: Club) -> str:
    """Two persons of an XLSX file, with their custom fields; the page of what was written."""
    book = Workbook()
    for line in (
        ("Nom", "Prénom", "Emplacement", "Traversées", "Permis"),
        ("Morvan", "Yann", "Ponton B", 12, "Permis côtier"),
        ("Kermadec", "Léna", "Ponton C", 0, "Voile"),
    ):
        book.active.append(line)
    content = io.BytesIO()
    book.save(content)
    page = club.upload("imports/new/?table=directory.person", "marins.xlsx", content.getvalue())
    number = re.search(r'name="id" value="(\d+)"', page.text)
    assert number
    columns = re.findall(r'name="(column-\d+)">.*?value="([^"]*)" selected', page.text, re.DOTALL)
    assert [name for _column, name in columns][2:] == ["x_boat__berth", "x_crossings", "x_permit"]
    club.send(f"imports/columns/?id={number[1]}", {**dict(columns), "key": "", "act": "read"})
    club.send("imports/write/", {"id": number[1], "act": "all"})
    return club.admin.get(f"{ADMIN}imports/preview/?id={number[1]}").text


def hidden(page: TestResponse) -> dict[str, str]:
    found = re.findall(r'name="(content|previewed)" value="([^"]*)"', page.text)
    return {name: unescape(value) for name, value in found}


def settings_of(club: Club) -> bytes:
    return club.admin.get(f"{SETTINGS}export/").data


# --- the two portals


def test_an_administrator_adapts_a_portal_and_takes_it_along(tmp_path: Path) -> None:
    first = Club(tmp_path / "first")
    lists(first)
    fields(first)
    profile = profile_type(first)
    custom_form(first, profile)
    identifier(first)
    account(first, profile)
    assert "2 nouvelles lignes" in imported(first)

    listed = first.admin.get(f"{PERSONS}?columns=identifier&columns=last_name&columns=x_permit")
    assert "Permis côtier" in listed.text
    assert re.search(r"NAV\d+", listed.text)
    met = asked(first.visitor("anne"))
    assert met[0] == ("x_permit", "Permis de navigation")
    assert "landline" not in dict(met)
    everybody = asked(first.admin)
    assert {"x_boat__berth", "x_crossings", "landline"} <= set(dict(everybody))
    assert "x_permit" not in dict(everybody)
    carried = settings_of(first)
    lists_of_first = choice_labels(first, VALIDITIES)
    close_database()

    second = Club(tmp_path / "second")
    for name in ("Moniteur", "Régatier"):
        second.send(f"lists/{TITLES}/new/", {"label_fr": name, "available": "true"})
    second.send(f"{PERSONS.removeprefix(ADMIN)}new/", {"last_name": "Quéré", "active": "true"})
    second.send("accounts.profiletype/new/", {"label_fr": "Trésor", "slug": "purse", "level": "50"})
    review = second.upload("settings-file/review/", "reglages.json", carried)
    assert "Maître de port" in review.text
    second.send("settings-file/apply/", hidden(review))
    again = second.upload("settings-file/review/", "reglages.json", carried)
    assert "Ce portail est déjà conforme au fichier." in again.text
    assert choice_labels(second, VALIDITIES) == lists_of_first
    assert {"docteur", "moniteur"} <= set(choice_labels(second, TITLES))
    assert asked(second.admin) == everybody
    other = second.number("accounts.profiletype", "Maître de port")
    assert other != profile
    account(second, other)
    assert asked(second.visitor("anne")) == met


@pytest.fixture
def closed() -> Any:
    yield
    close_database()
