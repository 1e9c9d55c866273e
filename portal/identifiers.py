"""Which identifiers each main table makes, of what, and in which order.

What administrators wrote is read again when the configuration changes; a table of which they wrote
nothing keeps the formula that it ships with. A formula whose names are gone is broken: it gives
nothing, and no row is refused for it. What is made of a field is shown where that field is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import CycleError, TopologicalSorter

from portal import formulas
from portal.builtin.identifiers import Identifier
from portal.catalog import Catalog, CatalogTable
from portal.errors import Invalid
from portal.fields import Field
from portal.i18n import Label, _, labelled
from portal.models import IDENTIFIERS

TABLE = "typing.identifier"
EXTERNAL, FULL, INDEX = IDENTIFIERS


@dataclass(frozen=True, slots=True)
class Definition:
    """What somebody wrote: a formula in a syntax, or the fields within which rows are numbered."""

    kind: str
    formula: str = ""
    syntax: str = "simple"
    keys: tuple[str, ...] = ()

    @property
    def uses(self) -> tuple[str, ...]:
        """The names that it is made of, with their attributes. Raises Invalid."""
        return self.keys if self.kind == INDEX else formulas.names(self.formula, self.syntax)

    @property
    def roots(self) -> tuple[str, ...]:
        """The fields of the row that it is made of."""
        return tuple(dict.fromkeys(name.partition(".")[0] for name in self.uses))


@dataclass(frozen=True, slots=True)
class Plan:
    """The identifiers of a table: the formulas in the order of their making, and its numbering."""

    formulas: tuple[Definition, ...] = ()
    index: Definition | None = None
    broken: Mapping[str, str] = field(default_factory=dict)

    @property
    def made(self) -> tuple[str, ...]:
        """The columns that are made."""
        index = (INDEX,) if self.index else ()
        return (*index, *(definition.kind for definition in self.formulas))

    @property
    def uses(self) -> tuple[str, ...]:
        """Every name that the formulas use."""
        return tuple(dict.fromkeys(name for made in self.formulas for name in made.uses))


NOTHING = Plan()


class _Known:
    """What is written, and the plans made of it so far."""

    def __init__(self, written: Mapping[str, Mapping[str, Definition]], version: int) -> None:
        self.written, self.version = written, version
        self.plans: dict[str, tuple[CatalogTable, Plan]] = {}


_known = _Known({}, -1)


def refresh(version: int) -> None:
    """Read the formulas again when the configuration version is another one (one query)."""
    global _known
    if _known.version != version:
        _known = _Known(_written(), version)


def _written() -> Mapping[str, Mapping[str, Definition]]:
    columns = (Identifier.table_name, Identifier.kind, Identifier.formula, Identifier.syntax)
    written: dict[str, dict[str, Definition]] = {}
    for table, kind, formula, syntax, keys in Identifier.select(*columns, Identifier.keys).tuples():
        definition = Definition(kind, formula, syntax, tuple(keys.split()))
        written.setdefault(table, {})[kind] = definition
    return written


def of(catalog: Catalog, table: CatalogTable) -> Plan:
    """The identifiers that rows of a table get."""
    if table.declaration.identifiers is None:
        return NOTHING
    found = _known.plans.get(table.name)
    if found is None or found[0] is not table:
        found = (table, plan(catalog, table, definitions(table)))
        _known.plans[table.name] = found
    return found[1]


def definitions(table: CatalogTable, *, now: bool = False) -> dict[str, Definition]:
    """What the table ships with, and what administrators wrote over it, by kind.

    `now`: as it stands in this transaction, whatever the process last read.
    """
    shipped = table.declaration.identifiers
    if shipped is None:
        return {}
    found = dict((_written() if now else _known.written).get(table.name, {}))
    default = Definition(EXTERNAL, shipped.formula, shipped.syntax)
    return {**found, EXTERNAL: default if shipped.fixed else found.get(EXTERNAL, default)}


def plan(catalog: Catalog, table: CatalogTable, wanted: Mapping[str, Definition]) -> Plan:
    """The order in which identifiers are made; those that cannot be made are named as broken."""
    broken: dict[str, str] = {}
    whole = {}
    for kind, definition in wanted.items():
        try:
            check(catalog, table, definition)
        except Invalid as wrong:
            broken[kind] = str(wrong)
        else:
            whole[kind] = definition
    try:
        order = ordered(whole.values())
    except Invalid as wrong:
        return Plan(broken={**broken, **dict.fromkeys(whole, str(wrong))})
    index = whole.get(INDEX)
    made = tuple(whole[kind] for kind in order if kind in whole and kind != INDEX)
    return Plan(tuple(d for d in made if d.formula.strip()), index, broken)


def check(catalog: Catalog, table: CatalogTable, definition: Definition) -> None:
    """Refuse a formula, or keys, that this table cannot make an identifier of. Raises Invalid."""
    if definition.kind == INDEX:
        keyed = keys(table)
        wrong = [name for name in definition.keys if name not in keyed]
        if wrong:
            raise Invalid(
                _("Rows cannot be numbered within '{name}'.").format(name=wrong[0][:60]),
                _("Use one of: {known}.").format(known=", ".join(keyed)),
            )
        return
    formulas.check(definition.formula, definition.syntax, variables(catalog, table))


def ordered(wanted: Collection[Definition]) -> list[str]:
    """The kinds in the order of their making. Raises Invalid for identifiers in a ring."""
    needs = {made.kind: {name for name in made.roots if name in IDENTIFIERS} for made in wanted}
    try:
        return list(TopologicalSorter(needs).static_order())
    except CycleError as ring:
        names = " → ".join(dict.fromkeys(str(name) for name in ring.args[1]))
        raise Invalid(
            _("These identifiers are made of each other: {names}.").format(names=names),
            _("Take one of them out of the formula of the other."),
        ) from None


def variables(catalog: Catalog, table: CatalogTable) -> dict[str, Label]:
    """The names that a formula of a table may use, with what they are.

    Of the row: its fields, secret, sensitive and protected ones left out. Of what it refers to: the
    number, the identifiers, and what is not personal.
    """
    found: dict[str, Label] = {}
    for spec in table.fields.values():
        if not _usable(spec):
            continue
        if spec.target:
            found |= dict(_beyond(catalog, spec))
            continue
        found[spec.name] = spec.label
        if spec.type.name == "choice":
            found[f"{spec.name}.label"] = labelled(spec.label, _("in French"))
    return found


def _usable(spec: Field) -> bool:
    closed = spec.secret or spec.sensitive or spec.disclosed
    return not closed and spec.name not in ("created_at", "updated_at")


def _beyond(catalog: Catalog, reference: Field) -> Iterator[tuple[str, Label]]:
    for other in catalog.table(reference.target).fields.values():
        named = other.name in (EXTERNAL, FULL, INDEX) or other.name == "id"
        plain = other.not_personal and not other.target and other.type.name != "choice"
        if _usable(other) and (named or plain):
            yield f"{reference.name}.{other.name}", labelled(reference.label, other.label)


def keys(table: CatalogTable) -> dict[str, Label]:
    """The fields within which rows may be numbered."""
    return {
        spec.name: spec.label
        for spec in table.fields.values()
        if _usable(spec) and spec.name != "id" and spec.name not in IDENTIFIERS
    }


def made_of(catalog: Catalog, table: CatalogTable, name: str) -> Sequence[Field]:
    """The fields that an identifier is made of; none for any other field."""
    if name not in IDENTIFIERS or table.declaration.identifiers is None:
        return ()
    found = of(catalog, table)
    made = [found.index] if name == INDEX else [d for d in found.formulas if d.kind == name]
    roots = [root for definition in made if definition for root in definition.roots]
    return tuple(table.fields[root] for root in roots if root in table.fields)
