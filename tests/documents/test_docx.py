from __future__ import annotations

import io

import pytest
from docx import Document

from portal.documents import docx, package
from portal.errors import Invalid
from tests.documents import packages

VALUES = {"name": "Dupont & Fils <b>", "lines": "a\nb", "rows": [{"a": "1"}, {"a": "2"}], "n": 3}


def made(data: bytes) -> bytes:
    return docx.render(data, package.check(data), VALUES, "en")


def test_a_value_with_an_ampersand_is_whole() -> None:
    assert packages.words(made(packages.docx("Dear {{ name }}!"))) == ["Dear Dupont & Fils <b>!"]


def test_a_line_break_is_kept() -> None:
    assert packages.words(made(packages.docx("{{ lines }}"))) == ["a\nb"]


def test_a_line_break_and_a_tab_are_elements_of_the_run() -> None:
    document = Document(io.BytesIO(made(packages.docx("{{ lines }}{{ 'x\\ty' }}"))))
    assert document.paragraphs[0].text == "a\nbx\ty"


def test_a_tag_cut_over_runs_is_repaired() -> None:
    word = Document()
    paragraph = word.add_paragraph("Dear {{ na")
    paragraph.add_run("me }").bold = True
    paragraph.add_run("} and {{ n|default(“x”) }}")
    file = io.BytesIO()
    word.save(file)
    assert packages.words(made(file.getvalue())) == ["Dear Dupont & Fils <b> and 3"]


def test_paragraphs_and_rows_are_repeated() -> None:
    data = packages.docx("{%p for r in rows %}", "{{ r.a }}", "{%p endfor %}")
    assert packages.words(made(data)) == ["1", "2"]


def test_an_unknown_name_is_named_with_its_place() -> None:
    with pytest.raises(
        Invalid, match=r"The tag \{\{ nmae \}\} cannot .* near: Dear \{\{ nmae \}\} , hello"
    ):
        made(packages.docx("Dear {{ nmae }}, hello"))


@pytest.mark.parametrize(
    "tag",
    [
        "{{ ''.__class__ }}",
        "{{ name|safe }}",
        "{% include 'x' %}",
        "{% for x in range(9999999) %}{% endfor %}",
        "{{ 'a' * 999999999 }}",
        "{{r name }}{{ name.x() }}",
        "{{ unclosed",
    ],
)
def test_what_is_not_on_the_list_is_refused(tag: str) -> None:
    with pytest.raises(Invalid, match="cannot be used"):
        made(packages.docx(tag))


def test_a_condition_that_crosses_a_table_is_refused() -> None:
    word = Document()
    word.add_paragraph("{% if not n %}")
    word.add_table(1, 2).cell(0, 0).text = "{% endif %}"
    file = io.BytesIO()
    word.save(file)
    with pytest.raises(Invalid, match="cross its paragraphs"):
        made(file.getvalue())


def test_the_footer_is_rendered() -> None:
    word = Document()
    word.sections[0].footer.paragraphs[0].text = "By {{ name }}"
    file = io.BytesIO()
    word.save(file)
    document = Document(io.BytesIO(made(file.getvalue())))
    assert document.sections[0].footer.paragraphs[0].text == "By Dupont & Fils <b>"


def test_tracked_changes_are_refused() -> None:
    data = packages.with_part(
        packages.docx("x"),
        "word/document.xml",
        "<w:p>",
        '<w:p><w:ins w:id="1" w:author="a"><w:r><w:t>y</w:t></w:r></w:ins>',
    )
    with pytest.raises(Invalid, match="record of its changes"):
        made(data)


def test_the_same_values_give_the_same_bytes() -> None:
    data = packages.docx("{{ name }}")
    assert made(data) == made(data)
