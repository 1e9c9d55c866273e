"""The tests' own ground: databases that are new, programs that start, and no way out."""

from __future__ import annotations

import socket
import zipfile
from io import BytesIO

import pytest
from docx import Document
from playwright.sync_api import Browser

from portal.database import is_sqlite, open_database
from tests import conftest
from tests.servers import Office, Postgres


def test_each_test_is_given_an_empty_database(database_url: str) -> None:
    assert open_database(database_url).get_tables() == []


def test_the_database_is_the_one_that_the_address_names(database_url: str) -> None:
    open_database(database_url)
    assert is_sqlite() == database_url.startswith("sqlite:")


def test_a_database_is_copied_from_another(postgresql_server: Postgres) -> None:
    model = postgresql_server.create()
    database = open_database(model)
    database.execute_sql("CREATE TABLE kept (id int)")
    conftest.close_database()
    copy = postgresql_server.create(template=postgresql_server.name(model))
    assert open_database(copy).get_tables() == ["kept"]
    conftest.close_database()
    postgresql_server.drop(copy)
    postgresql_server.drop(model)


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("2001:db8::1", 80)])
def test_a_test_cannot_connect_beyond_the_loopback(address: tuple[str, int]) -> None:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as outgoing, pytest.raises(OSError, match="may not reach"):
        outgoing.connect(address)
    conftest._beyond.clear()


def test_a_test_cannot_look_a_name_up() -> None:
    with pytest.raises(socket.gaierror, match="may not look up"):
        socket.create_connection(("example.org", 80))
    conftest._beyond.clear()


def test_an_attempt_to_reach_out_is_remembered_for_the_end_of_the_test() -> None:
    with socket.socket() as outgoing:
        assert pytest.raises(OSError, outgoing.connect, ("192.0.2.1", 80))
    assert conftest._beyond.pop() == "connect ('192.0.2.1', 80)"


def test_the_browser_shows_a_page(browser: Browser) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.set_content("<h1>Bonjour</h1>")
        assert page.get_by_role("heading").inner_text() == "Bonjour"


def test_libreoffice_converts_a_document(soffice: Office) -> None:
    document = Document()
    document.add_paragraph("Bonjour")
    content = BytesIO()
    document.save(content)
    odt = soffice.convert(content.getvalue(), ".docx", "odt")
    assert "Bonjour" in zipfile.ZipFile(BytesIO(odt)).read("content.xml").decode()
