"""Text that a spreadsheet would run: inert in the file, the same after our own reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.exports import STARTS_FORMULA, inert, restored

TEXTS = st.text(alphabet=st.sampled_from(["'", "=", "+", "-", "@", "\t", "\r", "a", "1", " "]))


@given(TEXTS)
def test_every_text_comes_back(text: str) -> None:
    assert restored(inert(text)) == text


@given(TEXTS)
def test_no_text_starts_a_formula(text: str) -> None:
    assert inert(text)[:1] not in STARTS_FORMULA


@pytest.mark.parametrize("text", ["Dupont", "l'Isère", "'", "", "10", "a=b", "'quoted'"])
def test_plain_text_is_left_alone(text: str) -> None:
    assert inert(text) == text
