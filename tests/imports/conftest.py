"""Files to import, and a gate that imports them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from portal import imports
from portal.channels import Channel
from portal.gate import Gate
from portal.start import Portal
from tests import factories

PERSON = "directory.person"


@dataclass
class Importer:
    """Imports texts as files, within the rights of one gate."""

    gate: Gate
    folder: Path

    def file(self, content: str | bytes, name: str = "rows.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def staged(
        self, content: str | bytes | Path, table: str = PERSON, **wish: Any
    ) -> tuple[imports.Source, imports.Staged]:
        """Read a file and give it staged."""
        path = content if isinstance(content, Path) else self.file(content)
        source = imports.opened(path)
        number = imports.start(self.gate, source, imports.Wish(table, **wish))
        return source, imports.read(self.gate, number, source)

    def counts(
        self, content: str | bytes | Path, table: str = PERSON, **wish: Any
    ) -> Mapping[str, int]:
        """How many lines of each kind a file has; kinds without a line are left out."""
        return {k: n for k, n in self.staged(content, table, **wish)[1].counts.items() if n}

    def reasons(
        self, content: str | bytes | Path, table: str = PERSON, **wish: Any
    ) -> dict[int, str]:
        """Why lines are refused, by number."""
        _source, one = self.staged(content, table, **wish)
        lines = imports.page(self.gate, one.id, imports.REFUSED)
        return {line.number: " ".join(line.payload["why"]) for line in lines}

    def written(self, content: str | bytes | Path, table: str = PERSON, **wish: Any) -> str:
        """Read and write a file; the counts in words."""
        source, one = self.staged(content, table, **wish)
        return str(imports.write(self.gate, one.id, source))


@pytest.fixture
def importing(demo_portal: Portal, tmp_path: Path) -> Callable[[Gate], Importer]:
    """Give importers over gates."""
    return lambda gate: Importer(gate, tmp_path)


@pytest.fixture
def importer(importing: Callable[[Gate], Importer]) -> Importer:
    """Give an importer that may do everything."""
    return importing(factories.gate(channel=Channel.IMPORT))
