"""The register of breaches: the clock, acts in their order, refusals, letters and files."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from portal import journal_reading
from portal.accounts import profiles
from portal.channels import Channel
from portal.database import close_database
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.journal_reading import Wanted
from portal.privacy import breach_files, breach_letters, breach_list, breaches, deadlines
from portal.privacy.breach_letters import Addressee
from portal.privacy.breaches import BREACH, Discovered
from portal.rows import Selection
from tests.conftest import DATABASES
from tests.documents.test_letters import empty_headings, said
from tests.factories import PASSWORD, grant, granted, make_portal
from tests.privacy.conftest import Club

DAY = date(2026, 3, 10)
NOON = datetime(2026, 3, 10, 12)
"""What `breaches.moment` says on that day, which is past."""
TERM = timedelta(hours=72)
DESCRIBED = {
    "natures": "confidentiality",
    "data_categories": "identity",
    "person_categories": "members",
    "consequences": "Unwanted mail",
    "measures": "The list was taken back",
    "gravity": "limited",
}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def club(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Club]:
    """Give one portal for the module, on a day of the past: each test has breaches of its own."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    make_portal(tmp_path_factory.mktemp("breaches"), url)
    club = Club()
    club.gate = Gate(club.gate.actor, Channel.FORM, today=DAY)
    yield club
    close_database()
    if server:
        server.drop(url)


def recorded(club: Club, hours: int = 10, **values: Any) -> int:
    """Record a breach that was discovered that many hours before noon."""
    at = NOON - timedelta(hours=hours)
    id = breaches.record(club.gate, Discovered(at, "A list was sent to the wrong address"))
    if values:
        club.change(BREACH, id, **values)
    return id


def values(club: Club, id: int) -> Any:
    return club.gate.one(BREACH, id).values


def whole(data: bytes) -> str:
    """Give every text of a document."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        part = "word/document.xml" if "word/document.xml" in archive.namelist() else "content.xml"
        return "\n".join(etree.fromstring(archive.read(part)).itertext())


def timeline(club: Club, id: int) -> list[str]:
    return [step.what for step in breach_list.steps(club.gate, id)]


# --- the clock


def test_the_clock_starts_at_awareness(club: Club) -> None:
    id = recorded(club, hours=10)
    found = values(club, id)
    assert found["identifier"] == f"V{id:04}"
    assert found["due_at"] == found["discovered_at"] + TERM
    line = breach_list.sheet(club.gate, id).line
    assert (line.left, line.overdue) == (62 * 60, False)


def test_the_clock_runs_over_nights_and_holidays() -> None:
    friday = datetime(2026, 12, 24, 18, 30)
    assert deadlines.breach_due(friday) == datetime(2026, 12, 27, 18, 30)


def test_the_term_is_a_setting(club: Club) -> None:
    deadlines.configure(1, 2, 96)
    try:
        id = recorded(club, hours=80)
        assert breach_list.sheet(club.gate, id).line.left == 16 * 60
    finally:
        deadlines.configure(1, 2, 72)
    assert breach_list.sheet(club.gate, id).line.left == 16 * 60


def test_a_breach_is_overdue_after_the_term(club: Club) -> None:
    before = breach_list.pressing(club.gate)
    line = breach_list.sheet(club.gate, recorded(club, hours=73)).line
    assert (line.left, line.overdue) == (-60, True)
    assert breach_list.pressing(club.gate) == (before[0] + 1, before[1])


def test_a_running_clock_presses_until_it_is_decided(club: Club) -> None:
    before = breach_list.pressing(club.gate)
    id = recorded(club)
    assert breach_list.pressing(club.gate) == (before[0], before[1] + 1)
    breaches.leave_unnotified(club.gate, id, "The file was encrypted")
    assert breach_list.pressing(club.gate) == before
    assert breach_list.sheet(club.gate, id).line.left is None


@pytest.mark.parametrize(
    ("at", "facts", "field"),
    [(NOON + timedelta(hours=1), "Lost key", "discovered_at"), (NOON, "  ", "facts")],
)
def test_a_breach_of_tomorrow_or_without_facts_is_refused(
    club: Club, at: datetime, facts: str, field: str
) -> None:
    before = club.gate.count(BREACH, Selection(), exact=True)
    with pytest.raises(Invalid) as refused:
        breaches.record(club.gate, Discovered(at, facts))
    assert field in refused.value.fields
    assert club.gate.count(BREACH, Selection(), exact=True) == before


# --- the acts


def test_a_breach_goes_from_its_discovery_to_its_end(club: Club) -> None:
    id = recorded(club, **DESCRIBED)
    breaches.notify(club.gate, id, NOON)
    assert values(club, id)["state"] == "notified"
    breaches.inform_soon(club.gate, id, "The addresses are being checked")
    breaches.inform(club.gate, id, DAY, "By letter")
    found = values(club, id)
    assert (found["state"], found["persons_told"]) == ("informed", "yes")
    breaches.close(club.gate, id)
    found = values(club, id)
    assert (found["state"], found["closed_on"]) == ("closed", DAY)
    assert timeline(club, id) == [
        "Breach recorded",
        "Notified",
        "Persons to be informed soon",
        "Persons informed",
        "Closed",
    ]


def test_a_late_notification_needs_its_reason(club: Club) -> None:
    id = recorded(club, hours=80)
    with pytest.raises(Invalid, match="After 72 hours") as refused:
        breaches.notify(club.gate, id, NOON)
    assert "delay_reason" in refused.value.fields
    assert values(club, id)["notified_at"] is None
    breaches.notify(club.gate, id, NOON, delay="The processor told us in part")
    assert values(club, id)["delay_reason"] == "The processor told us in part"


def test_a_notification_in_time_needs_none_whenever_it_is_noted(club: Club) -> None:
    id = recorded(club, hours=80)
    breaches.notify(club.gate, id, NOON - timedelta(hours=9))
    assert values(club, id)["notification"] == "authority"


@pytest.mark.parametrize("hours", [-1, 11])
def test_a_notification_is_neither_to_come_nor_before_the_discovery(club: Club, hours: int) -> None:
    id = recorded(club, hours=10)
    with pytest.raises(Invalid) as refused:
        breaches.notify(club.gate, id, NOON - timedelta(hours=hours))
    assert "notified_at" in refused.value.fields


def test_what_is_not_notified_needs_its_reason(club: Club) -> None:
    id = recorded(club)
    with pytest.raises(Invalid, match="needs the reason"):
        breaches.leave_unnotified(club.gate, id, " ")
    assert values(club, id)["notification"] == ""


def test_what_was_not_to_be_notified_may_be_notified_after_all(club: Club) -> None:
    id = recorded(club)
    breaches.leave_unnotified(club.gate, id, "Nobody saw it")
    breaches.notify(club.gate, id, NOON, body="The federation")
    found = values(club, id)
    assert (found["notification"], found["no_notification_reason"]) == ("other", "")
    assert found["notified_body"] == "The federation"


def test_the_guard_itself_asks_for_the_reasons(club: Club) -> None:
    id = recorded(club, hours=80)
    keeper, version = breaches.keeping(club.gate), club.gate.one(BREACH, id).version
    with pytest.raises(Invalid):
        keeper.update(BREACH, id, {"notification": "none"}, version)
    late = {"notification": "authority", "notified_at": NOON}
    with pytest.raises(Invalid):
        keeper.update(BREACH, id, late, version)
    with pytest.raises(Invalid):
        keeper.update(BREACH, id, {"occurred_at": NOON}, version)
    with pytest.raises(Invalid):
        keeper.update(BREACH, id, {"persons_about": -1}, version)
    assert club.gate.one(BREACH, id).version == version


def test_what_only_the_acts_write_is_in_no_form(club: Club) -> None:
    id = recorded(club)
    before = values(club, id)["due_at"]
    account = profiles.create_account(club.gate, "officer", PASSWORD, profiles=[("dpo", None)])
    officer = club.acting(granted(grant("privacy.*", "read update"), account_id=account))
    with pytest.raises((Forbidden, Invalid)):
        officer.update(BREACH, id, {"state": "closed", "due_at": datetime(2030, 1, 1)}, 1)
    assert (values(club, id)["due_at"], values(club, id)["state"]) == (before, "open")


@pytest.mark.parametrize("missing", [*DESCRIBED])
def test_a_breach_is_described_before_it_is_closed(club: Club, missing: str) -> None:
    id = recorded(club, **(DESCRIBED | {missing: ""}))
    breaches.leave_unnotified(club.gate, id, "No risk")
    breaches.leave_uninformed(club.gate, id, "No high risk")
    with pytest.raises(Conflict, match="not ready to be closed"):
        breaches.close(club.gate, id)


def test_a_breach_is_decided_before_it_is_closed(club: Club) -> None:
    id = recorded(club, **DESCRIBED)
    with pytest.raises(Conflict, match="Notification, Persons told"):
        breaches.close(club.gate, id)
    breaches.leave_unnotified(club.gate, id, "No risk")
    breaches.inform_soon(club.gate, id, "Next week")
    with pytest.raises(Conflict, match="Persons told"):
        breaches.close(club.gate, id)


def test_a_closed_breach_takes_no_act(club: Club) -> None:
    id = recorded(club, **DESCRIBED)
    breaches.leave_unnotified(club.gate, id, "No risk")
    breaches.leave_uninformed(club.gate, id, "No high risk")
    breaches.close(club.gate, id)
    assert breach_list.sheet(club.gate, id).allowed == ()
    with pytest.raises(Conflict, match="Closed"):
        breaches.notify(club.gate, id, NOON)


def test_an_open_breach_is_not_erased(club: Club) -> None:
    id = recorded(club)
    assert club.gate.erasure(BREACH, [id]).deletable == ()


def test_who_only_reads_does_no_act(club: Club) -> None:
    id = recorded(club)
    reader = club.acting(granted(grant("privacy.*", "read"))).at(Channel.FORM)
    assert breach_list.sheet(reader, id).allowed == ()
    with pytest.raises(Forbidden):
        breaches.leave_unnotified(reader, id, "No risk")
    assert timeline(club, id) == ["Breach recorded"]


# --- letters and files


@pytest.mark.parametrize("speaking", ["fr", "en"])
def test_the_letter_says_what_stands_in_the_breach(club: Club, speaking: str) -> None:
    id = recorded(club, **DESCRIBED, advice="Change your password")
    to = Addressee(club.person)
    texts = []
    for kind in ("odt", "docx"):
        content, name, _type = breach_letters.letter(club.gate, id, to, kind, speaking)
        text = said(content)
        texts.append(text.split())
        assert name.startswith(f"V{id:04}-")
        assert "{{" not in text
        assert empty_headings(content) == []
        for part in ("Dupont Élodie", f"V{id:04}", "wrong address", "Unwanted mail", "taken back"):
            assert part in text
        assert "Change your password" in text
    assert texts[0] == texts[1]
    assert timeline(club, id).count("Letter made") == 2


def test_the_journal_names_the_person_of_a_letter(club: Club) -> None:
    id = recorded(club, **DESCRIBED)
    breach_letters.letter(club.gate, id, Addressee(club.person), "odt", "en")
    reader = club.acting(granted(grant("journal.*", "read")), Channel.LIST)
    lines = journal_reading.page(reader, Wanted(person=club.person), 10).rows
    assert BREACH in {line.values["table_name"] for line in lines}


def test_a_letter_goes_to_somebody_without_a_sheet(club: Club) -> None:
    id = recorded(club, **DESCRIBED)
    to = Addressee(None, "Zoé Roux\n3 rue du Lac")
    content, *_rest = breach_letters.letter(club.gate, id, to, "odt", "en")
    assert "Zoé Roux\n3 rue du Lac" in said(content)


def test_a_letter_that_would_lack_something_is_refused(club: Club) -> None:
    with pytest.raises(Conflict, match="Nature, Likely consequences, Measures"):
        breach_letters.letter(club.gate, recorded(club), Addressee(club.person), "odt", "en")
    id = recorded(club, **DESCRIBED)
    with pytest.raises(Invalid, match="person it goes to"):
        breach_letters.letter(club.gate, id, Addressee(), "odt", "en")
    with pytest.raises(NotFound):
        breach_letters.letter(club.gate, id, Addressee(999_999), "odt", "en")


def test_the_register_is_one_file_with_every_field(club: Club) -> None:
    id = recorded(club, **(DESCRIBED | {"consequences": "=1+1"}))
    content, name, _type = breach_files.export(club.gate, "csv", "en")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    line = next(one for one in lines if one["Number"] == f"V{id:04}")
    assert name == "breaches-2026-03-10.csv"
    assert line["What happened"] == "A list was sent to the wrong address"
    assert line["Likely consequences"] == "'=1+1"
    assert len(line) == len(breach_list.SHOWN) + 3
    for kind in ("odt", "docx"):
        content, *_rest = breach_files.export(club.gate, kind, "fr")
        text = whole(content)
        assert f"V{id:04}" in text
        assert "Violation enregistrée" in text
        assert "{{" not in text


def test_who_may_not_export_gets_no_file(club: Club) -> None:
    reader = club.acting(granted(grant("privacy.*", "read")))
    with pytest.raises(Forbidden):
        breach_files.export(reader, "csv", "en")


@pytest.mark.parametrize("limit", ["masked", "readable"])
def test_who_reads_a_part_sees_no_register(club: Club, limit: str) -> None:
    whole_right = grant("privacy.breach", "read export")
    part = grant("privacy.breach", "read export", **{limit: frozenset({"facts"})})
    assert breaches.may_open(club.acting(granted(whole_right)))
    assert not breaches.may_open(club.acting(granted(part)))
