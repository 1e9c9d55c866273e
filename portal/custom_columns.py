"""Where a custom field lies: a path in the column `custom`, read in SQL and written as JSON.

The path is a literal of the statement, never a parameter: an expression index only serves the very
same expression. A value whose JSON is not of the field's type (its type was changed, and the value
is not converted yet, or cannot be) reads as empty and stays where it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from peewee import SQL, NodeList

from portal.database import is_sqlite
from portal.errors import DatabaseError

PREFIX = "x_"
"""What the name of a custom field begins with."""
PLACES = 3
"""How many decimals a custom decimal number keeps."""
_PART = re.compile(r"[a-z]+(?:_[a-z]+)*")
_DECIMAL = re.compile(r"-?[0-9]{1,16}\.[0-9]{3}")
_CHOICE = re.compile(r"#[0-9]{1,18}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

TEXT, INTEGER, DECIMAL = "text", "integer", "decimal"
BOOLEAN, CHOICE, DAY = "boolean", "choice", "day"

_SQLITE = {
    TEXT: "CASE WHEN json_type({c}, {p}) = 'text' THEN json_extract({c}, {p}) END",
    INTEGER: "CASE WHEN json_type({c}, {p}) = 'integer' THEN json_extract({c}, {p}) END",
    BOOLEAN: "CASE WHEN json_type({c}, {p}) IN ('true', 'false') THEN json_extract({c}, {p}) END",
    DECIMAL: "CASE WHEN json_type({c}, {p}) = 'text'"
    " AND json_extract({c}, {p}) GLOB '*[0-9].[0-9][0-9][0-9]'"
    " AND json_extract({c}, {p}) NOT GLOB '*[^-0-9.]*'"
    " THEN CAST(replace(json_extract({c}, {p}), '.', '') AS INTEGER) END",
    CHOICE: "CASE WHEN json_type({c}, {p}) = 'text' AND json_extract({c}, {p}) GLOB '#[0-9]*'"
    " AND json_extract({c}, {p}) NOT GLOB '#*[^0-9]*'"
    " THEN CAST(substr(json_extract({c}, {p}), 2) AS INTEGER) END",
    DAY: "CASE WHEN json_type({c}, {p}) = 'text' AND json_extract({c}, {p})"
    " GLOB '[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]' THEN json_extract({c}, {p}) END",
}
_IS_TEXT = "jsonb_typeof({c}::jsonb #> {p}) = 'string'"
_POSTGRESQL = {
    TEXT: "((CASE WHEN " + _IS_TEXT + ' THEN {c}::jsonb #>> {p} END) COLLATE "C")',
    INTEGER: "(CASE WHEN jsonb_typeof({c}::jsonb #> {p}) = 'number'"
    " THEN ({c}::jsonb #>> {p})::numeric END)",
    BOOLEAN: "(CASE WHEN jsonb_typeof({c}::jsonb #> {p}) = 'boolean'"
    " THEN ({c}::jsonb #>> {p})::boolean END)",
    DECIMAL: "(CASE WHEN " + _IS_TEXT + " AND {c}::jsonb #>> {p} ~ '^-?[0-9]{{1,16}}[.][0-9]{{3}}$'"
    " THEN replace({c}::jsonb #>> {p}, '.', '')::numeric END)",
    CHOICE: "(CASE WHEN " + _IS_TEXT + " AND {c}::jsonb #>> {p} ~ '^#[0-9]{{1,18}}$'"
    " THEN substr({c}::jsonb #>> {p}, 2)::bigint END)",
    DAY: "((CASE WHEN "
    + _IS_TEXT
    + " AND {c}::jsonb #>> {p} ~ '^[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}$'"
    ' THEN {c}::jsonb #>> {p} END) COLLATE "C")',
}


def is_path(parts: Sequence[str]) -> bool:
    """True for parts of a key that may be spelled in a statement."""
    return all(_PART.fullmatch(part) for part in parts)


@dataclass(frozen=True, slots=True)
class CustomColumn:
    """What stands for the column of a custom field; `kind` says how its JSON reads as SQL.

    It answers what is asked of the column of a real field: its default, whether it may be empty.
    """

    path: tuple[str, ...]
    kind: str
    default: Any = None
    unique: bool = False
    null: bool = True
    index: bool = False
    on_delete: str | None = None

    def expression(self, alias: Any) -> Any:
        """The stored value of the field in the rows of `alias` (a model, or an alias of one)."""
        return self._spelled(alias.custom)

    def present(self, alias: Any) -> Any:
        """The condition that a row has something at this place, whatever its type."""
        read = "json_type({c}, {p}) IS NOT NULL" if is_sqlite() else "{c}::jsonb #> {p} IS NOT NULL"
        return self._filled(read, alias.custom)

    def definition(self) -> Any:
        """The same value as an index spells it: the column alone, without its table."""
        return self._spelled(SQL('"custom"'))

    def _spelled(self, column: Any) -> Any:
        """The expression around a column: what lies between its places is literal."""
        return self._filled((_SQLITE if is_sqlite() else _POSTGRESQL)[self.kind], column)

    def _filled(self, template: str, column: Any) -> Any:
        pieces = template.replace("{p}", self.place())
        pieces = pieces.replace("{{", "{").replace("}}", "}")
        nodes: list[Any] = []
        for number, piece in enumerate(pieces.split("{c}")):
            nodes += [column, SQL(piece)] if number else [SQL(piece)]
        return NodeList(tuple(nodes), glue="")

    def place(self) -> str:
        """The path as SQL spells it; raises DatabaseError for a key that was not checked."""
        if not is_path(self.path):
            raise DatabaseError(f"'{'.'.join(self.path)[:60]}' is not a key of a custom field.")
        if is_sqlite():
            return f"'$.{'.'.join(self.path)}'"
        return f"'{{{','.join(self.path)}}}'"

    # --- values

    def read(self, custom: Mapping[str, Any]) -> Any:
        """The stored value (as SQL gives it) in the JSON of a row; None when it has none."""
        return stored_of(self.kind, self.raw(custom))

    def raw(self, custom: Mapping[str, Any]) -> Any:
        """What the JSON of a row holds at this place, whatever it is; None when nothing."""
        found: Any = custom
        for part in self.path:
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def write(self, custom: dict[str, Any], stored: Any) -> None:
        """Put a stored value in the JSON of a row, nested by section; None takes it out."""
        self.put(custom, None if stored is None else json_of(self.kind, stored))

    def put(self, custom: dict[str, Any], value: Any) -> None:
        """Put a JSON value at this place; None takes it out, and the sections left empty."""
        parents = [custom]
        for part in self.path[:-1]:
            below = parents[-1].get(part)
            if not isinstance(below, dict):
                if value is None:
                    return
                below = parents[-1][part] = {}
            parents.append(below)
        if value is not None:
            parents[-1][self.path[-1]] = value
            return
        parents[-1].pop(self.path[-1], None)
        for depth in range(len(parents) - 1, 0, -1):
            if not parents[depth]:
                del parents[depth - 1][self.path[depth - 1]]


def stored_of(kind: str, raw: Any) -> Any:
    """The stored value of a JSON value; None when it is not of this kind. What the SQL says too."""
    if kind == BOOLEAN:
        return raw if isinstance(raw, bool) else None
    if kind == INTEGER:
        return raw if isinstance(raw, int) and not isinstance(raw, bool) else None
    if not isinstance(raw, str):
        return None
    if kind == DECIMAL:
        return int(raw.replace(".", "")) if _DECIMAL.fullmatch(raw) else None
    if kind == CHOICE:
        return int(raw[1:]) if _CHOICE.fullmatch(raw) else None
    return raw if kind == TEXT or _DAY.fullmatch(raw) else None


def json_of(kind: str, stored: Any) -> Any:
    """The JSON value of a stored one: never alike for two kinds that a change could mix up."""
    if kind == DECIMAL:
        sign, digits = ("-" if stored < 0 else ""), f"{abs(int(stored)):0>{PLACES + 1}}"
        return f"{sign}{digits[:-PLACES]}.{digits[-PLACES:]}"
    if kind == CHOICE:
        return f"#{stored}"
    if kind == INTEGER:
        return int(stored)
    if kind == BOOLEAN:
        return bool(stored)
    return str(stored)


def opened(text: str | None) -> dict[str, Any]:
    """The JSON of a row as an object; an empty one when it holds none."""
    found = json.loads(text) if text else {}
    return found if isinstance(found, dict) else {}


def closed(custom: Mapping[str, Any]) -> str:
    """The text of an object, as the column keeps it."""
    return json.dumps(custom, ensure_ascii=False, separators=(",", ":"))
