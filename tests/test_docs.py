"""The documents tell the truth: every extension point is named, and the guide's plugin runs."""

from __future__ import annotations

import re
from pathlib import Path

from portal import declare

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
LAYERS = ROOT / "portal" / "README.md"
DOCUMENTS = (*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), LAYERS, ROOT / "bench" / "README.md")
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#([^)\s]*))?\)")


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


def anchors(path: Path) -> set[str]:
    """The places of a document that a link may name."""
    heads = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def test_every_link_of_the_documents_leads_somewhere() -> None:
    links = [
        (document, document.parent / target, place)
        for document in DOCUMENTS
        for target, place in LINK.findall(document.read_text(encoding="utf-8"))
    ]
    assert len(links) > 20
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document, target, place in links
        if not target.exists() or (place and place not in anchors(target))
    ]
    assert broken == []


def test_every_module_that_the_layers_name_is_there() -> None:
    named = re.findall(r"`([a-z_]+)/?`", LAYERS.read_text(encoding="utf-8"))
    missing = [
        name
        for name in named
        if not (ROOT / "portal" / name).is_dir() and not (ROOT / f"portal/{name}.py").is_file()
    ]
    assert (len(named) > 20, missing) == (True, [])
