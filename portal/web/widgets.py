"""Field type to WTForms field.

What was typed is kept as text, the type alone says whether it is right.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from wtforms import Field as FormField
from wtforms.form import BaseForm
from wtforms.validators import StopValidation

from portal import choices, suggestions
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import EMPTY, Reference
from portal.gate import Gate
from portal.i18n import _, current_language, gettext

SEARCHED = "-text"
MOST_CANDIDATES = 20


class Typed(FormField):
    """A form field whose value is read and written by the portal's field type.

    `text` is what the person typed (or the canonical text of the stored value), `data` the value
    once validated. `posted` is false when the form that came in did not carry the field: it is
    then left as it is.
    """

    def __init__(self, spec: Field, **options: Any) -> None:
        super().__init__(label=str(spec.label), **options)
        self.spec = spec
        self.text = ""
        self.posted = False

    @property
    def widget_name(self) -> str:
        return self.spec.type.widget

    def process_data(self, value: Any) -> None:
        self.data = value
        self.text = canonical(self.spec, value)

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist and not self._left_unsaid(valuelist[-1]):
            self.posted = True
            ticked = self.widget_name == "ticks"
            self.text = " ".join(" ".join(valuelist).split()) if ticked else valuelist[-1]

    def _left_unsaid(self, text: str) -> bool:
        """True for a box that was not ticked where neither yes nor no was said before."""
        unticked = self.widget_name == "checkbox" and text == "false"
        return unticked and self.spec.column.null and self.object_data is None

    def ticks(self) -> list[tuple[str, str, bool]]:
        """(name, words, ticked) of each name that a field of known names may hold."""
        kind: Any = self.spec.type
        held = self.text.split()
        return [(name, str(words), name in held) for name, words in kind.options.items()]

    def pre_validate(self, form: BaseForm) -> None:
        if not self.posted:
            return
        try:
            self.data = self.parsed()
        except Invalid as error:
            raise StopValidation(str(error)) from None
        if self.spec.required and self.data in (None, ""):
            raise StopValidation(gettext("A value is needed here."))

    def parsed(self) -> Any:
        """The value of what was typed; raises Invalid. Empty is empty for every type."""
        kind = self.spec.type
        if not self.text.strip() and kind.name not in ("boolean",):
            return "" if kind.blank == "" and not self.spec.column.null else None
        return kind.parse(self.text)

    @property
    def input_value(self) -> str:
        """The text as the browser's control wants it."""
        if self.widget_name == "datetime-local":
            text = self.text.replace(" ", "T")
            return text.removesuffix(":00") if text.count(":") == 2 else text
        if self.widget_name == "decimal" and current_language() == "fr":
            return self.text.replace(".", ",")
        return self.text

    @property
    def checked(self) -> bool:
        return self.text in ("true", "1", "on")


class Listed(Typed):
    """A field whose value is one of a list.

    The choices of a typed list, or the few values of the code.
    """

    def options(self) -> list[tuple[str, str, int]]:
        """(value, label, depth) in order; a retired choice only while it is the one set."""
        kind: Any = self.spec.type
        nothing = [] if self.spec.required and self.text else [("", EMPTY, 0)]
        if kind.name == "option":
            known = [(str(k), str(label) or EMPTY, 0) for k, label in kind.options.items()]
            if self.text and self.text not in kind.options:
                known.append((self.text, self.text, 0))
            return known if any(not value for value, _label, _depth in known) else nothing + known
        return nothing + [(str(o.id), str(o.label), depth) for o, depth in self._offered()]

    def helps(self) -> list[tuple[str, str, str]]:
        """(value, label, comment) of the choices on offer that have a comment, to help choosing."""
        if self.spec.type.name == "option":
            return []
        return [(str(o.id), str(o.label), o.comment) for o, _depth in self._offered() if o.comment]

    def _offered(self) -> list[tuple[choices.Option, int]]:
        kind: Any = self.spec.type
        chosen = int(self.text) if self.text.isascii() and self.text.isdecimal() else None
        return choices.current().offered(kind.list_name, chosen)

    def parsed(self) -> Any:
        kind: Any = self.spec.type
        text = self.text.strip()
        if kind.name == "option":
            return kind.parse(text) if text or "" in kind.options else None
        if not text:
            return None
        return choices.current().numbered(kind.list_name, text).id


class Suggested(Typed):
    """A free text, with the values that other records hold to choose from."""

    def __init__(self, spec: Field, gate: Gate, **options: Any) -> None:
        super().__init__(spec, **options)
        self.gate = gate

    def known(self) -> tuple[str, ...]:
        """The values on offer."""
        return suggestions.values(self.gate, self.spec.table, self.spec.name)


class Referring(Typed):
    """A reference, found by search.

    Without script the person types words and the portal looks them up on saving.
    """

    def __init__(self, spec: Field, gate: Gate, **options: Any) -> None:
        super().__init__(spec, **options)
        self.gate = gate
        self.shown = ""
        self.candidates: tuple[tuple[int, str], ...] = ()

    @property
    def target(self) -> str:
        kind: Any = self.spec.type
        return str(kind.target)

    def process_data(self, value: Any) -> None:
        super().process_data(value)
        if isinstance(value, Reference):
            self.shown = str(value)
        elif isinstance(value, int) and not isinstance(value, bool):
            self.text = str(value)
            self.shown = self.gate.titles(self.target, [value]).get(value, "")

    def process(self, formdata: Any, *rest: Any, **more: Any) -> None:
        super().process(formdata, *rest, **more)
        typed = formdata.get(self.name + SEARCHED) if formdata else None
        if typed is None:
            return
        typed = " ".join(typed.split())
        hidden = isinstance(self.object_data, Reference) and not self.object_data.accessible
        if hidden and typed == self.shown:
            self.posted = False
            return
        self.posted = True
        chosen = (formdata.get(self.name) or "").strip()
        if not typed:
            self.text, self.shown = "", ""
        elif chosen and self._title(chosen) == typed:
            self.text, self.shown = chosen, typed
        elif typed != self.shown or not self.text:
            self.text, self.shown = "", typed

    def _title(self, text: str) -> str:
        try:
            found = self.spec.type.parse(text)
        except Invalid:
            return ""
        return self.gate.titles(self.target, [found]).get(found, "")

    def parsed(self) -> Any:
        if self.text.strip():
            return self.spec.type.parse(self.text)
        if not self.shown:
            return None
        self.candidates = tuple(self.gate.lookup(self.target, self.shown))[:MOST_CANDIDATES]
        exact = [found for found in self.candidates if found[1] == self.shown]
        only = exact or list(self.candidates)
        if len(only) == 1:
            self.text, self.shown = str(only[0][0]), only[0][1]
            return only[0][0]
        if self.candidates:
            raise Invalid(_("Several records match."), _("Choose one of them."))
        raise Invalid(
            _("No record matches '{text}'.").format(text=self.shown[:60]),
            _("Type at least two letters of its title."),
        )


def canonical(spec: Field, value: Any) -> str:
    """The canonical text of a value; a choice or reference by its id."""
    if isinstance(value, str):
        return value
    if spec.type.name in ("choice", "reference") and isinstance(value, int):
        return str(value)
    return spec.type.write(value)


def field_of(spec: Field, gate: Gate) -> Any:
    """The unbound form field of a portal field."""
    if spec.type.name == "reference":
        return Referring(spec, gate)
    if spec.type.name == "suggested":
        return Suggested(spec, gate)
    if spec.type.name in ("choice", "option"):
        return Listed(spec)
    return Typed(spec)


def form_of(specs: Iterable[Field], gate: Gate, prefix: str = "") -> BaseForm:
    """A form of these fields, in their order.

    The forgery token is checked for every request beforehand.
    """
    return BaseForm({spec.name: field_of(spec, gate) for spec in specs}, prefix=prefix)


def values_of(form: BaseForm) -> dict[str, Any]:
    """The validated values of the fields that the posted form carried."""
    return {field.short_name: field.data for field in form if field.posted}
