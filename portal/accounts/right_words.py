"""Rights in words: tables, permissions, reaches, fields and conditions as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from portal import choices
from portal import conditions as texts
from portal.actor import EVERYTHING, Condition
from portal.builtin.accounts import REACHES
from portal.catalog import Catalog, CatalogTable
from portal.errors import Invalid
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, _, gettext
from portal.rightwords import VERBS
from portal.text import fold

OPERATORS: Mapping[str, Label] = MappingProxyType(
    {
        "equals": _("{field} is {value}"),
        "contains": _("{field} contains {value}"),
        "before": _("{field} is before {value}"),
        "after": _("{field} is after {value}"),
        "between": _("{field} is between {value}"),
        "empty": _("{field} is empty"),
    }
)
_REACH = {str(reach): label for reach, label in REACHES}


def table_words(catalog: Catalog, name: str) -> str:
    """What a right speaks of: a table, a whole module, or everything."""
    if name == EVERYTHING:
        return gettext("Everything")
    if name.endswith(".*"):
        module = name.removesuffix(".*")
        if not any(table.plugin == module for table in catalog):
            return gettext("A module that is not installed")
        return gettext("Every table of {module}").format(module=catalog.label_of(module))
    table = catalog.tables.get(name)
    return str(table.label) if table else gettext("A table that is not installed")


def verb_words(verbs: Iterable[str]) -> str:
    """Permissions, in the order of the screens."""
    held = set(verbs)
    held = set(VERBS) if EVERYTHING in held else held
    return ", ".join(str(words) for verb, words in VERBS.items() if verb in held)


def reach_words(reach: str) -> str:
    """A reach: which rows."""
    return str(_REACH.get(reach, reach))


def labels_of(tables: Sequence[CatalogTable]) -> dict[str, str]:
    """The labels of all fields of some tables, by name; in alphabetical order."""
    found: dict[str, str] = {}
    for table in tables:
        for field in table.fields.values():
            if not field.secret:
                found.setdefault(field.name, str(field.label))
    return dict(sorted(found.items(), key=lambda item: fold(item[1])))


def field_words(tables: Sequence[CatalogTable], names: Iterable[str]) -> str:
    """Fields by their labels; those that are not there any more are left out."""
    wanted = set(names)
    return ", ".join(label for name, label in labels_of(tables).items() if name in wanted)


def condition_words(gate: Gate, tables: Sequence[CatalogTable], condition: Condition) -> str:
    """A condition as a sentence; references by the titles that the reader may see."""
    field = next((t.fields[condition.field] for t in tables if condition.field in t.fields), None)
    if field is None or condition.operator not in OPERATORS:
        return gettext("a condition that cannot be asked any more, so that no record meets it")
    if condition.operator == "empty":
        filled = condition.value.casefold() in ("false", "0", "no", "non")
        sentence = gettext("{field} is not empty") if filled else str(OPERATORS["empty"])
        return sentence.format(field=field.label)
    value = condition.value
    if condition.operator == "between":
        first, _gap, last = value.partition("..")
        ends = (value_words(gate, field, first), value_words(gate, field, last))
        shown = gettext("{first} and {last}").format(first=ends[0], last=ends[1])
    else:
        shown = value_words(gate, field, value)
    return str(OPERATORS[condition.operator]).format(field=field.label, value=shown)


def value_words(gate: Gate, field: Field, text: str) -> str:
    """The value of a condition as people write it."""
    kind = field.type
    try:
        if kind.name == "choice":
            found = choices.current().find(kind.list_name, text)  # type: ignore[attr-defined]  # a choice type
            return str(found.label)
        if field.target:
            key = int(kind.parse(text))
            return gate.titles(field.target, [key]).get(key, gettext("(not accessible)"))
        return kind.show(kind.parse(text))
    except (Invalid, ValueError):
        return text


def conditions_words(gate: Gate, tables: Sequence[CatalogTable], text: str) -> str:
    """All the conditions of a right as one sentence; empty when there are none."""
    parts = [condition_words(gate, tables, condition) for condition in texts.parse(text)]
    return gettext(" and ").join(parts)
