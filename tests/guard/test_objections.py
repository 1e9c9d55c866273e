"""The objection list: who objected is not recorded anew and gets no news; it names nobody."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from portal import bulk_change
from portal import objections as listed
from portal.builtin.journal import Entry
from portal.builtin.objections import BY_EMAIL, NEWS, RECORDED, TYPED, Objection
from portal.errors import Forbidden, Invalid
from portal.objections import Known
from portal.rows import Selection
from tests import factories
from tests.guard.conftest import PERSON, TODAY, Office

MAIL = Known(email="Élodie@Example.org")
BORN = date(1980, 2, 29)


def enter(office: Office, known: Known, scope: str = RECORDED) -> int:
    """Put somebody on the list; how many stop getting news."""
    return listed.enter(office.gate, listed.marks(known), scope, TYPED)


def news(office: Office, id: int) -> Any:
    return office.gate.one(PERSON, id).values["accepts_news"]


def change(office: Office, id: int, **values: Any) -> None:
    office.gate.update(PERSON, id, values, office.gate.one(PERSON, id).version)


def sole_entry() -> str:
    """The entry of the list, which has one."""
    ((entry,),) = Objection.select(Objection.entry).distinct().tuples()
    return str(entry)


@pytest.mark.parametrize(
    ("known", "values"),
    [
        (MAIL, {"email": "ELODIE@example.ORG"}),
        (Known(phones=("06 12 34 56 78",)), {"mobile": "+33 (0)6.12.34.56.78"}),
        (Known(phones=("+33 4 76 00 00 01",)), {"landline": "0476000001"}),
        (
            Known(last_name="Dûpont-Léa", first_name="Zoé", birth_date=BORN),
            {"last_name": "DUPONT LEA", "first_name": "zoe", "birth_date": BORN},
        ),
    ],
)
def test_who_objected_to_being_recorded_is_not_created_again(
    office: Office, known: Known, values: dict[str, Any]
) -> None:
    enter(office, known)
    before = office.persons()
    row = {"last_name": "Durand", **values}
    with pytest.raises(Invalid, match="objected to being recorded"):
        office.gate.create(PERSON, row)
    with pytest.raises(Invalid, match="objected to being recorded"):
        office.gate.create_many(PERSON, [{"last_name": "Petit"}, row])
    assert office.persons() == before


def test_who_is_like_nobody_on_the_list_is_created(office: Office) -> None:
    enter(office, MAIL)
    enter(office, Known(last_name="Dupont", first_name="Zoé", birth_date=BORN))
    other = {"last_name": "Dupont", "first_name": "Zoé", "birth_date": date(1980, 2, 28)}
    office.gate.create(PERSON, other | {"email": "zoe.d@example.org", "accepts_news": True})
    assert "Dupont Zoé" in office.persons()


def test_news_stops_at_once_and_does_not_come_back_while_the_objection_stands(
    office: Office,
) -> None:
    change(office, office.eric, accepts_news=True)
    change(office, office.zoe, accepts_news=True)
    version = office.gate.one(PERSON, office.eric).version
    assert enter(office, Known(email="eric@example.org"), NEWS) == 1
    assert (news(office, office.eric), news(office, office.zoe)) == (False, True)
    assert office.gate.one(PERSON, office.eric).version == version + 1
    with pytest.raises(Invalid, match="objected to news") as refused:
        change(office, office.eric, accepts_news=True)
    assert list(refused.value.fields) == ["accepts_news"]
    change(office, office.eric, city="Grenoble")
    listed.lift(office.gate, sole_entry())
    change(office, office.eric, accepts_news=True)
    assert news(office, office.eric) is True


def test_a_change_of_many_rows_sets_no_news_against_an_objection(office: Office) -> None:
    enter(office, Known(email="eric@example.org"), NEWS)
    planned = bulk_change.plan(office.gate, PERSON, Selection(), "accepts_news", value=True)
    assert "objected to news" in str(planned.refused[office.eric])
    bulk_change.run(office.gate, planned)
    assert (news(office, office.eric), news(office, office.zoe)) == (False, True)


def test_who_objected_to_news_may_still_join(office: Office) -> None:
    enter(office, MAIL, NEWS)
    with pytest.raises(Invalid, match="objected to news"):
        office.gate.create(
            PERSON, {"last_name": "Durand", "email": MAIL.email, "accepts_news": True}
        )
    office.gate.create(PERSON, {"last_name": "Durand", "email": MAIL.email})
    assert "Durand" in office.persons()


def test_news_stops_for_a_restricted_person_too(office: Office) -> None:
    change(office, office.eric, accepts_news=True)
    office.gate.create(
        "privacy.restriction",
        {"person": office.eric, "ground": "objection", "reason": "x", "starts_on": TODAY},
    )
    office.refresh()
    assert enter(office, Known(email="eric@example.org"), NEWS) == 1


def test_the_act_is_journaled_with_those_whose_news_stopped(office: Office) -> None:
    change(office, office.eric, accepts_news=True)
    last = Entry.select(Entry.id).order_by(Entry.id.desc()).get().id
    enter(office, Known(email="eric@example.org"), NEWS)
    listed.lift(office.gate, sole_entry())
    made = Entry.select().where(Entry.id > last).order_by(Entry.id).dicts()
    assert [(one["table_name"], one["kind"], one["persons"]) for one in made] == [
        (PERSON, "update", f"[{office.eric}]"),
        (listed.TABLE, "create", "[]"),
        (listed.TABLE, "update", "[]"),
    ]


def test_the_list_holds_no_value_and_shows_no_fingerprint(office: Office) -> None:
    enter(office, Known("eric@example.org", ("0612345678",), "Éric", "Jean", BORN))
    stored = repr(list(Objection.select().dicts()))
    for text in ("eric", "612345678", "jean", "1980"):
        assert text not in stored.lower()
    shown = {field.name for field in office.gate.fields(listed.TABLE)}
    assert ("fingerprint" in shown, "scope" in shown) == (False, True)


def test_the_key_stays_and_is_not_that_of_another_entry(office: Office) -> None:
    first = listed.marks(MAIL)
    assert first == listed.marks(Known(email=" elodie@example.org "))
    assert first.isdisjoint(listed.marks(Known(email="elodie@example.com")))
    assert {kind for kind, _print in first} == {BY_EMAIL}


@pytest.mark.parametrize(
    ("known", "scope", "why"),
    [
        (Known(), NEWS, "Nothing tells who objects"),
        (Known(last_name="Durand", first_name="Zoé"), NEWS, "Nothing tells who objects"),
        (Known(phones=("12 34",)), NEWS, "Nothing tells who objects"),
        (MAIL, "", "what the person objects to"),
        (MAIL, "other", "what the person objects to"),
    ],
)
def test_what_recognises_nobody_is_refused(
    office: Office, known: Known, scope: str, why: str
) -> None:
    with pytest.raises(Invalid, match=why):
        enter(office, known, scope)
    assert Objection.select().count() == 0


def test_an_objection_stands_once_and_is_lifted_once(office: Office) -> None:
    enter(office, MAIL)
    with pytest.raises(Invalid, match="on the list already"):
        enter(office, MAIL)
    listed.lift(office.gate, sole_entry())
    with pytest.raises(Invalid, match="lifted already"):
        listed.lift(office.gate, sole_entry())
    office.gate.create(PERSON, {"last_name": "Durand", "email": MAIL.email})
    assert Objection.select().count() == 1


def test_the_list_is_kept_by_who_may_execute_on_it(office: Office) -> None:
    reader = office.granted(factories.grant("*", "read create update erase export import"))
    for other in (reader, office.in_section("read execute")):
        with pytest.raises(Forbidden, match="objection list"):
            listed.enter(other, listed.marks(MAIL), NEWS, TYPED)
    enter(office, MAIL)
    with pytest.raises(Forbidden, match="objection list"):
        listed.lift(reader, sole_entry())
    with pytest.raises(Forbidden):
        reader.create(listed.TABLE, {"scope": NEWS})
