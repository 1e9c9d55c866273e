from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from portal.documents.render import Renderer, render
from portal.errors import Invalid
from portal.i18n import language
from tests.documents import packages
from tests.documents.packages import paragraphs

LETTER = packages.odt(
    paragraphs(
        "Dear {{ name }}", "{% for row in rows %}", "{{ row }} of {{ name }}", "{% endfor %}"
    ),
    footer="{{ name }}",
)
NESTED = "{% for a in r %}{% for b in r %}{% for c in r %}{% for d in r %}{% for e in r %}"
MANY = {"r": list(range(400))}
TOO_MUCH = "more time or memory|more memory|too long"


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    made = Renderer()
    yield made
    made.close()


def test_two_hundred_renders_by_eight_threads_mix_nothing() -> None:
    def letter(number: int) -> list[str]:
        values = {
            "name": f"Person {number}",
            "rows": [f"row {number}.{n}" for n in range(number % 7)],
        }
        return packages.words(render(LETTER, values, "en"))

    with ThreadPoolExecutor(8) as pool:
        letters = list(pool.map(letter, range(200)))
    assert letters == [
        [f"Dear Person {n}", *(f"row {n}.{row} of Person {n}" for row in range(n % 7))]
        for n in range(200)
    ]


@pytest.mark.parametrize(
    "template", [packages.odt(paragraphs("{{ v }}")), packages.docx("{{ v }}")], ids=["odt", "docx"]
)
@pytest.mark.parametrize(
    "value",
    [
        "A & B < C > \"D\" 'E'",
        "<text:p>x</text:p>",
        "]]>",
        "&amp;",
        "{{ name }}",
        "{% if %}",
        "😀 🇫🇷",
        "مرحبا \u202eabc\u202c",
        "é\u0301\u200d",
        "a\nb\nc",
        "",
        "x" * 50_000,
    ],
    ids=range(12),
)
def test_a_value_comes_out_as_it_went_in(template: bytes, value: str) -> None:
    assert packages.words(render(template, {"v": value}, "fr")) == [value]


def test_control_characters_are_dropped() -> None:
    assert packages.words(
        render(packages.odt(paragraphs("{{ v }}")), {"v": "a\0b\x1b\ud800c\x07"}, "fr")
    ) == ["abc"]


@pytest.mark.parametrize(
    "body",
    [
        NESTED + "{{ a }}" + "{% endfor %}" * 5,
        NESTED + "{% endfor %}" * 5,
        "{% set x = [r, r, r, r] %}"
        + "{% set x = [x, x, x, x] %}" * 30
        + "{% if x == [x] %}{% endif %}{% for y in x %}{% if y == x[1] %}{% endif %}{% endfor %}"
        + NESTED
        + "{% endfor %}" * 5,
        "{{ " + "[" * 60 + "]" * 60 + "|length }}" + NESTED + "{{ r|join }}" + "{% endfor %}" * 5,
    ],
    ids=["long", "endless", "shared lists", "long texts"],
)
def test_a_bomb_is_stopped_and_the_next_document_is_made(
    strict_renderer: Renderer, body: str
) -> None:
    started = time.monotonic()
    with pytest.raises(Invalid, match=TOO_MUCH):
        strict_renderer.render(packages.odt(paragraphs(body)), MANY, "en")
    assert time.monotonic() - started < 7
    assert packages.words(strict_renderer.render(packages.odt(paragraphs("ok")), {}, "en")) == [
        "ok"
    ]


def test_memory_is_limited(strict_renderer: Renderer) -> None:
    body = NESTED + "{{ t }}" + "{% endfor %}" * 5
    with pytest.raises(Invalid, match=TOO_MUCH):
        strict_renderer.render(packages.odt(paragraphs(body)), {**MANY, "t": "x" * 100_000}, "en")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"PK\x03\x04",
        packages.odt("", {"content.xml": None}),
        packages.odt("", {"../x": "y"}),
        LETTER[:200],
        packages.odt(
            "", {"content.xml": "<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"}
        ),
    ],
    ids=range(6),
)
def test_a_hostile_package_is_refused_through_the_child(data: bytes) -> None:
    with pytest.raises(Invalid):
        render(data, {}, "en")


def test_the_refusal_names_the_tag_in_the_language_of_the_person() -> None:
    with language("fr"), pytest.raises(Invalid, match=r"La balise \{\{ nmae \}\}"):
        render(packages.odt(paragraphs("{{ nmae }}")), {}, "en")


def test_an_unknown_language_is_read_as_the_default_one() -> None:
    assert packages.words(render(packages.odt(paragraphs("{{ v }}")), {"v": True}, "xx")) == ["oui"]


def test_the_warm_process_is_started_again_when_it_dies(renderer: Renderer) -> None:
    renderer.render(LETTER, {"name": "a", "rows": []}, "en")
    process = renderer._process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert packages.words(renderer.render(LETTER, {"name": "b", "rows": []}, "en")) == ["Dear b"]


def test_the_warm_process_holds_nothing_of_the_portal(renderer: Renderer) -> None:
    renderer.render(LETTER, {"name": "a", "rows": []}, "en")
    process = renderer._process
    assert process is not None
    warm = Path(f"/proc/{process.pid}")
    opened = {number.readlink().name.split(":")[0] for number in (warm / "fd").iterdir()}
    names = {line.split("=")[0] for line in (warm / "environ").read_text().split("\0")}
    threads = len(list((warm / "task").iterdir()))
    assert (threads, opened, names) == (1, {"null", "socket"}, {"PATH", "LC_ALL", ""})


def test_the_warm_process_has_one_socket(renderer: Renderer) -> None:
    renderer.render(LETTER, {"name": "a", "rows": []}, "en")
    process = renderer._process
    assert process is not None
    opened = [number.readlink().name for number in Path(f"/proc/{process.pid}/fd").iterdir()]
    assert len([name for name in opened if name.startswith("socket")]) == 1


def test_the_child_loads_neither_the_web_nor_the_database() -> None:
    program = (
        "import sys, types; p = types.ModuleType('portal'); p.__path__ = [sys.argv[1]]; "
        "sys.modules['portal'] = p;"
        "import portal.documents.zygote;"
        "print([m for m in ('flask', 'peewee', 'portal.gate') if m in sys.modules])"
    )
    portal = os.path.join(os.getcwd(), "portal")
    answer = subprocess.run(
        [sys.executable, "-c", program, portal], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_good_template_does_not_pay_for_the_start(renderer: Renderer) -> None:
    renderer.render(LETTER, {"name": "a", "rows": []}, "en")
    times = []
    for _turn in range(10):
        started = time.perf_counter()
        renderer.render(LETTER, {"name": "a", "rows": ["x"] * 10}, "en")
        times.append(time.perf_counter() - started)
    assert sorted(times)[5] < 0.3


def test_the_prepared_text_is_kept_by_the_hash_of_the_template(renderer: Renderer) -> None:
    for name in ("a", "b"):
        renderer.render(LETTER, {"name": name, "rows": []}, "en")
    assert len(renderer._prepared) == 1


def test_closing_leaves_no_process_and_no_thread() -> None:
    renderer = Renderer()
    renderer.render(LETTER, {"name": "a", "rows": []}, "en")
    process = renderer._process
    assert process is not None
    renderer.close()
    assert (process.poll(), threading.active_count()) == (0, threading.active_count())
