"""The page of the audit: rules are chosen, change, go off, and what they note is seen."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from portal.builtin.audit import AuditedAccount, AuditEvent, AuditRule
from portal.builtin.directory import Person
from portal.builtin.journal import Entry
from portal.fieldtypes import EDGES
from tests import factories
from tests.web.conftest import PERSONS, Visitor

SignIn = Callable[[str], Visitor]
PAGE = "/admin/privacy/audit/"
RULE = {
    "table": "directory.person",
    "label": "Départs",
    "level": "chosen",
    "act": "update",
    "field": "address",
    "whom": "all",
    "condition-0-field": "city",
    "condition-0-operator": "equals",
    "condition-0-value": "Lyon",
}


def in_days(days: int) -> str:
    day: date = datetime.now(EDGES.zone).date() + timedelta(days=days)
    return day.isoformat()


def full(**values: str) -> dict[str, str]:
    """Give the form of a full audit of the secretary."""
    said = {"table": "directory.person", "label": "Enquête", "level": "everything"}
    return said | {"whom": "named", "accounts": "secretary", "ends_on": in_days(7)} | values


@pytest.fixture
def officer(signed_in: SignIn) -> Visitor:
    return signed_in("dpo")


def test_a_rule_is_kept_as_it_was_chosen(officer: Visitor) -> None:
    answer = officer.post(f"{PAGE}new/", RULE)
    made = AuditRule.get()
    assert answer.status_code == 302
    assert (made.label, made.level, made.acts) == ("Départs", "chosen", "update")
    assert (made.fields, made.conditions, made.named) == ("address", "city equals Lyon", False)


def test_a_rule_holds_from_the_next_request_and_is_seen_on_the_sheet(
    officer: Visitor, signed_in: SignIn
) -> None:
    officer.post(f"{PAGE}new/", RULE)
    made = factories.gate().create("directory.person", {"last_name": "Neuf", "city": "Lyon"})
    factories.gate().update("directory.person", made, {"address": "Rue A"}, 1)
    page = officer.get(f"{PERSONS}details/?id={made}&tab=history").text
    assert "<td>Modification</td>" in page
    assert "<td>Rue A</td>" in page


def test_the_list_tells_each_rule_and_leads_to_its_events(officer: Visitor) -> None:
    officer.post(f"{PAGE}new/", full())
    page = officer.get(PAGE).text
    assert "All operations, reading too" in page
    assert "secretary" in page
    assert "Slows these accounts down" in page
    assert officer.get("/admin/journal.auditevent/").status_code == 200


def test_the_form_warns_of_the_cost_of_a_full_audit(officer: Visitor) -> None:
    page = officer.get(f"{PAGE}new/?table=directory.person").text
    assert "it slows the portal down" in page


def test_a_full_audit_notes_what_its_account_reads(officer: Visitor, signed_in: SignIn) -> None:
    officer.post(f"{PAGE}new/", full())
    signed_in("secretary").get(PERSONS)
    accounts = {event.account for event in AuditEvent.select()}
    assert accounts == {factories.account("secretary")}


REFUSED: tuple[tuple[dict[str, str], str], ...] = (
    ({"accounts": ""}, "Name at least one account."),
    ({"accounts": "nobody-at-all"}, "There is no account “nobody-at-all”."),
    ({"whom": "all"}, "A full audit is for named accounts only."),
    ({"ends_on": ""}, "A full audit has a last day"),
    ({"ends_on": in_days(40)}, "A full audit has a last day"),
    ({"ends_on": in_days(-1)}, "The last day is past."),
    ({"ends_on": "soon"}, "soon"),
    ({"level": "loud"}, "loud"),
    ({"label": ""}, "Label"),
    ({"condition-0-field": "nothing", "condition-0-value": "1"}, "There is no field"),
)


def test_what_cannot_be_followed_is_refused_with_a_sentence(officer: Visitor) -> None:
    for values, sentence in REFUSED:
        answer = officer.post(f"{PAGE}new/", full(**values))
        refusal = re.search(r'class="refusal" role="alert">([^<]+)<', answer.text)
        assert (answer.status_code, AuditRule.select().count()) == (400, 0)
        assert refusal, values
        assert sentence in refusal[1]


def test_a_form_that_is_refused_keeps_what_was_typed(officer: Visitor) -> None:
    page = officer.post(f"{PAGE}new/", full(ends_on="soon", label="Gardé")).text
    assert 'value="Gardé"' in page


def test_a_secret_is_not_among_the_fields(officer: Visitor) -> None:
    page = officer.get(f"{PAGE}new/?table=accounts.account").text
    assert 'name="field" value="login"' in page
    assert 'name="field" value="password"' not in page


def test_a_rule_changes_with_its_accounts(officer: Visitor) -> None:
    officer.post(f"{PAGE}new/", full())
    made = AuditRule.get()
    form = full(accounts="treasurer\nadmin", label="Autre") | {"id": str(made.id), "version": "1"}
    assert officer.post(f"{PAGE}edit/", form).status_code == 302
    named = {one.account_id for one in AuditedAccount.select()}
    assert AuditRule.get().label == "Autre"
    assert named == {factories.account("treasurer"), factories.account("admin")}


def test_a_rule_that_somebody_else_changed_is_not_overwritten(officer: Visitor) -> None:
    officer.post(f"{PAGE}new/", full())
    form = full(label="Autre") | {"id": str(AuditRule.get().id), "version": "0"}
    assert officer.post(f"{PAGE}edit/", form).status_code == 409


def test_a_rule_goes_off_and_on_again(officer: Visitor) -> None:
    officer.post(f"{PAGE}new/", RULE)
    id, states = AuditRule.get().id, []
    for on in ("0", "1"):
        officer.post(f"{PAGE}switch/", {"id": id, "on": on})
        states.append(AuditRule.get().active)
    assert states == [False, True]


def test_who_does_not_read_the_rules_finds_no_page(signed_in: SignIn) -> None:
    answers = {signed_in("secretary").get(address).status_code for address in (PAGE, f"{PAGE}new/")}
    assert answers == {404}


@pytest.mark.parametrize(
    ("agent", "client"),
    [("Mozilla/5.0 Firefox/128.0", "Firefox"), ("curl/8.5", "web service"), ("?", "browser")],
)
def test_a_sign_in_tells_the_kind_of_client_whether_it_fails_or_not(
    visitor: Visitor, agent: str, client: str
) -> None:
    visitor.client.environ_base["HTTP_USER_AGENT"] = agent
    visitor.sign_in("admin", "wrong")
    visitor.sign_in("admin")
    query = Entry.select(Entry.outcome, Entry.client).where(Entry.kind == "sign_in")
    told = list(query.order_by(Entry.id.desc()).limit(2).tuples())
    assert told == [("done", client), ("refused", client)]


def test_nobody_else_reads_the_events(admin: Visitor) -> None:
    assert admin.get("/admin/journal.auditevent/").status_code == 404
    assert Person.select().count() > 0
