"""What the register says, in the current language."""

from __future__ import annotations

from parts import Cell, Document, Para, Row, Table, Tag
from shapes import (
    LINE,
    counted,
    document,
    each,
    group,
    heads,
    line,
    or_else,
    organisation,
    yes_or_no,
)
from words import word as _


def register() -> Document:
    """The record of processing activities."""
    title = _("Record of processing activities")
    return document(
        title,
        (
            Para(title, "Title"),
            Para("{{ organisation.name }}", "Subtitle"),
            Para(
                _("Kept under article 30 of Regulation (EU) 2016/679 (GDPR). State on")
                + ' {{ produced_on|date("long") }}.'
            ),
            Tag("{% if structure %}"),
            Para(_("Counted within this structure and those below:") + " {{ structure }}."),
            Tag("{% endif %}"),
            Tag("{% if counted_at %}"),
            Para(_("Counted on") + ' {{ counted_at|date("long") }}.', "Note"),
            Tag("{% endif %}"),
            organisation("Organisation"),
            Para(_("Overview"), "Heading 1"),
            Table(
                "Overview",
                (1.1, 6.6, 4.5, 2.3, 2.5),
                (
                    *heads(_("No."), _("Processing activity"), _("Kept for"), _("Sensitive data")),
                    Cell(_("Persons concerned"), "Head number"),
                ),
                (
                    Tag("{% for activity in activities %}"),
                    Row(
                        (
                            Cell("{{ activity.number }}"),
                            Cell("{{ activity.label }}"),
                            Cell("{{ activity.retention.text }}"),
                            Cell(yes_or_no("activity.sensitive")),
                            Cell(counted("activity.subjects_count"), "Number"),
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
                heads(_("Table"), _("Field"), _("Type of data"), _("Sensitive")),
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
    people = each("profile", "{list}", "{{ profile.profile }} ({{ profile.people|number }})", ", ")
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
        heads(_("Heading"), _("Content")),
        (
            group(_("Purposes and legal bases")),
            line(_("Processing"), "{{ activity.processing }}"),
            Tag("{% for purpose in activity.purposes %}"),
            line(
                _("Purpose") + "{% if activity.purposes|length > 1 %} {{ loop.index }}{% endif %}",
                "{{ purpose.text }}" + basis,
            ),
            Tag("{% endfor %}"),
            group(_("Data and persons concerned")),
            line(_("Persons concerned"), or_else("activity.subjects|join", "–")),
            line(_("Number of persons"), counted("activity.subjects_count")),
            line(_("Data"), "{{ activity.data_types }}"),
            line(_("Categories of data"), or_else("activity.data_categories|join", "–")),
            line(
                _("Sensitive data"),
                or_else("activity.sensitive|join", _("no such data"))
                + "{% if activity.special_condition %}"
                + LINE
                + _("Condition of article 9(2):")
                + " {{ activity.special_condition }}{% endif %}",
            ),
            line(
                _("Collection"),
                or_else("activity.collection|join", "–") + "{% if activity.collection_mode %} "
                "({{ activity.collection_mode|lower }}){% endif %}",
            ),
            line(_("Source"), or_else("activity.source", "–")),
            line(_("Storage"), or_else("activity.storage", "–")),
            group(_("Responsibility and access")),
            line(_("Controller"), "{{ activity.controller }}"),
            line(_("Joint controllers"), or_else("activity.joint_controllers", none)),
            line(_("Manager"), or_else("activity.manager", "–")),
            line(
                _("May read"),
                _("Persons:")
                + " "
                + counted("activity.people_read")
                + "{% if activity.readers %}"
                + LINE
                + readers
                + "{% endif %}",
            ),
            line(
                _("May modify"),
                _("Persons:")
                + " "
                + counted("activity.people_modify")
                + "{% if activity.editors %}"
                + LINE
                + editors
                + "{% endif %}",
            ),
            group(_("Recipients and transfers")),
            line(_("Recipients"), or_else("activity.recipients|join", none)),
            line(_("Transfers outside the European Union"), or_else("activity.transfers", none)),
            group(_("Retention")),
            line(_("Kept for"), "{{ activity.retention.text }}"),
            line(_("Counted from"), or_else("activity.retention.starts", "–")),
            line(
                _("Legal minimum"),
                or_else("activity.retention.minimum", none)
                + "{% if activity.retention.minimum_source %} "
                "({{ activity.retention.minimum_source }}){% endif %}",
            ),
            line(_("Maximum"), or_else("activity.retention.maximum", none)),
            line(_("Oldest record"), '{{ activity.oldest|date("long")|default("–") }}'),
            line(_("Records within their period"), counted("activity.not_obsolete")),
            line(
                _("Records past their period"),
                counted("activity.obsolete")
                + "{% if activity.obsolete %}"
                + LINE
                + _("may be deleted:")
                + " "
                + counted("activity.obsolete_deletable")
                + LINE
                + _("held back:")
                + " "
                + counted("activity.obsolete_blocked")
                + "{% for blocker in activity.blocked_by %}"
                + LINE
                + "– {{ blocker.label }} ({{ blocker.number|number }}){% endfor %}{% endif %}",
            ),
            group(_("Security")),
            line(_("Measures"), '{{ activity.security|join("\\n")|default("–") }}'),
            group(_("Follow-up")),
            line(_("Created on"), '{{ activity.created_on|date("long")|default("–") }}'),
            line(
                _("Last update"),
                '{{ activity.updated_on|date("long")|default("–") }}'
                "{% if activity.updated_by %} ({{ activity.updated_by }}){% endif %}",
            ),
            line(_("Still to be filled in"), or_else('activity.missing|join("\\n")', _("nothing"))),
        ),
    )
