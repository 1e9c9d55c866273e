"""Formulas give a text or a refusal with its place, and reach nothing else."""

from __future__ import annotations

import contextlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portal import formulas
from portal.errors import Invalid
from portal.formulas import Linked, check, evaluate, names

VALUES: dict[str, Any] = {
    "code": "061234",
    "name": "Élodie d'Œuvre",
    "empty": "",
    "nothing": None,
    "number": 7,
    "amount": Decimal("12.50"),
    "day": date(2026, 3, 2),
    "moment": datetime(2026, 3, 2, 9, 5),
    "yes": True,
    "no": False,
    "kind": Linked("glider", {"slug": "glider", "label": "Planeur"}),
    "none_linked": Linked(""),
    "x_section__key": "nested",
}


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("", ""),
        ("OA-{code}", "OA-061234"),
        ("{code}{number}", "0612347"),
        ("{nothing}|{empty}", "|"),
        ("{x_section__key}", "nested"),
        ("{day} {moment}", "2026-03-02 2026-03-02 09:05"),
        ("{yes}{no} {amount} {kind}", "10 12.50 glider"),
    ],
)
def test_the_simple_syntax_puts_values_in_place_of_names(formula: str, text: str) -> None:
    assert evaluate(formula, VALUES, "simple") == text


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("OA-{{ code }}", "OA-061234"),
        ("{{ kind.label }}", "Planeur"),
        ("{{ none_linked }}{{ nothing.label }}", ""),
        ("{% if code %}A{% else %}B{% endif %}", "A"),
        ("{% if no %}A{% elif number == 7 %}B{% else %}C{% endif %}", "B"),
        ("{% if no %}A{% endif %}", ""),
        ("{% if yes %}{% if no %}A{% else %}B{% endif %}{% endif %}", "B"),
        ("{{ 'A' if yes else 'B' }}", "A"),
        ("{{ 'A' if no }}", ""),
        ("{{ 'A' if no else 'B' if no else 'C' }}", "C"),
        ("{{ empty or code }}", "061234"),
        ("{{ code and number }}", "7"),
        ("{{ not code }}", "0"),
        ("{{ 'A' if number > 6 and number <= 7 }}", "A"),
        ("{{ 'A' if amount == 12.5 }}", "A"),
        ("{{ 'A' if kind == 'glider' }}", "A"),
        ("{{ 'A' if '61' in code }}", "A"),
        ("{{ 'A' if '99' not in code }}", "A"),
        ("{{ 'A' if number < 'x' }}", "A"),
        ("{{ 'A' if moment > day }}", "A"),
        ("{{ 'A' if number > -1 }}", "A"),
        ("{{ 'A' if (no or yes) and not no }}", "A"),
        ("{{ 'A' if true and not false and none != 1 }}", "A"),
        ("{{ code ~ '-' ~ number }}", "061234-7"),
        ("a {#- not said -#} b", "ab"),
        ("a {{- number -}} b", "a7b"),
        ("{{ '}}' }}{{ \"it's\" }}", "}}it's"),
        ("{{ name|upper }}", "ÉLODIE D'ŒUVRE"),
        ("{{ name|lower|title }}", "Élodie D'Œuvre"),
        ("{{ name|slug }}", "elodie-d-oeuvre"),
        ("{{ name|unaccent }}", "Elodie d'OEuvre"),
        ("{{ name|initials }}", "ÉDŒ"),
        ("{{ ' a '|trim }}", "a"),
        ("{{ empty|default('none') }}", "none"),
        ("{{ number|pad(5) }}", "00007"),
        ("{{ code|truncate(2) }}{{ code|last(2) }}{{ code|last(0) }}", "0634"),
        ("{{ code|replace('0', 'x')|replace('', 'y') }}", "x61234"),
        ("{{ day|year }}{{ moment|month }}{{ day|day }}", "20260302"),
        ("{{ moment|date('%d/%m/%y %H:%M %j %% {}%q') }}", "02/03/26 09:05 061 % {}%q"),
        ("{{ code|year }}", ""),
    ],
)
def test_the_jinja_syntax(formula: str, text: str) -> None:
    assert evaluate(formula, VALUES, "jinja") == text


@pytest.mark.parametrize(
    ("formula", "place", "what"),
    [
        ("{{ code() }}", "Line 1, column 8", "call nothing"),
        ("{{ kind.label() }}", "Line 1, column 14", "call nothing"),
        ("{{ 'a'.upper() }}", "Line 1, column 7", "not understood"),
        ("{{ code.__class__ }}", "Line 1, column 9", "underscore"),
        ("{{ _code }}", "Line 1, column 4", "underscore"),
        ("{{ kind.label.slug }}", "Line 1, column 15", "one attribute"),
        ("{{ code[0] }}", "Line 1, column 8", "cannot be used"),
        ("{{ {'a': 1} }}", "Line 1, column 4", "cannot be used"),
        ("{{ 'x' * 10 }}", "Line 1, column 8", "do not calculate"),
        ("{{ 9 ** 9 }}", "Line 1, column 6", "do not calculate"),
        ("{{ number + 1 }}", "Line 1, column 11", "do not calculate"),
        ("{{ number - 1 }}", "Line 1, column 11", "do not calculate"),
        ("{% for a in code %}{% endfor %}", "Line 1, column 4", "only if"),
        ("{% set a = 1 %}", "Line 1, column 4", "only if"),
        ("{% macro a() %}{% endmacro %}", "Line 1, column 4", "only if"),
        ("{% import 'os' as os %}", "Line 1, column 4", "only if"),
        ("{% include 'x' %}", "Line 1, column 4", "only if"),
        ("a\n{% if code %}b", "Line 2, column 4", "endif"),
        ("{% endif %}", "Line 1, column 4", "outside"),
        ("{% if yes %}{% else %}{% elif no %}{% endif %}", "Line 1, column 26", "after else"),
        ("{{ code", "Line 1, column 1", "never closed"),
        ("{{ 'code }}", "Line 1, column 1", "never closed"),
        ("{# a", "Line 1, column 1", "never closed"),
        ("{{ }}", "Line 1, column 1", "missing"),
        ("{{ (code }}", "Line 1, column 10", "missing"),
        ("{{ code or }}", "Line 1, column 12", "missing"),
        ("{{ code name }}", "Line 1, column 9", "not understood"),
        ("{{ code|shout }}", "Line 1, column 9", "no filter"),
        ("{{ code|pad }}", "Line 1, column 9", "other arguments"),
        ("{{ code|pad('x') }}", "Line 1, column 9", "other arguments"),
        ("{{ code|pad(99999) }}", "Line 1, column 9", "not between"),
        ("{{ code|pad(number) }}", "Line 1, column 13", "texts and numbers"),
        ("{{ code|replace('a' 'b') }}", "Line 1, column 21", "comma"),
        ("{{ 1234567890123456789012 }}", "Line 1, column 4", "too long"),
        ("{{ " + "(" * 30 + "code" + ")" * 30 + " }}", "Line 1", "inside each other"),
        ("{{ " + "not " * 30 + "code }}", "Line 1", "inside each other"),
        ("{{ code" + "|upper" * 200 + " }}", "Line 1", "too long"),
        ("a\x00b", "Line 1, column 2", "cannot be written"),
        ("{{ code; }}", "Line 1, column 8", "not understood"),
    ],
)
def test_everything_else_is_refused_with_its_place(formula: str, place: str, what: str) -> None:
    with pytest.raises(Invalid, match=what) as refused:
        evaluate(formula, VALUES, "jinja")
    assert str(refused.value).startswith(place)


@pytest.mark.parametrize(
    ("formula", "place"),
    [("{code", 1), ("a}b", 2), ("{ code }", 1), ("{code:04d}", 1), ("{{code}}", 1), ("{_a}", 1)],
)
def test_the_simple_syntax_takes_names_alone_between_braces(formula: str, place: int) -> None:
    with pytest.raises(Invalid, match=f"Line 1, column {place}: a brace"):
        evaluate(formula, VALUES, "simple")


@pytest.mark.parametrize(
    ("formula", "syntax"),
    [("{lost}", "simple"), ("{{ lost }}", "jinja"), ("{{ code.lost }}", "jinja"),
     ("{{ kind.lost }}", "jinja")],
)  # fmt: skip
def test_an_unknown_name_is_refused(formula: str, syntax: str) -> None:
    with pytest.raises(Invalid, match="there is no variable"):
        evaluate(formula, VALUES, syntax)


def test_the_names_of_a_formula_come_with_their_attributes() -> None:
    formula = "{% if code %}{{ kind.slug|upper }}{% else %}{{ code ~ number }}{% endif %}"
    assert names(formula, "jinja") == ("code", "kind.slug", "number")


def test_a_check_names_a_variable_that_does_not_exist() -> None:
    with pytest.raises(Invalid, match="Line 2, column 4: there is no variable “lost”"):
        check("{{ code }}\n{{ lost }}", "jinja", {"code"})


def test_a_check_takes_known_variables() -> None:
    check("{{ code }}{{ kind.slug }}", "jinja", {"code", "kind.slug"})


@pytest.mark.parametrize("syntax", ["", "python", "Jinja"])
def test_an_unknown_syntax_is_refused(syntax: str) -> None:
    with pytest.raises(Invalid, match="simple syntax or in Jinja"):
        evaluate("a", VALUES, syntax)


def test_a_formula_is_not_endless() -> None:
    with pytest.raises(Invalid, match="more than 2000 characters"):
        evaluate("x" * 2_001, VALUES, "simple")


def test_a_result_is_not_endless() -> None:
    with pytest.raises(Invalid, match="more than 1000 characters"):
        evaluate("{long}{long}", {"long": "x" * 600}, "simple")


def test_nothing_inside_a_formula_grows_endlessly() -> None:
    bomb = "{{ code" + "|replace('x', 'xxxxxxxxxxxxxxxxxxxx')" * 8 + " }}"
    with pytest.raises(Invalid, match="more than 10000 characters"):
        evaluate(bomb, {"code": "x"}, "jinja")


PIECES = st.sampled_from(
    [
        "{{", "}}", "{%", "%}", "{#", "#}", "if ", "elif ", "else", "endif", "and ", "or ", "not ",
        "in ", "code", "kind", ".label", ".", "__", "|upper", "|pad(3)", "|date('%Y')", "|", "(",
        ")", "~", "==", "<", "'x'", '"', "'", "7", "1.5", "-", " ", "\n", "day", "nothing", "*",
    ]
)  # fmt: skip
PLAIN = st.one_of(
    st.none(),
    st.booleans(),
    st.text(max_size=20),
    st.integers(),
    st.decimals(),
    st.dates(),
    st.datetimes(),
    st.builds(Linked, st.text(max_size=5)),
)


@settings(max_examples=1_500, deadline=None, derandomize=True, database=None)
@given(
    st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=25).map("".join)),
    st.sampled_from(formulas.SYNTAXES),
    st.fixed_dictionaries({"code": PLAIN, "kind": PLAIN, "day": PLAIN, "nothing": st.none()}),
)
@example("{{ code < day }}", "jinja", {"code": Decimal("sNaN"), "day": 1})
@example("{{ code|pad(3) }}", "jinja", {"code": Decimal("Infinity")})
def test_nothing_but_a_text_or_a_refusal_comes_out(
    formula: str, syntax: str, values: dict[str, Any]
) -> None:
    with contextlib.suppress(Invalid):
        assert isinstance(evaluate(formula, values, syntax), str)


FILTERED = st.sampled_from(
    ["upper", "lower", "title", "trim", "slug", "unaccent", "initials", "default('x')", "pad(9)",
     "truncate(3)", "last(3)", "replace('a', 'b')", "year", "month", "day", "date('%j %d %')"]
)  # fmt: skip


@settings(max_examples=500, deadline=None, derandomize=True, database=None)
@given(PLAIN, PLAIN, FILTERED, st.sampled_from(["==", "!=", "<", "<=", ">", ">=", "in", "~"]))
def test_any_value_goes_through_any_filter_and_comparison(
    left: Any, right: Any, named: str, sign: str
) -> None:
    formula = f"{{{{ left|{named} {sign} right }}}}"
    assert isinstance(evaluate(formula, {"left": left, "right": right}, "jinja"), str)
