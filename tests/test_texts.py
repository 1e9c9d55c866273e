"""A text of one line has one line; notes may have several."""

from __future__ import annotations

import pytest

from portal.errors import Invalid
from portal.fieldtypes import FieldType, LongTextType

TWO_LINES = "first\r\nsecond"


def test_notes_keep_their_lines() -> None:
    assert LongTextType().parse(TWO_LINES) == "first\nsecond"


@pytest.mark.parametrize("text", [TWO_LINES, "a\rb", "a\u2028b"])
def test_a_text_of_one_line_refuses_another(text: str) -> None:
    with pytest.raises(Invalid, match="more than one line"):
        FieldType().parse(text)


def test_a_line_end_behind_it_is_taken_off() -> None:
    assert FieldType().parse(" Okonkwo\r\n") == "Okonkwo"
