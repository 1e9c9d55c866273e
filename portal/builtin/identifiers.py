"""Identifiers: the formulas that administrators gave, and the last number of each counter."""

from __future__ import annotations

from typing import Any

from peewee import CharField, IntegerField, Model

from portal import declare
from portal.database import proxy
from portal.i18n import _
from portal.models import DomainModel, FieldNamesField, LongTextField, OptionField, TableNameField

KINDS = (
    ("identifier", _("External identifier")),
    ("full_identifier", _("Full identifier")),
    ("custom_index", _("Custom index")),
)
SYNTAXES = (("simple", _("Simple")), ("jinja", _("Jinja")))


class Identifier(DomainModel):
    """How a table makes one kind of identifier: by a formula, or by numbering within keys."""

    table_name = TableNameField(verbose_name=_("Table"))
    kind = OptionField(KINDS, verbose_name=_("Identifier"))
    formula = LongTextField(default="", verbose_name=_("Formula"))
    syntax = OptionField(SYNTAXES, default="simple", verbose_name=_("Syntax"))
    keys = FieldNamesField(default="", verbose_name=_("Numbered within"))

    class Meta:
        table_name = "typing_identifier"
        indexes = ((("table_name", "kind"), True),)


class Numbering(Model):
    """The last number that was given within a key; the key is kept as a fingerprint."""

    table_name = CharField(max_length=100)
    key = CharField(max_length=64)
    last = IntegerField()

    class Meta:
        database = proxy
        table_name = "typing_numbering"
        indexes = ((("table_name", "key"), True),)


def _sample(number: int) -> dict[str, Any]:
    tables = (
        "directory.person",
        "directory.structure",
        "activities.outing",
        "activities.training",
        "bookings.resource",
        "members.membership",
    )
    kinds = ("full_identifier", "identifier")
    return {
        "table_name": tables[number % len(tables)],
        "kind": kinds[number // len(tables) % len(kinds)],
        "formula": "N{id}",
        "syntax": "simple",
        "keys": "",
    }


identifiers = declare.Table(
    Identifier,
    label=_("Formulas of identifiers"),
    one=_("Formula of an identifier"),
    title=("table_name", "kind"),
    no_personal_data=_("It holds formulas, not their results."),
    not_personal=("table_name", "kind", "formula", "syntax", "keys"),
    columns=("table_name", "kind", "formula", "syntax", "keys"),
    audited=("formula", "syntax", "keys"),
    configuration=True,
    natural_key=("table_name", "kind"),
    sample=_sample,
    fixed=("table_name", "kind"),
)
