"""Every text that a person is shown has its French."""

from __future__ import annotations

import pytest

from portal import i18n
from tests import translations

SAID = tuple(translations.said())
FRENCH = translations.french()


def test_every_text_has_its_french() -> None:
    missing = sorted({f"{text.place}: {text.key}" for text in SAID if text.key not in FRENCH})
    assert not missing, "\n" + "\n".join(missing)


def test_every_plural_has_its_french() -> None:
    plural = {text.key: text.place for text in SAID if len(text.forms) == 2}
    missing = [
        f"{place}: {key}" for key, place in plural.items() if key in FRENCH and len(FRENCH[key]) < 2
    ]
    assert not missing, "\n" + "\n".join(missing)


def test_french_fills_the_same_places_as_english() -> None:
    wrong = [
        f"{text.place}: {french}"
        for text in SAID
        for french in FRENCH.get(text.key, ())
        if not translations.places(french) <= set().union(*map(translations.places, text.forms))
        or (len(text.forms) == 1 and translations.places(french) != translations.places(text.key))
    ]
    assert not wrong, "\n" + "\n".join(wrong)


def test_no_text_shouts() -> None:
    loud = [text for forms in FRENCH.values() for text in forms if "!" in text.replace("!r}", "}")]
    loud += [f"{text.place}: {form}" for text in SAID for form in text.forms if "!" in form]
    assert loud == []


def test_texts_are_found_in_the_code() -> None:
    assert any(text.place.startswith("portal/settings.py:") for text in SAID)


def test_a_text_of_the_core_is_shown_in_french() -> None:
    with i18n.language("fr"):
        assert i18n.gettext("a whole number") == "un nombre entier"


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("%(name)s of %(total)s", {"name", "total"}),
        ("%s rows", {"s"}),
        ("{name} and {count:d}", {"name", "count"}),
        ("100%% sure", set()),
        ("100 % of it", set()),
    ],
)
def test_the_places_of_a_text_are_found(text: str, places: set[str]) -> None:
    assert translations.places(text) == places
