"""What the lines of a file do: new, changed, unchanged, refused; all of them, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from portal import history, imports
from portal.actor import Grant
from portal.builtin.journal import Entry
from portal.builtin.operations import Import, ImportLine, ImportMark
from portal.channels import Channel
from portal.declare import Reach
from portal.errors import Conflict, Forbidden, Invalid, NotFound
from portal.gate import Gate
from portal.imports import staging
from portal.models import utc_now
from portal.rows import Filter, Row, Selection
from tests import factories
from tests.imports.conftest import PERSON, Importer

Importing = Callable[[Gate], Importer]


def persons(**equal: str) -> tuple[Row, ...]:
    filters = tuple(Filter(name, "equals", value) for name, value in equal.items())
    return factories.gate().list(PERSON, Selection(filters=filters)).rows


def count(table: str = PERSON) -> int:
    return factories.gate().count(table, Selection(), exact=True).value


def limited(verbs: str, **options: object) -> Gate:
    """A gate with rights on persons alone."""
    return granted(factories.grant(PERSON, verbs, **options))


def granted(*grants: Grant) -> Gate:
    """A gate with these rights alone, for an account of the demonstration."""
    actor = factories.granted(*grants, account_id=factories.account("member"))
    return Gate(actor, Channel.IMPORT)


# --- what lines do


def test_a_file_of_persons_becomes_rows(importer: Importer) -> None:
    told = importer.written(
        "Nom;Prénom;birth_date;E-mail;Accepts to receive news;civility\n"
        "Zorro;Élodie;31/12/1980;z@example.org;oui;Mme\n"
    )
    (row,) = persons(last_name="Zorro")
    values = (row.values["birth_date"], row.values["accepts_news"], str(row.values["civility"]))
    assert (told, values) == (
        "1 new row, 0 changed rows, 0 unchanged, 0 refused lines",
        (date(1980, 12, 31), True, "Ms"),
    )


def test_new_rows_are_found_by_a_search(importer: Importer) -> None:
    importer.written("last_name\nZorroastre\n")
    found = factories.gate().list(PERSON, Selection(search="zorroa")).rows
    assert len(found) == 1


def test_rows_are_found_by_a_key_whatever_its_case(importer: Importer) -> None:
    importer.written("last_name,email\nZorro,z@example.org\n")
    counts = importer.counts("E-mail,profession\nZ@Example.org,Pilote\n", key="email")
    assert counts == {"changed": 1}


def test_a_change_shows_the_old_and_the_new_value(importer: Importer) -> None:
    importer.written("last_name,email,city\nZorro,z@example.org,Lyon\n")
    _source, one = importer.staged("email,city\nz@example.org,Nantes\n", key="email")
    (line,) = imports.page(importer.gate, one.id, imports.CHANGED)
    assert line.shown["changes"] == [["city", "Lyon", "Nantes"]]


def test_a_change_keeps_history_and_raises_the_version(importer: Importer) -> None:
    importer.written("last_name,email\nZorro,z@example.org\n")
    importer.written("last_name,email\nZorra,z@example.org\n", key="email")
    (row,) = persons(email="z@example.org")
    changes = [(c.field, c.old, c.new) for c in history.of(PERSON, row.id)]
    assert (row.version, changes) == (2, [("last_name", "Zorro", "Zorra")])


def test_a_changed_row_is_found_by_its_new_words(importer: Importer) -> None:
    importer.written("last_name,email\nZorro,z@example.org\n")
    importer.written("last_name,email\nQuetzal,z@example.org\n", key="email")
    assert len(factories.gate().list(PERSON, Selection(search="quetzal")).rows) == 1


def test_an_absent_column_and_an_empty_cell_leave_the_field(importer: Importer) -> None:
    importer.written("last_name,email,city\nZorro,z@example.org,Lyon\n")
    assert importer.counts("email,city\nz@example.org,\n", key="email") == {"same": 1}


def test_an_empty_cell_empties_when_it_is_asked(importer: Importer) -> None:
    importer.written("last_name,email,city\nZorro,z@example.org,Lyon\n")
    importer.written("email,city\nz@example.org,\n", key="email", blanks=True)
    (row,) = persons(email="z@example.org")
    assert (row.values["city"], row.values["last_name"]) == ("", "Zorro")


def test_a_required_field_is_never_emptied(importer: Importer) -> None:
    importer.written("last_name,email\nZorro,z@example.org\n")
    reasons = importer.reasons("email,last_name\nz@example.org,\n", key="email", blanks=True)
    assert reasons == {2: "Last name: A value is required."}


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("X,31/02/2020,", "'31/02/2020' is not a date"),
        ("X,,baron", "'baron' is not a choice of this list"),
        (",,", ""),
        (" ,2020-01-01,", "Last name: A value is required."),
        ("=cmd|x,,", "Last name: A cell is a formula"),
        ("X,,,,", ""),
    ],
)
def test_a_wrong_line_is_refused_with_its_reason(importer: Importer, line: str, why: str) -> None:
    reasons = importer.reasons(f"last_name,birth_date,civility\n{line}\n")
    assert (list(reasons), why in reasons.get(2, "")) == ([2] if why else [], True)


def test_inert_texts_are_given_back(importer: Importer) -> None:
    importer.written("last_name,mobile,notes\n'@dupont,'+33 6 12,'=1+1\n")
    (row,) = persons(last_name="@dupont")
    assert (row.values["mobile"], row.values["notes"]) == ("+33 6 12", "=1+1")


def test_the_second_line_with_the_same_key_is_refused(importer: Importer) -> None:
    text = "last_name,email\nA,a@example.org\nB,A@example.org\n"
    assert importer.reasons(text, key="email") == {
        3: "Line 2 of this file has the same value already."
    }


def test_a_key_that_several_rows_have_is_refused(importer: Importer) -> None:
    importer.written("last_name,email\nA,a@example.org\nB,a@example.org\n")
    text = "email,city\na@example.org,Lyon\n"
    assert importer.reasons(text, key="email") == {2: "E-mail: Several rows have this value."}


def test_a_number_that_is_no_row_is_refused(importer: Importer) -> None:
    assert "no such row" in importer.reasons("id,last_name\n999999,X\n")[2]


def test_a_line_with_an_empty_number_is_a_new_row(importer: Importer) -> None:
    assert importer.counts("id,last_name\n,X\n") == {"new": 1}


def test_a_unique_value_that_is_taken_is_refused(importer: Importer) -> None:
    importer.written("code,label\nZ411,Clients\n", "accounting.ledgeraccount", key="")
    text = "code,label\nZ411,Autres\nZ412,Un\nZ412,Deux\n"
    reasons = importer.reasons(text, "accounting.ledgeraccount", key="")
    assert list(reasons) == [2, 4]


# --- references


def test_a_reference_is_found_by_title_number_and_unique_field(importer: Importer) -> None:
    importer.written("last_name,first_name\nZorro,Élodie\n")
    (row,) = persons(last_name="Zorro")
    root = factories.gate().list("directory.structure", Selection()).rows[0]
    text = f"Person,structure\nzorro elodie,{root.title}\n{row.id},{root.id}\n"
    assert importer.counts(text, "directory.attachment", key="") == {"new": 2}


def test_an_ambiguous_reference_is_refused(importer: Importer) -> None:
    importer.written("last_name,first_name\nZorro,Élodie\nZorro,Elodie\n")
    root = factories.gate().list("directory.structure", Selection()).rows[0]
    text = f"person,structure\nZorro Élodie,{root.id}\n"
    reasons = importer.reasons(text, "directory.attachment", key="")
    assert "may be several rows" in reasons[2]


def test_a_reference_that_names_nothing_is_refused(importer: Importer) -> None:
    root = factories.gate().list("directory.structure", Selection()).rows[0]
    text = f"person,structure\nNobody At All,{root.id}\n"
    assert "is nothing in" in importer.reasons(text, "directory.attachment", key="")[2]


def test_a_reference_is_found_by_the_field_that_its_column_names(importer: Importer) -> None:
    importer.written("last_name,email\nZorro,z@example.org\n")
    root = factories.gate().list("directory.structure", Selection()).rows[0]
    text = f"person.email,structure\nz@example.org,{root.id}\n"
    assert importer.counts(text, "directory.attachment", key="") == {"new": 1}


# --- columns


def test_unknown_columns_are_named(importer: Importer) -> None:
    with pytest.raises(Invalid, match="no field of “Persons”: shoe, hat"):
        importer.staged("last_name,shoe,hat\nX,1,2\n")


def test_a_column_can_be_left_out_or_sent_elsewhere(importer: Importer) -> None:
    counts = importer.counts("name,shoe\nX,1\n", columns={0: "last_name", 1: ""})
    assert counts == {"new": 1}


def test_two_columns_of_one_field_are_refused(importer: Importer) -> None:
    with pytest.raises(Invalid, match="are the same field"):
        importer.staged("last_name,Nom\nX,Y\n")


def test_a_key_that_the_file_has_not_is_refused(importer: Importer) -> None:
    with pytest.raises(Invalid, match="The file has no column “E-mail”"):
        importer.staged("last_name\nX\n", key="email")


# --- all or nothing


def test_nothing_is_written_when_a_line_is_refused(importer: Importer) -> None:
    before = count()
    with pytest.raises(Invalid, match="1 line is refused, so nothing was written"):
        importer.written("last_name,birth_date\nX,2020-01-01\nY,never\n")
    assert count() == before


def test_the_good_lines_are_written_when_it_is_asked(importer: Importer) -> None:
    before = count()
    importer.written("last_name,birth_date\nX,2020-01-01\nY,never\n", good_only=True)
    assert count() == before + 1


def test_nothing_is_written_when_a_row_changed_meanwhile(importer: Importer) -> None:
    importer.written("last_name,email\nZorro,z@example.org\n")
    text = "email,last_name,city\nz@example.org,Zorro,Lyon\nnew@example.org,New,Lyon\n"
    source, one = importer.staged(text, key="email")
    (row,) = persons(email="z@example.org")
    factories.gate().update(PERSON, row.id, {"city": "Nantes"}, row.version)
    before = count()
    with pytest.raises(Conflict, match="Rows have changed"):
        imports.write(importer.gate, one.id, source)
    assert count() == before


def test_an_import_is_written_once(importer: Importer) -> None:
    source, one = importer.staged("last_name\nX\n")
    imports.write(importer.gate, one.id, source)
    with pytest.raises(Conflict):
        imports.write(importer.gate, one.id, source)


# --- rights


def test_an_import_needs_the_verb_import(importing: Importing) -> None:
    with pytest.raises(Forbidden, match="right to import into “Persons”"):
        importing(limited("read create update")).staged("last_name\nX\n")


def test_a_table_that_one_may_not_read_is_unknown(importing: Importing) -> None:
    with pytest.raises(NotFound):
        importing(limited("read import")).staged("code,label\n1,2\n", "accounting.ledgeraccount")


def test_a_new_line_needs_the_verb_create(importing: Importing) -> None:
    reasons = importing(limited("read update import")).reasons("last_name\nX\n")
    assert "right to add to “Persons”" in reasons[2]


def test_a_changed_line_needs_the_verb_update(importing: Importing) -> None:
    (first, *_rest) = persons()
    text = f"id,last_name\n{first.id},Changed\n"
    reasons = importing(limited("read create import")).reasons(text)
    assert reasons == {2: "You may not change this row."}


def test_the_verb_import_lends_no_other_right(importing: Importing, importer: Importer) -> None:
    """A grant that updates and one that imports do not add up on rows that only one reaches."""
    grants = (
        factories.grant(PERSON, "read create update"),
        factories.grant(PERSON, "read import create"),
    )
    gate = granted(*grants)
    (first, *_rest) = persons()
    reasons = importing(gate).reasons(f"id,last_name\n{first.id},Changed\n")
    assert reasons == {2: "You may not change this row."}


def test_a_field_that_may_not_be_written_is_refused_by_name(importing: Importing) -> None:
    gate = limited("read create update import", writable=frozenset({"last_name", "email"}))
    reasons = importing(gate).reasons("last_name,city\nX,Lyon\n")
    assert reasons == {2: "You may not write the field “City”."}


def test_a_field_that_may_not_be_read_is_an_unknown_column(importing: Importing) -> None:
    gate = limited("read create import", readable=frozenset({"last_name"}))
    with pytest.raises(Invalid, match="no field"):
        importing(gate).staged("last_name,city\nX,Lyon\n")


def test_a_row_out_of_reach_is_refused(importing: Importing) -> None:
    gate = limited("read create update import", reach=Reach.STRUCTURE, zones=frozenset({999}))
    (first, *_rest) = persons()
    text = f"id,last_name\n{first.id},Changed\n,New\n"
    reasons = importing(gate).reasons(text)
    assert ("no such row" in reasons[2], "out of your reach" in reasons[3]) == (True, True)


def test_nothing_of_a_trial_stays(importing: Importing) -> None:
    before = count()
    gate = limited("read create update import", reach=Reach.STRUCTURE, zones=frozenset({999}))
    importing(gate).reasons("last_name\nNew\n")
    assert count() == before


def test_an_import_of_somebody_else_is_unknown(importer: Importer) -> None:
    _source, one = importer.staged("last_name\nX\n")
    with pytest.raises(NotFound):
        imports.page(limited("read import"), one.id, imports.NEW)


# --- the journal, and what stays


def test_an_import_is_journaled_by_chunks_with_its_persons(importer: Importer) -> None:
    text = "last_name\n" + "".join(f"X{n}\n" for n in range(1_500))
    importer.written(text)
    last = Entry.select().order_by(Entry.id.desc()).limit(2)
    told = [(e.kind, e.channel, e.row_count, e.person_count) for e in last]
    assert told == [("create", "import", 500, 500), ("create", "import", 1_000, 1_000)]


def test_the_lines_are_erased_when_they_are_written(importer: Importer) -> None:
    importer.written("last_name\nX\nY\n")
    assert (ImportLine.select().count(), ImportMark.select().count()) == (0, 0)


def test_a_large_import_is_searched_once_it_is_finished(importer: Importer) -> None:
    text = "last_name\n" + "".join(f"Quetzal{n}\n" for n in range(2_100))
    importer.written(text)
    found = factories.gate().count(PERSON, Selection(search="quetzal2099"))
    assert found.value == 1


def test_old_imports_are_erased(importer: Importer) -> None:
    importer.staged("last_name\nX\n")
    count = staging.expire(importer.folder, utc_now() + staging.KEPT * 2)
    assert (count, Import.select().count(), ImportLine.select().count()) == (1, 0, 0)


# --- choices


def test_choices_are_imported_into_one_list_with_parents_of_the_same_file(
    importer: Importer,
) -> None:
    wish = {"key": "slug", "fixed": {"list_name": "directory.civilities"}}
    text = "slug,label_fr,label_en\nme,Maître,Master\nmme,Madame,Madam\nm,M.,Mr\n"
    assert importer.counts(text, "typing.choice", **wish) == {"new": 1, "changed": 1, "same": 1}


def test_a_trial_of_choices_leaves_nothing(importer: Importer) -> None:
    before = count("typing.choice")
    wish = {"key": "slug", "fixed": {"list_name": "directory.civilities"}}
    importer.counts("slug,label_fr\nme,Maître\n", "typing.choice", **wish)
    assert count("typing.choice") == before
