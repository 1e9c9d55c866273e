"""References in a file: the row that a text names, by number, what is unique, or its title."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from portal import choices
from portal.errors import Invalid
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import LANGUAGES, Label, _, language
from portal.imports.columns import IDENTIFIER, Column
from portal.matching import alive, by_value, comparable, has_title, key_fields, titled
from portal.text import fold

Answer = int | Label
"""The number of the row that is named, or why there is none."""
MOST_KEPT = 50_000


class Names:
    """What texts of a file name, asked of the gate many at a time and kept for the next lines."""

    def __init__(self, gate: Gate, table: str, fixed: Mapping[str, Any]) -> None:
        self.gate, self.table, self.fixed = gate, table, fixed
        self._kept: dict[tuple[int, str], Answer] = {}

    def answers(self, column: Column, texts: Collection[str]) -> dict[str, Answer]:
        """The row that each text of a column names, or why there is none."""
        if len(self._kept) > MOST_KEPT:
            self._kept.clear()
        missing = {text for text in texts if (column.number, text) not in self._kept}
        if missing:
            for text, answer in self._asked(column, missing).items():
                self._kept[column.number, text] = answer
        return {text: self._kept[column.number, text] for text in texts}

    def forget(self) -> None:
        """Ask again: rows were written meanwhile."""
        self._kept.clear()

    def _asked(self, column: Column, texts: Collection[str]) -> dict[str, Answer]:
        field = column.field
        if field is None:
            return {}
        found: dict[str, set[int]] = {text: set() for text in texts}
        numbers = {text: int(text) for text in texts if _is_number(text)}
        if not column.by or column.by == "id":
            there = alive(self.gate, field.target, set(numbers.values()))
            for text, number in numbers.items():
                if number in there:
                    found[text].add(number)
        if column.by != "id":
            rest = {t for t in texts if not (column.exported and found[t])}
            for key in self._keys(field, column.by):
                self._by_key(field, key, rest, found)
            if not column.by:
                self._by_title(field, rest, found)
        return {text: _answer(field, self.gate, text, ids) for text, ids in found.items()}

    def _keys(self, field: Field, by: str) -> list[Field]:
        known = key_fields(self.gate, field.target)
        if by:
            return [key for key in known if key.name == by]
        joined = {
            name
            for names, unique in self.gate.catalog.table(field.target).model._meta.indexes
            if unique and field.target == self.table
            for name in names
            if name not in self.fixed and set(names) - {name} <= set(self.fixed)
        }
        return [
            key
            for key in known
            if key.name != "id"
            and (key.column.unique or key.name == IDENTIFIER or key.name in joined)
        ]

    def _by_key(
        self, field: Field, key: Field, texts: Collection[str], found: dict[str, set[int]]
    ) -> None:
        values: dict[Any, list[str]] = {}
        for text in texts:
            try:
                value = key.type.parse(text)
            except Invalid:
                continue
            if value not in (None, ""):
                values.setdefault(comparable(key, value), []).append(text)
        fixed = self.fixed if field.target == self.table else {}
        for value, ids in by_value(self.gate, field.target, key.name, list(values), fixed).items():
            for text in values.get(value, ()):
                found[text].update(ids)

    def _by_title(self, field: Field, texts: Collection[str], found: dict[str, set[int]]) -> None:
        if not has_title(self.gate.catalog.table(field.target)):
            return
        rest = {text for text in texts if not found[text]}
        titles = titled(self.gate, field.target, rest) if rest else {}
        for text in rest:
            found[text].update(titles.get(fold(" ".join(text.split())), ()))


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and 0 < len(text) < 19 and int(text) > 0


def _answer(field: Field, gate: Gate, text: str, ids: Collection[int]) -> Answer:
    if len(ids) == 1:
        return next(iter(ids))
    table = gate.catalog.table(field.target)
    if not ids:
        return _("{field}: “{text}” is nothing in “{table}” that you may read.").format(
            field=field.label, text=text[:60], table=table.label
        )
    return _("{field}: “{text}” may be several rows of “{table}”. Give the number of one.").format(
        field=field.label, text=text[:60], table=table.label
    )


def choice(field: Field, text: str) -> int:
    """The choice that a text names: by identifier, or by label in either language.

    Raises Invalid when there is none, or several.
    """
    kind: Any = field.type
    known = choices.current()
    try:
        return known.find(kind.list_name, text).id
    except Invalid:
        ids = {option.id for option in known.of(kind.list_name) if fold(text) in _labels(option)}
        if len(ids) == 1:
            return ids.pop()
        if ids:
            raise Invalid(
                _("“{text}” is the label of several choices.").format(text=text[:60]),
                _("Give the identifier of one."),
            ) from None
        raise


def option(field: Field, text: str) -> str:
    """The key of a value that the code relies on: itself, or its label in either language."""
    kind: Any = field.type
    if text in kind.options:
        return text
    for key, label in kind.options.items():
        if fold(text) in _spoken(label):
            return str(key)
    return text


def _labels(one: choices.Option) -> set[str]:
    return {fold(one.label.fr), fold(one.label.en)} - {""}


def _spoken(label: Label) -> set[str]:
    found = set()
    for spoken in LANGUAGES:
        with language(spoken):
            found.add(fold(str(label)))
    return found - {""}
