"""What the register of breaches says, in the current language."""

from __future__ import annotations

from parts import Cell, Document, Para, Row, Table, Tag
from shapes import document, heads, organisation
from words import word as _


def breaches() -> Document:
    """Every breach with all its fields, and what was done about it."""
    title = _("Register of breaches of personal data")
    return document(
        title,
        (
            Para(title, "Title"),
            Para("{{ organisation.name }}", "Subtitle"),
            organisation("Organisation"),
            Tag("{% if not breaches %}"),
            Para(_("No breach is recorded.")),
            Tag("{% endif %}"),
            Tag("{% for breach in breaches %}"),
            Para("{{ breach.number }}", "Heading 1", new_page=True),
            Table(
                "Breach",
                (5.0, 12.0),
                heads(_("Heading"), _("Content")),
                (
                    Tag("{% for field in breach.fields %}"),
                    Row((Cell("{{ field.label }}", "Label"), Cell("{{ field.text }}"))),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% if breach.steps %}"),
            Para(_("Timeline"), "Heading 2"),
            Table(
                "Timeline",
                (3.5, 5.0, 3.5, 5.0),
                heads(_("Date"), _("Act"), _("By"), _("Note")),
                (
                    Tag("{% for step in breach.steps %}"),
                    Row(
                        (
                            Cell("{{ step.on }}"),
                            Cell("{{ step.what }}"),
                            Cell("{{ step.by }}"),
                            Cell("{{ step.note }}"),
                        )
                    ),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% endif %}"),
            Tag("{% endfor %}"),
        ),
    )
