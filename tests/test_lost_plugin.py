"""The rows of a plugin that is gone are named, exported, disclosed to their person, and kept."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import pytest

from portal.accounts import sessions
from portal.actor import Actor, Origin
from portal.builtin.journal import Entry
from portal.builtin.privacy import GROUNDS
from portal.channels import Channel
from portal.declare import Reach
from portal.errors import Forbidden, Held, Invalid, NotFound
from portal.exports import lost_csv_lines
from portal.gate import Gate
from portal.operations import instance
from portal.plugins import LOCAL
from portal.privacy import access, lost_rows, retention
from portal.rows import Selection
from portal.settings_sections import Plugins
from portal.start import Portal, open_portal
from portal.web import organisation
from portal.web.app import make_app
from portal.web.pages import operations
from tests import factories
from tests.cli.conftest import caller
from tests.factories import grant, granted
from tests.test_docs import example

PERSON = "directory.person"
LOANS = "lending.loan"
REPAIRS = "lending.repair"
TODAY = date(2026, 11, 22)
GROUND = GROUNDS[0][0]
OFFICE = grant("directory.organisation")
EVERY_VERB = "read export disclose"
REPAIR = """

class Repair(declare.DomainModel):
    loan = ForeignKeyField(Loan, verbose_name="Loan")
    what = CharField(max_length=100, verbose_name="What")
"""


@dataclass(frozen=True)
class Club:
    """A portal whose lending module is gone, with the numbers of two persons who borrowed."""

    portal: Portal
    ada: int
    bob: int

    def gate(self, actor: Actor | None = None, channel: Channel = Channel.LIST) -> Gate:
        door = factories.gate(channel=channel, today=TODAY)
        return door if actor is None else Gate(actor, channel, today=TODAY)


def _forget() -> None:
    sys.modules.pop(f"{LOCAL}.lending", None)


def _without_lending(portal: Portal) -> Portal:
    _forget()
    gone = replace(portal.settings, plugins=Plugins(folder="", disabled=("lending",)))
    return open_portal(gone)


def _source(*, repairs: bool) -> str:
    """The guide's plugin, with a table that is about a person by a longer path when asked."""
    text = example()
    if not repairs:
        return text
    head, _plugin, tail = text.partition("\nplugin = ")
    declared = (
        '\nrepairs = declare.Table(Repair, label="Repairs", activity=lending,'
        ' retention=declare.WITH_PARENT, subject="loan.person",'
        ' personal=dict.fromkeys(("what", "loan"), DataType.PERSONAL_LIFE))\n'
    )
    return head + REPAIR + declared + "\nplugin = " + tail.replace("tables=(", "tables=(repairs, ")


@pytest.fixture
def made(tmp_path: Path, database_url: str) -> Iterator[Callable[..., Club]]:
    """Give a way to make a club with three loans whose lending module is gone then."""

    def make(*, repairs: bool = False) -> Club:
        folder = tmp_path / "plugins"
        folder.mkdir()
        (folder / "lending.py").write_text(_source(repairs=repairs), encoding="utf-8")
        _forget()
        plugins = Plugins(folder=str(folder))
        portal = factories.make_portal(tmp_path / "home", database_url, plugins=plugins)
        assert not portal.broken, portal.broken
        gate = factories.gate(today=TODAY)
        names = [{"last_name": "Ada"}, {"last_name": "Bob"}, {"last_name": "Cid"}]
        ada, bob, _cid = gate.create_many(PERSON, names)
        rows = [
            {"person": ada, "thing": "=Casque", "lent_on": date(2024, 5, 1)},
            {"person": ada, "thing": "Échelle", "lent_on": date(2024, 5, 2)},
            {"person": bob, "thing": "Tente", "lent_on": date(2026, 5, 1)},
        ]
        loans = gate.create_many(LOANS, rows)
        if repairs:
            gate.create(REPAIRS, {"loan": loans[0], "what": "Jugulaire"})
        return Club(_without_lending(portal), ada, bob)

    yield make
    _forget()


@pytest.fixture
def club(made: Callable[..., Club]) -> Club:
    """Give a club whose lending module is gone."""
    return made()


def exported(gate: Gate, *names: str) -> list[list[str]]:
    text = "".join(lost_csv_lines(gate.at(Channel.EXPORT), LOANS, names or None))
    return list(csv.reader(io.StringIO(text, newline="")))


def officer(*more: str) -> Actor:
    """Give an actor who reads all and discloses all, the journal too."""
    return granted(grant("*", EVERY_VERB), grant("journal.*"), *(grant(t, "read") for t in more))


# --- named


def test_its_tables_are_named_with_their_rows(club: Club) -> None:
    assert lost_rows.told(club.gate()) == ["lending: “Loans” (3 rows)"]


def test_a_module_that_is_there_has_lost_nothing(demo_portal: Portal) -> None:
    assert factories.gate().lost().tables() == ()


def test_the_start_page_names_it(club: Club) -> None:
    lines = [
        text for text, _url, _urgent in operations.attention(club.gate(), club.portal.settings)
    ]
    assert "A module is not loaded, and its rows stay: lending: “Loans” (3 rows)" in lines


def test_the_command_line_names_it(club: Club) -> None:
    settings = club.portal.settings
    greffe = caller(
        settings.home, GREFFE_DATABASE_URL=settings.database_url, GREFFE_PLUGINS_DISABLED="lending"
    )
    done = greffe("plugins")
    assert done.exit_code == 0
    last = done.stdout.strip().splitlines()[-1].split()
    assert last == [LOANS, "Loans", "lending", "3"]


# --- exported


def test_its_rows_are_exported(club: Club) -> None:
    assert exported(club.gate(), "thing", "lent_on", "person") == [
        ["thing", "lent_on", "person"],
        ["'=Casque", "2024-05-01", str(club.ada)],
        ["Échelle", "2024-05-02", str(club.ada)],
        ["Tente", "2026-05-01", str(club.bob)],
    ]


def test_a_whole_export_has_every_column(club: Club) -> None:
    head = exported(club.gate())[0]
    assert {"id", "person", "thing", "lent_on", "returned_on", "created_at"} <= set(head)
    assert {"uuid", "version"} & set(head) == set()


def test_the_command_line_exports_it(club: Club) -> None:
    settings = club.portal.settings
    greffe = caller(
        settings.home, GREFFE_DATABASE_URL=settings.database_url, GREFFE_PLUGINS_DISABLED="lending"
    )
    done = greffe("export", LOANS, "--columns", "thing")
    assert done.stdout.splitlines() == ["thing", "'=Casque", "Échelle", "Tente"]


def test_an_export_is_journaled(club: Club) -> None:
    exported(club.gate())
    entry = Entry.select().order_by(Entry.id.desc()).get()
    told = (entry.table_name, entry.kind, entry.row_count, entry.person_count)
    assert told == (LOANS, "directory_export", 3, 2)


def test_an_unknown_field_is_refused(club: Club) -> None:
    with pytest.raises(Invalid, match="no field 'nothing'"):
        exported(club.gate(), "nothing")


def test_rows_of_a_restricted_person_are_not_exported(club: Club) -> None:
    club.gate().create(
        "privacy.restriction", {"person": club.ada, "ground": GROUND, "starts_on": TODAY}
    )
    _without_lending(club.portal)
    assert [line[0] for line in exported(club.gate(), "thing")[1:]] == ["Tente"]


# --- who may


@pytest.mark.parametrize(
    "grants",
    [
        (),
        (grant(PERSON, EVERY_VERB),),
        (grant(LOANS, EVERY_VERB, Reach.OWN),),
        (grant(LOANS, EVERY_VERB, Reach.STRUCTURE),),
        (grant("lendings.*", EVERY_VERB),),
    ],
    ids=["nothing", "another table", "own rows", "a structure", "another module"],
)
def test_who_does_not_read_it_whole_does_not_know_it(
    club: Club, grants: tuple[object, ...]
) -> None:
    gate = club.gate(granted(*grants))  # type: ignore[arg-type]  # grants, in a parametrised test
    assert lost_rows.told(gate) == []
    with pytest.raises(NotFound):
        exported(gate)


@pytest.mark.parametrize("table", ["*", "lending.*", LOANS])
def test_a_wildcard_or_its_name_opens_it(club: Club, table: str) -> None:
    gate = club.gate(granted(grant(table, "read export")))
    assert len(exported(gate)) == 4


def test_reading_is_not_exporting(club: Club) -> None:
    with pytest.raises(Forbidden):
        exported(club.gate(granted(grant("*", "read"))))


def test_two_grants_do_not_add_up(club: Club) -> None:
    gate = club.gate(granted(grant(LOANS, "read"), grant(LOANS, "export")))
    with pytest.raises(Forbidden):
        exported(gate)


def test_a_withheld_or_masked_column_is_not_exported(club: Club) -> None:
    few = grant(LOANS, "read export", readable=frozenset({"thing", "lent_on"}))
    hidden = replace(few, masked=frozenset({"thing"}))
    assert exported(club.gate(granted(few)))[0] == ["id", "thing", "lent_on"]
    assert exported(club.gate(granted(hidden)))[0] == ["id", "lent_on"]


# --- the access document


def document(gate: Gate, person: int) -> dict[str, object]:
    values = access.collect(gate.at(Channel.ACCESS), person)
    return values["sections"][-1]


def test_the_access_document_holds_its_rows(club: Club) -> None:
    section = document(club.gate(officer()), club.ada)
    assert section["activity"] == "Module lending, no longer in use"
    (table,) = section["tables"]  # type: ignore[misc]  # a list, in plain values
    assert table["label"] == "Loans"
    assert [line[table["columns"].index("Thing")] for line in table["rows"]] == [
        "=Casque",
        "Échelle",
    ]
    assert table["rows"][0][table["columns"].index("Lent on")] == "1 May 2024"


def test_it_speaks_the_language_of_the_document(club: Club) -> None:
    content, _name, _type = access.document(
        club.gate(officer()).at(Channel.ACCESS), club.ada, "json", "fr"
    )
    assert "Module lending, qui n’est plus utilisé" in content.decode()


def test_the_rendered_document_holds_its_rows(club: Club) -> None:
    content, _name, _type = access.document(
        club.gate(officer()).at(Channel.ACCESS), club.ada, "odt", "en"
    )
    assert content[:2] == b"PK"


def test_another_persons_document_does_not(club: Club) -> None:
    content, _name, _type = access.document(
        club.gate(officer()).at(Channel.ACCESS), club.bob, "json", "en"
    )
    assert ("Tente" in content.decode(), "Échelle" in content.decode()) == (True, False)


def test_who_may_not_disclose_it_makes_no_document(club: Club) -> None:
    tables = [t.name for t in club.portal.catalog if not t.name.startswith("journal.")]
    actor = granted(*(grant(name, EVERY_VERB) for name in tables), grant("journal.*"))
    with pytest.raises(Forbidden, match="would lack “Loans”"):
        document(club.gate(actor), club.ada)


def test_a_persons_own_copy_says_what_it_lacks(club: Club) -> None:
    actor = granted(grant(PERSON, "read", Reach.OWN), OFFICE, person=club.ada)
    values = access.collect(club.gate(actor, Channel.ACCESS), club.ada)
    assert "Loans" in [left["what"] for left in values["withheld"]]


def test_a_persons_own_copy_holds_their_rows(club: Club) -> None:
    grants = (grant(PERSON, "read", Reach.OWN), grant(LOANS, "read", Reach.OWN), OFFICE)
    section = document(club.gate(granted(*grants, person=club.ada)), club.ada)
    (table,) = section["tables"]  # type: ignore[misc]  # a list, in plain values
    assert len(table["rows"]) == 2


def test_it_is_refused_where_nobody_can_tell_whose_rows_these_are(
    made: Callable[..., Club],
) -> None:
    club = made(repairs=True)
    with pytest.raises(Forbidden, match="would lack “Repairs”.*module lending"):
        document(club.gate(officer()), club.bob)


# --- erasing


def test_a_person_whom_its_rows_refer_to_is_not_erased(club: Club) -> None:
    gate = club.gate()
    plan = gate.erasure(PERSON, [club.ada])
    (reason,) = plan.blocked[club.ada]
    assert (plan.deletable, "module lending is not loaded" in str(reason)) == ((), True)
    with pytest.raises(Held, match="their module lending is not loaded"):
        gate.erase(replace(plan, deletable=(club.ada,), blocked={}))
    assert gate.one(PERSON, club.ada).id == club.ada


def test_another_person_is_erased(club: Club) -> None:
    gate = club.gate()
    cid = gate.list(PERSON, Selection(search="cid")).rows[0].id
    assert gate.erase(gate.erasure(PERSON, [cid])) == 1


def test_a_purge_leaves_such_a_person(club: Club) -> None:
    gate = club.gate(channel=Channel.PURGE)
    for row in gate.list(PERSON, Selection()).rows:
        gate.update(PERSON, row.id, {"active": False}, row.version)
    counts = retention.plan(gate, "persons").counts
    assert {str(why): n for why, n in counts.blocked_by.items()} == {
        "Rows of “Loans” refer to it, and their module lending is not loaded": 2
    }


def test_the_retention_page_says_that_it_is_not_purged(club: Club) -> None:
    organisation.forget()
    instance.create_administrator("chief", "un planeur au-dessus des nuages")
    client = make_app(club.portal).test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "en"
    with client.session_transaction() as kept:
        kept["_user_id"] = sessions.open_session(factories.account("chief"), Origin())
    page = client.get("/admin/privacy/retention/").text
    assert "lending: “Loans” (3 rows)" in page
    assert "/admin/privacy/retention/lending/" not in page


# --- back again


def test_it_is_as_before_once_it_is_installed_again(club: Club, tmp_path: Path) -> None:
    plugins = Plugins(folder=str(tmp_path / "plugins"))
    open_portal(replace(club.portal.settings, plugins=plugins))
    gate = factories.gate(today=TODAY)
    assert (gate.count(LOANS, Selection()).value, gate.lost().tables()) == (3, ())
