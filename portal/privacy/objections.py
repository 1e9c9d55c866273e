"""Objections as an officer keeps them: entered by hand, from a person or by a decision; lifted.

The list is found in by typing what was entered: it names nobody, so nobody can be looked up in it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal import objections
from portal.builtin.objections import (
    FROM_PERSON,
    FROM_REQUEST,
    KINDS,
    ORIGINS,
    SCOPES,
    TYPED,
)
from portal.catalog import PERSON
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.gate import Gate
from portal.i18n import Label, _
from portal.objections import TABLE, Known
from portal.rows import Filter, Row, Selection

MOST = 500
ELSEWHERE = "elsewhere"
EFFECTS: tuple[tuple[str, Label], ...] = (
    *SCOPES,
    (ELSEWHERE, _("Something else: nothing is put on the list")),
)
"""What the decision on an objection puts on the list."""
_WORDS = {name: dict(choices) for name, choices in (("scope", SCOPES), ("origin", ORIGINS))}
_KINDS = dict(KINDS)


@dataclass(frozen=True, slots=True)
class Entry:
    """What was entered together: by what it recognises, to what it objects, since when."""

    entry: str
    kinds: tuple[Label, ...]
    scope: Label
    origin: Label
    at: datetime
    lifted_at: datetime | None


def may_open(gate: Gate) -> bool:
    """True for who reads the objection list, each of its fields, none masked (without a query)."""
    if not gate.can(Verb.READ, TABLE):
        return False
    shown = {field.name for field in gate.fields(TABLE)} - gate.masked(TABLE)
    every = {field.name for field in gate.catalog.table(TABLE).fields.values() if not field.secret}
    return every <= shown and gate.scope(TABLE, Verb.READ).whole


def may_act(gate: Gate) -> bool:
    """True for who enters and lifts objections (without a query)."""
    return may_open(gate) and objections.keeps(gate)


def standing(gate: Gate) -> list[Entry]:
    """The latest objections that were not lifted: those of the last 500 lines."""
    wanted = Selection(
        filters=(Filter("lifted_at", "empty", "true"),),
        sort="at",
        descending=True,
        page_size=MOST,
    )
    return _entries(gate.list(TABLE, wanted).rows)


def find(gate: Gate, known: Known) -> list[Entry]:
    """The objections that recognise somebody, lifted ones too. Raises Invalid without a mark."""
    asked = objections.marks(known)
    if not asked:
        raise objections.nothing_told()
    return _entries(gate.many(TABLE, objections.matching(asked)[:MOST]))


def _entries(rows: Sequence[Row]) -> list[Entry]:
    together: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        together.setdefault(row.values["entry"], []).append(dict(row.values))
    return [
        Entry(
            entry=entry,
            kinds=tuple(label for kind, label in KINDS if kind in {one["kind"] for one in lines}),
            scope=_WORDS["scope"][lines[0]["scope"]],
            origin=_WORDS["origin"][lines[0]["origin"]],
            at=lines[0]["at"],
            lifted_at=lines[0]["lifted_at"],
        )
        for entry, lines in together.items()
    ]


def enter_typed(gate: Gate, known: Known, scope: str) -> int:
    """Enter what was typed; to how many recorded persons news stops. Raises Forbidden, Invalid."""
    return objections.enter(gate, objections.marks(known), scope, TYPED)


def recognised_by(gate: Gate, person: int) -> tuple[tuple[str, Label], ...]:
    """By what a person in reach can be recognised. Raises NotFound."""
    _require_reach(gate, person)
    there = objections.kinds_of(person)
    return tuple((kind, label) for kind, label in KINDS if kind in there)


def enter_person(gate: Gate, person: int, kinds: Collection[str], scope: str) -> int:
    """Enter a person in reach by some of what is known of them. Raises NotFound and as above."""
    _require_reach(gate, person)
    return objections.enter(gate, objections.marks_of(person, kinds), scope, FROM_PERSON)


def lift(gate: Gate, entry: str) -> None:
    """Take an entry off the list. Raises Forbidden, NotFound; Invalid when it was lifted before."""
    objections.lift(gate, entry)


def _require_reach(gate: Gate, person: int) -> None:
    if person not in gate.titles(PERSON, [person]):
        raise NotFound(_("There is no such row here."), _("It may have been erased."))


def enter_request(gate: Gate, request: Row, effect: str) -> bool:
    """Do what the decision on an objection says; True when somebody is on the list by it.

    Raises Invalid without an effect, or when nothing tells who objects; Forbidden.
    """
    if effect not in dict(EFFECTS):
        why = _("Choose what the person objects to.")
        raise Invalid(why, "", {"objection": why})
    if effect == ELSEWHERE:
        return False
    person = request.values["person"]
    if person is not None:
        entered = objections.marks_of(person.id, _KINDS)
    else:
        entered = objections.marks(Known(email=str(request.values["applicant_email"] or "")))
    if not objections.stands(entered, effect):
        objections.enter(gate, entered, effect, FROM_REQUEST)
    return True
