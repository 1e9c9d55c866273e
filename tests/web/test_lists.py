"""The pages of typed lists: an administrator adapts them without code."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable

import pytest
from werkzeug.test import TestResponse

from portal.accounts import profiles
from portal.choice import Choice
from tests.factories import PASSWORD, gate
from tests.web.conftest import Visitor

LISTS = "/admin/lists/"
TREE = f"{LISTS}members.validity-types/"
PLAIN = f"{LISTS}directory.civilities/"
TREE_NAME = "members.validity-types"
IMPORT = f"{LISTS}import/{TREE_NAME}/"
MONTHS = "x_members_validity_types__usual_months"
HEAD = "slug,label_fr,label_en,parent"
NEW = {"label_fr": "Docteur", "available": "true", "position": "5"}


def choice(slug: str, list_name: str = "directory.civilities") -> Choice:
    return Choice.get((Choice.list_name == list_name) & (Choice.slug == slug))


def slugs(page: str) -> list[str]:
    """Give the identifiers of a list, as its page orders them."""
    return re.findall(r"<td><code>([^<]+)</code></td>", page)


def test_lists_stand_by_module_and_shared_ones_together(admin: Visitor) -> None:
    page = admin.get(LISTS).text
    heads = re.findall(r"<h2 id=\"group-\d+\">([^<]+)</h2>", page)
    assert heads == ["Common", "Accounting", "Activities and trainings", "Bookings", "Members"]
    shared = page[page.index('id="group-1"') : page.index('id="group-2"')]
    assert re.findall(r"(Types of [^<]+)</a>", shared) == [
        "Types of attachment",
        "Types of civility",
        "Types of structure",
    ]


def test_a_list_shows_its_tree_in_order(admin: Visitor) -> None:
    page = admin.get(TREE).text
    assert slugs(page)[:2] == ["licence", "federation-licence"]
    assert 'class="depth-1"' in page


def test_a_list_that_does_not_exist_is_not_found(admin: Visitor) -> None:
    assert admin.get(f"{LISTS}members.nothing/").status_code == 404


def test_a_new_choice_gets_an_identifier(admin: Visitor) -> None:
    answer = admin.post(f"{PLAIN}new/", NEW)
    assert (answer.status_code, choice("docteur").label_fr) == (302, "Docteur")


def test_a_new_choice_without_a_label_keeps_what_was_typed(admin: Visitor) -> None:
    answer = admin.post(f"{PLAIN}new/", {**NEW, "label_fr": "", "label_en": "Doctor"})
    assert answer.status_code == 400
    assert 'value="Doctor"' in answer.text


@pytest.mark.parametrize("slug", ["Été", "mme", "a b"])
def test_a_wrong_identifier_is_refused_beside_its_field(admin: Visitor, slug: str) -> None:
    answer = admin.post(f"{PLAIN}new/", {**NEW, "slug": slug})
    assert (answer.status_code, 'id="slug-error"' in answer.text) == (400, True)


def test_the_form_of_a_choice_does_not_offer_its_identifier(admin: Visitor) -> None:
    page = admin.get(f"{PLAIN}edit/?id={choice('mme').id}").text
    assert 'name="slug"' not in page


def test_a_choice_is_changed(admin: Visitor) -> None:
    mme = choice("mme")
    admin.post(
        f"{PLAIN}edit/?id={mme.id}", {"version": mme.version, "label_fr": "Madame", **_rest(mme)}
    )
    assert choice("mme").label_fr == "Madame"


def _rest(of: Choice) -> dict[str, str]:
    return {"label_en": of.label_en, "available": "true", "position": str(of.position)}


def test_a_stale_form_of_a_choice_changes_nothing(admin: Visitor) -> None:
    mme = choice("mme")
    values = {"version": mme.version + 1, "label_fr": "Madame", **_rest(mme)}
    assert admin.post(f"{PLAIN}edit/?id={mme.id}", values).status_code == 409
    assert choice("mme").label_fr == "Mme"


def test_a_choice_of_another_list_is_not_found(admin: Visitor) -> None:
    other = choice("licence", "members.validity-types")
    assert admin.get(f"{PLAIN}edit/?id={other.id}").status_code == 404


def test_a_parent_is_offered_but_not_itself_nor_those_below(admin: Visitor) -> None:
    licence = choice("licence", "members.validity-types")
    below = choice("pilot-licence", "members.validity-types")
    page = admin.get(f"{TREE}edit/?id={licence.id}").text
    select = page[page.index('name="parent"') : page.index("</select>")]
    assert f'value="{licence.id}"' not in select
    assert f'value="{below.id}"' not in select


def test_a_list_that_is_no_tree_asks_no_parent(admin: Visitor) -> None:
    assert 'name="parent"' not in admin.get(f"{PLAIN}new/").text


def test_the_order_is_saved_by_number(admin: Visitor) -> None:
    mme, m = choice("mme"), choice("m")
    admin.post(f"{PLAIN}order/", {f"position-{mme.id}": "9", f"position-{m.id}": "-1"})
    assert slugs(admin.get(PLAIN).text) == ["m", "mme"]


def test_a_choice_goes_up_without_script(admin: Visitor) -> None:
    admin.post(f"{PLAIN}order/", {"up": choice("m").id})
    assert slugs(admin.get(PLAIN).text) == ["m", "mme"]


def test_the_first_choice_does_not_go_up(admin: Visitor) -> None:
    admin.post(f"{PLAIN}order/", {"up": choice("mme").id})
    assert slugs(admin.get(PLAIN).text) == ["mme", "m"]


@pytest.mark.parametrize("number", ["", "x", "1.5", "9" * 12])
def test_a_number_that_is_none_is_refused(admin: Visitor, number: str) -> None:
    answer = admin.post(f"{PLAIN}order/", {f"position-{choice('mme').id}": number})
    assert (answer.status_code, choice("mme").position) == (400, 10)


def test_an_unavailable_choice_is_gone_from_forms_and_filters(admin: Visitor) -> None:
    m = choice("m")
    admin.post(f"{PLAIN}available/", {"id": m.id, "available": "0"})
    form = admin.get("/admin/directory.person/new/").text
    assert f'<option value="{m.id}">' not in form
    assert '<option value="m">' not in admin.get("/admin/directory.person/?add=civility").text


def test_a_comment_is_shown_beside_the_field(admin: Visitor) -> None:
    mme = choice("mme")
    values = {"version": mme.version, "label_fr": "Mme", "comment": "Pour une femme."}
    admin.post(f"{PLAIN}edit/?id={mme.id}", {**values, **_rest(mme)})
    assert "Pour une femme." in admin.get("/admin/directory.person/new/").text


# --- rights


def test_who_reads_lists_alone_is_offered_no_act(signed_in: Callable[[str], Visitor]) -> None:
    page = signed_in("dpo").get(PLAIN)
    assert page.status_code == 200
    assert "Move up" not in page.text


def test_who_reads_lists_alone_changes_none(signed_in: Callable[[str], Visitor]) -> None:
    answer = signed_in("dpo").post(f"{PLAIN}new/", NEW)
    assert answer.status_code == 404


def test_a_member_meets_no_list(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("member").get(LISTS).status_code == 404


# --- merging


def test_a_merge_is_previewed_and_asks_the_word(admin: Visitor) -> None:
    member, officer = _attachments()
    page = admin.get(f"{LISTS}merge/?id={member.id}&into={officer.id}").text
    assert 'name="word"' in page
    answer = _merged(admin, member, officer, page, "yes")
    assert (answer, choice("member", "directory.attachment-types").id) == (400, member.id)


def test_a_confirmed_merge_moves_the_rows(admin: Visitor) -> None:
    member, officer = _attachments()
    page = admin.get(f"{LISTS}merge/?id={member.id}&into={officer.id}").text
    assert _merged(admin, member, officer, page, "merge") == 302
    assert not Choice.select().where(Choice.id == member.id).exists()


def test_a_merge_that_was_not_previewed_is_refused(admin: Visitor) -> None:
    member, officer = _attachments()
    assert _merged(admin, member, officer, "", "merge") == 409


def _attachments() -> tuple[Choice, Choice]:
    kind = "directory.attachment-types"
    return choice("member", kind), choice("officer", kind)


def _merged(admin: Visitor, first: Choice, second: Choice, page: str, word: str) -> int:
    found = re.search(r'name="previewed" value="([^"]+)"', page)
    values = {"into": second.id, "previewed": found[1] if found else "x", "word": word}
    return admin.post(f"{LISTS}merge/?id={first.id}", values).status_code


def test_a_choice_in_use_is_not_deleted_and_other_ways_are_offered(admin: Visitor) -> None:
    member, _officer = _attachments()
    page = admin.get(f"/admin/typing.choice/delete/?id={member.id}").text
    assert f"/admin/lists/merge/?id={member.id}" in page
    assert "use it" in page


# --- files


def test_a_list_is_exported_with_its_tree(admin: Visitor) -> None:
    lines = admin.get(f"{TREE}export/").text.splitlines()
    assert lines[0] == f"\ufeffslug,label_fr,label_en,parent,comment,available,position,{MONTHS}"
    assert lines[2].startswith("federation-licence,Licence fédérale,Federation licence,licence,")


def test_the_ticked_choices_are_exported(admin: Visitor) -> None:
    answer = admin.post(f"{PLAIN}export/", {"rowid": choice("m").id})
    assert [line.partition(",")[0] for line in answer.text.splitlines()[1:]] == ["m"]


def test_an_export_of_no_choice_is_refused(admin: Visitor) -> None:
    assert admin.post(f"{PLAIN}export/", {}).status_code == 400


def test_who_may_not_export_gets_no_file(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("secretary").get(f"{PLAIN}export/").status_code in (403, 404)


def sent(admin: Visitor, content: str | bytes, name: str = "list.csv") -> TestResponse:
    """Send a file to be imported into the tree, and follow to its preview."""
    raw = content.encode() if isinstance(content, str) else content
    data = {"file": (io.BytesIO(raw), name), "csrf_token": admin.token()}
    return admin.client.post(IMPORT, data=data, follow_redirects=True)


def confirmed(admin: Visitor, answer: TestResponse) -> TestResponse:
    return admin.post(answer.request.path, {"act": "write"}, follow_redirects=True)


def test_its_own_export_changes_nothing(admin: Visitor) -> None:
    page = sent(admin, admin.get(f"{TREE}export/").data).text
    assert "0 new rows, 0 changed rows, 6 unchanged" in page
    assert "Write these changes" not in page


def test_a_file_is_previewed_and_then_written(admin: Visitor) -> None:
    answer = sent(admin, f"{HEAD}\nlicence,Licences,Licence,\nulm,ULM,Microlight,licence\n")
    assert choice("licence", TREE_NAME).label_fr == "Licence"
    assert '<td class="lines">Licences</td>' in answer.text
    confirmed(admin, answer)
    assert choice("licence", TREE_NAME).label_fr == "Licences"
    assert choice("ulm", TREE_NAME).parent == choice("licence", TREE_NAME)


def test_a_file_that_is_left_changes_nothing(admin: Visitor) -> None:
    answer = sent(admin, f"{HEAD}\nulm,ULM,,\n")
    admin.post(answer.request.path, {"act": "discard"})
    assert not Choice.select().where(Choice.slug == "ulm").exists()
    assert admin.get(answer.request.path).status_code == 404


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("ulm,ULM,,\nulm,ULM,,", "Line 3 of this file has the same value already."),
        ("ULM,ULM,,", "An identifier is made of"),
        ("été,Été,,", "An identifier is made of"),
        ("licence,Licence,,pilot-licence", "A choice cannot stand below itself."),
        ("ulm,=1+1,,", "A cell is a formula"),
        ("ulm,,,", "A value is required."),
        ("ulm,ULM,,nothing", "“nothing”"),
        ("ulm,ULM,,mme", "The parent is not a choice of the same list."),
    ],
)
def test_a_bad_line_is_refused_with_its_reason_and_nothing_is_written(
    admin: Visitor, line: str, why: str
) -> None:
    answer = sent(admin, f"{HEAD}\nok,Bonne ligne,,\n{line}\n")
    assert why in html.unescape(answer.text)
    assert "Write these changes" not in answer.text
    assert confirmed(admin, answer).status_code == 400
    assert not Choice.select().where(Choice.slug.in_(["ok", "ulm"])).exists()


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n" + b"0" * 99, b"label_fr\nA\n", b"slug\x00,label_fr\na,A\n"],
)
def test_a_file_that_is_no_list_is_refused(admin: Visitor, content: bytes) -> None:
    assert sent(admin, content).status_code == 400


def test_an_import_into_another_list_is_not_found(admin: Visitor) -> None:
    answer = sent(admin, f"{HEAD}\nulm,ULM,,\n")
    elsewhere = answer.request.path.replace(TREE_NAME, "directory.civilities")
    assert admin.get(elsewhere).status_code == 404


def test_who_may_not_import_meets_no_import(signed_in: Callable[[str], Visitor]) -> None:
    assert signed_in("dpo").get(IMPORT).status_code == 404


def test_a_field_of_a_list_is_in_its_form_with_its_help_and_in_no_other(admin: Visitor) -> None:
    form = admin.get(f"{TREE}new/").text
    assert f'name="{MONTHS}"' in form
    assert "For information: after how many months" in form
    assert MONTHS not in admin.get(f"{PLAIN}new/").text
    assert MONTHS not in admin.get("/admin/directory.person/new/").text


def test_a_field_of_a_list_travels_in_its_file(admin: Visitor) -> None:
    answer = sent(admin, f"slug,label_fr,{MONTHS}\nlicence,Licence,12\n")
    confirmed(admin, answer)
    lines = admin.get(f"{TREE}export/").text.splitlines()
    assert lines[0].endswith(f",position,{MONTHS}")
    assert lines[1].endswith(",10,12")


def test_masked_fields_of_a_choice_are_shown_as_masked_and_not_offered(
    signed_in: Callable[[str], Visitor],
) -> None:
    rights = {"masked": "slug comment position", "verbs": "read update export", "reach": "all"}
    profile = gate().create("accounts.profiletype", {"label_fr": "Listes", "slug": "lists"})
    row = {"profile_type": profile, "table_name": "typing.choice", "writable": "*"}
    gate().create("accounts.grant", {**row, **rights})
    person = gate().create("directory.person", {"last_name": "Masqué"})
    profiles.create_account(
        gate(), "keeper", PASSWORD, person=person, profiles=[("lists", None)], staff=True
    )
    keeper = signed_in("keeper")
    assert "federation-licence" not in keeper.get(TREE).text
    assert "federation-licence" not in keeper.get(f"{TREE}export/").text
    page = keeper.get(f"{TREE}edit/?id={choice('licence', TREE_NAME).id}")
    assert (page.status_code, 'name="position"' in page.text) == (200, False)
