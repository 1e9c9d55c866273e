"""A backup is whole, holds what it should, and goes back into the portal it came from."""

from __future__ import annotations

import json
import os
import sqlite3
import stat
import threading
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from portal import version
from portal.accounts import sessions
from portal.actor import Origin, process
from portal.builtin.accounts import Account
from portal.builtin.directory import Person, Structure
from portal.builtin.journal import Entry
from portal.builtin.operations import DONE, Attempt, Job, Session, State, portal_id
from portal.channels import Channel
from portal.database import is_sqlite, open_database, proxy, transaction
from portal.declare import Verb
from portal.errors import Invalid
from portal.gate import Gate
from portal.imports import jobs as import_jobs
from portal.journal import Act, record, write_head
from portal.journal_chain import verify as verify_journal
from portal.models import utc_now
from portal.operations import backup, jobs
from portal.rows import Selection
from portal.settings import Settings
from portal.settings_sections import Backups, Database
from portal.start import open_portal
from tests.conftest import close_database


@pytest.fixture
def portal(database_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Give the settings of a whole portal with a person, an account, a session and a file."""
    home = tmp_path / "instance"
    settings = Settings(home, database=Database(url=database_url))
    open_portal(settings)
    jobs.configure(settings)
    assert settings.secret_key
    gate = Gate(process("tests"), Channel.FORM)
    person = gate.create("directory.person", {"last_name": "Morel", "first_name": "Inès"})
    account = gate.create("accounts.account", {"login": "ines", "person": person})
    sessions.open_session(account, Origin())
    Attempt.insert(account_digest="a", address_digest="b").execute()
    (home / "files").mkdir()
    (home / "files" / "4f2a").write_bytes(b"a certificate")
    yield settings
    jobs.stop()


def names() -> list[str]:
    """Give the last names of all persons."""
    return sorted(person.last_name for person in Person.select())


def parts(path: Path) -> dict[str, bytes]:
    """Give the parts of a zip."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewritten(path: Path, changed: dict[str, bytes]) -> Path:
    """Write the backup again with some parts changed."""
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, content in (parts(path) | changed).items():
            archive.writestr(name, content)
    return other


def test_a_backup_is_verified_and_private(portal: Settings) -> None:
    path = backup.create(portal)
    report = backup.verify(path)
    assert (report.ok, report.problems) == (True, ())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.parent == portal.backups_folder
    assert list(path.parent.iterdir()) == [path]


def test_the_manifest_says_what_it_is(portal: Settings) -> None:
    manifest = backup.verify(backup.create(portal)).manifest
    assert manifest is not None
    assert manifest.portal == portal_id()
    assert manifest.schema == version.schema_version()
    assert manifest.engine == ("sqlite" if is_sqlite() else "postgresql")
    assert manifest.shape.counts["directory_person"] == 1
    assert manifest.parts["files/4f2a"].size == len(b"a certificate")


def test_a_backup_holds_neither_the_secret_key_nor_a_session(portal: Settings) -> None:
    content = b"".join(parts(backup.create(portal)).values())
    assert portal.secret_key not in content
    assert Session.get().token.encode() not in content
    assert b"Morel" in content


def test_a_backup_is_journaled(portal: Settings) -> None:
    backup.create(portal)
    entry = Entry.select().order_by(Entry.id.desc()).get()
    assert (entry.kind, entry.channel, entry.actor) == ("backup", "backup", "backup")


def test_a_backup_never_replaces_a_file(portal: Settings, tmp_path: Path) -> None:
    target = tmp_path / "mine.zip"
    target.write_text("precious")
    with pytest.raises(Invalid):
        backup.create(portal, target)
    assert target.read_text() == "precious"


def test_older_backups_are_deleted_beyond_the_number_kept(portal: Settings) -> None:
    kept = replace(portal, backups=Backups(keep=2))
    made = [backup.create(kept) for _number in range(3)]
    assert len(backup.existing(kept)) == 2
    assert made[-1] in backup.existing(kept)


def test_a_changed_part_is_found(portal: Settings) -> None:
    path = rewritten(backup.create(portal), {"files/4f2a": b"another certificate"})
    report = backup.verify(path)
    assert [str(problem) for problem in report.problems] == [
        "Its part files/4f2a was changed or damaged."
    ]
    with pytest.raises(Invalid):
        backup.restore(path, portal)


def test_a_part_that_does_not_belong_is_found(portal: Settings) -> None:
    path = rewritten(backup.create(portal), {"../evil": b"x"})
    assert not backup.verify(path).ok


def test_rows_that_were_not_counted_are_found(portal: Settings) -> None:
    path = backup.create(portal)
    manifest = json.loads(parts(path)["manifest.json"])
    manifest["shape"]["counts"]["directory_person"] = 2
    report = backup.verify(rewritten(path, {"manifest.json": json.dumps(manifest).encode()}))
    assert [str(problem) for problem in report.problems] == [
        "Its table directory_person does not hold the rows that were counted."
    ]


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x03\x04 broken"])
def test_a_file_that_is_no_backup_is_named_so(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    assert not backup.verify(path).ok


def test_a_cut_backup_is_found(portal: Settings) -> None:
    path = backup.create(portal)
    path.write_bytes(path.read_bytes()[:-200])
    assert not backup.verify(path).ok


def test_a_restore_brings_back_rows_and_files(portal: Settings) -> None:
    path = backup.create(portal)
    gate = Gate(process("tests"), Channel.FORM)
    gate.create("directory.person", {"last_name": "Durand"})
    Structure.update(name="Changed").execute()
    (portal.home / "files" / "4f2a").unlink()
    report = backup.restore(path, portal)
    assert names() == ["Morel"]
    assert Structure.select().where(Structure.name == "Changed").count() == 0
    assert (portal.home / "files" / "4f2a").read_bytes() == b"a certificate"
    assert report.kept is not None
    assert backup.verify(report.kept).ok


def test_a_restore_can_be_undone(portal: Settings) -> None:
    path = backup.create(portal)
    Gate(process("tests"), Channel.FORM).create("directory.person", {"last_name": "Durand"})
    kept = backup.restore(path, portal).kept
    assert kept is not None
    backup.restore(kept, portal)
    assert names() == ["Durand", "Morel"]


def test_a_restore_ends_every_session(portal: Settings) -> None:
    path = backup.create(portal)
    token = sessions.open_session(Account.get().id, Origin())
    backup.restore(path, portal)
    assert sessions.actor_of(token, Origin()) is None
    assert (Session.select().count(), Attempt.select().count()) == (0, 0)


def test_a_dry_run_changes_nothing(portal: Settings) -> None:
    path = backup.create(portal)
    Gate(process("tests"), Channel.FORM).create("directory.person", {"last_name": "Durand"})
    assert backup.restore(path, portal, dry_run=True).ok
    assert names() == ["Durand", "Morel"]
    assert Session.select().count() == 1


def test_the_portal_goes_on_after_a_restore(portal: Settings) -> None:
    path = backup.create(portal)
    before = version.catalog_version()
    backup.restore(path, portal)
    gate = Gate(process("tests"), Channel.FORM)
    made = gate.create("directory.person", {"last_name": "Durand"})
    assert made > Person.select().where(Person.last_name == "Morel").get().id
    found = gate.list("directory.person", Selection(search="mor"))
    assert [row.values["last_name"] for row in found.rows] == ["Morel"]
    assert version.catalog_version() > before


def test_the_journal_is_whole_after_a_restore(portal: Settings) -> None:
    head = backup.journal_head_file(portal)
    path = backup.create(portal)
    record(process("tests"), Act(Channel.LIST, Verb.READ, "directory.person"))
    write_head(head)
    backup.restore(path, portal)
    assert verify_journal(head).whole
    entry = Entry.select().order_by(Entry.id.desc()).get()
    assert (entry.kind, entry.actor) == ("backup", "restore")
    record(process("tests"), Act(Channel.LIST, Verb.READ, "directory.person"))
    assert verify_journal(head).whole


def test_a_backup_of_another_portal_is_refused(portal: Settings) -> None:
    path = backup.create(portal)
    State.update(value="another").where(State.name == "portal_id").execute()
    with pytest.raises(Invalid, match="another portal"):
        backup.restore(path, portal)


def test_a_backup_goes_into_an_empty_portal(portal: Settings) -> None:
    path = backup.create(portal)
    with transaction():
        Account.delete().execute()
        Person.delete().execute()
        State.update(value="another").where(State.name == "portal_id").execute()
    report = backup.restore(path, portal)
    assert (names(), report.kept) == (["Morel"], None)
    assert report.manifest is not None
    assert portal_id() == report.manifest.portal


def test_a_backup_of_another_schema_is_refused(portal: Settings) -> None:
    path = backup.create(portal)
    proxy.execute_sql("UPDATE portal_version SET core = core + 1")
    with pytest.raises(Invalid, match="schema"):
        backup.restore(path, portal)


def test_a_backup_of_another_engine_is_refused(portal: Settings) -> None:
    path = backup.create(portal)
    manifest = json.loads(parts(path)["manifest.json"])
    manifest["engine"] = "sqlite" if manifest["engine"] == "postgresql" else "postgresql"
    with pytest.raises(Invalid):
        backup.restore(rewritten(path, {"manifest.json": json.dumps(manifest).encode()}), portal)
    assert names() == ["Morel"]


def test_a_backup_made_under_writes_is_whole(portal: Settings) -> None:
    stop = threading.Event()

    def write() -> None:
        number = 0
        while not stop.is_set():
            with transaction():  # two rows, always together
                Structure.create(name=f"a{number}")
                Structure.create(name=f"b{number}")
            number += 1
        proxy.obj.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        made = [backup.create(portal) for _number in range(5)]
    finally:
        stop.set()
        writer.join()
    counts = [report.manifest for report in map(backup.verify, made)]
    assert all(manifest is not None for manifest in counts)
    assert {
        manifest.shape.counts["directory_structure"] % 2 for manifest in counts if manifest
    } == {1}


def test_a_purged_name_is_in_no_new_backup(portal: Settings) -> None:
    Person.update(last_name="Zzyzx").execute()
    Person.update(last_name="Morel").execute()
    assert b"Zzyzx" not in b"".join(parts(backup.create(portal)).values())


def test_the_nightly_jobs_run(portal: Settings) -> None:
    State.insert(name="night", value="2026-01-01").execute()
    asked = jobs.start_the_night()
    jobs.run_pending(portal)
    rows = {row.name: row.state for row in Job.select().where(Job.id.in_(asked))}
    assert rows == dict.fromkeys(
        (
            "backup.create",
            "journal.prune",
            "journal.check",
            "journal.head",
            "jobs.tidy",
            "retention.count",
            "retention.archive",
            "retention.purge",
            "requests.watch",
            import_jobs.FORGET,
        ),
        DONE,
    )
    assert len(backup.existing(portal)) == 1
    assert (portal.home / "journal-head.txt").read_text().count("\n") == 1


def test_finished_jobs_are_forgotten_with_their_files(portal: Settings) -> None:
    folder = portal.home / "jobs"
    folder.mkdir()
    for name in ("kept.csv", "gone.csv"):
        (folder / name).write_text("x")
        os.utime(folder / name, (0, 0))
    old = utc_now().replace(year=2020)
    Job.create(name="x", state=DONE, finished_at=old, result_file="gone.csv")
    Job.create(name="x", state=DONE, finished_at=utc_now(), result_file="kept.csv")
    jobs.enqueue("jobs.tidy")
    jobs.run_pending(portal)
    assert [file.name for file in folder.iterdir()] == ["kept.csv"]


def test_a_restored_sqlite_file_stays_in_write_ahead_mode(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    open_portal(settings)
    path = backup.create(settings)
    backup.restore(path, settings)
    close_database()
    with closing(sqlite3.connect(tmp_path / "greffe.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    open_database(settings.database_url)
    assert Person.select().count() == 0
    close_database()
