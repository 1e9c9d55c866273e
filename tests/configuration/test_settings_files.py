"""Settings as files: what travels, what is shown, what is refused, what a second time does."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from portal import choices
from portal.channels import Channel
from portal.configuration import applying, files
from portal.configuration.review import Fate, review
from portal.declare import Reach
from portal.errors import Forbidden, Invalid
from portal.gate import Gate
from portal.rows import Filter, Selection
from portal.start import Portal
from tests import factories

KINDS = "activities.outing-types"
Given = dict[str, list[dict[str, Any]]]


def door() -> Gate:
    return factories.gate(channel=Channel.IMPORT)


@pytest.fixture
def given(demo_portal: Portal) -> Given:
    """Give the settings of the demonstration as read from their file."""
    return files.read(files.export(door()))


def profile(given: Given, slug: str) -> dict[str, Any]:
    return next(p for p in given["accounts.profiletype"] if p["slug"] == slug)


def choice(slug: str) -> choices.Option:
    return choices.current().find(KINDS, slug)


def new_choice(slug: str, **values: Any) -> dict[str, Any]:
    return {"list_name": KINDS, "slug": slug, "label_fr": slug.title(), **values}


def test_the_same_settings_give_the_same_file(demo_portal: Portal) -> None:
    assert files.export(door()) == files.export(door())


def test_a_file_names_no_row_by_its_number(given: Given) -> None:
    names = {name for rows in given.values() for row in rows for name in row}
    assert not names & {"id", "version", "uuid", "created_at"}


def test_no_account_travels(given: Given) -> None:
    assert "accounts.account" not in given


def test_what_names_accounts_or_rows_by_number_stays_behind(given: Given) -> None:
    inside = {name for rows in given.values() for row in rows for name in row if "." in name}
    assert inside <= {
        "accounts.grant",
        "typing.customformfield",
        "typing.customformprofile",
    }


def test_rows_of_two_tables_travel_with_the_one_that_they_are_edited_in(given: Given) -> None:
    inside = {name for row in given["accounts.profiletype"] for name in row if "." in name}
    assert inside == {"accounts.grant"}


def test_a_custom_form_travels_with_its_fields_and_profile_types(given: Given) -> None:
    custom = {
        "table_name": "directory.person",
        "key": "jacket",
        "label_fr": "Blouson",
        "kind": "text",
    }
    form = {
        "table_name": "directory.person",
        "form": "create",
        "name": "Short",
        "applies_to": "profiles",
        "typing.customformfield": [
            {"field_name": "landline", "left_out": True},
            {"field_name": "x_jacket", "position": 10},
        ],
        "typing.customformprofile": [{"profile_type": ["secretary"]}],
    }
    given["typing.customfield"].append(custom)
    given["typing.customform"].append(form)
    applying.apply(door(), given)
    (made,) = files.records(door())["typing.customform"]
    assert [row["field_name"] for row in made["typing.customformfield"]] == ["landline", "x_jacket"]
    assert made["typing.customformprofile"] == [{"profile_type": ["secretary"]}]
    assert not review(door(), files.read(files.export(door()))).changes


def test_its_own_file_changes_nothing(given: Given) -> None:
    assert not review(door(), given).changes


def test_a_new_choice_is_announced_and_made(given: Given) -> None:
    given["typing.choice"].append(new_choice("annexe"))
    assert [line.key for line in review(door(), given).of(Fate.NEW)] == [(KINDS, "annexe")]
    applying.apply(door(), given)
    assert str(choice("annexe").label) == "Annexe"


def test_a_second_time_changes_nothing(given: Given) -> None:
    given["typing.choice"].append(new_choice("annexe"))
    profile(given, "secretary")["accounts.grant"].pop()
    applying.apply(door(), given)
    assert not review(door(), given).changes


def test_a_changed_value_is_shown_with_the_old_one(given: Given) -> None:
    profile(given, "secretary")["level"] = 61
    (line,) = review(door(), given).of(Fate.CHANGED)
    (difference,) = line.differences
    assert (difference.name, difference.new) == ("level", "61")
    assert difference.old not in ("", "61")


def test_a_choice_below_another_new_one_is_made_after_it(given: Given) -> None:
    given["typing.choice"] += [new_choice("b", parent=[KINDS, "a"]), new_choice("a")]
    applying.apply(door(), given)
    assert choice("b").parent == choice("a").id


def test_a_right_that_the_file_lacks_is_taken_away(given: Given) -> None:
    before = profile(given, "secretary")["accounts.grant"]
    profile(given, "secretary")["accounts.grant"] = before[1:]
    applying.apply(door(), given)
    assert profile(files.read(files.export(door())), "secretary")["accounts.grant"] == before[1:]


def test_rights_that_stay_keep_their_rows(given: Given) -> None:
    (id,) = [
        row.id
        for row in door().list("accounts.profiletype", Selection(page_size=100)).rows
        if row.values["slug"] == "secretary"
    ]
    rights = Selection(filters=(Filter("profile_type", "equals", str(id)),), page_size=100)
    before = {row.id for row in door().list("accounts.grant", rights).rows}
    profile(given, "secretary")["accounts.grant"].pop()
    applying.apply(door(), given)
    after = {row.id for row in door().list("accounts.grant", rights).rows}
    assert after < before


def test_what_only_this_portal_has_stays(given: Given) -> None:
    gone = given["typing.choice"].pop()
    applying.apply(door(), given)
    assert choices.current().find(gone["list_name"], gone["slug"])


WRONG: dict[str, tuple[Callable[[Given], object], str]] = {
    "a field that nobody knows": (
        lambda given: given["typing.choice"][0].update(label_f="x"),
        "There is no field 'label_f' here. Did you mean label_fr?",
    ),
    "a row twice": (
        lambda given: given["typing.choice"].append(given["typing.choice"][0]),
        "The file has this row twice.",
    ),
    "a row without a name": (
        lambda given: given["typing.choice"][0].pop("slug"),
        "This row has no “Identifier”.",
    ),
    "a table that this portal lacks": (
        lambda given: given.update({"nothing.here": [{}]}),
        "This portal has no such table",
    ),
    "a word for a number": (
        lambda given: profile(given, "secretary").update(level="much"),
        "Level: This is not a whole number.",
    ),
    "a parent that is nowhere": (
        lambda given: given["typing.choice"].append(new_choice("b", parent=[KINDS, "nobody"])),
        "Neither this portal nor the file has the row",
    ),
    "a list for a text": (
        lambda given: given["typing.choice"][0].update(comment=[1]),
        "Comment: This value is of the wrong kind.",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_cannot_be_taken_is_refused_with_its_reason(given: Given, wrong: str) -> None:
    spoil, sentence = WRONG[wrong]
    spoil(given)
    (line,) = review(door(), given).of(Fate.REFUSED)
    assert sentence in str(line.why)


@pytest.mark.parametrize("wrong", WRONG)
def test_one_refused_row_refuses_the_file(given: Given, wrong: str) -> None:
    spoil, _sentence = WRONG[wrong]
    spoil(given)
    given["typing.choice"].append(new_choice("annexe"))
    with pytest.raises(Invalid):
        applying.apply(door(), given)
    with pytest.raises(Invalid):
        choice("annexe")


def test_a_row_that_the_gate_refuses_takes_the_others_back(given: Given) -> None:
    given["typing.choice"].append(new_choice("annexe"))
    profile(given, "secretary")["accounts.grant"].append({"table_name": "directory.person"})
    with pytest.raises(Invalid, match="secretary"):
        applying.apply(door(), given)
    with pytest.raises(Invalid):
        choice("annexe")


def test_who_may_not_read_a_part_gets_no_file(demo_portal: Portal) -> None:
    actor = factories.granted(factories.grant("typing.*", "read"))
    with pytest.raises(Forbidden):
        files.export(Gate(actor, Channel.EXPORT))


def test_who_may_only_read_applies_nothing(given: Given) -> None:
    given["typing.choice"].append(new_choice("annexe"))
    actor = factories.granted(factories.grant("*", "read", Reach.ALL))
    with pytest.raises(Invalid):
        applying.apply(Gate(actor, Channel.IMPORT), given)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG\r\n\x1a\n",
        b"[]",
        b"{}",
        b'{"format": "greffe settings", "version": 1}',
        b'{"format": "greffe settings", "version": 1, "tables": []}',
        b'{"format": "greffe settings", "version": 1, "tables": {"typing.choice": [1]}}',
        b'{"format": "greffe settings", "version": 2, "tables": {}}',
        b"[" * 100_000,
        b'{"format": ' + b"1" * 5_000 + b"}",
    ],
)
def test_a_file_of_another_kind_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        files.read(content)


def test_another_portal_with_other_numbers_takes_the_file(given: Given, tmp_path: Path) -> None:
    given["typing.choice"] += [new_choice("b", parent=[KINDS, "a"]), new_choice("a")]
    copy = dict(profile(given, "secretary"))
    given["accounts.profiletype"].append(copy | {"slug": "archivist", "label_fr": "Archiviste"})
    door().create("typing.choice", {"list_name": KINDS, "slug": "own", "label_fr": "Propre"})
    applying.apply(door(), json.loads(json.dumps(given)))
    (made,) = [p for p in files.records(door())["accounts.profiletype"] if p["slug"] == "archivist"]
    assert made["accounts.grant"] == copy["accounts.grant"]
    assert choice("own").available
