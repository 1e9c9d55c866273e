"""The custom forms of one moment, kept in the process, and which one a person meets.

A form for an account goes before one for a profile type, and that before one for everyone; among
equals the first by name. They are read again when the catalog version changes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from portal.actor import Actor
from portal.builtin.accounts import ProfileType
from portal.builtin.customforms import (
    ACCOUNTS,
    CREATE,
    EDIT,
    PROFILES,
    SEARCH,
    CustomForm,
    CustomFormAccount,
    CustomFormField,
    CustomFormProfile,
)
from portal.catalog import CatalogTable
from portal.fields import Field
from portal.i18n import Text
from portal.text import fold


@dataclass(frozen=True, slots=True)
class Placed:
    """A field that a custom form places or leaves out; empty words leave those of the field."""

    name: str
    left_out: bool = False
    label: Text = Text("", "")
    help: Text = Text("", "")


@dataclass(frozen=True, slots=True)
class Shape:
    """What a custom form does to a form of a table, and to whom it applies."""

    name: str
    table: str
    form: str
    applies_to: str
    placed: tuple[Placed, ...]
    profiles: frozenset[str] = frozenset()
    accounts: frozenset[int] = frozenset()

    def concerns(self, actor: Actor) -> bool:
        """True when the form is meant for this actor."""
        if self.applies_to == ACCOUNTS:
            return actor.account in self.accounts
        if self.applies_to == PROFILES:
            return not self.profiles.isdisjoint(actor.profiles)
        return True

    @property
    def rank(self) -> tuple[int, str]:
        """The order in which forms are tried: the narrowest first, then by name."""
        breadth = {ACCOUNTS: 0, PROFILES: 1}.get(self.applies_to, 2)
        return breadth, fold(self.name)


class Forms:
    """Every custom form in use, by table and form."""

    def __init__(self, shapes: Collection[Shape] = (), version: int = -1) -> None:
        self.version = version
        self._shapes: dict[tuple[str, str], list[Shape]] = {}
        for shape in sorted(shapes, key=lambda shape: shape.rank):
            self._shapes.setdefault((shape.table, shape.form), []).append(shape)

    def of(self, actor: Actor, table: str, form: str) -> Shape | None:
        """The custom form that this actor meets; None when the form is as it ships."""
        found = self._shapes.get((table, form), ())
        return next((shape for shape in found if shape.concerns(actor)), None)


def shaped(
    shape: Shape | None, fields: Sequence[Field], *, searching: bool = False
) -> tuple[Field, ...]:
    """The fields that a form asks, in its order, out of those that the actor may use there.

    A field that an administrator added stands in a form when it is in all forms, or when the custom
    form places it; all fields are searched by. A field that was left out, and that a new record
    needs since then, is asked.
    """
    usual = tuple(field for field in fields if searching or field.in_forms)
    if shape is None:
        return usual
    kept = {f.name for f in fields if needed(f)} if shape.form == CREATE else set()
    placed = [place for place in shape.placed if not (place.left_out and place.name in kept)]
    return arranged(placed, fields, usual)


def needed(field: Field) -> bool:
    """True for a field without which no record can be made: required, and without a default."""
    return field.required and field.default in (None, "")


def arranged(
    placed: Sequence[Placed], fields: Sequence[Field], usual: Sequence[Field]
) -> tuple[Field, ...]:
    """The placed fields in their order and with their words, and the usual ones among them.

    A usual field that is not placed stands after the one that it follows as the form ships, so that
    a field of a later version finds its place. Names that are no field any more do nothing.
    """
    known = {field.name: field for field in fields}
    found = [_worded(known[p.name], p) for p in placed if p.name in known and not p.left_out]
    named = {place.name for place in placed}
    before = ""
    for field in usual:
        if field.name not in named:
            names = [other.name for other in found]
            found.insert(names.index(before) + 1 if before in names else 0, field)
        if any(other.name == field.name for other in found):
            before = field.name
    return tuple(found)


def _worded(field: Field, place: Placed) -> Field:
    label = place.label if place.label.fr or place.label.en else field.label
    help = place.help if place.help.fr or place.help.en else field.help
    return replace(field, label=label, help=help)


def fields_of(table: CatalogTable, form: str) -> tuple[Field, ...]:
    """The fields that a form of a table may ask: those that people write, or search by."""
    if form == SEARCH:
        return tuple(f for f in table.fields.values() if f.type.operators and not f.secret)
    fixed = table.declaration.fixed if form == EDIT else ()
    return tuple(
        f
        for f in table.fields.values()
        if not (f.system or f.derived or f.secret or f.name in fixed)
    )


_current = Forms()


def current() -> Forms:
    """The custom forms as last read."""
    return _current


def refresh(version: int) -> Forms:
    """Read the custom forms again when the catalog version is another one (four queries)."""
    global _current
    if _current.version != version:
        _current = Forms(_read(), version)
    return _current


def _read() -> list[Shape]:
    placed: dict[int, list[Placed]] = {}
    fields = CustomFormField.select().order_by(CustomFormField.position, CustomFormField.id)
    for row in fields.dicts():
        place = Placed(
            row["field_name"],
            bool(row["left_out"]),
            Text(row["label_fr"], row["label_en"]),
            Text(row["help_fr"], row["help_en"]),
        )
        placed.setdefault(row["form"], []).append(place)
    profiles: dict[int, set[str]] = {}
    held = CustomFormProfile.select(CustomFormProfile.form, ProfileType.slug).join(ProfileType)
    for form, slug in held.tuples():
        profiles.setdefault(form, set()).add(slug)
    accounts: dict[int, set[int]] = {}
    named = CustomFormAccount.select(CustomFormAccount.form, CustomFormAccount.account)
    for form, account in named.tuples():
        accounts.setdefault(form, set()).add(account)
    return [
        Shape(
            row["name"],
            row["table_name"],
            row["form"],
            row["applies_to"],
            tuple(placed.get(row["id"], ())),
            frozenset(profiles.get(row["id"], ())),
            frozenset(accounts.get(row["id"], ())),
        )
        for row in CustomForm.select().where(CustomForm.available).dicts()
    ]
