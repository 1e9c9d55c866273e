"""The register through HTTP: its fifteen columns, what is decided on its pages, its files."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable

import pytest

from portal import catalog, configured, treatments, version
from portal.builtin.treatments import Counted
from portal.privacy import register_counts
from portal.rows import Filter, Selection
from tests.factories import gate
from tests.privacy.words import words
from tests.web.conftest import Visitor

SignIn = Callable[[str], Visitor]
REGISTER = "/admin/privacy/register/"
COLUMNS = {
    "en": (
        "Category|Processing|Legal basis|Purpose|Types of data|Collection|Storage|Controller|"
        "Profiles that may read|Profiles that may modify|Users concerned|Retention in days|"
        "Oldest date|Number of obsolete data|Number of data not obsolete"
    ),
    "fr": (
        "Catégorie|Traitement effectué|Base légale|Finalité|Type de données|Modalité de collecte|"
        "Espace de stockage|Responsable du traitement|Profils habilités à consulter|"
        "Profils habilités à modifier|Utilisateurs concernés|Durée de conservation en jours|"
        "Date la plus ancienne|Nombre de données obsolètes|Nombre de données non obsolètes"
    ),
}
ADDRESSES = (
    REGISTER,
    f"{REGISTER}export/?format=csv&lang=fr",
    f"{REGISTER}durations/",
    f"{REGISTER}new/",
    f"{REGISTER}bookings/",
    f"{REGISTER}bookings/retention/",
)


def shown(page: str) -> str:
    """Give what a form says that it was made of."""
    found = re.search(r'name="shown" value="([^"]+)"', page)
    assert found, page[:400]
    return found[1]


def decide(officer: Visitor, address: str, **typed: str) -> tuple[int, str]:
    """Fill in a page of a treatment; the status and the page that follows."""
    made = shown(officer.get(REGISTER + address).text)
    answer = officer.post(REGISTER + address, {"shown": made, **typed}, follow_redirects=True)
    configured.refresh(version.catalog_version())
    return answer.status_code, answer.text


def cell(page: str, label: str, column: int) -> str:
    """Give the words of a cell of the register."""
    row = next(r for r in re.findall(r"<tr>.*?</tr>", page, re.S) if f">{label}</a>" in r)
    cells = re.findall(r"<t[hd][ >].*?</t[hd]>", row, re.S)
    return " ".join(re.sub(r"<[^>]+>", " ", cells[column - 1]).split())


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_pages_do_not_exist_for_others(signed_in: SignIn, address: str) -> None:
    for login in ("secretary", "treasurer", "structure", "member"):
        assert signed_in(login).get(address).status_code == 404


def test_the_table_has_its_fifteen_columns_in_order(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    for code, wanted in COLUMNS.items():
        officer.post("/me/language", {"language": code, "next": REGISTER})
        page = officer.get(REGISTER).text
        head = page[page.index("<thead>") : page.index("</thead>")]
        assert "|".join(re.findall(r"<th[^>]*>([^<]+)</th>", head)) == wanted


def test_the_menu_leads_there_by_its_path(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    officer.post("/me/language", {"language": "fr", "next": "/admin/"})
    menu = officer.get("/admin/").text
    path = r"Structure › Données</span><a href=\"/admin/privacy/register/\">"
    assert re.search(path + "Conservation des données", menu)


def test_a_line_says_what_the_rows_and_rights_are(signed_in: SignIn) -> None:
    page = signed_in("dpo").get(REGISTER).text
    counts = gate().obsolete("bookings").counts()
    obsolete = cell(page, "Bookings", 14)
    assert obsolete.startswith(str(counts.obsolete))
    assert f"deletable: {counts.deletable}" in obsolete
    assert f"blocked: {counts.blocked}" in obsolete
    assert cell(page, "Bookings", 15) == str(counts.not_obsolete)
    assert "not counted" in cell(page, "Consents", 14)
    assert cell(page, "Consents", 15) == "not counted"
    assert cell(page, "Bookings", 6).startswith("Manual")


def test_a_kind_of_blocker_leads_to_its_rows(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    counts = gate().obsolete("bookings").counts()
    found = re.search(r'href="([^"]+/bookings/[^"]+blocker=[^"]+)"', officer.get(REGISTER).text)
    assert found
    rows = officer.get(found[1].replace("&amp;", "&")).text
    said = re.findall(r"<td>(Stays|Erased)", rows)
    assert set(said) == {"Stays"}
    assert len(said) == min(counts.blocked, 50)
    assert officer.get("/admin/privacy/retention/bookings/?blocker=nothing").status_code == 200


def test_a_structure_narrows_the_counts(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    rows = gate().list("directory.structure", Selection()).rows
    whole = gate().obsolete("bookings").counts()
    found = {row.id: gate().obsolete("bookings", row.id).counts() for row in rows}
    some = next(id for id, c in found.items() if c.not_obsolete < whole.not_obsolete)
    page = officer.get(f"{REGISTER}?structure={some}").text
    assert cell(page, "Bookings", 15) == str(found[some].not_obsolete)
    assert officer.get(f"{REGISTER}?structure=999999").status_code == 404
    assert officer.get(f"{REGISTER}?structure=x").status_code == 400


def test_a_right_that_is_granted_changes_the_screen_and_the_document(signed_in: SignIn) -> None:
    officer = signed_in("dpo")

    document = f"{REGISTER}export/?format=odt&lang=en&activity=bookings"
    assert "Treasurer" not in cell(officer.get(REGISTER).text, "Bookings", 10)
    assert words(officer.get(document).data).count("Treasurer") == 1
    wanted = Selection(filters=(Filter("slug", "equals", "treasurer"),))
    treasurer = gate().list("accounts.profiletype", wanted).rows[0].id
    right = {"profile_type": treasurer, "table_name": "bookings.*", "verbs": "update"}
    gate().create("accounts.grant", right | {"reach": "all"})
    configured.refresh(version.catalog_version())
    page = officer.get(REGISTER).text
    assert "Treasurer (1)" in cell(page, "Bookings", 10)
    assert words(officer.get(document).data).count("Treasurer") == 2


# --- pencils


def test_a_term_is_decided_shown_as_changed_and_reset(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    status, page = decide(officer, "bookings/retention/", value="2", unit="year", reason="")
    assert (status, "2 years (731 days)" in page) == (200, True)
    line = cell(officer.get(REGISTER).text, "Bookings", 12)
    assert line.startswith("731 2 years Changed on ")
    author = treatments.current().get("bookings").changes["retention"].account
    assert gate().titles("accounts.account", [author or 0]) == {author: "dpo"}
    address = f"{REGISTER}bookings/retention/"
    made = shown(officer.get(address).text)
    officer.post(address, {"shown": made, "act": "reset:retention"})
    assert "Changed" not in cell(officer.get(REGISTER).text, "Bookings", 12)


@pytest.mark.parametrize(
    ("name", "value", "unit", "why"),
    [
        ("accounting_entries", "9", "year", "The minimum value is 10 years (3653 days): Code de"),
        ("bookings", "one year", "day", "A term is a whole number"),
        ("bookings", "", "day", "A term is a whole number"),
        ("bookings", "²", "day", "A term is a whole number"),
        ("bookings", "-3", "day", "A term is a whole number"),
        ("bookings", "9" * 15, "day", "A term is a whole number"),
        ("bookings", "5", "year", "more than the recommended maximum (3 years): say why"),
    ],
)
def test_a_wrong_term_is_refused_beside_its_box(
    signed_in: SignIn, name: str, value: str, unit: str, why: str
) -> None:
    status, page = decide(signed_in("dpo"), f"{name}/retention/", value=value, unit=unit)
    assert status == 400
    assert page.count(why) == 2
    assert treatments.current().get(name).changes == {}


def test_more_than_the_maximum_warns_and_keeps_its_reason(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    decide(officer, "bookings/retention/", value="5", unit="year", reason="Insurer")
    page = officer.get(f"{REGISTER}bookings/retention/").text
    assert "This is more than the recommended maximum (3 years)." in page
    assert "Reason: Insurer" in page


def test_each_purpose_has_its_basis_and_what_this_needs(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    purpose = {"text-1-fr": "Prêter", "text-1-en": "Lend", "legal_basis-1": "legitimate_interest"}
    status, page = decide(officer, "bookings/basis/", **purpose)
    assert status == 400
    assert page.count("A legitimate interest needs to be named.") == 2
    weighed = {"interest-1": "Fair use", "balancing-1": "Few data"}
    status, page = decide(officer, "bookings/basis/", **purpose, **weighed)
    assert (status, "Fair use" in page) == (200, True)
    line = officer.get(REGISTER).text
    assert cell(line, "Bookings", 3).startswith("Legitimate interests Changed on")
    assert cell(line, "Bookings", 4) == "Lend"


def test_a_legal_obligation_needs_its_text_and_health_its_condition(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    duty = {"text-1-en": "Prove", "legal_basis-1": "legal_obligation"}
    assert decide(officer, "bookings/basis/", **duty)[0] == 400
    duty["legal_reference-1"] = "Law 1"
    status, page = decide(officer, "bookings/basis/", **duty, special="health")
    assert (status, "conditions of article 9(2)" in page) == (400, True)
    assert decide(officer, "bookings/basis/", **duty, special="health", condition="a")[0] == 200


def test_a_manager_is_appointed_among_those_who_may_be(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    page = officer.get(f"{REGISTER}bookings/manager/").text
    offered = re.findall(r'<option value="(\d+)">([^<]+)<', page)
    assert len(offered) >= 2
    number, name = offered[0]
    decide(officer, "bookings/manager/", account=number)
    assert f"Appointed manager: {name}" in cell(officer.get(REGISTER).text, "Bookings", 8)
    status, page = decide(officer, "bookings/manager/", account="999999")
    assert status == 400


def test_texts_are_written_in_both_languages(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    treatment = treatments.current().get("bookings")
    typed = {"label-fr": "Prêts", "label-en": "Loans", "processing-en": "Lending"}
    status, _page = decide(
        officer, "bookings/texts/", **typed, **{"recipients-fr": "Banque\nMairie"}, transfer="scc"
    )
    assert status == 200
    activity = catalog.current().activities["bookings"]
    assert [str(r) for r in activity.recipients] == ["Banque", "Mairie"]
    assert activity.retention == treatment.activity.retention
    officer.post("/me/language", {"language": "fr", "next": REGISTER})
    assert ">Prêts</a>" in officer.get(REGISTER).text


def test_a_page_that_somebody_overtook_is_a_conflict(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    typed = {"shown": "0" * 32, "value": "2", "unit": "year"}
    assert officer.post(f"{REGISTER}bookings/retention/", typed).status_code == 409


def test_a_treatment_is_added_filled_in_and_erased(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    typed = {"code": "paper_files", "label_fr": "Papier", "label_en": "Paper"}
    page = officer.post(f"{REGISTER}new/", typed, follow_redirects=True).text
    assert "The treatment is added." in page
    assert officer.post(f"{REGISTER}new/", typed | {"code": "export"}).status_code == 400
    assert cell(officer.get(REGISTER).text, "Paper", 15) == "not counted"
    decide(officer, "paper_files/", act="remove")
    assert officer.get(f"{REGISTER}paper_files/").status_code == 404


def test_a_treatment_out_of_use_is_listed_apart_and_put_in_use(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    page = officer.get(REGISTER).text
    assert page.index("Treatments that are not in use") < page.index("/register/staff/")
    decide(officer, "staff/", act="on")
    assert cell(officer.get(REGISTER).text, "Staff", 14) == "not counted"


@pytest.mark.parametrize(
    ("rest", "status"),
    [
        ("nothing/", 404),
        ("nothing/retention/", 404),
        ("bookings/other/", 404),
        ("%00/", 404),
        ("durations/?country=XX", 404),
        ("durations/?country=DE", 200),
        ("export/?format=csv&lang=fr&activity=nothing", 404),
    ],
)
def test_bad_addresses_are_answered(signed_in: SignIn, rest: str, status: int) -> None:
    assert signed_in("dpo").get(REGISTER + rest).status_code == status


# --- counts that take long


def test_counts_that_took_long_are_shown_with_their_time_until_counted_again(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer = signed_in("dpo")
    monkeypatch.setattr(register_counts, "AT_ONCE", 0.0)
    first = officer.get(REGISTER).text
    counted = cell(first, "Bookings", 15)
    gate().create("directory.person", {"last_name": "Nouvelle"})
    person = cell(first, "Persons / members", 15)
    page = officer.get(REGISTER).text
    assert "Counted on" in page
    assert (cell(page, "Persons / members", 15), cell(page, "Bookings", 15)) == (person, counted)
    again = officer.post(f"{REGISTER}count/", follow_redirects=True).text
    assert int(cell(again, "Persons / members", 15)) == int(person) + 1


def test_who_reads_less_is_never_given_the_counts_of_others(signed_in: SignIn) -> None:
    signed_in("dpo").get(REGISTER)
    assert Counted.select().count() == 0


# --- files


@pytest.mark.parametrize("code", ["fr", "en"])
def test_csv_and_workbook_have_the_same_fifteen_columns(signed_in: SignIn, code: str) -> None:
    officer = signed_in("dpo")
    made = {
        kind: officer.get(f"{REGISTER}export/?format={kind}&lang={code}").data
        for kind in ("csv", "ods")
    }
    lines = list(csv.reader(io.StringIO(made["csv"].decode("utf-8-sig"))))
    assert "|".join(lines[0]) == COLUMNS[code]
    with zipfile.ZipFile(io.BytesIO(made["ods"])) as file:
        content = file.read("content.xml").decode()
    assert content.count("<table:table-row>") == len(lines)
    assert COLUMNS[code].split("|")[13] in content


def test_one_sheet_is_given_alone(signed_in: SignIn) -> None:
    officer = signed_in("dpo")
    answer = officer.get(f"{REGISTER}export/?format=json&lang=en&activity=bookings")
    assert [a["name"] for a in json.loads(answer.data)["activities"]] == ["bookings"]
    assert "register-bookings-" in answer.headers["Content-Disposition"]
