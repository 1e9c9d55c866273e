"""A right as its form holds it: chosen from what there is, never typed as names of the code."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal import choices, right_checks
from portal import conditions as texts
from portal.accounts import right_words
from portal.actor import EVERYTHING, Condition
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.errors import Invalid, NotFound
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privileges import ACCOUNTS
from portal.rightwords import VERBS
from portal.text import fold

GRANT = "accounts.grant"
WITHHELD, DOTS, READ, WRITE = "", "masked", "read", "write"
BLANK_LINES = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """One condition as the form shows it: the value as people write it."""

    field: str = ""
    operator: str = "equals"
    value: str = ""


@dataclass(frozen=True, slots=True)
class Draft:
    """A right as its form holds it. `access` says of each field: withheld, dots, read, write."""

    table: str
    verbs: frozenset[str] = frozenset({str(Verb.READ)})
    reach: str = "own"
    reads_all: bool = True
    writes_all: bool = False
    access: Mapping[str, str] = field(default_factory=dict)
    conditions: tuple[Asked, ...] = ()


def may_write(gate: Gate, verb: Verb) -> bool:
    """True for who looks after accounts and rights, and may write rights so."""
    return gate.actor.may(ACCOUNTS) and gate.can(verb, GRANT)


def tables_of(name: str) -> tuple[CatalogTable, ...]:
    """The tables that a right speaks of. Raises NotFound where there is none."""
    found = right_checks.covered(name)
    if not found:
        raise NotFound(_("There is no such table here."))
    return found


def draft(gate: Gate, right: Mapping[str, Any]) -> Draft:
    """A stored right as its form holds it."""
    name = str(right["table_name"])
    tables = tables_of(name)
    readable, writable = _names(right, "readable"), _names(right, "writable")
    masked, verbs = _names(right, "masked"), _names(right, "verbs")
    access = {}
    for each in right_words.labels_of(tables):
        access[each] = WITHHELD
        if each in masked:
            access[each] = DOTS
        elif each in writable and {each, EVERYTHING} & readable:
            access[each] = WRITE
        elif each in readable:
            access[each] = READ
    parsed = texts.parse(str(right["conditions"] or ""))
    asked = [shown_condition(gate, tables, one) for one in parsed]
    return Draft(
        table=name,
        verbs=frozenset(VERBS) if EVERYTHING in verbs else frozenset(verbs),
        reach=str(right["reach"]),
        reads_all=EVERYTHING in readable,
        writes_all=EVERYTHING in writable,
        access=access,
        conditions=tuple(asked),
    )


def values(gate: Gate, made: Draft) -> dict[str, str]:
    """The stored form of a right from its form. Raises Invalid for a condition that cannot be."""
    tables = tables_of(made.table)
    access = {name: made.access.get(name, WITHHELD) for name in right_words.labels_of(tables)}
    readable = [name for name, level in access.items() if level in (READ, WRITE)]
    writable = [name for name, level in access.items() if level == WRITE]
    lines = []
    for asked in made.conditions:
        if asked.field or asked.value:
            lines.append(stored_condition(gate, tables, asked))
    return {
        "table_name": made.table,
        "verbs": " ".join(verb for verb in VERBS if verb in made.verbs),
        "reach": made.reach,
        "readable": EVERYTHING if made.reads_all else " ".join(readable),
        "writable": EVERYTHING if made.writes_all else " ".join(writable),
        "masked": " ".join(name for name, level in access.items() if level == DOTS),
        "conditions": texts.write(lines),
    }


def comparable(tables: Sequence[CatalogTable]) -> dict[str, str]:
    """The labels of the fields that a condition may compare: those that every table has."""
    shared: Collection[str] = set(tables[0].fields)
    for table in tables[1:]:
        shared = set(shared) & set(table.fields)
    return {
        name: label
        for name, label in right_words.labels_of(tables).items()
        if name in shared and all(texts.askable(table.fields[name]) for table in tables)
    }


def _names(right: Mapping[str, Any], part: str) -> set[str]:
    return set(str(right[part] or "").split())


def shown_condition(gate: Gate, tables: Sequence[CatalogTable], condition: Condition) -> Asked:
    """A stored condition as a form shows it: its value as people write it."""
    known = tables[0].fields.get(condition.field)
    value = condition.value
    if known is not None and condition.operator in ("equals", "contains"):
        value = right_words.value_words(gate, known, value)
    return Asked(condition.field, condition.operator, value)


def stored_condition(gate: Gate, tables: Sequence[CatalogTable], asked: Asked) -> Condition:
    """A condition with its value as it is stored: a choice by its identifier, a record's number."""
    known = tables[0].fields.get(asked.field)
    if known is None:
        sentence = gettext("Choose a field for the condition on “{value}”.")
        raise Invalid(sentence.format(value=asked.value[:60]), fields={"conditions": sentence})
    value = " ".join(asked.value.split())
    try:
        if asked.operator == "equals" and known.type.name == "choice":
            value = _choice(known, value)
        elif asked.operator == "equals" and known.target and not value.isdecimal():
            value = _record(gate, known, value)
    except Invalid as error:
        raise Invalid(str(error), fields={"conditions": str(error)}) from None
    return Condition(asked.field, asked.operator, value)


def _choice(known: Field, value: str) -> str:
    listed = choices.current().of(known.type.list_name)  # type: ignore[attr-defined]  # a choice type
    found = [one for one in listed if fold(value) in (fold(str(one.label)), fold(one.slug))]
    if not found:
        names = ", ".join(str(one.label) for one in listed[:20])
        raise Invalid(
            _("“{value}” is no choice of “{field}”.").format(value=value[:60], field=known.label),
            _("Known: {known}.").format(known=names),
        )
    return found[0].slug


def _record(gate: Gate, known: Field, value: str) -> str:
    found = gate.lookup(known.target, value) if gate.can(Verb.READ, known.target) else ()
    exact = [id for id, title in found if title == value] or [id for id, _title in found]
    if len(exact) != 1:
        raise Invalid(
            _("“{value}” names no record, or several.").format(value=value[:60]),
            _("Write the title of the record in full."),
        )
    return str(exact[0])
