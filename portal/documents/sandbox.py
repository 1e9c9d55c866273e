"""The language that a template may speak.

Names, conditions, loops, comparisons and a short list of filters.

The parsed template is compared with a list of what is allowed, so that what is not thought of is
refused. At run time a name reaches into dictionaries and lists only: no attribute of a Python
object can be read, nothing can be called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NoReturn

from jinja2 import StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.runtime import LoopContext
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup, escape

from portal.documents.filters import LONGEST_TEXT, FilterError, for_language, items, write
from portal.documents.tags import Tag, Tags, number_tags
from portal.errors import Invalid
from portal.i18n import _

LONGEST_DOCUMENT = 64 * 1024 * 1024
MOST_TEMPLATE_NODES = 60_000
LARGEST_NUMBER = 10**15

_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.For,
    nodes.If,
    nodes.CondExpr,
    nodes.Assign,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Slice,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Neg,
    nodes.Pos,
    nodes.Add,
    nodes.Sub,
    nodes.Mul,
    nodes.Div,
    nodes.FloorDiv,
    nodes.Mod,
    nodes.Filter,
    nodes.Test,
)
_TESTS = frozenset(
    {"defined", "undefined", "none", "odd", "even", "eq", "ne", "lt", "le", "gt", "ge", "in"}
)
_EACH = " each"  # no template can spell it: what every loop runs over goes through it
_LOOP = frozenset({"index", "index0", "revindex", "revindex0", "first", "last", "length", "depth"})


class Refused(TemplateSyntaxError):
    """The template says something that is not allowed."""


class Unknown(StrictUndefined):
    """A name that the document does not have.

    Printing it, comparing it or looping over it is an error.
    """

    __slots__ = ()

    @property
    def _undefined_message(self) -> str:
        return _("The name {name} is not known here.").format(name=str(self._undefined_name)[:80])


class Checked(Template):
    """A template that has passed the list; its errors name the tag and where it stands."""

    tags: Tags

    def render(self, *args: Any, **kwargs: Any) -> str:
        """The text with its values.

        Invalid names the tag when a value is missing or cannot be used.
        """
        try:
            return "".join(self._bounded(self.generate(*args, **kwargs)))
        except Invalid:
            raise
        except (TemplateError, FilterError) as error:
            self._explain(error, str(error))
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError) as error:
            self._explain(error, str(_("The values do not allow what the tag asks for.")))

    def _bounded(self, pieces: Iterator[str]) -> Iterator[str]:
        total = 0
        for piece in pieces:
            total += len(piece)
            if total > LONGEST_DOCUMENT:
                raise Invalid(
                    _("The document would be too long."),
                    _("Choose fewer rows, or shorten the loops."),
                )
            yield piece

    def _explain(self, error: BaseException, reason: str) -> NoReturn:
        refuse_tag(self.tags.at(_template_line(error)), reason, error)


def refuse_tag(tag: Tag | None, reason: str, cause: BaseException | None = None) -> NoReturn:
    """Raise Invalid for `reason`, naming the tag and the words around it."""
    remedy = _("Correct the tag in the template.")
    if tag is None:
        raise Invalid(
            _("The template cannot be used: {reason}").format(reason=reason), str(remedy)
        ) from cause
    raise Invalid(
        _("The tag {tag} cannot be used: {reason} It stands near: {place}").format(
            tag=tag.text, reason=reason, place=tag.place
        ),
        str(remedy),
    ) from cause


def _template_line(error: BaseException) -> int:
    line = getattr(error, "lineno", None) or 0
    trace = error.__traceback__
    while trace is not None:
        if "__jinja_exception__" in trace.tb_frame.f_globals:
            line = trace.tb_lineno
        trace = trace.tb_next
    return line


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja with the list of what is allowed, writing in one language.

    `lines` writes the breaks of a text.
    """

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "%"})

    def __init__(self, language: str, lines: Callable[[str], str | Markup]) -> None:
        super().__init__(
            autoescape=True,
            undefined=Unknown,
            cache_size=0,
            finalize=lambda value: _finish(write(value, language), lines),
        )
        self.globals.clear()
        self.filters = {**for_language(language), _EACH: items}
        self._offered = frozenset(self.filters) - {_EACH}
        self.tests = {name: test for name, test in self.tests.items() if name in _TESTS}

    def from_string(self, source: Any, globals: Any = None, template_class: Any = None) -> Checked:
        """Compile `source` once the list allows it; Invalid names the tag and the place."""
        numbered, tags = number_tags(source)
        try:
            template = super().from_string(numbered, template_class=Checked)
        except TemplateSyntaxError as error:
            detail = error.message or ""
            if not isinstance(error, Refused):
                detail = _("It is not written as a tag should be ({detail}).").format(detail=detail)
            refuse_tag(tags.at(error.lineno), detail, error)
        except (RecursionError, OverflowError, ValueError, SyntaxError) as error:
            refuse_tag(None, str(_("A tag is too long or too deeply nested.")), error)
        if not isinstance(template, Checked):
            raise TypeError(type(template))
        template.tags = tags
        return template

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for count, node in enumerate(_every(tree)):
            if count > MOST_TEMPLATE_NODES:
                raise Refused(str(_("The template has too many tags.")), node.lineno)
            reason = _not_allowed(node, self._offered)
            if reason:
                raise Refused(reason, node.lineno or 1)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(
                loop.iter, _EACH, [], [], None, None, lineno=loop.iter.lineno, environment=self
            )
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """A key of a dictionary, or a number of the loop; nothing of any other object."""
        return self.getitem(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """An item of a dictionary, a list or a text; empty below an empty value."""
        if obj is None:
            return None
        if isinstance(obj, Undefined):
            str(obj)
        if isinstance(obj, LoopContext):
            if argument in _LOOP:
                return getattr(obj, argument)
        elif isinstance(obj, dict):
            if isinstance(argument, str | int) and argument in obj:
                return obj[argument]
        elif isinstance(obj, list | tuple | str) and isinstance(argument, int | slice):
            try:
                return obj[argument]
            except IndexError:
                return self.undefined(obj=None, name=str(argument))
        return self.undefined(obj=None, name=str(argument)[:80])

    def call(self, context: Any, obj: Any, *args: Any, **kwargs: Any) -> NoReturn:
        """Nothing can be called."""
        raise FilterError(str(_("Nothing can be called in a template.")))

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        """Arithmetic on numbers of a sensible size, and short texts put together with +."""
        for value in (left, right):
            if isinstance(value, Undefined):
                str(value)
        if operator == "+" and isinstance(left, str) and isinstance(right, str):
            if len(left) + len(right) > LONGEST_TEXT:
                raise FilterError(str(_("The text is too long.")))
            return f"{left}{right}"
        if not (_sensible(left) and _sensible(right)):
            raise FilterError(str(_("Arithmetic takes numbers of a sensible size.")))
        return super().call_binop(context, operator, left, right)


def _finish(text: str | Markup, lines: Callable[[str], str | Markup]) -> Markup:
    # Jinja escapes a constant before it is finished and a value after: here both are escaped once.
    return escape(lines(text.unescape() if isinstance(text, Markup) else text))


def _sensible(value: object) -> bool:
    """True for a number that can be reckoned with at no cost."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    return -LARGEST_NUMBER <= value <= LARGEST_NUMBER


def _every(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting.extend(node.iter_child_nodes())


def _not_allowed(node: nodes.Node, filters: frozenset[str]) -> str:
    """Why this node is not allowed; empty when it is."""
    if not isinstance(node, _ALLOWED):
        what = type(node).__name__.lower()
        return _("A template cannot use {what}.").format(what=what)
    if isinstance(node, nodes.For) and node.recursive:
        return str(_("A loop cannot be recursive."))
    if isinstance(node, nodes.Filter) and (
        node.name not in filters or node.dyn_args or node.dyn_kwargs
    ):
        return _("There is no filter {name}. Filters: {names}.").format(
            name=node.name[:40], names=", ".join(sorted(filters))
        )
    if isinstance(node, nodes.Test) and node.name not in _TESTS:
        return _("There is no test {name}.").format(name=node.name[:40])
    if isinstance(node, nodes.Assign) and not isinstance(node.target, nodes.Name):
        return str(_("Only a simple name can be set."))
    name = ""
    if isinstance(node, nodes.Name):
        name = node.name
    elif isinstance(node, nodes.Getattr):
        name = node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        name = str(node.arg.value) if isinstance(node.arg.value, str) else ""
    if name.startswith("_"):
        return str(_("A name cannot begin with an underscore."))
    value = node.value if isinstance(node, nodes.Const) else None
    if isinstance(value, int | float) and abs(value) > LARGEST_NUMBER:
        return str(_("Arithmetic takes numbers of a sensible size."))
    return ""
