"""What the answer to an access request says: its eighteen parts, each with what it holds."""

from __future__ import annotations

from parts import Cell, Document, Para, Row, Table, Tag
from shapes import document, heads, line
from words import word as _


def access() -> Document:
    """The answer to one person's access request."""
    title = _("Your personal data")
    return document(
        title,
        (
            Para(title, "Title"),
            Para("{{ person.title }}", "Subtitle"),
            Para(
                "{{ organisation.name }} "
                + _(
                    "keeps personal data about you. This document gives a copy of it, and says "
                    "what each set of data is "
                    "for, how long it is kept and who receives it (article 15 of Regulation (EU) "
                    "2016/679, GDPR). State on"
                )
                + ' {{ produced_on|date("long") }}.'
            ),
            Tag("{% for part in parts %}"),
            Para("{{ part.number }}. {{ part.title }}", "Heading 1"),
            Tag("{% if part.sentence %}"),
            Para("{{ part.sentence }}"),
            Tag("{% endif %}"),
            Tag("{% if part.lines %}"),
            _lines("Lines", "part.lines"),
            Tag("{% endif %}"),
            Tag("{% for block in part.blocks %}"),
            Para("{{ block.title }}", "Heading 3"),
            _lines("Processing", "block.lines"),
            Tag("{% endfor %}"),
            Tag("{% if part.bullets %}"),
            Para(_("Your rights"), "Heading 3"),
            Tag("{% endif %}"),
            Tag("{% for right in part.bullets %}"),
            Para("{{ right }}", "Bullet"),
            Tag("{% endfor %}"),
            Tag("{% for paragraph in part.paragraphs %}"),
            Para("{{ paragraph }}"),
            Tag("{% endfor %}"),
            Tag("{% for table in part.tables %}"),
            Para("{{ table.label }} ({{ table.records|length }})", "Heading 3"),
            _records(),
            Tag("{% endfor %}"),
            Tag("{% if part.accesses %}"),
            Para(_("The persons are shown by their role, as the law allows."), "Note"),
            _accesses(),
            Tag("{% endif %}"),
            Tag("{% endfor %}"),
        ),
    )


def _lines(name: str, items: str) -> Table:
    return Table(
        name,
        (5.0, 12.0),
        heads(_("Heading"), _("Content")),
        (
            Tag("{% for item in " + items + " %}"),
            line("{{ item.label }}", "{{ item.value }}"),
            Tag("{% endfor %}"),
        ),
    )


def _records() -> Table:
    """Labels and values side by side, two to a row: it reads as well with 3 columns as with 12."""
    pair = (
        Cell("{{ pair[0].label }}", "Label"),
        Cell("{{ pair[0].value }}"),
        Cell("{{ pair[1].label }}", "Label"),
        Cell("{{ pair[1].value }}"),
    )
    return Table(
        "Records",
        (1.2, 3.0, 4.9, 3.0, 4.9),
        (Cell("{{ table.label }}", "Head", 5),),
        (
            Tag("{% for record in table.records %}"),
            Tag("{% set position = loop.index %}"),
            Tag("{% for pair in record|batch(2) %}"),
            Tag("{% if loop.first %}"),
            Row((Cell("{{ position }}", "Group"), *pair), keep=True),
            Tag("{% else %}"),
            Row((Cell(""), *pair)),
            Tag("{% endif %}"),
            Tag("{% endfor %}"),
            Tag("{% endfor %}"),
        ),
    )


def _accesses() -> Table:
    return Table(
        "Accesses",
        (4.5, 7.5, 5.0),
        heads(_("Date"), _("Operation"), _("Role")),
        (
            Tag("{% for entry in part.accesses %}"),
            Row(
                (
                    Cell("{{ entry.on|datetime }}"),
                    Cell("{{ entry.operation }}"),
                    Cell("{{ entry.role }}"),
                )
            ),
            Tag("{% endfor %}"),
        ),
    )
