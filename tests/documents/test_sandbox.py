from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest

from portal.documents.plain import clean, plain
from portal.documents.sandbox import Sandbox
from portal.errors import Invalid
from portal.i18n import language

VALUES = {
    "name": 'Zoé <b> & "co"',
    "empty": None,
    "blank": "",
    "people": [{"name": "Ann", "items": "mine"}, {"name": "Bob", "items": None}],
    "words": ["a", "b"],
    "on": date(2026, 3, 1),
    "at": datetime(2026, 3, 1, 9, 5),
    "amount": Decimal("1234.5"),
    "count": 12345,
    "yes": True,
}


def rendered(source: str, code: str = "en") -> str:
    return Sandbox(code, str).from_string(source).render(VALUES)


def refusal(source: str) -> str:
    with pytest.raises(Invalid) as caught:
        rendered(source)
    return str(caught.value.message)


def test_a_value_is_escaped() -> None:
    assert rendered("{{ name }}") == "Zoé &lt;b&gt; &amp; &#34;co&#34;"


def test_a_constant_is_escaped_once() -> None:
    assert rendered("{{ 'a & <b>' }}{{ empty|default('&') }}{{ 'é&'|upper }}") == (
        "a &amp; &lt;b&gt;&amp;É&amp;"
    )


def test_an_empty_value_prints_nothing() -> None:
    assert rendered("[{{ empty }}{{ blank }}{{ empty.below.it }}]") == "[]"


def test_a_loop_over_an_empty_value_runs_no_time() -> None:
    assert rendered("[{% for x in empty %}{{ x }}{% endfor %}]") == "[]"


def test_an_unknown_name_is_an_error_with_its_tag_and_place() -> None:
    message = refusal("<p>Dear {{ nmae }}, welcome</p>")
    assert message == (
        "The tag {{ nmae }} cannot be used: The name nmae is not known here."
        " It stands near: Dear {{ nmae }} , welcome"
    )


def test_the_error_names_the_tag_among_many() -> None:
    source = (
        "".join(f"<p>{{{{ name }}}} {n}</p>" for n in range(50)) + "<p>end {{ people[0].nam }}</p>"
    )
    assert "The tag {{ people[0].nam }} cannot" in refusal(source)


def test_an_error_inside_a_loop_names_its_own_tag() -> None:
    assert "The tag {{ p.age }} cannot" in refusal(
        "{% for p in people %}{{ p.name }}{{ p.age }}{% endfor %}"
    )


def test_the_error_is_in_the_language_of_the_person() -> None:
    with language("fr"):
        assert refusal("{{ nmae }}").startswith("La balise {{ nmae }} ne peut pas être utilisée")


def test_an_unknown_name_may_have_a_default() -> None:
    assert rendered("{{ nothing|default('none') }}{{ empty|default('-') }}") == "none-"


def test_a_key_wins_over_the_method_of_the_same_name() -> None:
    assert rendered("{% for p in people %}[{{ p.items }}]{% endfor %}") == "[mine][]"


@pytest.mark.parametrize(
    ("source", "english", "french"),
    [
        ("{{ on }}", "01/03/2026", "01/03/2026"),
        ("{{ on|date('long') }}", "1\xa0March\xa02026", "1er\xa0mars\xa02026"),
        ("{{ at|datetime }}", "01/03/2026 09:05", "01/03/2026 09:05"),
        ("{{ amount|money }}", "€1,234.50", "1\u202f234,50\xa0€"),
        ("{{ count|number }}", "12,345", "1\u202f2345".replace("1\u202f2345", "12\u202f345")),
        ("{{ amount }}", "1,234.5", "1\u202f234,5"),
        ("{{ yes }} {{ empty|yesno }}", "yes ", "oui "),
        ("{{ words|join }}", "a, b", "a, b"),
        ("{{ words|first }}{{ words|last }}{{ words|length }}", "ab2", "ab2"),
        (
            "{{ 'élan'|upper }} {{ 'ÉLAN'|lower }} {{ 'a b'|title }}",
            "ÉLAN élan A B",
            "ÉLAN élan A B",
        ),
    ],
)
def test_a_filter_writes_in_the_language_of_the_document(
    source: str, english: str, french: str
) -> None:
    assert (rendered(source), rendered(source, "fr")) == (english, french)


def test_numbers_can_be_compared_and_added() -> None:
    assert rendered("{% if count > 3 and count + 1 == 12346 %}ok{% else %}no{% endif %}") == "ok"


def test_bent_quotes_are_straightened() -> None:
    assert rendered("{{ empty|default(“x”) }}{{ empty|default(« y ») }}") == "xy"


def test_an_apostrophe_inside_a_text_is_kept() -> None:
    assert rendered('{{ empty|default("l’été") }}') == "l’été"


HOSTILE = [
    "{{ ''.__class__.__mro__ }}",
    "{{ name['__class__'] }}",
    "{{ name|attr('__class__') }}",
    "{{ people.__len__ }}",
    "{{ _private }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ lipsum() }}",
    "{{ namespace(a=1) }}",
    "{{ dict(a=1) }}",
    "{{ joiner }}",
    "{{ name.upper() }}",
    "{{ name.format }}",
    "{{ '{0.__class__}'.format(name) }}",
    "{{ '%s' % name }}",
    "{{ people.append }}",
    "{{ people.pop() }}",
    "{{ loop }}",
    "{% for p in people %}{{ loop(people) }}{% endfor %}",
    "{% for p in people %}{{ loop._iterator }}{% endfor %}",
    "{% for p in people %}{{ loop.changed }}{% endfor %}",
    "{% for p in people recursive %}{{ loop(people) }}{% endfor %}",
    "{% for x in range(10**9) %}{% endfor %}",
    "{% for x in name %}{% endfor %}",
    "{% for x in 5 %}{% endfor %}",
    "{{ 'a' * 10000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 999999999999999 * 999999999999999 * 999999999999999 }}",
    "{{ 99999999999999999999999999999999 }}",
    "{{ words + words }}",
    "{{ words * 3 }}",
    "{{ words }}",
    "{{ people }}",
    "{{ people[0] }}",
    "{{ 'a' ~ 'b' }}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% from 'x' import y %}",
    "{% extends 'x' %}",
    "{% block a %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% call x() %}{% endcall %}",
    "{% autoescape false %}{{ name }}{% endautoescape %}",
    "{% set x %}{{ name }}{% endset %}",
    "{% set a, b = words %}",
    "{% set ns.x = 1 %}",
    "{% do x %}",
    "{% with a = 1 %}{% endwith %}",
    "{{ name|safe }}",
    "{{ name|e }}",
    "{{ words|map('upper') }}",
    "{{ people|groupby('name') }}",
    "{{ name|replace('a', 'b') }}",
    "{{ name|center(100000000) }}",
    "{{ name|image }}",
    "{{ name|markdown }}",
    "{{ '<x>'|xmlattr }}",
    "{{ name|default(*words) }}",
    "{{ count is sameas(count) }}",
    "{{ count is filter }}",
    "{{ on.year }}",
    "{{ on - at }}",
    "{{ count / 0 }}",
    "{{ name + 1 }}",
    "{{ words[10] }}",
    "{{ name|number }}",
    "{{ words|batch(100000) }}",
    "{{ unclosed",
    "{% if %}",
    "{% endfor %}",
    "{% for x in words %}",
    "{{ " + "(" * 5000 + " }}",
    "{{ " + "not " * 20000 + "name }}",
    "{{ " + "1" * 6000 + " }}",
]


@pytest.mark.parametrize("source", HOSTILE, ids=range(len(HOSTILE)))
def test_what_is_not_on_the_list_is_refused(source: str) -> None:
    assert "cannot be used" in refusal(f"<p>{source}</p>")


def test_a_doubling_text_is_stopped() -> None:
    source = "{% set a = 'aaaaaaaaaa' %}" + "{% set a = a + a %}" * 40 + "{{ a }}"
    assert "too long" in refusal(source)


def test_too_many_tags_are_refused() -> None:
    assert "too many tags" in refusal("{{ name }}" * 61_000)


def test_markup_given_as_a_value_is_not_plain() -> None:
    from_library = type("Markup", (str,), {})("<b>")
    with pytest.raises(Invalid, match="plain values"):
        plain({"a": from_library})


@pytest.mark.parametrize("value", [1.5, object(), {1, 2}, b"x", len, {"a": {"b": [1.5]}}])
def test_a_value_that_is_not_plain_is_refused(value: object) -> None:
    with pytest.raises(Invalid, match="plain values"):
        plain({"a": value})


def test_a_name_with_an_underscore_in_front_is_refused() -> None:
    with pytest.raises(Invalid, match="plain word"):
        plain({"a": {"_b": 1}})


def test_values_that_contain_themselves_are_refused() -> None:
    endless: list[object] = []
    endless.append(endless)
    with pytest.raises(Invalid, match="too many values"):
        plain({"a": endless})


def test_characters_that_xml_cannot_hold_are_dropped() -> None:
    assert clean("a\0b\x0bc\ud800d\ufffee\r\nf\x85g\u2028h\ti😀") == "abcde\nf\ng\nh\ti😀"
