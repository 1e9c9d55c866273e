"""What a table's own export does when it is imported again: nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from portal import catalog, export_files, imports
from portal.channels import Channel
from portal.declare import Verb
from portal.rows import Selection
from tests import factories
from tests.imports.conftest import Importer


@pytest.mark.parametrize("format", ["csv", "xlsx"])
def test_every_table_reimports_its_own_export_unchanged(
    importer: Importer, tmp_path: Path, format: str
) -> None:
    gate = factories.gate(channel=Channel.EXPORT)
    changed = {}
    for table in catalog.current():
        if not (gate.can(Verb.IMPORT, table.name) and gate.can(Verb.EXPORT, table.name)):
            continue
        path = tmp_path / f"{table.name}.{format}"
        with path.open("wb") as file:
            export_files.write(gate, table.name, Selection(), None, format, file)
        counts = importer.counts(path, table.name)
        if set(counts) - {imports.SAME}:
            changed[table.name] = counts
    assert changed == {}
