"""What somebody wants of an import: the table, the key, the columns, what an empty cell does."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

AUTOMATIC = "*"
"""As the key of a wish: the one that the file proposes (see `columns.proposed_key`)."""


@dataclass(frozen=True, slots=True)
class Wish:
    """How a file is to be imported.

    `key` is the field by which rows are found ("" makes every line a new row). `fixed` holds
    canonical texts of fields that every line has; rows are only found among those that have them.
    `columns` maps the number of a column (from 0) to a field, to `field.key` for a reference found
    by a field of its table, or to "" to leave it out; other columns are matched by their heads.
    `blanks` lets an empty cell empty its field; otherwise it leaves it as it is. `good_only` writes
    the good lines of a file that has bad ones. `encoding` and `separator` are those of the file,
    when they are not to be recognised. `structure` is the number of the structure that new persons
    enter whose line names none; 0 for none.
    """

    table: str
    key: str = AUTOMATIC
    fixed: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[int, str] = field(default_factory=dict)
    blanks: bool = False
    good_only: bool = False
    encoding: str = ""
    separator: str = ""
    structure: int = 0

    def written(self) -> str:
        """The wish as JSON."""
        return json.dumps(asdict(self))


def read(text: str) -> Wish:
    """The wish that `written` gave."""
    values: dict[str, Any] = json.loads(text)
    values["columns"] = {int(number): name for number, name in values["columns"].items()}
    return Wish(**values)
