"""What the data dictionary says, in the current language."""

from __future__ import annotations

from parts import Cell, Document, Para, Row, Table, Tag
from shapes import document, each, heads, organisation
from words import word as _


def dictionary() -> Document:
    """Every field of every table, module by module."""
    title = _("Personal data: list, content and location")
    return document(
        title,
        (
            Para(title, "Title"),
            Para("{{ organisation.name }}", "Subtitle"),
            organisation("Organisation"),
            Tag("{% for module in modules %}"),
            Para("{{ module.label }}", "Heading 1", new_page=True),
            Tag("{% if module.kinds %}"),
            Para(_("Types of data"), "Heading 2"),
            Table(
                "Kinds",
                (8.0, 9.0),
                heads(_("Codes"), _("Description")),
                (
                    Tag("{% for kind in module.kinds %}"),
                    Row(
                        (
                            Cell(each("code", "kind.codes", "{{ code }}", ", ")),
                            Cell("{{ kind.label }}"),
                        )
                    ),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% endif %}"),
            Para(_("Fields recorded"), "Heading 2"),
            Table(
                "Fields",
                (3.3, 3.3, 2.7, 2.5, 1.4, 1.3, 2.5),
                heads(
                    _("Table"),
                    _("Field"),
                    _("Technical name"),
                    _("Type of data"),
                    _("Sensitive"),
                    _("Exported"),
                    _("When the person is erased"),
                ),
                (
                    Tag("{% for field in module.fields %}"),
                    Row(
                        (
                            Cell('{{ field.table_label }}{{ "\\n" }}{{ field.table }}'),
                            Cell("{{ field.label }}"),
                            Cell("{{ field.field }}"),
                            Cell("{{ field.code }}"),
                            Cell("{{ field.sensitive|yesno }}"),
                            Cell("{{ field.exported|yesno }}"),
                            Cell("{{ field.at_erasure }}"),
                        )
                    ),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% endfor %}"),
        ),
    )
