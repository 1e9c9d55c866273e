"""The content of a custom form while an administrator arranges it: placed, left out, with words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portal import customforms
from portal.builtin.customforms import SEARCH
from portal.catalog import CatalogTable
from portal.customforms import Placed
from portal.errors import Conflict, Invalid
from portal.fields import Field
from portal.fieldtypes import field_words
from portal.form_rules import FORM, FORM_FIELD
from portal.gate import Gate
from portal.i18n import Text, _
from portal.rows import Filter, Row, Selection
from portal.stamps import stamp

WORDS = ("label_fr", "label_en", "help_fr", "help_en")


@dataclass(frozen=True, slots=True)
class Content:
    """A custom form and its fields: those placed in their order, those left out.

    `appeared` are fields that the table has since the form was saved, `vanished` those that it has
    no more, in words. `stamp` changes when somebody saves the form.
    """

    form: Row
    table: CatalogTable
    fields: Mapping[str, Field]
    placed: tuple[Placed, ...]
    left_out: tuple[str, ...]
    appeared: frozenset[str]
    vanished: tuple[str, ...]
    stamp: str

    @property
    def preview(self) -> tuple[Field, ...]:
        """The fields as the form asks them."""
        fields = tuple(self.fields.values())
        return customforms.arranged(self.placed, fields, ())

    @property
    def others(self) -> tuple[Field, ...]:
        """The fields that may be put into the form."""
        names = {place.name for place in self.placed}
        return tuple(field for field in self.fields.values() if field.name not in names)


def content(gate: Gate, id: int) -> Content:
    """The content of a custom form as it is stored. Raises NotFound."""
    form = gate.one(FORM, id)
    rows = _rows(gate, id)
    table = gate.catalog.table(str(form.values["table_name"]))
    act = str(form.values["form"])
    fields = {field.name: field for field in customforms.fields_of(table, act)}
    usual = [f for f in fields.values() if f.in_forms or act == SEARCH]
    stored = [_placed(row) for row in rows]
    asked = customforms.arranged(stored, tuple(fields.values()), usual)
    words = {place.name: place for place in stored}
    named = set(words)
    return Content(
        form,
        table,
        fields,
        tuple(words.get(field.name, Placed(field.name)) for field in asked),
        tuple(p.name for p in stored if p.left_out and p.name in fields),
        frozenset(f.name for f in usual if f.name not in named) if rows else frozenset(),
        tuple(str(p.label) or field_words(p.name) for p in stored if p.name not in fields),
        _stamp(form, rows),
    )


def changed(stored: Content, names: Sequence[str], words: Mapping[str, Placed]) -> Content:
    """The same form with these fields in this order. Raises Invalid for a name that is no field."""
    wanted = list(dict.fromkeys(names))
    unknown = [name for name in wanted if name not in stored.fields]
    if unknown:
        raise Invalid(_("There is no field '{name}' here.").format(name=unknown[0][:60]))
    placed = tuple(replace(words.get(name, Placed(name)), left_out=False) for name in wanted)
    usual = {*(place.name for place in stored.placed), *stored.left_out}
    left_out = tuple(name for name in stored.fields if name in usual and name not in wanted)
    return replace(stored, placed=placed, left_out=left_out)


def moved(content: Content, name: str, act: str) -> Content:
    """The form after one move: `up`, `down`, `out` or `in`. Raises Invalid for another act."""
    placed = list(content.placed)
    at = next((n for n, place in enumerate(placed) if place.name == name), -1)
    if act == "in" and at < 0 and name in content.fields:
        return changed(content, [*(p.name for p in placed), name], _by_name(placed))
    if at < 0 or act not in ("up", "down", "out"):
        raise Invalid(_("There is no such move."))
    place = placed.pop(at)
    if act != "out":
        placed.insert(max(at - 1, 0) if act == "up" else at + 1, place)
    return changed(content, [p.name for p in placed], _by_name(placed))


def save(gate: Gate, content: Content) -> None:
    """Store what was arranged.

    Raises Conflict when somebody saved the form meanwhile, Invalid when a field must be asked.
    """
    rows = _rows(gate, content.form.id)
    form = gate.one(FORM, content.form.id)
    if _stamp(form, rows) != content.stamp:
        raise Conflict(
            _("Somebody changed this form while you were working on it."),
            _("Open it again and repeat your changes."),
            form.version,
        )
    wanted = [_values(place, (n + 1) * 10) for n, place in enumerate(content.placed)]
    wanted += [_values(Placed(name, left_out=True), 0) for name in content.left_out]
    kept = {str(row.values["field_name"]): row for row in rows}
    changes: list[dict[str, Any]] = []
    for values in wanted:
        row = kept.pop(values["field_name"], None)
        if row is None:
            changes.append(values)
            continue
        new = {name: value for name, value in values.items() if row.values[name] != value}
        if new:
            changes.append({**new, "id": row.id, "version": row.version})
    gone = [{"id": row.id, "version": row.version, "erase": True} for row in kept.values()]
    if changes or gone:
        gate.update(FORM, form.id, {}, form.version, {FORM_FIELD: [*gone, *changes]})


def _rows(gate: Gate, form: int) -> list[Row]:
    selection = Selection(filters=(Filter("form", "equals", str(form)),))
    rows = list(gate.stream(FORM_FIELD, selection))
    return sorted(rows, key=lambda row: (row.values["position"], row.id))


def _placed(row: Row) -> Placed:
    values = row.values
    return Placed(
        str(values["field_name"]),
        bool(values["left_out"]),
        Text(values["label_fr"], values["label_en"]),
        Text(values["help_fr"], values["help_en"]),
    )


def _values(place: Placed, position: int) -> dict[str, Any]:
    return {
        "field_name": place.name,
        "position": position,
        "left_out": place.left_out,
        "label_fr": place.label.fr,
        "label_en": place.label.en,
        "help_fr": place.help.fr,
        "help_en": place.help.en,
    }


def _by_name(placed: Sequence[Placed]) -> dict[str, Placed]:
    return {place.name: place for place in placed}


def _stamp(form: Row, rows: Sequence[Row]) -> str:
    """A text that differs after every save of the form or of one of its fields."""
    return stamp(*((row.id, row.version) for row in (form, *rows)))
