"""What the register and the access document say, in the current language."""

from __future__ import annotations

from parts import Cell, Document, Para, Row, Table, Tag
from words import spoken
from words import word as _

LINE = '{{ "\\n" }}'


def _document(title: str, blocks: tuple[Para | Tag | Table, ...]) -> Document:
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


def _line(label: str, value: str) -> Row:
    return Row((Cell(label, "Label"), Cell(value)))


def _group(text: str, columns: int = 2) -> Row:
    return Row((Cell(text, "Group", columns),), keep=True)


def _heads(*labels: str) -> tuple[Cell, ...]:
    return tuple(Cell(label, "Head") for label in labels)


def _each(variable: str, items: str, text: str, between: str = LINE) -> str:
    """The text once for each item, with `between` in between."""
    after = "{% if not loop.last %}" + between + "{% endif %}"
    return f"{{% for {variable} in {items} %}}{text}{after}{{% endfor %}}"


def _or(name: str, missing: str) -> str:
    return f'{{{{ {name}|default("{missing}") }}}}'


def _counted(name: str) -> str:
    missing = _("not counted")
    return f"{{% if {name} is none %}}{missing}{{% else %}}{{{{ {name}|number }}}}{{% endif %}}"


def _yes_or_no(name: str) -> str:
    return "{% if " + name + " %}" + _("yes") + "{% else %}" + _("no") + "{% endif %}"


def _organisation(name: str) -> Table:
    return Table(
        name,
        (5.0, 12.0),
        (Cell(_("Controller"), "Head"), Cell("{{ organisation.name }}", "Head")),
        (
            _line(_("Address"), _or("organisation.address", "–")),
            _line(_("Email"), _or("organisation.email", "–")),
            _line(_("Phone"), _or("organisation.phone", "–")),
            _line(_("Representative"), _or("organisation.representative", "–")),
            _line(
                _("Data protection officer"),
                _or("organisation.dpo_name", _("none designated"))
                + "{% if organisation.dpo_email %} ({{ organisation.dpo_email }}){% endif %}",
            ),
        ),
    )


def register() -> Document:
    """The record of processing activities."""
    title = _("Record of processing activities")
    return _document(
        title,
        (
            Para(title, "Title"),
            Para("{{ organisation.name }}", "Subtitle"),
            Para(
                _("Kept under article 30 of Regulation (EU) 2016/679 (GDPR). State on")
                + ' {{ produced_on|date("long") }}.'
            ),
            _organisation("Organisation"),
            Para(_("Overview"), "Heading 1"),
            Table(
                "Overview",
                (1.1, 6.6, 4.5, 2.3, 2.5),
                (
                    *_heads(_("No."), _("Processing activity"), _("Kept for"), _("Sensitive data")),
                    Cell(_("Persons concerned"), "Head number"),
                ),
                (
                    Tag("{% for activity in activities %}"),
                    Row(
                        (
                            Cell("{{ activity.number }}"),
                            Cell("{{ activity.label }}"),
                            Cell("{{ activity.retention.text }}"),
                            Cell(_yes_or_no("activity.sensitive")),
                            Cell(_counted("activity.subjects_count"), "Number"),
                        )
                    ),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% for activity in activities %}"),
            Para("{{ activity.number }}. {{ activity.label }}", "Heading 1", new_page=True),
            _sheet(),
            Tag("{% if activity.fields %}"),
            Para(_("Fields recorded"), "Heading 2"),
            Table(
                "Fields",
                (4.6, 5.2, 5.0, 2.2),
                _heads(_("Table"), _("Field"), _("Type of data"), _("Sensitive")),
                (
                    Tag("{% for field in activity.fields %}"),
                    Row(
                        (
                            Cell("{{ field.table }}"),
                            Cell("{{ field.field }}"),
                            Cell("{{ field.data_type }}"),
                            Cell("{{ field.sensitive|yesno }}"),
                        )
                    ),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% endif %}"),
            Tag("{% endfor %}"),
        ),
    )


def _sheet() -> Table:
    none = _("none")
    people = _each("profile", "{list}", "{{ profile.profile }} ({{ profile.people|number }})", ", ")
    readers = people.replace("{list}", "activity.readers")
    editors = people.replace("{list}", "activity.editors")
    basis = (
        "{% if purpose.legal_basis %}" + LINE + _("Legal basis:") + " {{ purpose.legal_basis }}"
        "{% if purpose.legal_reference %} ({{ purpose.legal_reference }}){% endif %}{% endif %}"
        "{% if purpose.interest %}" + LINE + _("Interest:") + " {{ purpose.interest }}{% endif %}"
        "{% if purpose.balancing %}"
        + LINE
        + _("Balancing note:")
        + " {{ purpose.balancing }}{% endif %}"
    )
    return Table(
        "Sheet",
        (5.0, 12.0),
        _heads(_("Heading"), _("Content")),
        (
            _group(_("Purposes and legal bases")),
            _line(_("Processing"), "{{ activity.processing }}"),
            Tag("{% for purpose in activity.purposes %}"),
            _line(
                _("Purpose") + "{% if activity.purposes|length > 1 %} {{ loop.index }}{% endif %}",
                "{{ purpose.text }}" + basis,
            ),
            Tag("{% endfor %}"),
            _group(_("Data and persons concerned")),
            _line(_("Persons concerned"), _or("activity.subjects|join", "–")),
            _line(_("Number of persons"), _counted("activity.subjects_count")),
            _line(_("Data"), "{{ activity.data_types }}"),
            _line(_("Categories of data"), _or("activity.data_categories|join", "–")),
            _line(
                _("Sensitive data"),
                _or("activity.sensitive|join", none)
                + "{% if activity.special_condition %}"
                + LINE
                + _("Condition of article 9(2):")
                + " {{ activity.special_condition }}{% endif %}",
            ),
            _line(
                _("Collection"),
                _or("activity.collection|join", "–") + "{% if activity.collection_mode %} "
                "({{ activity.collection_mode|lower }}){% endif %}",
            ),
            _line(_("Source"), _or("activity.source", "–")),
            _line(_("Storage"), _or("activity.storage", "–")),
            _group(_("Responsibility and access")),
            _line(_("Controller"), "{{ activity.controller }}"),
            _line(_("Joint controllers"), _or("activity.joint_controllers", none)),
            _line(_("Manager"), _or("activity.manager", "–")),
            _line(
                _("May read"),
                _("Persons:")
                + " "
                + _counted("activity.people_read")
                + "{% if activity.readers %}"
                + LINE
                + readers
                + "{% endif %}",
            ),
            _line(
                _("May modify"),
                _("Persons:")
                + " "
                + _counted("activity.people_modify")
                + "{% if activity.editors %}"
                + LINE
                + editors
                + "{% endif %}",
            ),
            _group(_("Recipients and transfers")),
            _line(_("Recipients"), _or("activity.recipients|join", none)),
            _line(_("Transfers outside the European Union"), _or("activity.transfers", none)),
            _group(_("Retention")),
            _line(_("Kept for"), "{{ activity.retention.text }}"),
            _line(_("Counted from"), _or("activity.retention.starts", "–")),
            _line(
                _("Legal minimum"),
                _or("activity.retention.minimum", none)
                + "{% if activity.retention.minimum_source %} "
                "({{ activity.retention.minimum_source }}){% endif %}",
            ),
            _line(_("Maximum"), _or("activity.retention.maximum", none)),
            _line(_("Oldest record"), '{{ activity.oldest|date("long")|default("–") }}'),
            _line(_("Records within their period"), _counted("activity.not_obsolete")),
            _line(
                _("Records past their period"),
                _counted("activity.obsolete")
                + "{% if activity.obsolete %}"
                + LINE
                + _("may be deleted:")
                + " "
                + _counted("activity.obsolete_deletable")
                + LINE
                + _("held back:")
                + " "
                + _counted("activity.obsolete_blocked")
                + "{% for blocker in activity.blocked_by %}"
                + LINE
                + "– {{ blocker.label }} ({{ blocker.number|number }}){% endfor %}{% endif %}",
            ),
            _group(_("Security")),
            _line(_("Measures"), '{{ activity.security|join("\\n")|default("–") }}'),
            _group(_("Follow-up")),
            _line(_("Created on"), '{{ activity.created_on|date("long")|default("–") }}'),
            _line(
                _("Last update"),
                '{{ activity.updated_on|date("long")|default("–") }}'
                "{% if activity.updated_by %} ({{ activity.updated_by }}){% endif %}",
            ),
            _line(_("Still to be filled in"), _or('activity.missing|join("\\n")', none)),
        ),
    )


def access() -> Document:
    """The answer to one person's access request."""
    title = _("Your personal data")
    return _document(
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
            Para(_("Your file number:") + " {{ person.number }}", "Note"),
            _organisation("Organisation"),
            Para(_("Your identity"), "Heading 1"),
            Table(
                "Identity",
                (5.0, 12.0),
                _heads(_("Data"), _("Value")),
                (
                    Tag("{% for item in identity %}"),
                    _line("{{ item.label }}", "{{ item.value }}"),
                    Tag("{% endfor %}"),
                ),
            ),
            Tag("{% for section in sections %}"),
            Para("{{ section.activity }}", "Heading 1"),
            _processing(),
            Tag("{% for table in section.tables %}"),
            Para("{{ table.label }} ({{ table.records|length }})", "Heading 3"),
            _records(),
            Tag("{% endfor %}"),
            Tag("{% endfor %}"),
            *_access_end(),
        ),
    )


def _processing() -> Table:
    purposes = _each(
        "purpose",
        "section.purposes",
        "{{ purpose.text }}{% if purpose.legal_basis %} ("
        + _("legal basis:")
        + " {{ purpose.legal_basis }}){% endif %}",
    )
    return Table(
        "Processing",
        (5.0, 12.0),
        (Cell(_("What it is for"), "Head", 2),),
        (
            _line(_("Purposes and legal bases"), purposes),
            _line(_("Recipients"), _or("section.recipients|join", _("none"))),
            _line(_("Kept for"), "{{ section.retention }}"),
            _line(_("Source"), _or("section.source", "–")),
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


def _access_end() -> tuple[Para | Tag | Table, ...]:
    return (
        Para(_("Your rights"), "Heading 1"),
        Tag("{% for right in notice.rights %}"),
        Para("{{ right }}", "Bullet"),
        Tag("{% endfor %}"),
        Para("{{ notice.complaint }}"),
        Para(_("Contact:") + " {{ notice.contact }}"),
        Tag("{% if accesses %}"),
        Para(_("Who consulted or changed your data"), "Heading 1"),
        Para(_("The persons are shown by their role, as the law allows."), "Note"),
        Table(
            "Accesses",
            (4.5, 7.5, 5.0),
            _heads(_("Date"), _("Operation"), _("Role")),
            (
                Tag("{% for entry in accesses %}"),
                Row(
                    (
                        Cell("{{ entry.on|datetime }}"),
                        Cell("{{ entry.operation }}"),
                        Cell("{{ entry.role }}"),
                    )
                ),
                Tag("{% endfor %}"),
            ),
        ),
        Tag("{% endif %}"),
        Para(_("What was left out, and why"), "Heading 1"),
        Tag("{% if withheld %}"),
        Table(
            "Withheld",
            (7.0, 10.0),
            _heads(_("What"), _("Why")),
            (
                Tag("{% for item in withheld %}"),
                Row((Cell("{{ item.what }}"), Cell("{{ item.why }}"))),
                Tag("{% endfor %}"),
            ),
        ),
        Tag("{% else %}"),
        Para(_("Nothing was left out.")),
        Tag("{% endif %}"),
        Tag("{% if glossary %}"),
        Para(_("Words used in this document"), "Heading 1"),
        Table(
            "Glossary",
            (5.0, 12.0),
            _heads(_("Word"), _("Meaning")),
            (
                Tag("{% for item in glossary %}"),
                _line("{{ item.term }}", "{{ item.meaning }}"),
                Tag("{% endfor %}"),
            ),
        ),
        Tag("{% endif %}"),
    )
