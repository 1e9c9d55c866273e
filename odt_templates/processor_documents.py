"""What the registers of processors say, in the current language."""

from __future__ import annotations

from parts import Document, Para, Row, Table, Tag
from shapes import LINE, document, group, heads, line, or_else, organisation
from words import word as _


def processors() -> Document:
    """The processors of the organisation, then the controllers that it serves, a sheet for each."""
    title = _("Processors")
    return document(
        title,
        (
            Para(title, "Title"),
            Para("{{ organisation.name }}", "Subtitle"),
            Para(
                _("Kept under articles 28 and 30(2) of Regulation (EU) 2016/679 (GDPR). State on")
                + ' {{ produced_on|date("long") }}.'
            ),
            organisation("Organisation"),
            Tag('{% if part != "controllers" %}'),
            Para(_("Processors of the organisation"), "Heading 1"),
            Tag("{% if not processors %}"),
            Para(_("No processor is recorded.")),
            Tag("{% endif %}"),
            Tag("{% for one in processors %}"),
            Para("{{ one.name }}", "Heading 2"),
            _processor(),
            Tag("{% endfor %}"),
            Tag("{% endif %}"),
            Tag('{% if part != "processors" %}'),
            Para(_("Processing on behalf of other controllers"), "Heading 1", new_page=True),
            Tag("{% if not controllers %}"),
            Para(_("The organisation is not recorded as a processor of anybody.")),
            Tag("{% endif %}"),
            Tag("{% for one in controllers %}"),
            Para("{{ one.number }}. {{ one.name }}", "Heading 2"),
            _controller(),
            Tag("{% endfor %}"),
            Tag("{% endif %}"),
        ),
    )


def _processor() -> Table:
    return Table(
        "Processor",
        (5.0, 12.0),
        heads(_("Heading"), _("Content")),
        (
            line(_("Contact"), or_else("one.contact", "–")),
            line(_("What it does"), or_else("one.task", "–")),
            line(_("Treatments"), '{{ one.treatments|join("\\n")|default("–") }}'),
            *_contract(),
            line(_("Its own processors"), or_else("one.subprocessors", "–")),
            line(_("Location of the data"), or_else("one.location", "–")),
            line(
                _("Transfers outside the European Union"),
                "{% if one.outside_eu %}{{ one.guarantee }}{% else %}" + _("none") + "{% endif %}",
            ),
            _missing(),
        ),
    )


def _controller() -> Table:
    return Table(
        "Controller",
        (5.0, 12.0),
        heads(_("Heading"), _("Content")),
        (
            group(_("The controller")),
            line(_("Controller"), "{{ one.name }}"),
            line(_("Contact"), or_else("one.contact", "–")),
            line(_("Representative"), or_else("one.representative", "–")),
            line(_("Data protection officer"), or_else("one.officer", "–")),
            group(_("Processing carried out")),
            line(_("Categories of processing"), '{{ one.categories|join("\\n")|default("–") }}'),
            line(_("What is done"), or_else("one.details", "–")),
            line(_("Processors engaged"), or_else("one.subprocessors", _("none"))),
            *_contract(),
            group(_("Recipients and transfers")),
            line(
                _("Transfers outside the European Union"),
                "{% if one.outside_eu %}{{ one.guarantee }}{% if one.transfers %}"
                + LINE
                + "{{ one.transfers }}{% endif %}{% else %}"
                + _("none")
                + "{% endif %}",
            ),
            group(_("Security")),
            line(_("Measures"), '{{ one.security|join("\\n")|default("–") }}'),
            group(_("Follow-up")),
            _missing(),
        ),
    )


def _contract() -> tuple[Row, ...]:
    return (
        line(_("Date of the contract"), '{{ one.contract_on|date("long")|default("–") }}'),
        line(_("Reference of the contract"), or_else("one.contract_reference", "–")),
        line(_("Ended on"), '{{ one.ended_on|date("long")|default("–") }}'),
    )


def _missing() -> Row:
    return line(
        _("Still to be filled in"), '{{ one.missing|join("\\n")|default("' + _("none") + '") }}'
    )
