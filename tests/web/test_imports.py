"""Importing a file on screen, without any script."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse

from portal.builtin.directory import Attachment, Person
from portal.builtin.operations import Import, Job
from portal.imports import staging
from portal.models import utc_now
from portal.operations import jobs, work
from portal.rows import Selection
from portal.start import Portal
from tests import factories
from tests.web.conftest import PERSONS, Visitor

NEW = "/admin/imports/new/?table=directory.person"
PERSON = "directory.person"


def count() -> int:
    return factories.gate().count(PERSON, Selection(), exact=True).value


def sent(visitor: Visitor, content: bytes | str, name: str = "rows.csv") -> TestResponse:
    raw = content.encode() if isinstance(content, str) else content
    data: dict[str, Any] = {
        "file": FileStorage(io.BytesIO(raw), name),
        "csrf_token": visitor.token(),
    }
    return visitor.client.post(NEW, data=data, follow_redirects=True)


def columns(page: str) -> dict[str, str]:
    """What the form of the columns holds, as a browser would send it."""
    found = dict(re.findall(r'name="(column-\d+)">.*?value="([^"]*)" selected', page, re.DOTALL))
    names = re.findall(r'name="(column-\d+)"', page)
    key = re.search(r'id="key".*?</select>', page, re.DOTALL)
    chosen = re.search(r'value="(\w+)" selected', key[0]) if key else None
    return dict.fromkeys(names, "") | found | {"key": chosen[1] if chosen else ""}


def read(visitor: Visitor, content: bytes | str, **more: str) -> TestResponse:
    """Send a file and ask what it would do."""
    page = sent(visitor, content)
    number = Import.select().order_by(Import.id.desc()).get().id
    form = columns(page.text) | {"act": "read"} | more
    return visitor.post(f"/admin/imports/columns/?id={number}", form, follow_redirects=True)


def write(visitor: Visitor, act: str = "all") -> TestResponse:
    number = Import.select().order_by(Import.id.desc()).get().id
    data = {"id": str(number), "act": act}
    return visitor.post("/admin/imports/write/", data, follow_redirects=True)


def test_the_list_offers_to_import(admin: Visitor) -> None:
    assert NEW in admin.get(PERSONS).text


def test_the_file_is_announced(admin: Visitor) -> None:
    page = sent(admin, "Nom;Prénom\nZorro;Élodie\n".encode("cp1252")).text
    assert "Windows-1252" in page


def test_a_file_is_sent_previewed_and_written(admin: Visitor) -> None:
    page = read(admin, "Nom;Prénom\nZorro;Élodie\n").text
    before = count()
    done = write(admin).text
    assert ("Zorro Élodie" in page, before, count(), "note" in done) == (
        True,
        factories.DEMO_PERSONS,
        factories.DEMO_PERSONS + 1,
        True,
    )


def test_a_change_shows_old_and_new_values(admin: Visitor) -> None:
    page = read(admin, "id;profession\n1;Fauconnier\n").text
    assert re.search(r"<td[^>]*>Fauconnier</td>", page)


def test_refused_lines_are_shown_and_downloaded(admin: Visitor) -> None:
    page = read(admin, "Nom;birth_date\nZorro;never\n").text
    number = Import.select().get().id
    file = admin.get(f"/admin/imports/refused/?id={number}").text
    assert ("never" in page, "greffe.reason" in file, "Zorro" in file) == (True, True, True)


def test_good_lines_only_are_written_when_it_is_asked(admin: Visitor) -> None:
    read(admin, "Nom;birth_date\nZorro;never\nZorra;2020-01-01\n")
    write(admin, "good")
    assert count() == factories.DEMO_PERSONS + 1


def test_nothing_is_written_when_lines_are_refused(admin: Visitor) -> None:
    read(admin, "Nom;birth_date\nZorro;never\nZorra;2020-01-01\n")
    write(admin, "all")
    assert count() == factories.DEMO_PERSONS


def test_an_unknown_column_is_named_until_it_is_left_out(admin: Visitor) -> None:
    page = sent(admin, "Nom;Pointure\nZorro;43\n").text
    assert "Pointure" in page


def test_a_mistaken_separator_can_be_chosen(admin: Visitor) -> None:
    sent(admin, "Nom;Prénom\nA;B\n")
    number = Import.select().get().id
    data = {"separator": ",", "act": "recognise"}
    page = admin.post(f"/admin/imports/columns/?id={number}", data).text
    assert "Nom;Prénom" in page


@pytest.mark.parametrize("content", [b"", b"\x89PNG\r\n\x1a\n" + bytes(90), b"PK\x03\x04", b";;\n"])
def test_what_is_no_table_is_refused_with_a_sentence(admin: Visitor, content: bytes) -> None:
    answer = sent(admin, content)
    assert (answer.status_code, 'role="alert"' in answer.text) == (400, True)


def test_no_file_at_all_is_refused_with_a_sentence(admin: Visitor) -> None:
    assert admin.post(NEW, {}).status_code == 400


def test_a_large_file_is_read_and_written_by_jobs(admin: Visitor, demo_portal: Portal) -> None:
    text = "Nom;notes\n" + "".join(f"Zorro{n};{'x' * 300}\n" for n in range(800))
    answer = read(admin, text)
    jobs.run_pending(demo_portal.settings)
    write(admin)
    jobs.run_pending(demo_portal.settings)
    number = Import.select().get().id
    done = admin.get(f"/admin/imports/preview/?id={number}")
    assert (answer.headers.get("Refresh"), count(), done.headers.get("Refresh")) == (
        "2",
        factories.DEMO_PERSONS + 800,
        None,
    )


def test_a_reading_that_was_stopped_is_told(admin: Visitor, demo_portal: Portal) -> None:
    text = "Nom;notes\n" + "".join(f"Zorro{n};{'x' * 300}\n" for n in range(800))
    read(admin, text)
    number = Import.select().get().id
    admin.post("/admin/imports/cancel/", {"id": str(number)})
    page = admin.get(f"/admin/imports/preview/?id={number}").text
    assert ('role="alert"' in page, count()) == (True, factories.DEMO_PERSONS)


def interrupted(number: int) -> int:
    """Leave a small import as a process does that dies while it writes; the number of its job."""
    job = work.begin("import_write", {"import": number}, factories.account("admin"))
    staging.entrust(number, job)
    staging.pass_on(number, (staging.STAGED,), staging.WRITING)
    Job.update(heartbeat_at=utc_now() - timedelta(minutes=3)).where(Job.id == job).execute()
    return job


def test_a_small_import_whose_process_died_says_so_and_is_taken_up_again(
    admin: Visitor, demo_portal: Portal
) -> None:
    read(admin, "Nom\nZorro\n")
    number = Import.select().get().id
    interrupted(number)
    page = admin.get(f"/admin/imports/preview/?id={number}").text
    assert ("This work was interrupted" in page, count()) == (True, factories.DEMO_PERSONS)
    jobs.sweep()
    jobs.run_pending(demo_portal.settings)
    assert (Import.get_by_id(number).state, count()) == ("written", factories.DEMO_PERSONS + 1)


def test_a_small_import_whose_process_died_can_be_stopped(
    admin: Visitor, demo_portal: Portal
) -> None:
    read(admin, "Nom\nZorro\n")
    number = Import.select().get().id
    interrupted(number)
    admin.post("/admin/imports/cancel/", {"id": str(number)})
    jobs.sweep()
    jobs.run_pending(demo_portal.settings)
    page = admin.get(f"/admin/imports/preview/?id={number}").text
    assert ("nothing was written" in page, count()) == (True, factories.DEMO_PERSONS)
    write(admin)
    assert count() == factories.DEMO_PERSONS + 1


def test_an_import_at_work_is_not_begun_a_second_time(admin: Visitor) -> None:
    read(admin, "Nom\nZorro\n")
    job = interrupted(Import.select().get().id)
    write(admin)
    assert (Import.select().get().job, count()) == (job, factories.DEMO_PERSONS)


def test_an_import_that_is_given_up_leaves_nothing(admin: Visitor, demo_portal: Portal) -> None:
    read(admin, "Nom\nZorro\n")
    number = Import.select().get().id
    admin.post("/admin/imports/discard/", {"id": str(number)})
    left = list((demo_portal.settings.home / staging.FOLDER).iterdir())
    assert (Import.select().count(), left) == (0, [])


def test_a_written_file_is_erased(admin: Visitor, demo_portal: Portal) -> None:
    read(admin, "Nom\nZorro\n")
    write(admin)
    assert list((demo_portal.settings.home / staging.FOLDER).iterdir()) == []


def test_the_import_of_another_account_is_not_there(
    admin: Visitor, signed_in: Callable[[str], Visitor]
) -> None:
    read(admin, "Nom\nZorro\n")
    number = Import.select().get().id
    other = signed_in("secretary")
    pages = [f"/admin/imports/{page}/?id={number}" for page in ("columns", "preview", "refused")]
    assert [other.get(page).status_code for page in pages] == [404, 404, 404]


def test_who_may_not_import_finds_no_page(signed_in: Callable[[str], Visitor]) -> None:
    other = signed_in("dpo")
    assert (other.get(NEW).status_code, NEW in other.get(PERSONS).text) == (404, False)


@pytest.mark.parametrize("kind", ["csv", "xlsx", "ods", "json"])
def test_a_list_is_exported_in_every_format(admin: Visitor, kind: str) -> None:
    answer = admin.get(f"{PERSONS}export/{kind}/")
    assert (answer.status_code, len(answer.data) > 1_000) == (200, True)


def test_another_format_is_not_there(admin: Visitor) -> None:
    assert admin.get(f"{PERSONS}export/exe/").status_code == 404


def test_the_folder_of_files_is_its_owners_alone(admin: Visitor, demo_portal: Portal) -> None:
    sent(admin, "Nom\nZorro\n")
    folder: Path = demo_portal.settings.home / staging.FOLDER
    assert folder.stat().st_mode & 0o777 == 0o700


def test_who_is_limited_to_a_structure_imports_persons_into_it(
    signed_in: Callable[[str], Visitor],
) -> None:
    secretary = signed_in("secretary")
    page = unescape(sent(secretary, "Nom\nZorro\n").text)
    number = Import.select().get().id
    chosen = dict(re.findall(r'name="(structures(?:-text)?)"[^>]* value="([^"]+)"', page))
    assert set(chosen) == {"structures", "structures-text"}
    form = columns(page) | chosen | {"act": "read"}
    address = f"/admin/imports/columns/?id={number}"
    preview = unescape(secretary.post(address, form, follow_redirects=True).text)
    assert f"Structure of new persons: {chosen['structures-text']}" in preview
    write(secretary)
    (home,) = (
        Attachment.select(Attachment.structure).join(Person).where(Person.last_name == "Zorro")
    )
    assert str(home.structure_id) == chosen["structures"]


def test_a_structure_that_there_is_not_is_refused_in_words(admin: Visitor) -> None:
    sent(admin, "Nom\nZorro\n")
    number = Import.select().get().id
    form = {"column-0": "last_name", "key": "", "act": "read", "structures-text": "Nulle part"}
    answer = admin.post(f"/admin/imports/columns/?id={number}", form)
    assert (answer.status_code, "Structure of new persons" in answer.text) == (400, True)
