"""The form of a record: fields, inline rows, what was typed and refused, a stale save."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms.form import BaseForm

from portal import catalog, customforms, entering
from portal.builtin.customforms import CREATE, EDIT
from portal.catalog import STRUCTURE, CatalogTable
from portal.declare import Verb
from portal.errors import Forbidden, Invalid
from portal.fields import Field
from portal.fieldtypes import EMPTY, MASKED, Reference
from portal.gate import Gate
from portal.i18n import gettext
from portal.rows import Filter, Row, Selection
from portal.web import parameters, prefill
from portal.web.cells import shower
from portal.web.widgets import canonical, form_of, values_of

MOST_CHILDREN = 100
CHOICE = "choose."


@dataclass(slots=True)
class ChildRow:
    """An inline row: its form, and the stored row that it changes (0 for a new one)."""

    form: BaseForm
    id: int = 0
    version: int = 0
    erased: bool = False
    title: str = ""


@dataclass(slots=True)
class Children:
    """The inline rows of a table, and an empty one to copy."""

    table: CatalogTable
    label: str
    rows: list[ChildRow]
    blank: BaseForm
    can_add: bool
    can_erase: bool

    def prefix(self, index: int) -> str:
        return f"{self.table.name}-{index}-"


@dataclass(slots=True)
class RecordForm:
    """A form as its template shows it. `errors` are (name in the page, label, sentence)."""

    table: CatalogTable
    form: BaseForm
    children: list[Children]
    version: int = 0
    id: int = 0
    title: str = ""
    once: str = field(default_factory=lambda: secrets.token_hex(16))
    errors: list[tuple[str, str, str]] = field(default_factory=list)
    sentence: str = ""

    @property
    def values(self) -> dict[str, Any]:
        return values_of(self.form)

    def child_values(self) -> dict[str, list[dict[str, Any]]]:
        """The inline rows as the gate takes them."""
        found = {}
        for children in self.children:
            rows = []
            for row in children.rows:
                entry: dict[str, Any] = {} if row.erased else values_of(row.form)
                if row.id:
                    entry |= {"id": row.id, "version": row.version}
                    if row.erased:
                        entry["erase"] = True
                elif row.erased:
                    continue
                rows.append(entry)
            if rows:
                found[children.table.name] = rows
        return found

    def check(self) -> bool:
        """Validate every field of every row; what is wrong stands in `errors` afterwards."""
        forms = [self.form]
        forms += [row.form for kids in self.children for row in kids.rows if not row.erased]
        for form in forms:
            form.validate()
        self.errors = [
            (bound.name, str(bound.label.text), str(sentence))
            for form in forms
            for bound in form
            for sentence in bound.errors
        ]
        return not self.errors

    def refuse(self, error: Invalid | Forbidden) -> None:
        """Put the gate's refusal beside the fields that it names; what was typed stays."""
        named = error.fields if isinstance(error, Invalid) else {}
        self.sentence = "" if named else str(error)
        for name, sentence in named.items():
            bound = self._bound(name)
            if bound is None:
                label = self.table.fields[name].label if name in self.table.fields else name
                self.errors.append(("", str(label), str(sentence)))
                continue
            bound.errors = [*bound.errors, str(sentence)]
            self.errors.append((bound.name, str(bound.label.text), str(sentence)))

    def _bound(self, name: str) -> Any:
        """The field that the gate names.

        Its own name, or `<table>:<number>:<name>` for an inline row.
        """
        if name in self.form:
            return self.form[name]
        table, _colon, rest = name.partition(":")
        number, _colon, inner = rest.partition(":")
        for children in self.children:
            if table == children.table.name and number.isdecimal():
                sent = [row for row in children.rows if row.id or not row.erased]
                if int(number) < len(sent) and inner in sent[int(number)].form:
                    return sent[int(number)].form[inner]
        return None


def offered(gate: Gate, table: CatalogTable, verb: Verb) -> tuple[Field, ...]:
    """The fields that a form offers, as the custom form that this actor meets shapes it.

    Those that this actor writes, but what the portal itself keeps.
    """
    readable = {known.name for known in gate.tables()}
    fixed = table.declaration.fixed if verb is Verb.UPDATE else ()
    form = EDIT if verb is Verb.UPDATE else CREATE
    shape = customforms.current().of(gate.actor, table.name, form)
    return customforms.shaped(
        shape,
        tuple(
            spec
            for spec in gate.fields(table.name, verb)
            if not spec.system
            and spec.name not in fixed
            and not spec.secret
            and not (spec.type.name == "reference" and spec.target not in readable)
        ),
    )


def blank(
    gate: Gate,
    table: CatalogTable,
    posted: MultiDict[str, str] | None,
    given: MultiDict[str, str],
) -> RecordForm:
    """The form of a new record; `given` are values of the address that fill it in.

    Raises Invalid when they cannot.
    """
    specs = offered(gate, table, Verb.CREATE)
    prefill.check(gate, specs, given)
    form = form_of(specs, gate)
    form.process(posted, data=prefill.values(specs, given))
    children = _children(gate, table, None, posted)
    made = RecordForm(table, form, children)
    once = "" if posted is None else posted.get("once", "")
    if once.isalnum() and len(once) == 32:
        made.once = once
    return made


def filled(
    gate: Gate, table: CatalogTable, row: Row, posted: MultiDict[str, str] | None
) -> RecordForm:
    """The form of a stored record, with what was posted on top."""
    masked = {name for name, value in row.values.items() if value is MASKED}
    specs = tuple(spec for spec in offered(gate, table, Verb.UPDATE) if spec.name not in masked)
    form = form_of(specs, gate)
    form.process(posted, data={spec.name: row.values.get(spec.name) for spec in specs})
    version = row.version
    if posted is not None:
        version = parameters.whole(posted, "version", -1, 0, parameters.LARGEST_ID)
        if version < 0:
            raise Invalid(gettext("The form does not say which version of the record it changes."))
    children = _children(gate, table, row, posted)
    return RecordForm(table, form, children, version=version, id=row.id, title=row.title)


# --- inline rows --------------------------------------------------------------------------------


def _children(
    gate: Gate, table: CatalogTable, row: Row | None, posted: MultiDict[str, str] | None
) -> list[Children]:
    found = []
    for name in table.declaration.inline:
        child = catalog.current().tables[name]
        may_add, may_change = gate.can(Verb.CREATE, name), gate.can(Verb.UPDATE, name)
        if not gate.can(Verb.READ, name) or not (may_add or may_change):
            continue
        link = next((f.name for f in child.fields.values() if f.target == table.name), "")
        specs = tuple(f for f in offered(gate, child, Verb.CREATE) if f.name != link)
        if not specs or not link:
            continue
        stored = _stored(gate, child, link, row) if row and may_change else ()
        maker = _ChildForms(gate, child, specs, posted)
        rows = [maker.stored(index, kept) for index, kept in enumerate(stored)]
        if posted is not None and may_add:
            rows += maker.added(len(rows))
        elif row is None and may_add:
            rows += maker.first(_own_structure(gate, name))
        found.append(
            Children(
                child,
                str(child.label),
                rows,
                maker.blank(),
                may_add,
                gate.can(Verb.ERASE, name),
            )
        )
    return found


def _own_structure(gate: Gate, child: str) -> Reference | None:
    """The one structure where this actor adds such rows: a new record starts there."""
    home = entering.usual_home(gate, child)
    if not home or not gate.can(Verb.READ, STRUCTURE):
        return None
    titles = gate.titles(STRUCTURE, [home])
    return next((Reference(id, title) for id, title in titles.items()), None)


def _stored(gate: Gate, child: CatalogTable, link: str, row: Row) -> tuple[Row, ...]:
    only = Selection(filters=(Filter(link, "equals", str(row.id)),), page_size=MOST_CHILDREN)
    return gate.list(child.name, only).rows


class _ChildForms:
    """Makes the forms of the inline rows of one table, from what is stored and what was posted."""

    def __init__(
        self,
        gate: Gate,
        table: CatalogTable,
        specs: tuple[Field, ...],
        posted: MultiDict[str, str] | None,
    ) -> None:
        self.gate, self.table, self.specs, self.posted = gate, table, specs, posted
        self.sent = self._sent()

    def _sent(self) -> dict[int, MultiDict[str, str]]:
        """The posted values of each inline row by its number in the page."""
        found: dict[int, MultiDict[str, str]] = {}
        start = f"{self.table.name}-"
        for name, value in self.posted.items(multi=True) if self.posted is not None else ():
            if not name.startswith(start):
                continue
            number, _dash, rest = name.removeprefix(start).partition("-")
            if number.isascii() and number.isdecimal() and len(number) < 5 and rest:
                found.setdefault(int(number), MultiDict()).add(rest, value)
        return found

    def stored(self, index: int, row: Row) -> ChildRow:
        sent = next((v for v in self.sent.values() if v.get("id") == str(row.id)), None)
        form = form_of(self.specs, self.gate, f"{self.table.name}-{index}-")
        form.process(self._named(sent, index), data=dict(row.values))
        version = parameters.whole(sent or {}, "version", row.version, 0, parameters.LARGEST_ID)
        erased = bool(sent and sent.get("erase"))
        return ChildRow(form, row.id, version, erased, row.title)

    def added(self, first: int) -> list[ChildRow]:
        """The new rows that were filled in; an empty one is none."""
        rows: list[ChildRow] = []
        for _number, sent in sorted(self.sent.items()):
            if sent.get("id") or sent.get("erase") or not self._filled(sent):
                continue
            index = first + len(rows)
            form = form_of(self.specs, self.gate, f"{self.table.name}-{index}-")
            form.process(self._named(sent, index), data=prefill.values(self.specs))
            rows.append(ChildRow(form))
        return rows[:MOST_CHILDREN]

    def first(self, structure: Reference | None) -> list[ChildRow]:
        """The row that a new record starts with, in the actor's own structure; none without one."""
        names = [spec.name for spec in self.specs if spec.target == STRUCTURE]
        if structure is None or not names:
            return []
        form = form_of(self.specs, self.gate, f"{self.table.name}-0-")
        form.process(None, data=prefill.values(self.specs) | {names[0]: structure})
        return [ChildRow(form)]

    def blank(self) -> BaseForm:
        form = form_of(self.specs, self.gate, f"{self.table.name}-999-")
        form.process(None, data=prefill.values(self.specs))
        return form

    def _filled(self, sent: MultiDict[str, str]) -> bool:
        defaults = prefill.values(self.specs)
        for spec in self.specs:
            usual = canonical(spec, defaults[spec.name])
            typed = sent.getlist(spec.name)[-1:] + sent.getlist(f"{spec.name}-text")
            if any(text.strip() not in ("", usual) for text in typed):
                return True
        return False

    def _named(self, sent: MultiDict[str, str] | None, index: int) -> MultiDict[str, str] | None:
        if sent is None:
            return None if self.posted is None else MultiDict()
        return MultiDict([(f"{self.table.name}-{index}-{k}", v) for k, v in sent.items(multi=True)])


def changed(made: RecordForm, row: Row) -> dict[str, Any]:
    """The values that differ from those stored: what was not touched is not written."""
    found = {}
    for name, value in made.values.items():
        spec = made.form[name].spec
        if canonical(spec, value) != canonical(spec, row.values.get(name)):
            found[name] = value
    return found


def as_json(value: object) -> str:
    """JSON text, accents as they are."""
    return json.dumps(value, ensure_ascii=False)


# --- a stale save -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that the stored version and the typed one do not agree on."""

    name: str
    label: str
    theirs: str
    mine: str
    typed: str


def differences(made: RecordForm, stored: Row) -> list[Difference]:
    """The fields where what was typed differs from what is stored now."""
    found = []
    for bound in made.form:
        if not bound.posted:
            continue
        now = stored.values.get(bound.spec.name)
        mine, theirs = canonical(bound.spec, bound.data), canonical(bound.spec, now)
        if mine != theirs:
            shown = _shown(bound, bound.data)
            there = shower(bound.spec.type)(now) if now not in (None, "") else EMPTY
            found.append(Difference(bound.name, str(bound.label.text), there, shown, mine))
    return found


def _shown(bound: Any, value: Any) -> str:
    if value is None or value == "":
        return EMPTY
    if bound.spec.type.name == "reference":
        return bound.shown or f"#{value}"
    if bound.spec.type.name == "choice":
        return next((label for key, label, _depth in bound.options() if key == bound.text), EMPTY)
    return shower(bound.spec.type)(value)


def chosen(posted: MultiDict[str, str]) -> MultiDict[str, str]:
    """What was posted, without the fields for which the person keeps the stored version."""
    theirs = {
        name.removeprefix(CHOICE)
        for name, value in posted.items()
        if name.startswith(CHOICE) and value == "theirs"
    }
    dropped = theirs | {f"{name}-text" for name in theirs}
    return MultiDict([(k, v) for k, v in posted.items(multi=True) if k not in dropped])


def kept(posted: MultiDict[str, str]) -> list[tuple[str, str]]:
    """What the page of a stale save sends again: all that was typed, but what it asks anew."""
    return [
        (name, value)
        for name, value in posted.items(multi=True)
        if name not in ("version", "csrf_token") and not name.startswith(CHOICE)
    ]
