"""The list of a table as its template shows it: title and count, chips, columns, rows, pages."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from markupsafe import Markup

from portal import choices, customforms
from portal.builtin.customforms import SEARCH
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import EMPTY, IntegerType, Reference
from portal.gate import Gate
from portal.i18n import _, gettext, ngettext
from portal.rows import Count, Filter, Page, Row
from portal.web.cells import Cell, cell_of, html
from portal.web.naming import named
from portal.web.parameters import ListState

Makers = Sequence[tuple[str, Cell]]
PAGE_SIZES = (20, 50, 100, 200, 500)
STATE_WORDS = {
    "archived": _("Archived"),
    "restricted": _("Restricted"),
    "held": _("Under legal hold"),
}
OPERATOR_WORDS = {
    "equals": _("is"),
    "contains": _("contains"),
    "before": _("is before"),
    "after": _("is after"),
    "between": _("is between"),
    "empty": _("is empty"),
}
NUMBER_WORDS = {"before": _("is less than"), "after": _("is more than")}


@dataclass(frozen=True, slots=True)
class Head:
    """The head of a column: its label, where a click sorts, and how it is sorted now."""

    name: str
    label: str
    url: str = ""
    sorted: str = ""
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Chip:
    """A filter as a sentence, and the address without it."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the template of a list needs, worked out."""

    table: CatalogTable
    state: ListState
    label: str
    one: str
    heads: tuple[Head, ...]
    rows: Markup
    chips: tuple[Chip, ...]
    shown: tuple[str, ...]
    choosable: tuple[Field, ...]
    filterable: tuple[Field, ...]
    count: Count | None
    unfinished: bool
    previous: str
    next: str
    page: int
    pages: int
    can: frozenset[Verb]
    adding: Field | None = None

    @property
    def empty(self) -> str:
        """Why there is no row."""
        if self.unfinished:
            return gettext("The records are still being looked for.")
        if self.state.narrowed:
            return gettext("Nothing matches.")
        return (
            gettext("There is no record on this page.") if self.page else gettext("No record yet.")
        )


def newest_first(table: CatalogTable) -> bool:
    """True for a table that the portal itself writes in the order of time: journals, jobs."""
    first = table.fields[table.title[0]]
    return table.declaration.read_only and first.type.name == "datetime"


def columns_of(
    table: CatalogTable, fields: dict[str, Field], state: ListState
) -> tuple[Field, ...]:
    """The columns beside the title: those asked for, else the table's own that this actor reads."""
    if state.columns:
        return tuple(fields[name] for name in state.columns)
    wanted = table.declaration.columns or tuple(n for n in fields if not fields[n].system)[:7]
    return tuple(fields[n] for n in wanted if n in fields and n not in table.title)


def make(
    gate: Gate, table: CatalogTable, state: ListState, prefix: str, adding: str = ""
) -> Listing:
    """Read one page of the table through the gate and lay it out.

    Raises Invalid for what cannot be asked.
    """
    fields = {field.name: field for field in gate.fields(table.name)}
    masked = gate.masked(table.name)
    columns = columns_of(table, fields, state)
    asked_of = [f.field for f in state.filters if fields[f.field].type.name == "reference"]
    wanted = dict.fromkeys([*(field.name for field in columns), *asked_of])
    page = gate.list(table.name, state.selection, list(wanted), at_once=not state.wait)
    count = None if state.exact else gate.count_at_hand(table.name, state.selection, page)
    if state.exact or (state.wait and count is None):
        count = gate.count(table.name, state.selection, exact=state.exact)
    readable = {known.name for known in gate.tables()}
    makers = tuple((field.name, cell_of(field, prefix, readable)) for field in columns)
    base = f"{prefix}/{table.name}/details/?id="
    filterable = customforms.shaped(
        customforms.current().of(gate.actor, table.name, SEARCH),
        tuple(f for n, f in fields.items() if n not in masked and f.type.operators),
        searching=True,
    )
    verbs = (Verb.CREATE, Verb.UPDATE, Verb.ERASE, Verb.EXPORT, Verb.IMPORT, Verb.DISCLOSE)
    return Listing(
        table=table,
        state=state,
        label=str(table.label),
        one=str(table.one),
        heads=tuple(_heads(table, columns, state, fields, masked)),
        rows=html(_row(row, makers, base) for row in named(gate, columns, page.rows)),
        chips=tuple(
            Chip(sentence(gate, fields[f.field], f, page), state.without(f)) for f in state.filters
        ),
        shown=tuple(field.name for field in columns),
        choosable=tuple(fields.values()),
        filterable=filterable,
        count=count,
        unfinished=page.unfinished,
        previous=_previous(state, page),
        next=_next(state, page),
        page=state.page,
        pages=pages(count, state),
        can=frozenset(verb for verb in verbs if gate.can(verb, table.name)),
        adding=_adding(adding, filterable),
    )


def _adding(name: str, filterable: Sequence[Field]) -> Field | None:
    if not name:
        return None
    for field in filterable:
        if field.name == name:
            return field
    raise Invalid(_("There is no field '{name}' here.").format(name=name[:60]))


def _heads(
    table: CatalogTable,
    columns: Sequence[Field],
    state: ListState,
    fields: Mapping[str, Field],
    masked: Collection[str],
) -> Iterator[Head]:
    readable = all(name in fields and name not in masked for name in table.title)
    current = readable and not state.sort and not state.search
    down = not state.descending if current else state.newest_first
    turned = state.query(sort="", descending=down)
    way = ("descending" if state.descending else "ascending") if current else ""
    yield Head("", str(table.one), turned if readable else "", way)
    for field in columns:
        sortable = field.name not in masked
        yield _head(str(field.label), field.name, state, sortable, field.type.numeric)


def _head(label: str, name: str, state: ListState, sortable: bool, numeric: bool = False) -> Head:
    current = state.sort == name
    if not sortable:
        return Head(name, label, numeric=numeric)
    down = current and not state.descending
    sorted_ = ("descending" if state.descending else "ascending") if current else ""
    return Head(name, label, state.query(sort=name, descending=down), sorted_, numeric)


def _row(row: Row, makers: Makers, base: str) -> str:
    """A row of the table as HTML text, every value escaped."""
    values, title = row.values, escape(row.title)
    badges = "".join(
        f' <span class="badge">{escape(str(STATE_WORDS[name]))}</span>' for name in row.states
    )
    cells = "".join([cell(values.get(name)) for name, cell in makers])
    return (
        f'<tr><td><input type="checkbox" name="rowid" value="{row.id}" aria-label="{title}"></td>'
        f'<th scope="row"><a href="{base}{row.id}">{title}</a>{badges}</th>{cells}</tr>\n'
    )


def _next(state: ListState, page: Page) -> str:
    if not page.has_next or not page.rows:
        return ""
    if state.sort:
        return state.query(page=state.page + 1)
    return state.query(page=state.page + 1, after=page.rows[-1].id)


def _previous(state: ListState, page: Page) -> str:
    if state.page == 0:
        return ""
    if state.page == 1:
        return state.query(page=0)
    if not page.rows or state.sort:
        return state.query(page=state.page - 1)
    return state.query(page=state.page - 1, before=page.rows[0].id)


def added_filter(values: Mapping[str, str]) -> Filter | None:
    """The filter that the form below the list adds, if it was sent."""
    name = values.get("add_field", "")
    if not name:
        return None
    operator, value = values.get("add_operator", ""), values.get("add_value", "").strip()
    if operator == "between":
        value = f"{value}..{values.get('add_last', '').strip()}"
    if operator == "not_empty":
        return Filter(name, "empty", "false")
    if operator == "empty":
        value = "true"
    return Filter(name, operator, value)


def options_of(field: Field) -> list[tuple[str, str]]:
    """The values to choose from in a filter of a list, a state or a yes/no.

    Empty for the others.
    """
    kind: Any = field.type
    if kind.name == "boolean":
        return [("true", gettext("Yes")), ("false", gettext("No"))]
    if kind.name == "option":
        return [(str(key), str(label)) for key, label in kind.options.items() if key]
    if kind.name == "choice":
        offered = choices.current().offered(kind.list_name)
        return [(option.slug, indented(str(option.label), depth)) for option, depth in offered]
    return []


def indented(label: str, depth: int) -> str:
    """A label moved to the right by its depth in a tree."""
    return "\u2003" * depth + label


def words_of(field: Field, operator: str) -> str:
    """An operator in words, for this type of field."""
    if field.type.numeric and operator in NUMBER_WORDS:
        return str(NUMBER_WORDS[operator])
    return str(OPERATOR_WORDS[operator])


def sentence(gate: Gate, field: Field, asked: Filter, page: Page) -> str:
    """A filter as a sentence: "Structure is Planeurs"."""
    label, kind = str(field.label), field.type
    if asked.operator == "empty":
        negative = asked.value.casefold() in ("false", "0", "no", "non")
        said = gettext("{field} is not empty") if negative else gettext("{field} is empty")
        return said.format(field=label)
    if asked.operator == "between":
        first, _gap, last = asked.value.partition("..")
        return gettext("{field} is between {first} and {last}").format(
            field=label, first=_shown(gate, field, first), last=_shown(gate, field, last)
        )
    value = _on_page(field, asked, page) or _shown(gate, field, asked.value)
    if kind.name == "boolean":
        return f"{label}{gettext(': ')}{value}"
    return f"{label} {words_of(field, asked.operator)} {value}"


def _on_page(field: Field, asked: Filter, page: Page) -> str:
    """The title of a reference that the list is filtered by, from its own first row."""
    if field.type.name != "reference" or asked.operator != "equals" or not page.rows:
        return ""
    value = page.rows[0].values.get(field.name)
    return str(value) if isinstance(value, Reference) else ""


def _shown(gate: Gate, field: Field, text: str) -> str:
    kind: Any = field.type
    try:
        if kind.name == "choice":
            known = choices.current()
            option = known.find(kind.list_name, text)
            if len(known.below(option.id)) > 1:
                return gettext("{choice}, or below").format(choice=option.label)
            return str(option.label)
        if kind.name == "reference":
            found = int(kind.parse(text) or 0)
            return gate.titles(kind.target, [found]).get(found) or str(_("(not accessible)"))
        return str(kind.show(kind.parse(text))) or EMPTY
    except Invalid:
        return text


def counted(count: Count | None) -> str:
    """How many records there are, in words; nothing while that is not known."""
    if count is None:
        return ""
    number = IntegerType().show(count.value)
    if count.capped:
        return gettext("more than {number}").format(number=number)
    return ngettext("{number} record", "{number} records", count.value).format(number=number)


def pages(count: Count | None, state: ListState) -> int:
    """How many pages there are; 0 while that is not known."""
    return -(-count.value // state.page_size) if count and not count.capped else 0


def page_sizes(state: ListState, largest: int) -> list[int]:
    """The page sizes that the list offers."""
    sizes = {size for size in PAGE_SIZES if size <= largest} | {state.page_size}
    return sorted(sizes)
