"""While an import is written: pages answer, and a process that dies leaves all of it or nothing."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import imports, journal
from portal.accounts import sessions
from portal.actor import Origin
from portal.builtin.journal import Entry
from portal.builtin.operations import Import
from portal.bulkwriter import BulkWriter
from portal.channels import Channel
from portal.database import close_database, proxy
from portal.imports import staging
from portal.rows import Selection
from portal.start import Portal, open_portal
from portal.web.app import make_app
from tests import factories
from tests.imports.conftest import PERSON, Importer

LINES = 3_000
PAGES = 3
LONGEST = 15.0
"""Seconds for a page on a busy machine: half of what a writer waits for another one."""
PATIENCE = 60.0


def text(count: int) -> str:
    return "last_name,email\n" + "".join(f"Quetzal{n},q{n}@example.org\n" for n in range(count))


def persons() -> int:
    return factories.gate().count(PERSON, Selection(), exact=True).value


@dataclass
class Visitor:
    """Opens the list of persons again and again; what was answered, and how slowly."""

    client: FlaskClient
    over: threading.Event = field(default_factory=threading.Event)
    answers: list[int] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def visit(self) -> None:
        try:
            while not self.over.is_set():
                started = time.monotonic()
                answer = self.client.get(f"/admin/{PERSON}/", buffered=True)
                self.times.append(time.monotonic() - started)
                self.answers.append(answer.status_code)
        finally:
            if not proxy.obj.is_closed():
                proxy.obj.close()

    def wait_for_pages(self, count: int) -> None:
        """Wait until this many pages more were answered."""
        wanted, until = len(self.answers) + count, time.monotonic() + PATIENCE
        while len(self.answers) < wanted and time.monotonic() < until:
            time.sleep(0.02)


@contextmanager
def visited(app: Flask) -> Iterator[Visitor]:
    """Somebody opens pages inside this block."""
    client = app.test_client()
    with client.session_transaction() as kept:
        kept["_user_id"] = sessions.open_session(factories.account("admin"), Origin())
    visitor = Visitor(client)
    thread = threading.Thread(target=visitor.visit)
    thread.start()
    try:
        yield visitor
    finally:
        visitor.over.set()
        thread.join(PATIENCE)


def test_pages_are_answered_while_an_import_is_read_and_written(
    demo_portal: Portal, importer: Importer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The transaction that writes does not end before pages were answered beside it."""
    before, meanwhile = persons(), list[int]()
    written = BulkWriter.journal

    with visited(make_app(demo_portal)) as visitor:

        def journaled(writer: BulkWriter, *told: Any) -> None:
            if not meanwhile:
                count = len(visitor.answers)
                visitor.wait_for_pages(PAGES)
                meanwhile.append(len(visitor.answers) - count)
            written(writer, *told)

        monkeypatch.setattr(BulkWriter, "journal", journaled)
        importer.written(text(LINES))
        visitor.wait_for_pages(1)
    assert (set(visitor.answers), persons() - before) == ({200}, LINES)
    assert meanwhile[0] >= PAGES
    assert max(visitor.times) < LONGEST
    read = Entry.select().where((Entry.channel == "list") & Entry.account.is_null(is_null=False))
    journal.gather()
    assert (read.count(), journal.verify().whole) == (len(visitor.answers), True)


# --- a process that dies


def _import_and_die(home: Path, url: str, file: Path, number: int) -> None:
    """Write a staged import and die when all its rows are written and nothing is committed."""
    open_portal(factories.make_settings(home, url))
    gate = factories.gate("admin", Channel.IMPORT)

    def die(*_anything: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    BulkWriter.journal = die  # type: ignore[method-assign]  # this process ends here
    imports.write(gate, number, imports.opened(file))


def test_a_killed_process_leaves_nothing_of_an_import_and_it_is_written_again(
    demo_portal: Portal, tmp_path: Path
) -> None:
    before, file = persons(), tmp_path / "rows.csv"
    file.write_text(text(200))
    gate = factories.gate("admin", Channel.IMPORT)
    source = imports.opened(file)
    number = imports.start(gate, source, imports.Wish(PERSON))
    imports.read(gate, number, source)
    settings = demo_portal.settings
    close_database()
    child = multiprocessing.get_context("spawn").Process(
        target=_import_and_die, args=(settings.home, settings.database_url, file, number)
    )
    child.start()
    child.join(PATIENCE)
    assert child.exitcode == -signal.SIGKILL
    open_portal(settings)
    left = (persons() - before, Import.get_by_id(number).state)
    staging.note(number, state=staging.STAGED)
    imports.write(factories.gate("admin", Channel.IMPORT), number, source)
    assert (left, persons() - before) == ((0, staging.WRITING), 200)
