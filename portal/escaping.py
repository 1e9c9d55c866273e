"""What a plugin's templates and code may not write, so that what it shows is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

REFUSED = (
    (re.compile(r"\|\s*safe\b"), "the filter `safe`"),
    (re.compile(r"\bMarkup\b"), "`Markup`"),
    (re.compile(r"{%-?\s*autoescape\s+false"), "`autoescape false`"),
    (re.compile(r"<[^>]*\son[a-z]+\s*=", re.IGNORECASE), "an inline handler"),
    (re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE), "an inline style"),
    (re.compile(r"javascript:", re.IGNORECASE), "a `javascript:` address"),
)
"""What a plugin may not write in its templates; `Markup` not in its code either."""


def unescaped(folder: Path) -> Iterator[str]:
    """What a plugin's templates and code may not write: the file, the line, and what it is."""
    files = [folder] if folder.is_file() else sorted(folder.rglob("*"))
    for path in files:
        code = path.suffix == ".py"
        if not code and path.suffix not in (".html", ".jinja", ".j2", ".svg"):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            for pattern, what in REFUSED[1:2] if code else REFUSED:
                if pattern.search(line):
                    yield f"{path.name}:{number}: {what}"
