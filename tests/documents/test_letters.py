"""The sixteen letters of a request: each in both formats and languages, whole, and noted."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from lxml import etree

from portal.actor import process
from portal.builtin.requests import LETTERS
from portal.channels import Channel
from portal.database import close_database
from portal.errors import Conflict, Invalid, NotFound
from portal.gate import Gate
from portal.privacy import letters, request_list, requests
from portal.privacy.letters import Asked
from portal.privacy.requests import Received
from portal.rows import Selection
from tests.conftest import DATABASES
from tests.factories import make_portal
from tests.servers import Office

TODAY = date(2026, 11, 22)
DETAILS = "Your date of birth is now 3 May 1980."
REASONS = "The appraisal was true on the day of the flight."
QUESTION = "Which years do you mean?"


@dataclass(frozen=True)
class Desk:
    """A gate, a request that every letter may answer, and a fresh one."""

    gate: Gate
    ripe: int
    fresh: int


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def desk(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Desk]:
    """Give one portal with two requests for the module."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = server.create() if server else ""
    make_portal(tmp_path_factory.mktemp("letters"), url, persons=24, today=TODAY)
    gate = Gate(process("test"), Channel.FORM, today=TODAY)
    person = gate.list("directory.person", Selection(page_size=1)).rows[0].id
    asked = Received(date(2026, 11, 2), "email", ("access", "erasure"), person, scope="All of it")
    ripe = requests.receive(gate, asked)
    requests.ask_identity(gate, ripe, "The address is another one.")
    requests.identity_checked(gate, ripe, "contact")
    requests.ask_clarification(gate, ripe, QUESTION)
    requests.resume(gate, ripe, "All of them")
    requests.extend(gate, ripe, "Five hundred messages are to be read.")
    requests.decide(gate, ripe, "partly_granted", REASONS)
    fresh = requests.receive(gate, Received(TODAY, "letter", ("access",), name="Zoé Roux"))
    yield Desk(gate, ripe, fresh)
    close_database()
    if server:
        server.drop(url)


def blocks(data: bytes) -> list[tuple[int, str]]:
    """Give the paragraphs in their order, with the level of a heading (0 for any other)."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        docx = "word/document.xml" in archive.namelist()
        root = etree.fromstring(archive.read("word/document.xml" if docx else "content.xml"))
    found = []
    for node in root.iter():
        name = etree.QName(node).localname
        if name not in ("p", "h") or "drawing" in etree.QName(node).namespace:
            continue
        level = 0
        if docx:
            style = node.find(".//{*}pStyle")
            value = "" if style is None else next(iter(style.attrib.values()))
            level = int(value[-1]) if value.startswith("Heading") else 0
        elif name == "h":
            level = int(next(v for k, v in node.attrib.items() if k.endswith("outline-level")))
        found.append((level, "".join(node.itertext()).strip()))
    return found


def empty_headings(data: bytes) -> list[str]:
    """Give the headings that have no word, or nothing below them."""
    found = blocks(data)
    wrong = []
    for (level, text), (after, _below) in zip(found, [*found[1:], (1, "")], strict=True):
        if level and (not text or 0 < after <= level):
            wrong.append(text or "(no word)")
    return wrong


def said(data: bytes) -> str:
    return "\n".join(text for _level, text in blocks(data)).replace("\xa0", " ")


@pytest.mark.parametrize("code", [code for code, _label in LETTERS])
def test_every_letter_is_whole_in_each_format_and_language(desk: Desk, code: str) -> None:
    asked = Asked(code, DETAILS, "Federation\n1 rue du Vol" if code == "recipient_notice" else "")
    texts = {}
    for speaking in ("fr", "en"):
        for kind in ("odt", "docx"):
            content, name, _type = letters.letter(desk.gate, desk.ripe, asked, kind, speaking)
            texts[speaking, kind] = said(content)
            assert "{{" not in texts[speaking, kind]
            assert "{%" not in texts[speaking, kind]
            assert empty_headings(content) == []
            assert name.endswith(f"{code}.{kind}")
    assert all(f"D{desk.ripe:04}" in text for text in texts.values())
    assert texts["fr", "odt"] != texts["en", "odt"]
    assert texts["fr", "odt"].split() == texts["fr", "docx"].split()


def test_there_are_sixteen(desk: Desk) -> None:
    assert len(LETTERS) == 16
    sheet = request_list.sheet(desk.gate, desk.ripe)
    assert {code for code, _label in letters.offered(sheet)} == {code for code, _l in LETTERS}


@pytest.mark.parametrize(("speaking", "court"), [("fr", "tribunal"), ("en", "court")])
def test_a_refusal_carries_reasons_the_authority_and_the_court(
    desk: Desk, speaking: str, court: str
) -> None:
    content, _name, _type = letters.letter(desk.gate, desk.ripe, Asked("refusal"), "odt", speaking)
    text = said(content)
    assert REASONS in text
    assert "CNIL" in text
    assert court in text


def test_an_extension_tells_its_reason_and_both_terms(desk: Desk) -> None:
    content, _name, _type = letters.letter(desk.gate, desk.ripe, Asked("extension"), "odt", "en")
    text = said(content)
    assert "Five hundred messages" in text
    assert "2 December 2026" in text
    assert "2 February 2027" in text


def test_the_question_of_the_timeline_is_in_the_letter(desk: Desk) -> None:
    content, *_rest = letters.letter(desk.gate, desk.ripe, Asked("clarification"), "odt", "en")
    assert QUESTION in said(content)


@pytest.mark.parametrize("kind", ["odt", "docx"])
def test_a_letter_says_when_and_with_what_it_was_made(desk: Desk, kind: str) -> None:
    content, *_rest = letters.letter(desk.gate, desk.ripe, Asked("no_data"), kind, "en")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        whole = " ".join(
            "".join(etree.fromstring(archive.read(name)).itertext())
            for name in archive.namelist()
            if name.endswith(".xml")
        )
    assert "with Greffe" in whole.replace("\xa0", " ")
    assert "must be validated by the controller" in whole


def test_a_letter_goes_to_its_addressee(desk: Desk) -> None:
    asked = Asked("recipient_notice", DETAILS, "Federation\n1 rue du Vol")
    content, *_rest = letters.letter(desk.gate, desk.ripe, asked, "odt", "en")
    assert "Federation\n1 rue du Vol" in said(content)


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Asked("extension"), Conflict),
        (Asked("refusal"), Conflict),
        (Asked("partly_erased"), Conflict),
        (Asked("clarification"), Invalid),
        (Asked("rectified"), Invalid),
        (Asked("breach_notice"), Invalid),
        (Asked("recipient_notice", DETAILS), Invalid),
        (Asked("love_letter"), NotFound),
    ],
)
def test_a_letter_that_would_lack_something_is_refused(
    desk: Desk, asked: Asked, error: type[Exception]
) -> None:
    before = len(request_list.steps(desk.gate, desk.fresh))
    with pytest.raises(error):
        letters.letter(desk.gate, desk.fresh, asked, "odt", "fr")
    assert len(request_list.steps(desk.gate, desk.fresh)) == before


def test_a_letter_stands_in_the_timeline(desk: Desk) -> None:
    letters.letter(desk.gate, desk.fresh, Asked("acknowledgement"), "odt", "fr")
    last = request_list.steps(desk.gate, desk.fresh)[-1]
    assert (last.what, last.note) == ("Letter made", "Acknowledgement of receipt")


@pytest.mark.libreoffice
def test_a_letter_is_one_page_as_pdf(desk: Desk, soffice: Office) -> None:
    content, name, _type = letters.letter(desk.gate, desk.ripe, Asked("refusal"), "pdf", "fr")
    assert content.startswith(b"%PDF")
    assert name.endswith(".pdf")
