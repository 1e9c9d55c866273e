"""Formulas: a text made from the values of a row, in one of two syntaxes. One evaluator.

"simple" puts a value in place of each name between braces (`OA-{code}`). "jinja" is a small part of
Jinja: `{{ name }}`, `{{ name.attribute }}`, `{% if %}`, filters of a short list, constants and
comparisons. It is parsed and walked here; no template engine runs, so nothing else can be reached:
no call, no loop, no arithmetic, no attribute that begins with an underscore. Whatever is not known
is refused with its place. Values are plain: text, numbers, days, and `Linked` for what a row refers
to. What they give does not depend on the language of the reader.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NoReturn

from portal.errors import Invalid
from portal.formula_filters import FILTERS, Linked, limited, text_of
from portal.formula_parts import (
    NOTHING,
    Choice,
    Comparison,
    Constant,
    Filtered,
    Joined,
    Logic,
    Name,
    Node,
    Place,
    refuse,
)
from portal.i18n import Label, _

__all__ = ["SYNTAXES", "Linked", "check", "evaluate", "names", "text_of"]

SIMPLE, JINJA = "simple", "jinja"
SYNTAXES = (SIMPLE, JINJA)
LONGEST_FORMULA = 2_000
LONGEST_RESULT = 1_000
DEEPEST = 20
MOST_SIGNS = 100

_NAME = r"[A-Za-z][A-Za-z0-9_]*"
_SIMPLE = re.compile(rf"\{{({_NAME})\}}|([{{}}])|([^{{}}]+)")
_TOKEN = re.compile(
    rf"(?P<space>\s+)|(?P<name>{_NAME})|(?P<number>[0-9]+(?:\.[0-9]+)?)"
    r"|(?P<string>'[^'\\]*'|\"[^\"\\]*\")|(?P<sign>==|!=|<=|>=|[=<>|.,()~-])"
)
_OPENING = re.compile(r"\{\{|\{%|\{#")
_WORDS = frozenset({"if", "elif", "else", "endif", "and", "or", "not", "in"})
_CONSTANTS = {"true": True, "True": True, "false": False, "False": False, "none": None}
_CONSTANTS["None"] = None
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})


def evaluate(formula: str, values: Mapping[str, Any], syntax: str) -> str:
    """The text that a formula makes of `values`.

    Raises Invalid with the place of what is wrong in it, for a name that `values` lacks, and for a
    result of more than 1,000 characters.
    """
    return limited(_parsed(formula, syntax).text(values), LONGEST_RESULT)


def names(formula: str, syntax: str) -> tuple[str, ...]:
    """The names that a formula uses, with their attributes ("person.code"). Raises Invalid."""
    return tuple(dict.fromkeys(name.path for name in _parsed(formula, syntax).names()))


def check(formula: str, syntax: str, known: Collection[str]) -> None:
    """Refuse, with its place, what cannot be evaluated: a name that is not among `known`, too."""
    for name in _parsed(formula, syntax).names():
        if name.path not in known:
            refuse(
                name.place,
                _("there is no variable “{name}”").format(name=name.path[:60]),
                _("Use one of the variables of the list."),
            )


# --- reading a formula --------------------------------------------------------------------------


@lru_cache(maxsize=500)
def _parsed(formula: str, syntax: str) -> Node:
    if syntax not in SYNTAXES:
        raise Invalid(_("A formula is written in the simple syntax or in Jinja."))
    if len(formula) > LONGEST_FORMULA:
        raise Invalid(_("The formula has more than {most} characters.").format(most=2_000))
    odd = next((n for n, c in enumerate(formula) if not c.isprintable() and c not in "\n\r\t"), -1)
    if odd >= 0:
        refuse(_place(formula, odd), _("this sign cannot be written"))
    return _simple(formula) if syntax == SIMPLE else _Template(formula).whole()


def _simple(formula: str) -> Node:
    parts: list[Node] = []
    for found in _SIMPLE.finditer(formula):
        name, brace, plain = found.groups()
        place = _place(formula, found.start())
        if brace:
            refuse(
                place,
                _("a brace that holds no name"),
                _("Write a name alone between braces, as in {example}.").format(example="{name}"),
            )
        parts.append(Name(name, place) if name else Constant(plain))
    return Joined(tuple(parts))


def _place(formula: str, offset: int) -> Place:
    before = formula[:offset]
    return Place(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


class _Template:
    """Reads a formula in Jinja: texts, expressions and conditions."""

    def __init__(self, source: str) -> None:
        self.source, self.at, self.depth, self.signs = source, 0, 0, 0
        self.tokens: list[_Token] = []
        self.trimmed = False

    def whole(self) -> Node:
        body, word = self._body()
        if word:
            self._refuse(word.at, _("“{word}” stands outside a condition").format(word=word.text))
        return body

    def _body(self) -> tuple[Node, _Token | None]:
        """The parts up to an `elif`, `else` or `endif`, which is given back; None at the end."""
        parts: list[Node] = []
        while True:
            opening = _OPENING.search(self.source, self.at)
            text = self.source[self.at : opening.start() if opening else len(self.source)]
            parts.append(Constant(text.lstrip() if self.trimmed else text))
            self.trimmed = False
            if opening is None:
                self.at = len(self.source)
                return Joined(tuple(parts)), None
            if self._opened(opening):
                parts[-1] = Constant(parts[-1].text({}).rstrip())
            if opening[0] == "{#":
                continue
            if opening[0] == "{{":
                parts.append(self._expression(opening.start()))
                continue
            word = self._word(opening.start())
            if word.text != "if":
                return Joined(tuple(parts)), word
            parts.append(self._condition(word))

    def _opened(self, opening: re.Match[str]) -> bool:
        """Read the tag that opens here into tokens; true when it trims the text before it."""
        closing = {"{{": "}}", "{%": "%}", "{#": "#}"}[opening[0]]
        start = opening.end()
        end = self._end(start, closing, comment=opening[0] == "{#")
        if end < 0:
            self._refuse(opening.start(), _("“{sign}” is never closed").format(sign=opening[0]))
        inside = self.source[start:end]
        before = inside.startswith("-")
        self.trimmed = len(inside) > 1 and inside.endswith("-")
        self.at = end + 2
        if opening[0] != "{#":
            stop = end - 1 if self.trimmed else end
            self.tokens = self._read(start + 1 if before else start, stop)
        return before

    def _end(self, start: int, closing: str, *, comment: bool) -> int:
        """Where a tag closes, texts between quotes left aside; -1 when it does not."""
        if comment:
            return self.source.find(closing, start)
        quote = ""
        for at in range(start, len(self.source)):
            sign = self.source[at]
            if quote:
                quote = "" if sign == quote else quote
            elif sign in "'\"":
                quote = sign
            elif self.source.startswith(closing, at):
                return at
        return -1

    def _read(self, start: int, end: int) -> list[_Token]:
        tokens = []
        while start < end:
            found = _TOKEN.match(self.source, start, end)
            if found is None:
                self._unknown(start)
            if found.lastgroup != "space":
                tokens.append(_Token(str(found.lastgroup), found[0], start))
            start = found.end()
        tokens.append(_Token("end", "", end))
        return tokens

    def _unknown(self, at: int) -> NoReturn:
        sign = self.source[at]
        if sign in "+*/%":
            self._refuse(at, _("formulas do not calculate (“{sign}”)").format(sign=sign))
        if sign == "_":
            self._refuse(at, _("names that begin with an underscore cannot be used"))
        if sign in "[{":
            self._refuse(at, _("“{sign}” cannot be used").format(sign=sign))
        self._refuse(at, _("“{sign}” is not understood").format(sign=sign))

    def _refuse(self, at: int, what: Label) -> NoReturn:
        refuse(_place(self.source, at), what)

    def _word(self, at: int) -> _Token:
        word = self._next()
        if word.text not in ("if", "elif", "else", "endif"):
            self._refuse(
                word.at if word.text else at,
                _("only if, elif, else and endif can be used, not “{word}”").format(
                    word=word.text[:30]
                ),
            )
        if word.text in ("else", "endif"):
            self._close()
        return word

    def _condition(self, opening: _Token) -> Node:
        self._deeper(opening.at)
        condition = self._expression(opening.at)
        then, word = self._body()
        otherwise: Node = NOTHING
        if word is not None and word.text == "elif":
            otherwise = self._condition(word)
        elif word is not None and word.text == "else":
            otherwise, word = self._body()
            if word is not None and word.text != "endif":
                self._refuse(word.at, _("“{word}” comes after else").format(word=word.text))
        if word is None:
            self._refuse(opening.at, _("this condition lacks its endif"))
        self.depth -= 1
        return Choice(condition, then, otherwise)

    def _deeper(self, at: int) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(at, _("too many parts inside each other"))

    # expressions: each method reads what binds less than the next one

    def _expression(self, at: int) -> Node:
        if self.tokens[0].kind == "end":
            self._refuse(at, _("something is missing here"))
        found = self._inline()
        self._close()
        return found

    def _close(self) -> None:
        left = self.tokens[0]
        if left.kind == "end":
            return
        if left.text == "(":
            self._refuse(left.at, _("formulas call nothing"))
        if left.text == "-":
            self._refuse(left.at, _("formulas do not calculate (“{sign}”)").format(sign="-"))
        self._refuse(left.at, _("“{sign}” is not understood").format(sign=left.text[:30]))

    def _next(self) -> _Token:
        return self.tokens.pop(0) if self.tokens[0].kind != "end" else self.tokens[0]

    def _took(self, *texts: str) -> bool:
        if self.tokens[0].kind not in ("name", "sign") or self.tokens[0].text not in texts:
            return False
        self.signs += 1
        if self.signs > MOST_SIGNS:
            self._refuse(self.tokens[0].at, _("the formula is too long"))
        self.tokens.pop(0)
        return True

    def _inline(self) -> Node:
        self._deeper(self.tokens[0].at)
        found = self._any()
        if self._took("if"):
            condition = self._any()
            found = Choice(condition, found, self._inline() if self._took("else") else NOTHING)
        self.depth -= 1
        return found

    def _any(self) -> Node:
        found = self._all()
        while self._took("or"):
            found = Logic("or", found, self._all())
        return found

    def _all(self) -> Node:
        found = self._not()
        while self._took("and"):
            found = Logic("and", found, self._not())
        return found

    def _not(self) -> Node:
        if not self._took("not"):
            return self._compared()
        self._deeper(self.tokens[0].at)
        found = Logic("not", self._not(), NOTHING)
        self.depth -= 1
        return found

    def _compared(self) -> Node:
        found = self._joined()
        sign = self.tokens[0].text if self.tokens[0].kind != "string" else ""
        if sign in _COMPARISONS or sign == "in":
            self.tokens.pop(0)
            return Comparison(sign, found, self._joined())
        if sign == "not" and self.tokens[1].text == "in":
            del self.tokens[:2]
            return Logic("not", Comparison("in", found, self._joined()), NOTHING)
        return found

    def _joined(self) -> Node:
        parts = [self._filtered()]
        while self._took("~"):
            parts.append(self._filtered())
        return parts[0] if len(parts) == 1 else Joined(tuple(parts))

    def _filtered(self) -> Node:
        found = self._one()
        while self._took("|"):
            token = self._next()
            named = FILTERS.get(token.text) if token.kind == "name" else None
            if named is None:
                self._refuse(
                    token.at, _("there is no filter “{name}”").format(name=token.text[:30])
                )
            given = self._arguments() if self._took("(") else ()
            wrong = named.refusal(given)
            if wrong:
                self._refuse(token.at, wrong)
            found = Filtered(found, named, given)
        return found

    def _arguments(self) -> tuple[Any, ...]:
        given: list[Any] = []
        while not self._took(")"):
            if given and not self._took(","):
                self._refuse(self.tokens[0].at, _("a comma or “)” is missing here"))
            token = self.tokens[0]
            found = self._one()
            if not isinstance(found, Constant):
                self._refuse(token.at, _("a filter takes texts and numbers alone"))
            given.append(found.held)
        return tuple(given)

    def _one(self) -> Node:
        token = self._next()
        if token.text == "(" and token.kind == "sign":
            found = self._inline()
            if not self._took(")"):
                self._refuse(self.tokens[0].at, _("“)” is missing here"))
            return found
        if token.kind == "string":
            return Constant(token.text[1:-1])
        if token.kind == "number":
            return Constant(self._number(token, token.text))
        if token.text == "-" and self.tokens[0].kind == "number":
            return Constant(self._number(token, "-" + self._next().text))
        if token.kind != "name" or token.text in _WORDS:
            self._refuse(token.at, _("a name, a text or a number is missing here"))
        if token.text in _CONSTANTS:
            return Constant(_CONSTANTS[token.text])
        path = token.text
        while self._took("."):
            attribute = self._next()
            if attribute.kind != "name" or "." in path:
                self._refuse(attribute.at, _("one attribute of a name can be used, no more"))
            path += f".{attribute.text}"
        if self.tokens[0].text == "(":
            self._refuse(self.tokens[0].at, _("formulas call nothing"))
        return Name(path, _place(self.source, token.at))

    def _number(self, token: _Token, text: str) -> Any:
        if len(text) > 18:
            self._refuse(token.at, _("this number is too long"))
        return Decimal(text) if "." in text else int(text)
