"""The address of a list.

Search, filters, sort, page and columns, each checked, and written back the same way.

Everything about a list is in its address, so that it can be sent to a colleague.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from portal.errors import Invalid
from portal.fields import Field
from portal.i18n import Label, _
from portal.rows import Filter, Selection
from portal.settings_sections import Limits
from portal.web import addresses

LONGEST_SEARCH = 500
LARGEST_ID = 2**63 - 1
LARGEST_PAGE = 10_000_000
MOST_FILTERS = 20
FILTER_PREFIX = "f."
ONCE = (
    "search",
    "sort",
    "desc",
    "page",
    "page_size",
    "page_from_1",
    "after",
    "before",
    "count",
    "wait",
    "add",
    "add_field",
    "add_operator",
    "add_value",
    "add_value-text",
    "add_last",
)
"""What the address of a list takes beside its columns and filters, each once: the last six are
sent by the form that adds a filter, whose box for a reference has a text of its own."""


@dataclass(frozen=True, slots=True)
class ListState:
    """What the address of a list says. `columns` is empty for the table's own.

    With `wait` the page comes once all its rows are found and counted, however long that takes.
    """

    search: str = ""
    filters: tuple[Filter, ...] = ()
    sort: str = ""
    descending: bool = False
    page: int = 0
    page_size: int = 50
    after: int | None = None
    before: int | None = None
    columns: tuple[str, ...] = ()
    exact: bool = False
    wait: bool = False
    usual_page_size: int = 50
    newest_first: bool = False

    @property
    def selection(self) -> Selection:
        """The rows of this page."""
        return Selection(
            search=self.search,
            filters=self.filters,
            sort=self.sort,
            descending=self.descending,
            page=self.page,
            page_size=self.page_size,
            after=self.after,
            before=self.before,
        )

    @property
    def narrowed(self) -> bool:
        """True when a search or a filter is on."""
        return bool(self.search or self.filters)

    def pairs(self) -> list[tuple[str, str]]:
        """The parameters that differ from the defaults, in a fixed order."""
        found = [("search", self.search)] if self.search else []
        found += [(f"{FILTER_PREFIX}{f.field}.{f.operator}", f.value) for f in self.filters]
        if self.sort:
            found.append(("sort", self.sort))
        if self.descending != (self.newest_first and not self.sort):
            found.append(("desc", "1" if self.descending else "0"))
        if self.columns:
            found.append(("columns", ",".join(self.columns)))
        if self.page_size != self.usual_page_size:
            found.append(("page_size", str(self.page_size)))
        if self.page:
            found.append(("page", str(self.page)))
        if self.after is not None:
            found.append(("after", str(self.after)))
        if self.before is not None:
            found.append(("before", str(self.before)))
        if self.exact:
            found.append(("count", "exact"))
        return found

    def query(self, **changes: Any) -> str:
        """The query string with `changes`, "?" included.

        A change of rows goes back to the first page.
        """
        if "page" not in changes:
            changes |= {"page": 0, "after": None, "before": None}
        else:
            changes.setdefault("after", None)
            changes.setdefault("before", None)
        pairs = replace(self, **changes).pairs()
        return "?" + urlencode(pairs) if pairs else "?"

    def here(self, *, wait: bool = False) -> str:
        """The query string of this very page, and whether it waits for what takes long."""
        here = self.query(page=self.page, after=self.after, before=self.before)
        if not wait:
            return here
        return f"{here}wait=1" if here == "?" else f"{here}&wait=1"

    def without(self, unwanted: Filter) -> str:
        """The query string when a filter is taken off."""
        return self.query(filters=tuple(f for f in self.filters if f is not unwanted))


def searched(text: str, limits: Limits) -> str:
    """The words of a search. Raises Invalid for more than are searched."""
    search = " ".join(text.split())
    if len(search) > LONGEST_SEARCH:
        raise Invalid(
            _("The search has more than {limit} characters.").format(limit=LONGEST_SEARCH),
            _("Search for fewer words."),
        )
    if len(search.split()) > limits.search_words:
        raise Invalid(
            _("The search has more than {limit} words.").format(limit=limits.search_words),
            _("Search for fewer words."),
        )
    return search


def read(
    values: MultiDict[str, str],
    fields: Mapping[str, Field],
    limits: Limits,
    masked: Collection[str] = (),
    *,
    newest_first: bool = False,
) -> ListState:
    """The state of a list from its parameters.

    Raises Invalid naming the first that cannot be used.
    """
    _only_known(values)
    search = searched(values.get("search", ""), limits)
    sort = values.get("sort", "")
    if sort and (sort not in fields or sort in masked):
        raise _unknown_field(sort)
    columns = tuple(
        dict.fromkeys(
            name for text in values.getlist("columns") for name in text.split(",") if name
        )
    )
    for name in columns:
        if name not in fields:
            raise _unknown_field(name)
    page_size = whole(values, "page_size", limits.page_size, 1, limits.max_page_size)
    count = values.get("count", "")
    if count not in ("", "exact"):
        raise Invalid(_("'{value}' is not a way to count.").format(value=count[:40]))
    after, before = values.get("after"), values.get("before")
    return ListState(
        search=search,
        filters=_filters(values, fields, masked),
        sort=sort,
        descending=flag(values, "desc") if "desc" in values else newest_first and not sort,
        page=whole(values, "page", 0, 0, LARGEST_PAGE),
        page_size=page_size,
        after=None if not after else whole(values, "after", 0, 0, LARGEST_ID),
        before=None if not before else whole(values, "before", 0, 0, LARGEST_ID),
        columns=columns,
        exact=count == "exact",
        wait=flag(values, "wait"),
        usual_page_size=limits.page_size,
        newest_first=newest_first,
    )


def _only_known(values: MultiDict[str, str]) -> None:
    for name, texts in values.lists():
        if name == "columns" or name.startswith(FILTER_PREFIX):
            continue
        if name not in ONCE:
            raise addresses.unknown(name)
        if len(texts) > 1:
            raise addresses.repeated(name)


def _filters(
    values: MultiDict[str, str], fields: Mapping[str, Field], masked: Collection[str]
) -> tuple[Filter, ...]:
    found = []
    for name, value in values.items(multi=True):
        if not name.startswith(FILTER_PREFIX):
            continue
        field, _dot, operator = name.removeprefix(FILTER_PREFIX).rpartition(".")
        if field not in fields or field in masked:
            raise _unknown_field(field)
        known = fields[field].type.operators
        if operator not in known:
            raise Invalid(
                _("'{operator}' is not a way to filter this field.").format(operator=operator[:40]),
                _("Known: {known}.").format(known=", ".join(known)),
            )
        found.append(Filter(field, operator, value.strip()))
    if len(found) > MOST_FILTERS:
        raise Invalid(_("There are more than {limit} filters.").format(limit=MOST_FILTERS))
    return tuple(found)


def whole(values: Mapping[str, str], name: str, default: int, low: int, high: int) -> int:
    """A whole number of the address between `low` and `high`; Invalid names the parameter."""
    text = values.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) <= 20 and low <= int(text) <= high):
        raise Invalid(
            _("'{value}' is not a value for {name}.").format(value=text[:40], name=name),
            _("Give a whole number from {low} to {high}.").format(low=low, high=high),
        )
    return int(text)


def key(values: Mapping[str, str], name: str = "id") -> int:
    """The id of a row in the address or form; Invalid when it is none."""
    if not values.get(name):
        raise Invalid(_("The address lacks the number of a record ({name}).").format(name=name))
    return whole(values, name, 0, 0, LARGEST_ID)


def flag(values: Mapping[str, str], name: str) -> bool:
    """A 0 or 1 of the address."""
    text = values.get(name, "")
    if text not in ("", "0", "1"):
        raise Invalid(
            _("'{value}' is not a value for {name}.").format(value=text[:40], name=name),
            _("Give 0 or 1."),
        )
    return text == "1"


def _unknown_field(name: str) -> Invalid:
    shown: Label = _("There is no field '{name}' here.").format(name=name[:60])
    return Invalid(shown, _("Choose one of the columns of the list."))
