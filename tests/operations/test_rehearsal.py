"""A rehearsal copy: the same rows in a folder of its own, marked, without mail, also anonymised."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from portal.actor import process
from portal.builtin.operations import portal_id
from portal.catalog import PERSON
from portal.database import close_database, is_sqlite
from portal.errors import Invalid
from portal.operations import instance, rehearsal
from portal.rows import Selection
from portal.settings import load
from portal.settings_sections import Mail
from portal.start import Portal
from portal.web.app import make_app
from tests.factories import gate, make_settings
from tests.servers import Postgres

NAME = "Zylberstein"


@pytest.fixture
def address(demo_portal: Portal, request: pytest.FixtureRequest) -> str:
    """Give the address of an empty database for the copy, where it needs one."""
    if is_sqlite():
        return ""
    server: Postgres = request.getfixturevalue("postgresql_server")
    return server.create()


def opened(folder: Path) -> Portal:
    """Open the copy."""
    close_database()
    return instance.open_instance(load(folder, {}))


def test_a_copy_has_the_same_rows_and_is_marked_on_every_page(
    demo_portal: Portal, address: str, tmp_path: Path
) -> None:
    before, own = gate().count(PERSON, Selection()), portal_id()
    folder = tmp_path / "copy"
    rehearsal.create(demo_portal.settings, folder, actor=process("test"), database=address)
    portal = opened(folder)
    assert (gate().count(PERSON, Selection()), portal_id() == own) == (before, False)
    client = make_app(portal).test_client()
    assert "Rehearsal copy:" in client.get("/sign-in", headers={"Accept-Language": "en"}).text


def test_the_portal_itself_is_not_marked(demo_portal: Portal) -> None:
    client = make_app(demo_portal).test_client()
    assert "Rehearsal copy:" not in client.get("/sign-in", headers={"Accept-Language": "en"}).text
    with pytest.raises(Invalid, match="not a rehearsal copy"):
        rehearsal.anonymise(demo_portal.settings, process("test"))
    assert gate("admin").list(PERSON, Selection()).rows


def test_an_anonymised_copy_holds_no_name_and_one_account(
    demo_portal: Portal, address: str, tmp_path: Path
) -> None:
    gate().create(PERSON, {"last_name": NAME, "notes": NAME})
    folder = tmp_path / "copy"
    made = rehearsal.create(
        demo_portal.settings, folder, actor=process("test"), database=address, anonymised=True
    )
    assert rehearsal.LOGIN in made.told
    opened(folder)
    names = [row.values["last_name"] for row in gate().list(PERSON, Selection(page_size=100)).rows]
    assert {name.partition("-")[0] for name in names} == {"anonyme", "Rehearsal"}
    active = [r for r in gate().list("accounts.account", Selection()).rows if r.values["active"]]
    assert [row.values["login"] for row in active] == [rehearsal.LOGIN]
    assert gate().list(PERSON, Selection(search=NAME)).rows == ()
    if is_sqlite():
        close_database()
        sqlite3.connect(folder / "greffe.db").execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert NAME.encode() not in (folder / "greffe.db").read_bytes()


def test_a_copy_sends_no_mail_whatever_its_settings_say(tmp_path: Path) -> None:
    settings = make_settings(tmp_path, mail=Mail(host="mail.exemple.fr"))
    assert instance.as_rehearsal(settings).mail.host == "mail.exemple.fr"
    (tmp_path / instance.REHEARSAL_FILE).touch()
    assert instance.as_rehearsal(settings).mail.host == ""


def test_a_folder_that_exists_is_left_alone(demo_portal: Portal, address: str) -> None:
    here = demo_portal.settings.home
    with pytest.raises(Invalid, match="exists"):
        rehearsal.create(demo_portal.settings, here, database=address)
    assert here.is_dir()
    assert rehearsal.new_folder(demo_portal.settings) != here
