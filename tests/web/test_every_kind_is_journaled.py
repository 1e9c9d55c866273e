"""The seven reported kinds of processing on every way: journaled, about the person, valueless."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import peewee
import pytest
from flask import Flask

from portal import journal
from portal.accounts import sessions
from portal.actor import Origin
from portal.builtin.directory import Person
from portal.builtin.journal import Entry
from portal.channels import REPORTED, Kind
from portal.database import proxy
from portal.plugins import LOCAL
from portal.rows import Selection
from portal.settings_sections import Plugins
from portal.start import Portal, open_portal
from portal.web.app import make_app
from tests.cli.conftest import Greffe, caller
from tests.factories import account, gate
from tests.test_docs import example
from tests.web import test_deletion, test_imports
from tests.web.conftest import PERSONS, Visitor

CANARY = "Qwxcanary"
TEXTS = {"last_name": CANARY, "first_name": f"{CANARY}a", "email": "qwxcanary@example.org"}
PERSON = "directory.person"
PAGE = "/admin/pages/lending/acts/"
VIEW = """

def acts(gate, parameters):
    from portal.channels import Channel
    from portal.declare import Verb
    from portal.rows import Selection

    person, act = int(parameters["person"]), parameters["act"]
    if act == "directory_list":
        gate.list("directory.person", Selection(ids=(person,)))
    elif act == "directory_export":
        list(gate.at(Channel.EXPORT).export("directory.person", Selection(ids=(person,))))
    elif act == "sheet_view":
        gate.at(Channel.DETAIL).one("directory.person", person)
    elif act == "sheet_export":
        gate.at(Channel.DOCUMENT).note(Verb.EXPORT, "directory.person", [person], 1)
    elif act == "create":
        return {"id": gate.at(Channel.FORM).create("directory.person", {"last_name": "Qwxcanary"})}
    elif act == "update":
        row = gate.one("directory.person", person)
        gate.at(Channel.FORM).update(
            "directory.person", person, {"city": "Qwxcanaryville"}, row.version
        )
    elif act == "delete":
        erasing = gate.at(Channel.FORM)
        erasing.erase(erasing.erasure("directory.person", [person]))
    return {"id": person}


page = declare.Page("acts", Text("Actes", "Acts"), "acts.html", acts, "lending.loan")
"""

Act = Callable[[int], int | None]


def someone() -> int:
    """Make a person whose every text is a canary."""
    return gate().create(PERSON, TEXTS)


def wrong(acts: Mapping[str, Act]) -> list[str]:
    """Do each act on a person of its own; say which are not journaled, or hold a value."""
    found = []
    for kind, act in acts.items():
        person, before = someone(), journal.head()[0]
        concerned = act(person) or person
        rows = list(Entry.select().where(Entry.id > before).dicts())
        told = [
            row
            for row in rows
            if REPORTED.get(Kind(row["kind"])) == kind
            and str(concerned) in re.findall(r"\d+", row["persons"])
        ]
        if not told:
            found.append(f"{kind} is not journaled: {[row['kind'] for row in rows]}")
        if "qwxcanary" in str(rows).lower():
            found.append(f"{kind} left a value")
    return found


def newest() -> int:
    return int(Person.select(peewee.fn.MAX(Person.id)).scalar())


def test_the_seven_kinds_are_the_reported_ones() -> None:
    assert set(REPORTED.values()) == set(list(Kind)[:7])


def test_every_kind_on_screen_by_import_and_by_export(admin: Visitor) -> None:
    def made(person: int) -> int:
        admin.post(f"{PERSONS}new/", {**TEXTS, "once": "a" * 32})
        return newest()

    def changed(person: int) -> None:
        version = gate().one(PERSON, person).version
        admin.post(f"{PERSONS}edit/?id={person}", {**TEXTS, "city": CANARY, "version": version})

    def deleted(person: int) -> None:
        page = admin.get(f"{PERSONS}delete/?id={person}").text
        assert admin.post(f"{PERSONS}delete/", test_deletion.confirmed(page)).status_code == 200

    def imported(person: int) -> int:
        test_imports.read(admin, f"Nom;Prénom\n{CANARY};Zoé\n")
        test_imports.write(admin)
        return newest()

    def imported_again(person: int) -> None:
        test_imports.read(admin, f"id;last_name;city\n{person};{CANARY};{CANARY}\n", key="id")
        test_imports.write(admin)

    def got(address: str) -> Act:
        def act(person: int) -> None:
            assert admin.get(address.format(person)).status_code == 200

        return act

    screen = {
        "directory_list": got(f"{PERSONS}?search=qwxcanary"),
        "sheet_view": got(f"{PERSONS}details/?id={{}}"),
        "sheet_export": got("/admin/documents/access/?person={}&format=odt&lang=fr"),
        "create": made,
        "update": changed,
        "delete": deleted,
    }
    export = {"directory_export": got(f"{PERSONS}export/csv/?search=qwxcanary")}
    imports: dict[str, Act] = {"create": imported, "update": imported_again}
    assert [*wrong(screen), *wrong(export), *wrong(imports)] == []


def test_every_kind_on_the_command_line(demo_portal: Portal, tmp_path: Path) -> None:
    settings = demo_portal.settings
    greffe: Greffe = caller(settings.home, GREFFE_DATABASE_URL=settings.database_url)
    file = tmp_path / "rows.csv"

    def ran(*words: str) -> None:
        done = greffe(*words)
        assert done.exit_code == 0, done.output

    def imported(text: str) -> None:
        file.write_text(text, encoding="utf-8")
        ran("import", PERSON, str(file))

    def made(person: int) -> int:
        imported(f"Nom\n{CANARY}\n")
        return newest()

    acts: dict[str, Act] = {
        "directory_export": lambda person: ran("export", PERSON, "-o", str(tmp_path / "x.csv")),
        "sheet_export": lambda person: ran("access", str(person), "-o", str(tmp_path / "a.odt")),
        "create": made,
        "update": lambda person: imported(f"id;last_name;city\n{person};{CANARY};{CANARY}\n"),
    }
    assert wrong(acts) == []


# --- a page of a plugin


@pytest.fixture
def with_plugin(demo_portal: Portal, tmp_path: Path) -> Iterator[Flask]:
    """Open the demonstration with a plugin whose page does whatever it is asked to."""
    folder = tmp_path / "plugins" / "lending"
    (folder / "templates").mkdir(parents=True)
    source, _plugin, _rest = example().partition("\nplugin = ")
    last = 'plugin = declare.Plugin("Loans", tables=(loans,), holds=(hold,), pages=(page,))\n'
    (folder / "__init__.py").write_text(source + VIEW + last, encoding="utf-8")
    (folder / "templates" / "acts.html").write_text("{{ id }}", encoding="utf-8")
    sys.modules.pop(f"{LOCAL}.lending", None)
    settings = replace(demo_portal.settings, plugins=Plugins(folder=str(folder.parent)))
    yield make_app(open_portal(settings))
    sys.modules.pop(f"{LOCAL}.lending", None)


def test_every_kind_on_a_page_of_a_plugin(with_plugin: Flask) -> None:
    client = with_plugin.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = sessions.open_session(account("admin"), Origin())
    visitor = Visitor(client)

    def act(name: str) -> Act:
        def asked(person: int) -> int:
            answer = visitor.get(f"{PAGE}?act={name}&person={person}")
            assert answer.status_code == 200
            return int(answer.text)

        return asked

    assert wrong({str(kind): act(str(kind)) for kind in list(Kind)[:7]}) == []


# --- a journal that cannot be written


@pytest.fixture
def unwritable(demo_portal: Portal) -> None:
    """Make the journal refuse every entry, as a full disk would."""
    for kind in ("entry_follows", "entry_added"):
        on = "" if isinstance(proxy.obj, peewee.SqliteDatabase) else " ON journal_entry"
        proxy.execute_sql(f"DROP TRIGGER IF EXISTS journal_{kind}{on}")
    proxy.execute_sql("ALTER TABLE journal_entry RENAME TO journal_entry_gone")


def test_nothing_happens_without_its_entry(demo_portal: Portal, unwritable: None) -> None:
    before = Person.select().count()
    some: Any = Person.select(Person.id).order_by(Person.id.desc()).limit(1).tuples().first()
    acts: list[Callable[[], object]] = [
        lambda: gate().list(PERSON, Selection()),
        lambda: gate().one(PERSON, some[0]),
        lambda: list(gate().export(PERSON, Selection())),
        lambda: gate().create(PERSON, TEXTS),
        lambda: gate().update(PERSON, some[0], {"city": CANARY}, 1),
    ]
    for act in acts:
        with pytest.raises(peewee.DatabaseError):
            act()
    assert Person.select().count() == before
    assert Person.select().where(Person.city == CANARY).count() == 0
