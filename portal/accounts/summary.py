"""What every profile type lets do, table by table, in words: to read, to compare, to keep."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal import right_checks
from portal.accounts import right_words
from portal.actor import EVERYTHING
from portal.builtin.accounts import RIGHT
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.errors import NotFound
from portal.gate import Gate
from portal.i18n import Text, _, gettext
from portal.privileges import LABELS
from portal.rows import Row, Selection
from portal.text import fold

PROFILE_TYPE = "accounts.profiletype"
GRANT = "accounts.grant"


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile type: its label, and what there is to say of it beside its rights."""

    id: int
    label: str
    level: int
    manager: bool
    privileges: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A subject, and what each profile type lets do there, sentence by sentence."""

    group: str
    label: str
    cells: tuple[tuple[str, ...], ...]

    @property
    def differs(self) -> bool:
        """True when two of the profile types do not say the same."""
        return len(set(self.cells)) > 1


@dataclass(frozen=True, slots=True)
class Summary:
    """The profile types that were chosen, and the lines of their rights."""

    profiles: tuple[Profile, ...]
    lines: tuple[Line, ...]


def may_read(gate: Gate) -> bool:
    """True for who reads profile types and their rights (without a query)."""
    return gate.can(Verb.READ, PROFILE_TYPE) and gate.can(Verb.READ, GRANT)


def reads_whole(gate: Gate) -> bool:
    """True for who reads every part of a right, and so may be shown its form."""
    shown = {field.name for field in gate.fields(GRANT)} - gate.masked(GRANT)
    return set(RIGHT) <= shown


def require(gate: Gate) -> None:
    """Raise NotFound for who may not read the rights of profile types."""
    if not may_read(gate):
        raise NotFound(_("There is nothing at this address."))


def profiles(gate: Gate) -> list[Profile]:
    """Every profile type within reach, the strongest first."""
    require(gate)
    rows = gate.stream(PROFILE_TYPE, Selection())
    found = [_profile(row) for row in rows]
    return sorted(found, key=lambda profile: (profile.level, fold(profile.label)))


def _profile(row: Row) -> Profile:
    values = row.values
    french = str(values.get("label_fr") or "")
    label = Text(french, str(values.get("label_en") or "") or french)
    held = str(values.get("privileges") or "").split()
    words = tuple(str(text) for name, text in LABELS.items() if name in held)
    level = values.get("level")
    return Profile(
        row.id,
        str(label),
        level if isinstance(level, int) else 99,
        bool(values.get("manager")),
        words,
    )


def rights(gate: Gate, profile: int) -> list[Row]:
    """The rights of a profile type, those on everything first."""
    require(gate)
    found = [row for row in _rights(gate) if _profile_of(row) == profile]
    return sorted(found, key=lambda row: _place(gate, str(row.values.get("table_name") or "")))


def _place(gate: Gate, name: str) -> tuple[bool, bool, str]:
    words = right_words.table_words(gate.catalog, name)
    return (name != EVERYTHING, not name.endswith(".*"), fold(words))


def _rights(gate: Gate) -> Iterator[Row]:
    known = {field.name for field in gate.fields(GRANT)}
    return gate.stream(GRANT, Selection(), [n for n in RIGHT if n in known])


def _profile_of(row: Row) -> int | None:
    return getattr(row.values.get("profile_type"), "id", None)


def summary(gate: Gate, chosen: Collection[int] = ()) -> Summary:
    """The rights of the chosen profile types (all when none is chosen), side by side."""
    kept = tuple(p for p in profiles(gate) if not chosen or p.id in chosen)
    by_profile: dict[int, list[Row]] = {profile.id: [] for profile in kept}
    for row in _rights(gate):
        owner = _profile_of(row)
        if owner in by_profile:
            by_profile[owner].append(row)
    lines = [_line_of_levels(kept), _line_of_managers(kept), _line_of_privileges(kept)]
    tables = sorted(
        gate.catalog, key=lambda t: (fold(str(gate.catalog.label_of(t.plugin))), fold(str(t.label)))
    )
    for table in tables:
        cells = tuple(_cell(gate, table, by_profile[profile.id]) for profile in kept)
        group = str(gate.catalog.label_of(table.plugin))
        lines.append(Line(group, str(table.label), cells))
    return Summary(kept, tuple(lines))


def _line_of_levels(kept: Sequence[Profile]) -> Line:
    cells = tuple((str(profile.level),) for profile in kept)
    return Line("", gettext("Level (0 is the strongest)"), cells)


def _line_of_managers(kept: Sequence[Profile]) -> Line:
    cells = tuple((gettext("Yes") if p.manager else gettext("No"),) for p in kept)
    return Line("", gettext("May be appointed manager"), cells)


def _line_of_privileges(kept: Sequence[Profile]) -> Line:
    return Line("", gettext("Privileges"), tuple(p.privileges for p in kept))


def _cell(gate: Gate, table: CatalogTable, rows: Sequence[Row]) -> tuple[str, ...]:
    covering = [row for row in rows if _speaks(row, table)]
    return tuple(sentence(gate, row.values, (table,)) for row in covering)


def _speaks(row: Row, table: CatalogTable) -> bool:
    return table in right_checks.covered(str(row.values.get("table_name") or ""))


def sentence(gate: Gate, right: Mapping[str, Any], tables: Sequence[CatalogTable]) -> str:
    """A right in words: which rows, what is done with them, which fields, on which conditions."""
    reach = right_words.reach_words(str(right.get("reach") or ""))
    verbs = right_words.verb_words(str(right.get("verbs") or "").split())
    parts = [gettext("{rows}: {verbs}").format(rows=reach, verbs=verbs)]
    told = right_words.conditions_words(gate, tables, str(right.get("conditions") or ""))
    if told:
        parts.append(gettext("if {conditions}").format(conditions=told))
    parts += _field_parts(right, tables)
    return "; ".join(parts)


def _field_parts(right: Mapping[str, Any], tables: Sequence[CatalogTable]) -> Iterator[str]:
    writes = {str(Verb.CREATE), str(Verb.UPDATE), str(Verb.IMPORT)}
    verbs = set(str(right.get("verbs") or "").split())
    told = (
        ("readable", gettext("reads only {fields}"), gettext("reads no field")),
        ("writable", gettext("writes only {fields}"), gettext("writes no field")),
    )
    for name, some, none in told:
        names = str(right.get(name) or "").split()
        if EVERYTHING in names or (name == "writable" and not verbs & writes):
            continue
        fields = right_words.field_words(tables, names)
        yield some.format(fields=fields) if fields else none
    masked = right_words.field_words(tables, str(right.get("masked") or "").split())
    if masked:
        yield gettext("shows dots for {fields}").format(fields=masked)


def lines_of_file(found: Summary) -> Iterator[tuple[str, ...]]:
    """The lines of the summary's file, its head first."""
    yield (
        gettext("Module"),
        gettext("Table"),
        *(profile.label for profile in found.profiles),
        gettext("Differs"),
    )
    for line in found.lines:
        cells = tuple("\n".join(cell) for cell in line.cells)
        yield (line.group, line.label, *cells, gettext("Yes") if line.differs else gettext("No"))
