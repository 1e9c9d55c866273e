from __future__ import annotations

import io
import zipfile

import pytest

from portal.documents import odt, package
from portal.errors import Invalid
from tests.documents import packages
from tests.documents.packages import paragraphs

VALUES = {
    "name": "Zoé & Co",
    "n": 3,
    "rows": [{"a": "1", "b": "x"}, {"a": "2", "b": "y"}],
    "none": [],
}


def field(tag: str) -> str:
    return f'<text:text-input text:description="">{tag}</text:text-input>'


def made(body: str, footer: str = "") -> bytes:
    checked = package.check(packages.odt(body, footer=footer))
    return odt.render(checked, odt.prepare(checked), VALUES, "en")


def words(body: str) -> list[str]:
    return packages.words(made(body))


def table(*rows: list[str]) -> str:
    lines = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    return f"<table:table><table:table-column/>{lines}</table:table>"


def refusal(body: str) -> str:
    with pytest.raises(Invalid) as caught:
        made(body)
    return str(caught.value.message)


@pytest.mark.parametrize(
    "tag",
    [
        "{{ name }}",
        field("{{ name }}"),
        "{{ na<text:span>me }</text:span>}",
        '<text:span>{</text:span>{<text:s/>name<text:s text:c="2"/>}<text:span>}</text:span>',
        "{{ name<text:soft-page-break/> }}",
        "{{ name|default(“x”) }}",
        "{{ name|default(<text:span>«</text:span>&#160;x&#160;») }}",
        "{{\u00a0name\u202f}}",
        '<text:a xlink:href="#x">{{ name }}</text:a>',
    ],
)
def test_a_tag_is_found_however_it_was_typed(tag: str) -> None:
    assert words(paragraphs(f"Dear {tag}!")) == ["Dear Zoé & Co!"]


def test_two_tags_cut_over_the_same_spans() -> None:
    assert words(paragraphs("{{ n<text:span>ame }} and {{ </text:span>n }} end")) == [
        "Zoé & Co and 3 end"
    ]


def test_a_tag_in_the_footer_is_rendered() -> None:
    assert packages.words(made("", footer="By {{ name }}"), "styles.xml") == ["By Zoé & Co"]


def test_signs_of_comparison_are_read_as_typed() -> None:
    assert words(
        paragraphs("{% if n &lt; 5 and n &gt; 2 and name != &quot;&amp;&quot; %}yes{% endif %}")
    ) == ["yes"]


def test_a_condition_inside_a_paragraph_keeps_its_words() -> None:
    assert words(paragraphs("Hello {% if n > 5 %}many{% else %}few{% endif %} things")) == [
        "Hello few things"
    ]


def test_a_condition_that_crosses_a_span_keeps_its_words() -> None:
    body = paragraphs("a <text:span>b {% if n %}c</text:span> d{% endif %} e")
    assert words(body) == ["a b c d e"]


def test_a_loop_alone_in_its_paragraphs_leaves_no_paragraph() -> None:
    body = paragraphs("{% for r in rows %}", "{{ r.a }}", "{% endfor %}", "end")
    assert words(body) == ["1", "2", "end"]


def test_a_loop_beside_words_repeats_the_paragraphs() -> None:
    body = paragraphs("From {% for r in rows %}", "{{ r.a }}", "to {% endfor %}here")
    assert words(body) == ["From ", "1", "to here", "From ", "2", "to here"]


def test_a_condition_with_else_over_paragraphs() -> None:
    body = paragraphs("{% if n > 5 %}", "many", "{% else %}", "few", "{% endif %}")
    assert words(body) == ["few"]


def test_rows_that_hold_only_a_tag_repeat_those_between() -> None:
    body = table(["{% for r in rows %}", ""], ["{{ r.a }}", "{{ r.b }}"], ["{% endfor %}", ""])
    assert words(body) == ["1", "x", "2", "y"]


def test_a_loop_from_the_first_cell_to_the_last_repeats_the_row() -> None:
    body = table(["A", "B"], ["{% for r in rows %}{{ r.a }}", "{{ r.b }}{% endfor %}"])
    assert words(body) == ["A", "B", "1", "x", "2", "y"]


def test_a_loop_in_one_cell_repeats_its_words() -> None:
    assert words(
        table(["{% for r in rows %}{{ r.a }}{% if not loop.last %}, {% endif %}{% endfor %}", "B"])
    ) == ["1, 2", "B"]


def test_nested_loops_in_shared_paragraphs() -> None:
    body = paragraphs(
        "{% for r in rows %}{% for s in rows %}", "{{ r.a }}{{ s.b }}", "{% endfor %}{% endfor %}"
    )
    assert words(body) == ["1x", "1y", "2x", "2y"]


def test_nested_loops_in_one_row() -> None:
    body = table(
        ["{% for r in rows %}{% if r.a == '2' %}{{ r.a }}", "{{ r.b }}{% endif %}{% endfor %}"]
    )
    assert words(body) == ["2", "y"]


def test_a_loop_over_list_items() -> None:
    items = "".join(
        f"<text:list-item><text:p>{text}</text:p></text:list-item>"
        for text in ("{% for r in rows %}", "{{ r.b }}", "{% endfor %}")
    )
    assert words(f'<text:list xml:id="a">{items}</text:list>') == ["x", "y"]


def test_a_loop_around_sections_and_tables() -> None:
    body = (
        paragraphs("{% for r in rows %}")
        + f"<text:section>{paragraphs('{{ r.a }}')}{table(['{{ r.b }}'])}</text:section>"
        + paragraphs("{% endfor %}")
    )
    assert words(body) == ["1", "x", "2", "y"]


def test_a_set_alone_in_its_paragraph_leaves_no_paragraph() -> None:
    assert words(paragraphs("{% set x = n + 1 %}", "{{ x }}")) == ["4"]


def test_a_set_beside_words_keeps_them() -> None:
    assert words(paragraphs("{% set x = n %}Hello", "{{ x }}")) == ["Hello", "3"]


def test_a_comment_is_dropped() -> None:
    assert words(paragraphs("a{# note #}b")) == ["ab"]


def test_braces_that_are_no_tag_are_kept() -> None:
    body = '<text:p text:style-name="{{ name }}">{ a } }</text:p>'
    assert words(body) == ["{ a } }"]


def test_line_breaks_tabs_and_spaces_are_elements() -> None:
    checked = package.check(packages.odt(paragraphs("{{ t }}")))
    document = odt.render(checked, odt.prepare(checked), {"t": "a\nb\tc   d"}, "en")
    content = zipfile.ZipFile(io.BytesIO(document)).read("content.xml").decode()
    assert 'a<text:line-break/>b<text:tab/>c<text:s text:c="3"/>d' in content


def test_the_type_comes_first_and_is_stored() -> None:
    with zipfile.ZipFile(io.BytesIO(made(paragraphs("x")))) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type) == ("mimetype", zipfile.ZIP_STORED)


def test_the_picture_of_the_template_is_left_out() -> None:
    data = packages.odt("", {"Thumbnails/thumbnail.png": b"x"})
    checked = package.check(data)
    document = odt.render(checked, odt.prepare(checked), {}, "en")
    assert "Thumbnails/thumbnail.png" not in zipfile.ZipFile(io.BytesIO(document)).namelist()


@pytest.mark.parametrize(
    ("body", "words_of_it"),
    [
        (paragraphs("Dear {{ name"), "never closed"),
        (paragraphs("Dear {{ na", "me }}"), "never closed"),
        (paragraphs("{% for r in rows %}", "x"), "The tag {% for r in rows %}"),
        (paragraphs("{% endif %}"), "closes nothing"),
        (paragraphs("{% if n %}{% endfor %}"), "closes nothing"),
        (paragraphs("{% else %}"), "belongs to no if"),
        (paragraphs("{% if n %}a{% else %}b", "c{% endif %}"), "of its own"),
        (paragraphs("{% macro x() %}", "{% endmacro %}"), "macro"),
        (paragraphs("Hi {{ nmae }}, bye"), "It stands near: Hi {{ nmae }} , bye"),
        (
            "<text:tracked-changes><text:changed-region/></text:tracked-changes>",
            "record of its changes",
        ),
    ],
)
def test_a_tag_that_cannot_be_placed_is_named(body: str, words_of_it: str) -> None:
    assert words_of_it in refusal(body)
