"""Former and new values of a row, as far as the reader may see the fields they belong to."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any

from portal import choices, history, processes
from portal.auditing import EVENTS
from portal.builtin.audit import ANONYMISE, CREATE, NOTED, RENAME, UPDATE
from portal.declare import Verb
from portal.errors import NotFound
from portal.fields import Field
from portal.fieldtypes import Reference
from portal.grants import shows
from portal.i18n import _
from portal.reading import Reader
from portal.rows import Change

if TYPE_CHECKING:
    from portal.gate import Gate


def of(gate: Gate, table: str, id: int) -> tuple[Change, ...]:
    """The changes of the fields that the gate's actor sees on this row, the latest first.

    Journaled before they are given. Raises NotFound for a row out of reach.
    """
    if not gate.titles(table, [id]):
        raise NotFound(_("There is no such row here."), _("It may have been erased."))
    reader = Reader(gate.scope(table, Verb.READ), lambda name: gate.scope(name, Verb.READ))
    covering = reader.covering(id)
    fields = {
        field.name: field
        for field in reader.table.fields.values()
        if any(shows(grant, field, reader.scope) for grant in covering)
    }
    kept = [change for change in history.of(table, id) if change.field in fields]
    titles = _titles(gate, fields, kept)
    changes = [
        Change(
            change.at,
            change.field,
            fields[change.field].label,
            _shown(fields[change.field], change.old, titles),
            _shown(fields[change.field], change.new, titles),
            _who(change),
        )
        for change in kept
    ]
    found = [*_events(gate, table, id), *changes]
    return tuple(sorted(found, key=attrgetter("at"), reverse=True))


def _events(gate: Gate, table: str, id: int) -> list[Change]:
    """The acts on the row that the audit noted; readings for who reads the event history alone."""
    words, open_to_all = dict(NOTED), {CREATE, UPDATE, RENAME, ANONYMISE}
    every = gate.can(Verb.READ, EVENTS)
    return [
        Change(event.at, "", words[event.act], "", "", _who(event))
        for event in history.events_of(table, id)
        if every or event.act in open_to_all
    ]


def _who(kept: Any) -> str:
    return processes.words(kept.actor) or str(_("Account {id}").format(id=kept.account))


def _titles(gate: Gate, fields: dict[str, Field], kept: list[Any]) -> dict[tuple[str, str], str]:
    """The titles of the rows that former and new values refer to, where they are in reach."""
    wanted: dict[str, set[int]] = {}
    for change in kept:
        target = fields[change.field].target
        if target and gate.can(Verb.READ, target):
            wanted.setdefault(target, set()).update(
                int(text) for text in (change.old, change.new) if text
            )
    return {
        (target, str(id)): title
        for target, ids in wanted.items()
        for id, title in gate.titles(target, sorted(ids)).items()
    }


def _shown(field: Field, text: str, titles: dict[tuple[str, str], str]) -> str:
    if not text:
        return ""
    if field.target:
        return titles.get((field.target, text)) or str(Reference(None, None))
    if field.type.name == "choice":
        option = choices.current().by_id.get(int(text)) if text.isdecimal() else None
        return str(option.label) if option else text
    return text
