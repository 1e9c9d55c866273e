"""Deleting, previewed: which rows, what goes along, what is blocked, the word that confirms."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.datastructures import MultiDict

from portal import catalog
from portal.catalog import CatalogTable
from portal.errors import Invalid
from portal.fieldtypes import IntegerType
from portal.i18n import _, gettext
from portal.rows import Erasure, Selection
from portal.web import confirming, parameters
from portal.web.parameters import ListState

SHOWN = 50
MOST_TICKED = 5_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The rows that an act is asked for.

    Ticked ones by number, or all those of a list by its address.
    """

    ids: tuple[int, ...] = ()
    query: str = ""
    selection: Selection = Selection()

    @property
    def rows(self) -> Selection | Sequence[int]:
        return self.ids or self.selection


def wanted(values: MultiDict[str, str], read: Callable[[MultiDict[str, str]], ListState]) -> Wanted:
    """The rows of a request.

    `all=1` with the list's address in `selection`, else `rowid` (or `id`).
    """
    if parameters.flag(values, "all"):
        query = values.get("selection", "").lstrip("?")
        state = read(MultiDict(parse_qsl(query, max_num_fields=100)))
        return Wanted((), query, Selection(search=state.search, filters=state.filters))
    texts = values.getlist("rowid") or values.getlist("id")
    if not texts:
        raise Invalid(_("No record is ticked."), _("Tick at least one record of the list."))
    if len(texts) > MOST_TICKED:
        raise Invalid(_("More than {most} records are ticked.").format(most=MOST_TICKED))
    ids = tuple(dict.fromkeys(parameters.key({"id": text}) for text in texts))
    return Wanted(ids, "", Selection(ids=ids))


@dataclass(frozen=True, slots=True)
class Preview:
    """The page that comes before anything is deleted."""

    wanted: Wanted
    count: int
    number: str
    what: str
    titles: tuple[str, ...]
    unnamed: int
    along: tuple[tuple[str, str], ...]
    blocked: tuple[tuple[str, tuple[str, ...]], ...]
    blocked_count: int
    signature: str
    word: str

    @property
    def act(self) -> str:
        """What the button does, in words."""
        if self.count == 1:
            return gettext("Delete “{title}”").format(title=self.titles[0])
        return gettext("Delete {number} {what}").format(number=self.number, what=self.what)

    @property
    def heading(self) -> str:
        """What the page asks."""
        if self.count:
            return self.act + gettext("?")
        if self.blocked_count == 1:
            return gettext("“{title}” cannot be deleted").format(title=self.blocked[0][0])
        return gettext("None of these records can be deleted.")

    @property
    def confirm(self) -> str:
        """What the page asks beside the word."""
        return confirming.sentence(self.word)

    def changed(self, values: Mapping[str, str]) -> bool:
        """True when the preview that was confirmed is not this one."""
        return values.get("previewed", "") != self.signature


@dataclass(frozen=True, slots=True)
class Report:
    """What was deleted."""

    number: str
    what: str
    along: tuple[tuple[str, str], ...]
    blocked_count: int


def what_of(table: CatalogTable, count: int) -> str:
    """The rows in words, after a number: "persons"."""
    label = str(table.label if count != 1 else table.one)
    return label[:1].lower() + label[1:]


def preview(table: CatalogTable, erasure: Erasure, asked: Wanted) -> Preview:
    """The erasure as its page shows it."""
    count = erasure.count
    titles = erasure.titles
    named = tuple(titles.get(id) or f"#{id}" for id in erasure.deletable[:SHOWN])
    blocked = tuple(
        (titles.get(id) or f"#{id}", tuple(dict.fromkeys(_reason(b) for b in blockers)))
        for id, blockers in list(erasure.blocked.items())[:SHOWN]
    )
    parts = [str(count), str(len(erasure.blocked))]
    parts += [f"{name}={number}" for name, number in sorted(erasure.along.items())]
    return Preview(
        wanted=asked,
        count=count,
        number=IntegerType().show(count),
        what=what_of(table, count),
        titles=named,
        unnamed=count - len(named),
        along=_along(erasure),
        blocked=blocked,
        blocked_count=len(erasure.blocked),
        signature=" ".join(parts),
        word=gettext("delete") if count > 1 else "",
    )


def refusal(shown: Preview, values: Mapping[str, str]) -> str:
    """Why a confirmation is not taken; empty when it is."""
    if shown.changed(values):
        return gettext("What would be deleted has changed since you looked: look again.")
    if not shown.count:
        return gettext("None of these records can be deleted.")
    if shown.word and not confirming.typed(values, shown.word):
        return confirming.sentence(shown.word)
    return ""


def report(table: CatalogTable, erasure: Erasure, count: int) -> Report:
    """What a page says once it is done."""
    return Report(
        IntegerType().show(count), what_of(table, count), _along(erasure), len(erasure.blocked)
    )


def _along(erasure: Erasure) -> tuple[tuple[str, str], ...]:
    known = catalog.current()
    return tuple(
        (str(known.tables[name].label), IntegerType().show(number))
        for name, number in erasure.along.items()
        if number
    )


def _reason(blocker: object) -> str:
    return str(blocker)
