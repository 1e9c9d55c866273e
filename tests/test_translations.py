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


def test_catalogues_say_the_same_of_a_text() -> None:
    disagreeing = translations.disagreeing()
    assert not disagreeing, "\n" + "\n".join(disagreeing)


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
    loud = [text for forms in FRENCH.values() for text in forms if "!" in text]
    loud += [f"{text.place}: {form}" for text in SAID for form in text.forms if "!" in form]
    assert loud == []


def test_french_has_its_own_apostrophe_and_spaces() -> None:
    wrong = [
        text for forms in FRENCH.values() for text in forms if not translations.typographic(text)
    ]
    assert not wrong, "\n" + "\n".join(map(repr, wrong))


def test_the_register_catalogue_has_french_apostrophes_and_spaces() -> None:
    wrong = [text for text in translations.catalogue_french() if not translations.typographic(text)]
    assert not wrong, "\n" + "\n".join(map(repr, wrong))


def test_a_label_and_what_follows_are_joined_as_in_french() -> None:
    with i18n.language("fr"):
        assert i18n.labelled("Nom", "vide") == "Nom\u00a0: vide"


@pytest.mark.parametrize(
    "text", ["l'un", "Nom : ici", "Nom: ici", "Qui?", "« ici\u00a0»", "«ici»", "12 %", "a ; b"]
)
def test_a_wrong_apostrophe_or_space_is_found(text: str) -> None:
    assert not translations.typographic(text)


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
