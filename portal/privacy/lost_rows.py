"""The rows of modules that are not loaded: in words, and in the answer to an access request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from portal import choices, rightwords
from portal.errors import Forbidden
from portal.fieldtypes import IntegerType
from portal.gate import Gate
from portal.i18n import gettext, labelled, ngettext
from portal.lost import LostTable
from portal.rows import Count
from portal.snapshots import KeptColumn, type_of_kept

_NOTHING = (None, "", "{}")


def told(gate: Gate) -> list[str]:
    """A line for each lost module: its tables that hold rows and that the actor reads."""
    lost, found = gate.lost(), dict[str, list[str]]()
    for table in lost.tables():
        count = lost.count(table)
        if count.value:
            line = _counted(table, count)
            found.setdefault(table.kept.plugin, []).append(line)
    return [labelled(name, ", ".join(lines)) for name, lines in found.items()]


def _counted(table: LostTable, count: Count) -> str:
    number = IntegerType().show(count.value)
    if count.capped:
        number = gettext("more than {number}").format(number=number)
    text = ngettext("“{table}” ({number} row)", "“{table}” ({number} rows)", count.value)
    return text.format(table=table.kept.label, number=number)


def sections(
    gate: Gate, person: int, leave_out: Callable[[str, str], None]
) -> list[dict[str, Any]]:
    """A section of the access document for each lost module that holds rows about the person.

    What is not in it is told to `leave_out` in a person's own copy. Raises Forbidden naming the
    table, for anybody else, when it would lack rows or columns.
    """
    own = gate.actor.person == person
    lost, found = gate.lost(), dict[str, list[dict[str, Any]]]()
    for table in lost.holding(person):
        kept = table.kept
        if str(kept.not_in_access):
            leave_out(str(kept.label), str(kept.not_in_access))
            continue
        missing = lost.missing(table, person)
        if not own and (missing or not kept.subject):
            raise _lacking(table)
        columns, rows = lost.rows(table, person)
        if not columns:
            leave_out(str(kept.label), _on_request())
            continue
        for column in missing:
            leave_out(labelled(kept.label, column.label), _on_request())
        made = _table(table, columns, rows, leave_out)
        found.setdefault(kept.plugin, []).append(made)
    return [_section(plugin, tables) for plugin, tables in found.items()]


def _section(plugin: str, tables: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "activity": gettext("Module {plugin}, no longer in use").format(plugin=plugin),
        "purposes": [],
        "recipients": [],
        "retention": gettext("Kept until the module is installed again and its rows are erased."),
        "source": "",
        "tables": tables,
    }


def _table(
    table: LostTable,
    columns: Sequence[KeptColumn],
    rows: Sequence[Sequence[Any]],
    leave_out: Callable[[str, str], None],
) -> dict[str, Any]:
    """A table as the document shows it: columns that are empty throughout, keys, subject apart."""
    shown = []
    for at, column in enumerate(columns):
        if column.column in ("id", table.kept.subject):
            continue
        if all(row[at] in _NOTHING for row in rows):
            continue
        if table.names_person(column):
            leave_out(
                labelled(table.kept.label, column.label),
                gettext("The rights of other persons (GDPR art. 15(4))."),
            )
            continue
        shown.append((at, column))
    labels = [str(column.label) for _at, column in shown]
    lines = [[_words(column, row[at]) for at, column in shown] for row in rows]
    return {
        "label": str(table.kept.label),
        "columns": labels,
        "rows": lines,
        "records": [
            [{"label": c, "value": v} for c, v in zip(labels, line, strict=True) if v]
            for line in lines
        ],
    }


def _words(column: KeptColumn, raw: Any) -> str:
    if raw is None:
        return ""
    if column.kind == "choice":
        option = choices.current().by_id.get(raw)
        return str(option.label) if option else str(raw)
    kind = type_of_kept(column)
    return str(kind.show(kind.load(raw)))


def _on_request() -> str:
    return gettext("Your account does not open it; the organisation gives it to you on request.")


def _lacking(table: LostTable) -> Forbidden:
    kept = table.kept
    text = gettext("The document would lack “{table}”, so it is not made.").format(table=kept.label)
    if not kept.subject:
        remedy = gettext(
            "The module {plugin} is not loaded, and nobody can tell whose rows these are: install"
            " it again."
        )
        return Forbidden(text, remedy.format(plugin=kept.plugin))
    return Forbidden(text, rightwords.whole_remedy(kept.label))
