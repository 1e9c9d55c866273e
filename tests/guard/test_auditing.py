"""The rules of the audit: what they have noted and kept, for whom, until when."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from portal import configured, journal, version
from portal.anonymising import Anonymiser
from portal.builtin.audit import AuditedAccount, AuditEvent, AuditRule
from portal.builtin.directory import Person
from portal.builtin.history import Change
from portal.errors import Invalid
from portal.fieldtypes import EDGES
from portal.gate import Gate
from portal.models import utc_now
from portal.rows import Selection
from portal.start import Portal
from tests import factories

PERSON = "directory.person"
ACCOUNTS = "privacy.auditedaccount"
RULE = "privacy.auditrule"


def today() -> date:
    return datetime.now(EDGES.zone).date()


def rule(*accounts: str, **values: Any) -> int:
    """Set a rule about persons, for named accounts when there are some."""
    said = {"label": f"Règle {AuditRule.select().count()}", "table_name": PERSON}
    named = [{"account": factories.account(login)} for login in accounts]
    made = factories.gate().create(
        RULE,
        said | {"level": "deletions", "named": bool(accounts)} | values,
        {ACCOUNTS: named} if named else None,
    )
    refreshed()
    return made


def full(*accounts: str, **values: Any) -> int:
    ends = {"ends_on": today() + timedelta(days=31)}
    return rule(*accounts, **({"level": "everything"} | ends | values))


def refreshed() -> None:
    configured.refresh(version.catalog_version())


def person(gate: Gate | None = None, **values: Any) -> int:
    return (gate or factories.gate()).create(PERSON, {"last_name": "Neuf"} | values)


def change(id: int, gate: Gate | None = None, **values: Any) -> None:
    asked = gate or factories.gate()
    asked.update(PERSON, id, values, Person.get_by_id(id).version)


def events() -> list[tuple[str, int | None]]:
    """The act and the row of each event, in order."""
    query = AuditEvent.select(AuditEvent.act, AuditEvent.row).order_by(AuditEvent.id)
    return list(query.tuples())


def kept() -> list[tuple[str, str, str]]:
    """The field, the old and the new value of each change of a person, in order."""
    query = Change.select(Change.field, Change.old, Change.new).where(Change.table_name == PERSON)
    return list(query.order_by(Change.id).tuples())


# --- events


def test_without_a_rule_no_event_is_noted(demo_portal: Portal) -> None:
    change(person(), last_name="Autre")
    assert events() == []


def test_chosen_acts_are_noted_and_no_other(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create erase")
    made = person()
    change(made, last_name="Autre")
    factories.gate().erase(factories.gate().erasure(PERSON, [made]))
    assert events() == [("create", made), ("erase", made)]


def test_deletions_and_renames_alone_are_noted(demo_portal: Portal) -> None:
    rule(level="deletions")
    made = person()
    change(made, city="Lyon")
    change(made, last_name="Autre")
    factories.gate().erase(factories.gate().erasure(PERSON, [made]))
    assert events() == [("rename", made), ("erase", made)]


def test_an_event_of_a_deletion_says_who_when_and_which_row_and_no_value(
    demo_portal: Portal,
) -> None:
    rule(level="deletions")
    made = person(last_name="Qwxvaleur")
    uuid = Person.get_by_id(made).uuid
    gate = factories.gate("admin")
    gate.erase(gate.erasure(PERSON, [made]))
    (event,) = AuditEvent.select().dicts()
    assert (event["account"], event["table_name"], event["row_uuid"]) == (
        factories.account("admin"),
        PERSON,
        uuid,
    )
    assert abs(event["at"] - utc_now()) < timedelta(minutes=1)
    assert not [value for value in event.values() if "Qwxvaleur" in str(value)]


def test_the_kept_values_of_an_erased_row_are_gone_with_it(demo_portal: Portal) -> None:
    rule(level="chosen", acts="update", fields="city")
    made = person(city="Lyon")
    change(made, city="Vichy")
    before = Change.select().where(Change.row == made).count()
    factories.gate().erase(factories.gate().erasure(PERSON, [made]))
    assert (before, Change.select().where(Change.row == made).count()) == (1, 0)


def test_an_anonymisation_is_noted_as_such(demo_portal: Portal) -> None:
    rule(level="deletions")
    made = person(active=False)
    gate = factories.gate()
    Anonymiser(gate).run(gate.anonymisation(PERSON, [made]))
    assert events() == [("anonymise", made)]


def test_what_fails_leaves_no_event(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create")
    with pytest.raises(Invalid):
        factories.gate().create_many(PERSON, [{"last_name": "Neuf"}, {"last_name": ""}])
    assert events() == []


# --- conditions


def test_a_condition_chooses_the_rows_as_they_are_after_the_act(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create update", conditions="city equals Lyon")
    inside, outside = person(city="Lyon"), person(city="Vichy")
    change(outside, city="Lyon")
    change(inside, city="Vichy")
    assert events() == [("create", inside), ("update", outside)]


def test_a_condition_holds_for_the_kept_values_too(demo_portal: Portal) -> None:
    rule(level="chosen", acts="update", fields="address", conditions="city equals Lyon")
    inside, outside = person(city="Lyon"), person(city="Vichy")
    change(inside, address="Rue A")
    change(outside, address="Rue B")
    assert kept() == [("address", "", "Rue A")]


def test_a_condition_on_a_field_that_is_gone_is_without_effect(demo_portal: Portal) -> None:
    made = rule(level="chosen", acts="create", conditions="city equals Lyon")
    AuditRule.update(conditions="gone equals 1").where(AuditRule.id == made).execute()
    version.bump()
    refreshed()
    person(city="Lyon")
    assert events() == []


# --- values


def test_a_rule_keeps_fields_beside_those_that_the_table_follows(demo_portal: Portal) -> None:
    rule(level="chosen", acts="update", fields="address")
    change(person(), address="Rue A", last_name="Autre")
    assert {field for field, _old, _new in kept()} == {"address", "last_name"}


def test_a_rename_keeps_both_names_and_another_change_nothing(demo_portal: Portal) -> None:
    rule(level="deletions")
    made = person(email="a@example.org")
    change(made, email="b@example.org")
    change(made, last_name="Autre")
    assert kept() == [("last_name", "Neuf", "Autre")]


def test_the_level_none_keeps_no_value_for_its_accounts_alone(demo_portal: Portal) -> None:
    rule("admin", level="nothing")
    made = person()
    change(made, factories.gate("admin"), last_name="Autre")
    change(made, last_name="Encore")
    assert kept() == [("last_name", "Autre", "Encore")]


def test_the_level_none_of_an_account_silences_a_rule_for_everybody(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create")
    rule("admin", level="nothing")
    person(factories.gate("admin"))
    made = person()
    assert events() == [("create", made)]


# --- accounts and days


def test_a_full_audit_notes_the_reading_of_its_accounts_alone(demo_portal: Portal) -> None:
    full("admin")
    made = person()
    factories.gate("admin").one(PERSON, made)
    factories.gate().one(PERSON, made)
    assert events() == [("read", made)]


def test_rows_that_are_read_together_are_one_event_with_their_number(demo_portal: Portal) -> None:
    full("admin")
    read = len(factories.gate("admin").list(PERSON, Selection(page_size=10)).rows)
    (event,) = AuditEvent.select()
    assert (event.act, event.row, event.row_count) == ("read", None, read)


def test_a_sheet_and_an_export_are_noted(demo_portal: Portal) -> None:
    full("admin")
    made = person()
    factories.gate("admin").sheet(PERSON, made)
    list(factories.gate("admin").export(PERSON, Selection(ids=(made,)), ["last_name"]))
    assert events() == [("read", made), ("export", made)]


def test_a_full_audit_stops_by_itself_after_its_last_day(demo_portal: Portal) -> None:
    made = full("admin")
    AuditRule.update(ends_on=today() - timedelta(days=1)).where(AuditRule.id == made).execute()
    version.bump()
    refreshed()
    person(factories.gate("admin"))
    assert events() == []


def test_a_full_audit_holds_on_its_last_day(demo_portal: Portal) -> None:
    full("admin", ends_on=today())
    made = person(factories.gate("admin"))
    assert ("create", made) in events()


def test_a_rule_that_is_off_is_without_effect(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create", active=False)
    person()
    assert events() == []


def test_a_rule_whose_last_account_goes_binds_nobody(demo_portal: Portal) -> None:
    full("admin")
    AuditedAccount.delete().execute()
    version.bump()
    refreshed()
    person(factories.gate("admin"))
    assert events() == []


# --- what a rule may not say


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"level": "everything", "ends_on": date(2026, 1, 1)}, "named"),
        ({"level": "everything", "named": True}, "ends_on"),
        ({"level": "chosen", "acts": ""}, "acts"),
        ({"fields": "nothing_like_it"}, "fields"),
        ({"fields": "updated_at"}, "fields"),
        ({"conditions": "nothing equals 1"}, "conditions"),
        ({"conditions": "birth_date equals soon"}, "conditions"),
        ({"table_name": "journal.entry"}, "table_name"),
        ({"table_name": "accounts.grant", "level": "nothing"}, "level"),
        ({"table_name": "accounts.account", "level": "chosen", "fields": "password"}, "fields"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(
    demo_portal: Portal, values: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        rule(**values)
    assert field in refused.value.fields


def test_a_full_audit_of_more_than_31_days_is_refused(demo_portal: Portal) -> None:
    with pytest.raises(Invalid) as refused:
        full("admin", ends_on=today() + timedelta(days=32))
    assert "ends_on" in refused.value.fields


# --- where events are seen


def test_the_sheet_shows_events_with_the_changes(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create update")
    made = person()
    change(made, factories.gate("admin"), last_name="Autre")
    shown = [(c.field, str(c.label)) for c in factories.gate("admin").history(PERSON, made)]
    assert {("", "Change of name"), ("", "Creation"), ("last_name", "Last name")} == set(shown)


def test_who_read_a_row_is_told_to_readers_of_the_event_history_alone(
    demo_portal: Portal,
) -> None:
    full("admin")
    made = person()
    factories.gate("admin").one(PERSON, made)
    seen = {
        login: [str(c.label) for c in factories.gate(login).history(PERSON, made)]
        for login in ("admin", "dpo")
    }
    assert ("Reading" in seen["dpo"], "Reading" in seen["admin"]) == (True, False)


def test_events_go_with_the_term_of_the_journal(demo_portal: Portal) -> None:
    rule(level="chosen", acts="create")
    person()
    AuditEvent.update(at=utc_now() - timedelta(days=400)).execute()
    person()
    journal.prune(utc_now() - timedelta(days=200))
    assert AuditEvent.select().count() == 1
