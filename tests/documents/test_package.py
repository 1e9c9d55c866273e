from __future__ import annotations

import io
import zipfile

import pytest

from portal.documents import package
from portal.errors import Invalid
from tests.documents import packages

HONEST = packages.odt(packages.paragraphs("Hello {{ name }}"))
IMAGE = '<text:p><draw:frame><draw:image xlink:href="{}"/></draw:frame></text:p>'
RELATION = (
    '<Relationship Id="rId99" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" '
    'Target="{target}" TargetMode="External"/></Relationships>'
)


def refusal(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        package.check(data)
    assert str(caught.value.remedy)
    return str(caught.value.message)


def test_an_honest_odt_is_accepted() -> None:
    assert package.check(HONEST).kind == "odt"


def test_an_honest_docx_is_accepted() -> None:
    assert package.check(packages.docx("Hello")).kind == "docx"


@pytest.mark.parametrize(
    "data", [b"", b"not a zip", b"%PDF-1.7", HONEST[: len(HONEST) // 2], HONEST[:-30]]
)
def test_what_is_not_a_whole_zip_is_refused(data: bytes) -> None:
    assert "damaged" in refusal(data)


@pytest.mark.parametrize(
    "name",
    [
        "../evil.xml",
        "/etc/passwd",
        "a/../../b",
        "C:\\evil",
        "a\\b",
        "a\nb",
        "Pictures/../../x",
        "x" * 300,
    ],
)
def test_a_name_that_leaves_the_package_is_refused(name: str) -> None:
    assert "name that is not allowed" in refusal(packages.odt("", {name: "x"}))


@pytest.mark.parametrize(
    "name",
    [
        "Basic/Standard/Module1.xml",
        "Scripts/python/evil.py",
        "Object 1/content.xml",
        "word/vbaProject.bin",
        "word/embeddings/a.bin",
        "word/activeX/activeX1.xml",
        "Dialogs/x.xml",
    ],
)
def test_a_macro_or_an_embedded_object_is_refused(name: str) -> None:
    assert "macro" in refusal(packages.odt("", {name: "x"}))


def test_a_bomb_by_ratio_is_refused() -> None:
    assert "unpacks" in refusal(packages.odt("", {"Pictures/a.bin": b"\0" * 30_000_000}))


def test_a_bomb_by_total_size_is_refused() -> None:
    noise = bytes(range(256)) * 100
    parts: dict[str, str | bytes | None] = {f"Pictures/{n}.bin": noise * 70 for n in range(45)}
    assert "unpacks" in refusal(packages.odt("", parts))


def test_a_bomb_by_number_of_files_is_refused() -> None:
    assert "files" in refusal(packages.odt("", {f"Pictures/{n}": "x" for n in range(1100)}))


def test_a_size_that_lies_is_refused() -> None:
    data = bytearray(packages.odt("", {"Pictures/a": b"\0" * 3000}))
    position = data.rindex(b"PK\x01\x02")
    with zipfile.ZipFile(io.BytesIO(bytes(data))) as archive:
        assert archive.infolist()[-1].file_size == 3000
    data[position + 24 : position + 28] = (100).to_bytes(4, "little")
    assert "damaged" in refusal(bytes(data))


def test_the_same_file_twice_is_refused() -> None:
    file = io.BytesIO(HONEST)
    with zipfile.ZipFile(file, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("content.xml", packages.content(""))
    assert "twice" in refusal(file.getvalue())


@pytest.mark.parametrize("part", ["content.xml", "styles.xml", "META-INF/manifest.xml"])
def test_an_odt_without_a_part_is_refused_by_its_name(part: str) -> None:
    assert part in refusal(packages.odt("", {part: None}))


def test_a_spreadsheet_is_refused() -> None:
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    assert "not a text document" in refusal(packages.odt("", {"mimetype": kind}))


def test_a_docx_without_its_document_is_refused() -> None:
    types = packages.packed({"[Content_Types].xml": "wordprocessingml.document.main+xml"})
    assert "Word" in refusal(types)


def test_a_docx_with_macros_is_refused() -> None:
    data = packages.with_part(
        packages.docx("x"),
        "[Content_Types].xml",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    assert "macros" in refusal(data)


def test_any_other_zip_is_refused() -> None:
    assert "neither" in refusal(packages.packed({"a.txt": "x"}))


@pytest.mark.parametrize(
    "start",
    [
        '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
        '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><a>&b;</a>',
        '<!DOCTYPE a PUBLIC "x" "http://example.org/x.dtd"><a/>',
    ],
)
def test_a_document_type_is_refused(start: str) -> None:
    assert "document type" in refusal(packages.odt("", {"content.xml": start}))


@pytest.mark.parametrize(
    "bad", ["<a>", "", "\0", "<a/><b/>", b"\xff\xfe<", b'<?xml version="1.0" encoding="x"?><a/>']
)
def test_a_part_that_is_not_xml_is_refused(bad: str | bytes) -> None:
    assert "well-formed" in refusal(packages.odt("", {"content.xml": bad}))


def test_too_deep_elements_are_refused() -> None:
    assert "nested" in refusal(packages.odt("<text:span>" * 500 + "</text:span>" * 500))


def test_too_many_elements_are_refused() -> None:
    assert "too many" in refusal(
        packages.odt("".join(f'<text:s text:c="{n}"/>' for n in range(250_000)))
    )


@pytest.mark.parametrize(
    "target",
    [
        "http://example.org/a.png",
        "file:///etc/passwd",
        "../../etc/passwd",
        "/etc/passwd",
        "ftp://x/y",
        "//host/share",
        "Pictures/missing.png",
    ],
)
def test_a_picture_from_outside_is_refused(target: str) -> None:
    assert "outside" in refusal(packages.odt(IMAGE.format(target)))


def test_a_picture_of_the_package_is_accepted() -> None:
    data = packages.odt(IMAGE.format("Pictures/a.png"), {"Pictures/a.png": b"x"})
    assert package.check(data).kind == "odt"


def test_a_web_link_to_click_is_accepted() -> None:
    assert package.check(
        packages.odt('<text:p><text:a xlink:href="https://www.cnil.fr/">CNIL</text:a></text:p>')
    )


@pytest.mark.parametrize(
    "target", ["vnd.sun.star.script:x?language=Basic", "javascript:alert(1)", "file:///etc/passwd"]
)
def test_any_other_link_is_refused(target: str) -> None:
    refusal(packages.odt(f'<text:p><text:a xlink:href="{target}">x</text:a></text:p>'))


@pytest.mark.parametrize(
    "element",
    [
        "office:event-listeners><script:event-listener/></office:event-listeners",
        "text:script/",
        "text:execute-macro/",
        "text:dde-connection/",
        "draw:object/",
        "draw:object-ole/",
        "draw:applet/",
        "draw:floating-frame/",
    ],
)
def test_an_element_that_runs_something_is_refused(element: str) -> None:
    assert "macro" in refusal(packages.odt(f"<{element}>"))


@pytest.mark.parametrize(
    ("kind", "target"),
    [
        ("image", "http://example.org/a.png"),
        ("attachedTemplate", "http://example.org/a.dotm"),
        ("oleObject", "file:///x"),
        ("hyperlink", "file:///etc/passwd"),
    ],
)
def test_an_outside_relation_of_a_docx_is_refused(kind: str, target: str) -> None:
    data = packages.with_part(
        packages.docx("x"),
        "word/_rels/document.xml.rels",
        "</Relationships>",
        RELATION.format(kind=kind, target=target),
    )
    assert "outside" in refusal(data)


@pytest.mark.parametrize(
    "instruction",
    ["DDEAUTO c:\\cmd.exe", ' INCLUDETEXT "http://x"', "includepicture x", "MACROBUTTON x"],
)
def test_a_field_of_a_docx_that_fetches_is_refused(instruction: str) -> None:
    half = len(instruction) // 2
    field = "".join(
        f"<w:r><w:instrText>{piece.replace(chr(34), '&quot;')}</w:instrText></w:r>"
        for piece in (instruction[:half], instruction[half:])
    )
    data = packages.with_part(packages.docx("x"), "word/document.xml", "</w:p>", f"{field}</w:p>")
    assert "field" in refusal(data)
