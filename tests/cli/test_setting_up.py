"""`init`, `migrate`, `demo`, `create-admin`: from nothing to somebody who may sign in."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import pytest

from portal.accounts.signin import sign_in
from portal.actor import Origin
from portal.operations import example, instance
from portal.settings import load
from portal.settings_sections import SECTIONS
from portal.start import Portal
from tests import factories
from tests.cli.conftest import Greffe, caller

PASSWORD = "un planeur au-dessus des nuages"
HERE = Origin(address="127.0.0.1")


def test_init_makes_the_instance(new_greffe: Greffe, tmp_path: Path) -> None:
    assert new_greffe("init").exit_code == 0
    assert (tmp_path / "new" / "secret_key").is_file()


def test_a_new_instance_is_closed_to_other_accounts(new_greffe: Greffe, tmp_path: Path) -> None:
    new_greffe("init")
    assert (tmp_path / "new").stat().st_mode & 0o777 == 0o700


def test_init_leaves_what_exists(greffe: Greffe) -> None:
    assert greffe("init").exit_code == 0
    assert not instance.is_empty()


def test_migrate_says_that_all_is_done(greffe: Greffe) -> None:
    assert greffe("migrate").stdout == "The database is up to date.\n"


def test_demo_fills_a_new_instance(new_greffe: Greffe) -> None:
    new_greffe("demo", "--persons", "24")
    assert sign_in("member", factories.PASSWORD, HERE)


def test_demo_refuses_an_instance_that_holds_persons(greffe: Greffe) -> None:
    done = greffe("demo")
    assert (done.exit_code, "already holds persons" in done.stderr) == (1, True)


@pytest.mark.parametrize("persons", ["23", "0", "10000001", "9" * 20, "many"])
def test_demo_refuses_fewer_than_24_persons_and_more_than_any_club_has(
    new_greffe: Greffe, tmp_path: Path, persons: str
) -> None:
    assert new_greffe("demo", "--persons", persons).exit_code == 2
    assert not (tmp_path / "greffe.db").exists()


def test_demo_data_that_fail_leave_nothing(
    new_greffe: Greffe, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(instance, "DEMO_PASSWORD", "short")
    assert new_greffe("demo", "--persons", "24").exit_code == 1
    assert instance.is_empty()
    assert not (tmp_path / "new" / "demo").exists()


def test_an_administrator_is_created_from_the_standard_input(greffe: Greffe) -> None:
    assert greffe("create-admin", "chef", "--password-stdin", given=f"{PASSWORD}\n").exit_code == 0
    assert sign_in("chef", PASSWORD, HERE)


def test_an_administrator_is_created_by_answering(greffe: Greffe) -> None:
    given = f"Roux\nLuc\n{PASSWORD}\n{PASSWORD}\n"
    assert greffe("create-admin", "chef", given=given).exit_code == 0
    person = factories.actor("chef").person
    assert factories.gate().one("directory.person", person or 0).title == "Roux Luc"


def test_two_different_passwords_are_asked_again(greffe: Greffe) -> None:
    given = f"{PASSWORD}\nanother one, longer\n{PASSWORD}\n{PASSWORD}\n"
    done = greffe("create-admin", "chef", "--last-name", "A", "--first-name", "B", given=given)
    assert done.exit_code == 0


def test_an_administrator_may_be_a_person_of_the_directory(greffe: Greffe) -> None:
    greffe("create-admin", "chef", "--person", "3", "--password-stdin", given=f"{PASSWORD}\n")
    assert factories.actor("chef").person == 3


def test_an_administrator_reads_every_table_but_the_journal(greffe: Greffe) -> None:
    greffe("create-admin", "chef", "--password-stdin", given=f"{PASSWORD}\n")
    gate = factories.gate("chef")
    hidden = {table.name for table in gate.catalog} - {table.name for table in gate.tables()}
    assert {name.partition(".")[0] for name in hidden} == {"journal"}


@pytest.mark.parametrize(
    ("arguments", "given", "sentence"),
    [
        (("admin",), PASSWORD, "This sign-in name is taken."),
        (("chef",), "short", "Choose a password of 12 characters or more."),
        (("chef",), "", "Choose a password of 12 characters or more."),
        (("chef", "--person", "99999"), PASSWORD, "There is no such row here."),
    ],
)
def test_a_refused_administrator_is_not_created(
    greffe: Greffe, arguments: tuple[str, ...], given: str, sentence: str
) -> None:
    done = greffe("create-admin", *arguments, "--password-stdin", given=given)
    assert (done.exit_code, sentence in done.stderr) == (1, True)


def test_a_refused_administrator_leaves_no_person(greffe: Greffe, demo_portal: Portal) -> None:
    names = ("--last-name", "Seul", "--first-name", "Léo", "--password-stdin")
    greffe("create-admin", "chef", *names, given="short")
    assert not factories.gate().lookup("directory.person", "Seul")


def test_a_person_is_chosen_or_new(greffe: Greffe) -> None:
    done = greffe("create-admin", "chef", "--person", "3", "--last-name", "A", "--password-stdin")
    assert done.exit_code == 2


def test_an_unusable_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    done = caller(tmp_path / "file" / "var")("init")
    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)


def test_a_damaged_database_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "greffe.db").write_bytes(b"nothing of SQLite" * 1000)
    done = caller(tmp_path)("tables")
    assert (done.exit_code, "damaged" in done.stderr) == (1, True)


def test_a_misspelt_setting_is_one_sentence(tmp_path: Path) -> None:
    done = caller(tmp_path, GREFFE_SERVER_PROT="1")("tables")
    assert (done.exit_code, "GREFFE_SERVER_PORT" in done.stderr) == (1, True)


def test_init_writes_an_example_of_the_settings(new_greffe: Greffe, tmp_path: Path) -> None:
    done = new_greffe("init")
    (written,) = tmp_path.rglob("greffe.toml")
    assert str(written) in done.stdout
    assert '# host = "127.0.0.1"' in written.read_text("utf-8")
    assert new_greffe("check").exit_code == 0


def test_init_leaves_the_settings_that_exist(new_greffe: Greffe, tmp_path: Path) -> None:
    new_greffe("init")
    (written,) = tmp_path.rglob("greffe.toml")
    written.write_text('[locale]\nlanguage = "en"\n', "utf-8")
    new_greffe("init")
    assert written.read_text("utf-8") == '[locale]\nlanguage = "en"\n'


def test_init_asks_for_an_administrator_only_while_there_is_none(greffe: Greffe) -> None:
    assert "create-admin" not in greffe("init").stdout


def test_the_example_is_every_setting_with_its_default(tmp_path: Path) -> None:
    lines = example.text().splitlines()
    said = [line.removeprefix("# ") if " = " in line else line for line in lines]
    (tmp_path / "greffe.toml").write_text("\n".join(said), "utf-8")
    shown, usual = load(tmp_path), load(tmp_path / "empty")
    assert {name: getattr(shown, name) for name in SECTIONS} == {
        name: getattr(usual, name) for name in SECTIONS
    }
    assert sum(" = " in line for line in lines) == sum(len(fields(s)) for s in SECTIONS.values())
