"""The documents tell the truth: every extension point is named, and the guide's plugin runs."""

from __future__ import annotations

import re
from pathlib import Path

from portal import declare

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")


def example() -> str:
    """The plugin of the guide, as an author would copy it."""
    found = re.search(r"<!-- example: lending.py -->\n```python\n(.*?)```", GUIDE, re.DOTALL)
    assert found
    return found.group(1)


def test_the_guide_names_every_extension_point() -> None:
    missing = [name for name in declare.__all__ if not re.search(rf"\b{name}\b", GUIDE)]
    assert missing == []


def test_the_guide_names_every_keyword_of_a_table() -> None:
    fields = set(declare.Table.__dataclass_fields__) - {"model", "label"}
    assert [name for name in sorted(fields) if f"`{name}`" not in GUIDE] == []


def test_the_example_of_the_guide_has_at_most_forty_lines() -> None:
    assert len(example().splitlines()) <= 40
