"""What each line of a file would do: make a row, change one, nothing; or why it is refused."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from portal import objections
from portal.bulkwriter import BulkWriter, Changing, Present
from portal.catalog import PERSON
from portal.declare import Verb
from portal.entering import HOME, enters
from portal.errors import Invalid, PortalError
from portal.exports import restored
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, _, gettext
from portal.imports import names
from portal.imports.columns import Column
from portal.imports.line import RawLine
from portal.imports.names import Names
from portal.imports.staging import CHANGED, NEW, REFUSED, SAME, Line
from portal.imports.wish import Wish
from portal.matching import alive, by_value, comparable
from portal.told import audited_texts, texts_of

MOST_PARSED = 2_000
SHOWN_FIRST = 200
"""Of how many lines of each kind the values are shown; of refused ones, of all."""

Parse = Callable[[str], Any]


@dataclass(slots=True)
class Draft:
    """A line on its way: its values, its references, the row that it meets, and its verdict."""

    raw: RawLine
    values: dict[str, Any] = field(default_factory=dict)
    empty: list[str] = field(default_factory=list)
    named: list[tuple[Column, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    key: Any = None
    home: int | None = None
    row: int | None = None
    present: Present | None = None
    stored: dict[str, Any] = field(default_factory=dict)
    marks: list[int] = field(default_factory=list)

    @property
    def good(self) -> bool:
        """True while nothing was found against it."""
        return not self.wrong

    def refuse(self, why: Label | PortalError) -> None:
        """Find something against it."""
        self.wrong.append(str(why))


class Judge:
    """Judges the lines of one import, some hundreds at a time.

    `earlier(digests)` tells which lines have what must be unique already.
    """

    def __init__(
        self,
        gate: Gate,
        wish: Wish,
        columns: Sequence[Column],
        key: str,
        earlier: Callable[[set[int]], Mapping[int, int]],
    ) -> None:
        self.gate, self.wish, self.key = gate, wish, key
        self.columns = [column for column in columns if column.field is not None]
        self.earlier = earlier
        self.writer = BulkWriter(gate, wish.table)
        self.table = self.writer.table
        self.fixed = self._fixed()
        self.stored_fixed = self._stored_fixed()
        self.names = Names(gate, wish.table, self.stored_fixed)
        self._parsers = {column.number: _parser(column) for column in self.columns}
        self._shown = dict.fromkeys((NEW, CHANGED, SAME), 0)

    # --- cells

    def _fixed(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for name, text in self.wish.fixed.items():
            known = self.table.field(name)
            if known.target:
                found[name] = known.type.parse(text)
            else:
                found[name] = _parser(Column(-1, name, known))(text)
        return found

    def _stored_fixed(self) -> dict[str, Any]:
        return {n: self.table.field(n).type.dump(v) for n, v in self.fixed.items()}

    def draft(self, raw: RawLine) -> Draft:
        """The values of a line, references still as texts."""
        made = Draft(raw)
        if raw.problem:
            made.refuse(raw.problem)
            return made
        for column in self.columns:
            text = raw.cells[column.number]
            self._cell(made, column, text)
        return made

    def _cell(self, made: Draft, column: Column, text: str) -> None:
        known = column.field
        if known is None:
            return
        if text[:1] == "=":
            made.refuse(_of(known, _("A cell is a formula: write its value.")))
            return
        text = restored(text).strip()
        is_key = known.name == self.key
        if not (column.written or is_key):
            return
        if not text:
            if column.written and known.name != HOME:
                made.empty.append(known.name)
            return
        if known.target:
            made.named.append((column, text))
            return
        try:
            value = self._parsers[column.number](text)
        except Invalid as error:
            made.refuse(_of(known, error))
            return
        if is_key:
            made.key = value
        if column.written:
            made.values[known.name] = value

    # --- lines

    def chunk(self, lines: Sequence[RawLine], *, trial: bool = True) -> list[Draft]:
        """The drafts of some lines, judged as far as their own values and their rows tell.

        With `trial`, what only the database tells is asked too: reach and uniqueness.
        """
        drafts = [self.draft(raw) for raw in lines]
        self._resolve(drafts)
        self._meet(drafts)
        self._require_once(drafts, lambda draft: self._key_marks(draft))
        for draft in drafts:
            if draft.good:
                self._compare(draft)
        if trial:
            self._require_once(drafts, lambda draft: self._unique_marks(draft))
            self._try(drafts)
        return drafts

    def _resolve(self, drafts: Sequence[Draft]) -> None:
        wanted: dict[int, tuple[Column, set[str]]] = {}
        for draft in drafts:
            for column, text in draft.named:
                wanted.setdefault(column.number, (column, set()))[1].add(text)
        answers = {
            number: self.names.answers(column, texts) for number, (column, texts) in wanted.items()
        }
        for draft in drafts:
            for column, text in draft.named:
                answer = answers[column.number][text]
                if not isinstance(answer, int):
                    draft.refuse(answer)
                elif column.field is not None and column.field.name == HOME:
                    draft.home = answer
                elif column.field is not None:
                    draft.values[column.field.name] = answer

    def _meet(self, drafts: Sequence[Draft]) -> None:
        """Find the rows that lines speak of by their key."""
        if not self.key:
            return
        field_ = self.table.fields[self.key]
        wanted = {comparable(field_, draft.key) for draft in drafts if draft.key is not None}
        if self.key == "id":
            found = {id: [id] for id in alive(self.gate, self.table.name, wanted)}
        else:
            found = by_value(self.gate, self.table.name, self.key, wanted, self.stored_fixed)
        rows = {ids[0] for ids in found.values() if len(ids) == 1}
        present = self.writer.present(sorted(rows))
        for draft in drafts:
            if not draft.good:
                continue
            ids = [] if draft.key is None else found.get(comparable(field_, draft.key), [])
            self._met(draft, field_, ids, present)
        met = [draft.row for draft in drafts if draft.row is not None]
        if met:
            persons = self.writer.persons(met)
            self.gate.note(Verb.READ, self.table.name, persons, len(met))

    def _met(
        self, draft: Draft, key: Field, ids: Sequence[int], present: Mapping[int, Present]
    ) -> None:
        if draft.key is None and key.name != "id":
            draft.refuse(_of(key, _("The cell is empty, and rows are found by it.")))
        elif len(ids) > 1:
            draft.refuse(_of(key, _("Several rows have this value.")))
        elif not ids and key.name == "id" and draft.key is not None:
            draft.refuse(_of(key, _("There is no such row that you may read.")))
        elif ids:
            draft.row = ids[0]
            draft.present = present.get(ids[0])
            if draft.present is None:
                draft.row = None
                draft.refuse(_("You may not change this row."))

    def _compare(self, draft: Draft) -> None:
        """The stored form of a new row, or of what changes in the one that was met."""
        try:
            if draft.present is None:
                self._require_fixed(draft)
                values = draft.values | self.fixed
                draft.values = values
                draft.stored = self.writer.new(values)
                home = draft.home or self.wish.structure
                if home and enters(self.table):
                    draft.stored[HOME] = home
                return
            values = dict(draft.values)
            if self.wish.blanks:
                values |= dict.fromkeys(draft.empty)
            draft.values = values
            draft.stored = self.writer.change(draft.present, values)
        except PortalError as error:
            draft.refuse(error)

    def _require_fixed(self, draft: Draft) -> None:
        """A file says nothing else than what the page that it is sent to says. Raises Invalid."""
        for name, value in self.fixed.items():
            if draft.values.get(name, value) != value:
                why = _("This page takes only “{value}” here.").format(value=value)
                raise Invalid(_of(self.table.field(name), why))

    # --- what must be unique, and within reach

    def _require_once(self, drafts: Sequence[Draft], marks: Callable[[Draft], list[int]]) -> None:
        own = {id(draft): marks(draft) for draft in drafts if draft.good}
        every = {digest for digests in own.values() for digest in digests}
        if not every:
            return
        known = dict(self.earlier(every))
        for draft in drafts:
            for digest in own.get(id(draft), ()):
                first = known.setdefault(digest, draft.raw.number)
                if first != draft.raw.number:
                    told = _("Line {number} of this file has the same value already.")
                    draft.refuse(told.format(number=first))
                    break
                draft.marks.append(digest)

    def _key_marks(self, draft: Draft) -> list[int]:
        if not self.key or draft.key is None:
            return []
        return [_digest("key", comparable(self.table.fields[self.key], draft.key))]

    def _unique_marks(self, draft: Draft) -> list[int]:
        found = []
        whole = {**draft.present.values, **draft.stored} if draft.present else draft.stored
        for together in self.writer.unique:
            values = [whole.get(name) for name in together]
            if all(v is not None for v in values) and set(together) & set(draft.stored):
                found.append(_digest(" ".join(together), *values))
        return found

    def _ask_objections(self, drafts: Sequence[Draft]) -> None:
        """Refuse the persons who objected, before anything is tried."""
        if self.table.name != PERSON:
            return
        for new in (True, False):
            some = [d for d in drafts if d.good and d.stored and (d.present is None) == new]
            rows = [{**(d.present.values if d.present else {}), **d.stored} for d in some]
            for draft, error in zip(some, objections.refusals(rows, new=new), strict=True):
                if error is not None:
                    draft.refuse(error)

    def _try(self, drafts: Sequence[Draft]) -> None:
        self._ask_objections(drafts)
        made = [d for d in drafts if d.good and d.present is None]
        changed = [d for d in drafts if d.good and d.present is not None and d.stored]
        if not (made or changed) or not self._asks_the_database([*made, *changed]):
            return
        changes = [_changing(draft) for draft in changed]
        news, others = self.writer.tried([draft.stored for draft in made], changes)
        for draft, error in zip([*made, *changed], [*news, *others], strict=True):
            if error is not None:
                draft.refuse(error)

    def _asks_the_database(self, drafts: Sequence[Draft]) -> bool:
        """True when a row could be refused that its own values do not refuse."""
        unique = {HOME, *(name for together in self.writer.unique for name in together)}
        if any(draft.stored.get(name) not in (None, "") for draft in drafts for name in unique):
            return True
        scopes = [self.writer.scope(v) for v in (Verb.CREATE, Verb.UPDATE) if self.writer.may(v)]
        return not all(scope.whole for scope in scopes)

    # --- verdicts

    def verdict(self, draft: Draft) -> Line:
        """The line as it is staged."""
        raw = draft.raw
        if not draft.good:
            cells = [cell[:2_000] for cell in raw.cells]
            return Line(raw.number, REFUSED, None, None, {"cells": cells, "why": draft.wrong})
        if draft.present is None:
            texts = texts_of(self.table, draft.stored, self.table.title)
            return Line(raw.number, NEW, None, None, draft.stored, self._first(NEW, texts))
        version = draft.present.version
        titles = texts_of(self.table, draft.present.values, self.table.title)
        if not draft.stored:
            return Line(raw.number, SAME, draft.row, version, {}, self._first(SAME, titles))
        shown = self._first(CHANGED, titles)
        if shown:
            before = draft.present.values
            changes = audited_texts(self.table, before, draft.stored, tuple(draft.stored))
            shown["changes"] = [[name, old, new] for name, (old, new) in changes.items()]
        return Line(raw.number, CHANGED, draft.row, version, draft.stored, shown)

    def _first(self, kind: str, titles: Mapping[str, str]) -> dict[str, Any]:
        self._shown[kind] += 1
        return {"title": dict(titles)} if self._shown[kind] <= SHOWN_FIRST else {}


def _changing(draft: Draft) -> Changing:
    if draft.row is None or draft.present is None:
        raise ValueError("The line meets no row.")
    return Changing(draft.row, draft.present.version, draft.stored)


def _of(field_: Field, why: Label | Invalid) -> str:
    return f"{field_.label}{gettext(': ')}{why}"


def _digest(kind: str, *values: Any) -> int:
    text = "\x1f".join([kind, *(str(value) for value in values)])
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), signed=True)


def _parser(column: Column) -> Parse:
    """How the cells of a column become values; what came before is remembered."""
    known = column.field
    if known is None:
        return str
    parsed: dict[str, Any] = {}
    parse = _parse_of(known)

    def remembered(text: str) -> Any:
        if text in parsed:
            return parsed[text]
        value = parse(text)
        if len(parsed) < MOST_PARSED:
            parsed[text] = value
        return value

    return remembered


def _parse_of(known: Field) -> Parse:
    if known.type.name == "choice":
        return lambda text: names.choice(known, text)
    if known.type.name == "option":
        return lambda text: known.type.parse(names.option(known, text))
    return known.type.parse
