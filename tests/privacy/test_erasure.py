"""The erasure that a person asks for: its plan, its execution, what stays, and what fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pytest

from portal import approvals
from portal.accounts import profiles
from portal.builtin.privacy import Erased
from portal.channels import Channel
from portal.database import close_database, is_sqlite, proxy
from portal.errors import Conflict, Forbidden, NotFound
from portal.gate import Gate
from portal.privacy import erasure, request_list, requests
from portal.privacy.erasure import Plan
from portal.privacy.requests import REQUEST, Received
from portal.rows import Selection
from tests.conftest import DATABASES
from tests.factories import PASSWORD, grant, granted, make_portal
from tests.privacy.conftest import OLD, RECENT, TODAY, Club

PERSON = "directory.person"


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def club(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Club]:
    """Give one portal for the module: each test has a person of its own."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    make_portal(tmp_path_factory.mktemp("erasure"), url)
    yield Club()
    close_database()
    if server:
        server.drop(url)


def member(club: Club, name: str = "Vidal") -> int:
    """Give a new person with a membership, a validity and a booking."""
    person = club.add(PERSON, last_name=name, first_name="Rose", email="rose@example.org")
    club.add("members.membership", person=person, season="2026", starts_on=RECENT, ends_on=TODAY)
    club.add("members.validity", person=person, issued_on=OLD)
    club.booking(RECENT, person=person, comment="Avec un passager")
    return person


def owing(club: Club, person: int) -> tuple[int, int]:
    """Give a booking of the person that is paid by an entry of this year, and the entry."""
    booking = club.booking(OLD, person=person, comment="Payée")
    year = club.fiscal_year(2000 + club._codes + 26, closed=False)
    account = club.ledger_account(person=person, label="Compte de Vidal Rose")
    entry = club.entry(year, account, RECENT, label="Vol de Vidal", booking=booking, debit=100)
    return booking, entry


def said(plan: Plan) -> dict[tuple[str, str], int]:
    return {(line.table, line.action): line.count for line in plan.lines}


def granted_request(club: Club, person: int, gate: Gate | None = None) -> int:
    asked = Received(date(2026, 11, 10), "letter", ("erasure",), person)
    id = requests.receive(gate or club.gate, asked)
    requests.identity_checked(gate or club.gate, id, "known")
    requests.decide(gate or club.gate, id, "granted", "")
    return id


def test_all_of_a_person_whom_nothing_holds_is_deleted(club: Club) -> None:
    person = member(club)
    plan = erasure.plan(club.gate, person)
    assert {action for _table, action in said(plan)} == {"delete"}
    done = erasure.run(club.gate, plan)
    assert done.failed == ()
    assert done.deleted["members.membership"] == 1
    assert not club.exists(PERSON, person)
    assert club.gate.count("bookings.booking", Selection(search="passager")).value == 0


def test_a_plan_changes_nothing(club: Club) -> None:
    person = member(club)
    erasure.plan(club.gate, person)
    assert club.exists(PERSON, person)


def test_erased_rows_stand_in_the_ledger(club: Club) -> None:
    person = member(club)
    uuid = club.gate.catalog.table(PERSON).model.get_by_id(person).uuid
    erasure.run(club.gate, erasure.plan(club.gate, person))
    assert Erased.select().where(Erased.row_uuid == uuid).count() == 1


def test_entries_within_their_term_are_kept_as_they_are(club: Club) -> None:
    person = member(club)
    booking, entry = owing(club, person)
    before = club.gate.one("accounting.entry", entry)
    plan = erasure.plan(club.gate, person)
    assert said(plan)["accounting.entry", "keep"] == 1
    assert said(plan)["bookings.booking", "anonymise"] == 1
    assert said(plan)["bookings.booking", "delete"] == 1
    assert said(plan)[PERSON, "anonymise"] == 1
    assert "10 years" in plan.kept
    done = erasure.run(club.gate, plan)
    assert done.failed == ()
    after = club.gate.one("accounting.entry", entry)
    assert dict(after.values) == dict(before.values) | {
        name: after.values[name] for name in ("booking", "ledger_account")
    }
    assert after.values["label"] == "Vol de Vidal"
    row = club.gate.one(PERSON, person)
    assert "Vidal" not in row.title
    assert row.values["email"] == ""
    assert club.gate.one("bookings.booking", booking).values["comment"] == ""


def test_what_belongs_to_a_kept_row_is_kept_with_it(club: Club) -> None:
    person = member(club)
    owing(club, person)
    account = club.gate.list("accounting.ledgeraccount", Selection(sort="id", descending=True))
    club.add("accounting.balance", ledger_account=account.rows[0].id, day=RECENT)
    plan = erasure.plan(club.gate, person)
    assert said(plan)["accounting.balance", "keep"] == 1
    assert erasure.run(club.gate, plan).failed == ()


def test_a_training_session_says_the_law_of_trainings(club: Club) -> None:
    person = member(club)
    training = club.training(RECENT, TODAY, person=person)
    club.outing(RECENT, person=person, training=training)
    club.outing(RECENT, person=person)
    plan = erasure.plan(club.gate, person)
    kept = [line for line in plan.lines if line.action == "keep"]
    assert {line.table for line in kept} == {"activities.training", "activities.outing"}
    assert all("3 years" in line.why for line in kept)
    assert said(plan)["activities.outing", "delete"] == 1


def test_what_merely_names_a_person_stays_without_the_name(club: Club) -> None:
    person = member(club)
    resource = club.add("bookings.resource", name="F-GVID", manager=person)
    plan = erasure.plan(club.gate, person)
    assert said(plan)["bookings.resource", "take_out"] == 1
    assert said(plan)[PERSON, "delete"] == 1
    assert erasure.run(club.gate, plan).failed == ()
    assert club.gate.one("bookings.resource", resource).values["manager"] is None
    assert not club.exists(PERSON, person)


def test_a_legal_hold_is_decided_first(club: Club) -> None:
    person = member(club)
    club.add("privacy.legalhold", person=person, reason="Dispute", review_on=date(2027, 1, 1))
    plan = erasure.plan(club.gate, person)
    assert plan.undecided
    with pytest.raises(Conflict, match="protects"):
        erasure.run(club.gate, plan)
    assert club.exists(PERSON, person)


def test_a_plan_that_changed_is_not_carried_out(club: Club) -> None:
    person = member(club)
    plan = erasure.plan(club.gate, person)
    club.booking(RECENT, person=person)
    with pytest.raises(Conflict, match="changed"):
        erasure.run(club.gate, plan)
    assert club.exists(PERSON, person)


def test_a_request_is_brought_up_to_date_and_closed(club: Club) -> None:
    person = member(club, "Garcin")
    id = granted_request(club, person)
    assert erasure.waiting(club.gate, person) == id
    plan = erasure.plan(club.gate, erasure.for_request(club.gate, id))
    erasure.run(club.gate, plan, id)
    values = club.gate.one(REQUEST, id).values
    assert (values["erasure"], values["person"]) == ("done", None)
    last = request_list.steps(club.gate, id)[-1]
    assert last.what == "Erasure executed"
    assert "Memberships: 1" in last.note
    assert "Garcin" not in last.note
    requests.answer(club.gate, id, "letter")
    requests.close(club.gate, id)


def test_what_is_kept_is_written_in_the_request(club: Club) -> None:
    person = member(club)
    owing(club, person)
    id = granted_request(club, person)
    erasure.run(club.gate, erasure.plan(club.gate, person), id)
    assert "10 years" in club.gate.one(REQUEST, id).values["erasure_kept"]


@contextmanager
def undeletable(table: str) -> Iterator[None]:
    """Let the database refuse to delete rows of a table."""
    if is_sqlite():
        proxy.execute_sql(
            f"CREATE TRIGGER refuse BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    else:
        proxy.execute_sql(
            "CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS"
            " 'BEGIN RAISE EXCEPTION ''no''; END'"
        )
        proxy.execute_sql(
            f"CREATE TRIGGER refuse BEFORE DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
    try:
        yield
    finally:
        proxy.execute_sql("DROP TRIGGER refuse" + ("" if is_sqlite() else f" ON {table}"))


def test_a_module_that_fails_is_isolated_and_the_request_stays_open(club: Club) -> None:
    person = member(club)
    id = granted_request(club, person)
    with undeletable("members_validity"):
        done = erasure.run(club.gate, erasure.plan(club.gate, person), id)
    assert set(done.failed) == {"members", "directory"}
    assert done.deleted["bookings.booking"] == 1
    left = {line.table for line in erasure.plan(club.gate, person).lines}
    assert {"members.membership", "members.validity", PERSON} <= left
    assert "bookings.booking" not in left
    assert club.gate.one(REQUEST, id).values["erasure"] == "failed"
    requests.answer(club.gate, id, "letter")
    with pytest.raises(Conflict, match="not done"):
        requests.close(club.gate, id)
    assert erasure.run(club.gate, erasure.plan(club.gate, person), id).failed == ()
    requests.close(club.gate, id)


def test_the_second_person_is_asked_when_the_setting_says(club: Club) -> None:
    account = profiles.create_account(club.gate, "one", PASSWORD, profiles=[("dpo", None)])
    verbs = "read create update erase export disclose execute"
    officer = club.acting(granted(grant("*", verbs), account_id=account), Channel.FORM)
    person = member(club)
    id = granted_request(club, person, officer)
    plan = erasure.plan(officer, person)
    approvals.configure(second_person=True)
    try:
        with pytest.raises(Forbidden, match="second person"):
            erasure.run(officer, plan, id)
        assert club.exists(PERSON, person)
        assert erasure.run(club.gate, plan, id).failed == ()
    finally:
        approvals.configure(second_person=False)


def test_who_may_not_erase_a_table_gets_no_plan(club: Club) -> None:
    person = member(club)
    few = granted(grant("directory.*", "read erase disclose"), grant("privacy.*", "read update"))
    with pytest.raises((Forbidden, NotFound)):
        erasure.plan(club.acting(few), person)


def test_a_person_who_is_not_there_has_no_plan(club: Club) -> None:
    with pytest.raises(NotFound):
        erasure.plan(club.gate, 999_999)
