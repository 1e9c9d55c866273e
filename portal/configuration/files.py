"""The settings file: JSON that a person can read, compare and keep under version control."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from portal.configuration.carried import (
    Carried,
    Child,
    Names,
    fields_of,
    key_of,
    names,
    require,
    tables,
    written,
)
from portal.errors import Forbidden, Invalid
from portal.fields import Field
from portal.fieldtypes import MASKED
from portal.gate import Gate
from portal.i18n import _
from portal.rows import Row, Selection

FORMAT = "greffe settings"
VERSION = 1
LARGEST = 20_000_000
"""The largest file that is read, in bytes."""

Record = Mapping[str, Any]
"""A row as the file keeps it; the rows edited with it stand under the name of their table."""


def export(gate: Gate) -> bytes:
    """The settings of this portal as a file; the same settings give the same bytes.

    Raises Forbidden when the actor may not read all of them.
    """
    content = {"format": FORMAT, "version": VERSION, "tables": records(gate)}
    return (json.dumps(content, ensure_ascii=False, indent=1) + "\n").encode()


def records(gate: Gate) -> dict[str, list[Record]]:
    """The rows of every table that travels, in the order of their names."""
    carried = tables(gate.catalog)
    require(gate, carried)
    known = names(gate, carried)
    found: dict[str, list[Record]] = {}
    for one in carried:
        inside = {child.table.name: _by_parent(gate, child, known) for child in one.children}
        rows = []
        for row in gate.stream(one.table.name, Selection()):
            record = _record(fields_of(one.table), row, known)
            for name, children in inside.items():
                record[name] = children.get(row.id, [])
            rows.append((key_of(one, row), record))
        found[one.table.name] = [record for _key, record in sorted(rows, key=lambda r: r[0])]
    return found


def read(content: bytes) -> dict[str, list[dict[str, Any]]]:
    """The rows of a file, by table. Raises Invalid with what is wrong and where."""
    if len(content) > LARGEST:
        raise Invalid(_("This file is too large to be a settings file."))
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _no_settings() from None
    except json.JSONDecodeError as error:
        raise Invalid(
            _("This file cannot be read: line {line}, column {column}.").format(
                line=error.lineno, column=error.colno
            ),
            _("Export the settings again, or mend that line."),
        ) from None
    except (RecursionError, ValueError):  # ValueError: a number of thousands of digits
        raise _no_settings() from None
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise _no_settings()
    if data.get("version") != VERSION:
        raise Invalid(
            _("This settings file was made by another version of the portal."),
            _("Export it again from a portal of the same version."),
        )
    found = data.get("tables")
    if not isinstance(found, dict) or not all(_are_records(rows) for rows in found.values()):
        raise _no_settings()
    return found


def _no_settings() -> Invalid:
    return Invalid(
        _("This is not a settings file."),
        _("Choose a file that “Export the settings” or 'greffe config export' made."),
    )


def _are_records(rows: Any) -> bool:
    return isinstance(rows, list) and all(isinstance(row, dict) for row in rows)


def _by_parent(gate: Gate, child: Child, known: Names) -> dict[int, list[Record]]:
    """The rows of a child table by the number of their parent, in an order of their own.

    A row that refers to what does not travel (an account) stays in this portal.
    """
    fields = fields_of(child.table, child.parent)
    found: dict[int, list[Record]] = {}
    for row in gate.stream(child.table.name, Selection()):
        record = _record(fields, row, known)
        if len(record) == len(fields):
            found.setdefault(row.values[child.parent].id, []).append(record)
    for rows in found.values():
        rows.sort(key=canonical)
    return found


def _record(fields: Sequence[Field], row: Row, known: Names) -> dict[str, Any]:
    """The values of a row; a reference to a row that does not travel is left out."""
    record = {}
    for field in fields:
        value = row.values.get(field.name)
        if value is MASKED:
            raise Forbidden(
                _("You may not read the field “{field}”, which is part of the settings.").format(
                    field=field.label
                )
            )
        kept = written(field, value, known)
        if kept is None and value is not None:
            continue
        record[field.name] = kept
    return record


def canonical(record: Record) -> str:
    """A record as one text: equal records give equal texts."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True)


def child_names(carried: Carried) -> frozenset[str]:
    """The names under which the rows edited with this table's stand in a record."""
    return frozenset(child.table.name for child in carried.children)
