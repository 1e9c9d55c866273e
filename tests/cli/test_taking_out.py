"""`export`, `purge`, `journal`, `backup`, `restore`: what leaves, what is kept."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from portal.builtin.journal import Entry
from portal.rows import Selection
from portal.start import Portal
from tests import factories
from tests.cli.conftest import Greffe


def count(table: str) -> int:
    """Count the rows of a table."""
    return factories.gate().count(table, Selection(), exact=True).value


def test_a_table_is_written_as_csv(greffe: Greffe) -> None:
    rows = list(csv.reader(greffe("export", "directory.person").stdout.splitlines()))
    assert len(rows) == 1 + factories.DEMO_PERSONS


def test_the_columns_are_those_that_were_asked(greffe: Greffe) -> None:
    done = greffe("export", "directory.person", "--columns", "last_name, id")
    assert done.stdout.splitlines()[0] == "last_name,id"


def test_a_file_holds_what_the_standard_output_shows(greffe: Greffe, tmp_path: Path) -> None:
    greffe("export", "directory.person", "-o", str(tmp_path / "p.csv"))
    shown = greffe("export", "directory.person").stdout_bytes
    assert (tmp_path / "p.csv").read_bytes() == shown


def test_an_exported_file_is_its_owners_alone(greffe: Greffe, tmp_path: Path) -> None:
    greffe("export", "directory.person", "-o", str(tmp_path / "p.csv"))
    assert (tmp_path / "p.csv").stat().st_mode & 0o777 == 0o600


def test_an_export_is_journaled_as_the_command_line(greffe: Greffe, demo_portal: Portal) -> None:
    greffe("export", "directory.person")
    last = Entry.select().order_by(Entry.id.desc()).get()
    assert (last.actor, last.kind, last.row_count) == (
        "command line",
        "directory_export",
        factories.DEMO_PERSONS,
    )


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("directory.persn",), "Did you mean directory.person?"),
        (("nothing like it",), "'greffe tables' lists them."),
        (("directory.person", "--columns", "nope"), "There is no field 'nope' here."),
        (("directory.person", "-o", "/nowhere/at/all.csv"), "There is no folder '/nowhere/at'."),
        (("journal.entry",), "There is no table 'journal.entry'."),
    ],
)
def test_an_export_that_cannot_be_is_one_sentence(
    greffe: Greffe, arguments: tuple[str, ...], sentence: str
) -> None:
    done = greffe("export", *arguments)
    assert (done.exit_code, sentence in done.stderr) == (1, True)


def test_a_refused_export_leaves_no_file(greffe: Greffe, tmp_path: Path) -> None:
    greffe("export", "directory.person", "--columns", "nope", "-o", str(tmp_path / "p.csv"))
    assert not list(tmp_path.glob("p.csv*"))


def test_a_purge_on_trial_changes_nothing(greffe: Greffe) -> None:
    before = count("bookings.booking")
    assert "Nothing was changed." in greffe("purge", "bookings", "--dry-run").stdout
    assert count("bookings.booking") == before


def test_a_purge_asks_for_the_name(greffe: Greffe) -> None:
    before = count("bookings.booking")
    assert greffe("purge", "bookings", given="yes\n").exit_code == 1
    assert count("bookings.booking") == before


def test_a_purge_erases_what_is_past_its_term(greffe: Greffe) -> None:
    before = count("bookings.booking")
    done = greffe("purge", "bookings", given="bookings\n")
    assert (done.exit_code, count("bookings.booking") < before) == (0, True)
    assert "Counted again: 0 to erase" in done.stdout


def test_a_purge_that_does_not_ask_needs_an_approved_preview(greffe: Greffe) -> None:
    before = count("bookings.booking")
    refused = greffe("purge", "bookings", "--yes")
    assert (refused.exit_code, "No preview of this purge was approved." in refused.stderr) == (
        1,
        True,
    )
    assert count("bookings.booking") == before
    approved = greffe("purge", "bookings", "--approve", given="bookings\n")
    assert (approved.exit_code, count("bookings.booking")) == (0, before)
    assert greffe("purge", "bookings", "--yes").exit_code == 0
    assert count("bookings.booking") < before


def test_a_trial_and_a_purge_say_the_same_counts(greffe: Greffe) -> None:
    trial = greffe("purge", "bookings", "--dry-run").stdout.splitlines()
    greffe("purge", "bookings", "--approve", "--yes")
    done = greffe("purge", "bookings", "--yes").stdout.splitlines()
    assert done[: len(trial) - 1] == trial[:-1]


def test_a_second_purge_finds_nothing(greffe: Greffe) -> None:
    greffe("purge", "validities", given="validities\n")
    assert "There is nothing to erase." in greffe("purge", "validities", "--yes").stdout
    assert count("privacy.purge") == 1


def test_a_purge_as_an_account_stays_within_its_rights(greffe: Greffe) -> None:
    before = count("bookings.booking")
    done = greffe("purge", "bookings", "--as", "secretary", given="bookings\n")
    assert (done.exit_code, count("bookings.booking")) == (1, before)
    assert greffe("purge", "bookings", "--as", "dpo", given="bookings\n").exit_code == 0
    assert factories.gate().list("privacy.purge", Selection()).rows[0].values["account"] == (
        factories.account("dpo")
    )


def test_a_purge_as_nobody_is_refused(greffe: Greffe) -> None:
    done = greffe("purge", "bookings", "--as", "nobody-here")
    assert (done.exit_code, "There is no active account 'nobody-here'." in done.stderr) == (1, True)


def test_an_activity_is_switched_to_automatic_once_approved(greffe: Greffe) -> None:
    refused = greffe("purge", "bookings", "--automatic", "on")
    assert (refused.exit_code, "No purge of this activity was approved" in refused.stderr) == (
        1,
        True,
    )
    greffe("purge", "bookings", "--approve", given="bookings\n")
    assert "each night" in greffe("purge", "bookings", "--automatic", "on").stdout
    assert "by hand" in greffe("purge", "bookings", "--automatic", "off").stdout


def test_an_unknown_activity_is_named(greffe: Greffe) -> None:
    done = greffe("purge", "bokings")
    assert (done.exit_code, "Did you mean bookings?" in done.stderr) == (1, True)


def test_the_journal_is_whole(greffe: Greffe) -> None:
    assert greffe("journal", "verify").exit_code == 0


def test_young_entries_are_never_pruned(greffe: Greffe) -> None:
    assert greffe("journal", "prune", "--days", "1").exit_code == 1


def test_nothing_is_past_the_term_of_the_journal(greffe: Greffe) -> None:
    assert greffe("journal", "prune").stdout == "0 entries were deleted.\n"


def test_a_backup_is_restored(greffe: Greffe, tmp_path: Path) -> None:
    file = str(tmp_path / "b.zip")
    assert greffe("backup", "create", "-o", file).exit_code == 0
    factories.gate().create("directory.person", {"last_name": "Seul", "first_name": "Léo"})
    assert greffe("restore", file).exit_code == 0
    assert count("directory.person") == factories.DEMO_PERSONS


def test_a_restore_on_trial_changes_nothing(greffe: Greffe, tmp_path: Path) -> None:
    file = str(tmp_path / "b.zip")
    greffe("backup", "create", "-o", file)
    factories.gate().create("directory.person", {"last_name": "Seul", "first_name": "Léo"})
    greffe("restore", file, "--dry-run")
    assert count("directory.person") == factories.DEMO_PERSONS + 1


def test_backups_of_the_folder_are_listed(greffe: Greffe) -> None:
    greffe("backup", "create")
    assert "greffe-" in greffe("backup", "list").stdout


def test_a_damaged_backup_is_refused(greffe: Greffe, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"not a backup")
    assert greffe("backup", "verify", str(tmp_path / "b.zip")).exit_code == 1
    assert greffe("restore", str(tmp_path / "b.zip")).exit_code == 1


def test_a_backup_that_is_not_there_is_refused(greffe: Greffe) -> None:
    done = greffe("backup", "verify", "nowhere.zip")
    assert (done.exit_code, "no file" in done.stderr) == (1, True)
