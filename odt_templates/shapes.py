"""The shapes that the templates share: header and footer, lines of a table, lists in a cell."""

from __future__ import annotations

from parts import Cell, Document, Para, Row, Table, Tag
from words import spoken
from words import word as _

LINE = '{{ "\\n" }}'


def document(title: str, blocks: tuple[Para | Tag | Table, ...]) -> Document:
    """A template with the header and the footer that every document has."""
    produced = _("Produced on") + ' {{ produced_on|date("long") }} ' + _("with") + " {{ software }}"
    note = _("The legal references in this document must be validated by the controller.")
    return Document(
        title=title,
        language=spoken(),
        header=("{{ organisation.name }}", title),
        footer=(produced, note),
        page=(_("Page"), _("of")),
        blocks=blocks,
    )


def line(label: str, value: str) -> Row:
    """A label and its value."""
    return Row((Cell(label, "Label"), Cell(value)))


def group(text: str, columns: int = 2) -> Row:
    """A row that introduces those below it."""
    return Row((Cell(text, "Group", columns),), keep=True)


def heads(*labels: str) -> tuple[Cell, ...]:
    """The cells of a heading row."""
    return tuple(Cell(label, "Head") for label in labels)


def each(variable: str, items: str, text: str, between: str = LINE) -> str:
    """The text once for each item, with `between` in between."""
    after = "{% if not loop.last %}" + between + "{% endif %}"
    return f"{{% for {variable} in {items} %}}{text}{after}{{% endfor %}}"


def or_else(name: str, missing: str) -> str:
    """A value, or what stands for a missing one."""
    return f'{{{{ {name}|default("{missing}") }}}}'


def counted(name: str) -> str:
    """A number, or that nothing was counted."""
    missing = _("not counted")
    return f"{{% if {name} is none %}}{missing}{{% else %}}{{{{ {name}|number }}}}{{% endif %}}"


def yes_or_no(name: str) -> str:
    """A yes or a no."""
    return "{% if " + name + " %}" + _("yes") + "{% else %}" + _("no") + "{% endif %}"


def organisation(name: str) -> Table:
    """Who the controller is."""
    return Table(
        name,
        (5.0, 12.0),
        (Cell(_("Controller"), "Head"), Cell("{{ organisation.name }}", "Head")),
        (
            line(_("Address"), or_else("organisation.address", "–")),
            line(_("Email"), or_else("organisation.email", "–")),
            line(_("Phone"), or_else("organisation.phone", "–")),
            line(_("Representative"), or_else("organisation.representative", "–")),
            line(
                _("Data protection officer"),
                or_else("organisation.dpo_name", _("none designated"))
                + "{% if organisation.dpo_email %} ({{ organisation.dpo_email }}){% endif %}",
            ),
        ),
    )
