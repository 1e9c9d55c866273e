"""Custom fields: the fields that administrators add to a table, as rows of `typing.customfield`."""

from __future__ import annotations

from typing import Any

from peewee import BooleanField, CharField, IntegerField

from portal import declare
from portal.declare import DataType
from portal.i18n import Label, _
from portal.models import (
    DomainModel,
    FoldedKey,
    ListNameField,
    LongTextField,
    OptionField,
    TableNameField,
)
from portal.register_catalogue import vocabulary

KINDS = (
    ("text", _("Text")),
    ("longtext", _("Long text")),
    ("integer", _("Whole number")),
    ("decimal", _("Decimal number")),
    ("boolean", _("Yes or no")),
    ("date", _("Date")),
    ("suggested", _("Choice with free values")),
    ("choice", _("Choice of a list")),
    ("email", _("E-mail address")),
    ("link", _("Web address")),
    ("phone", _("Telephone number")),
)
_WORDS = vocabulary("data_categories")
DATA_TYPES: tuple[tuple[str, Label], ...] = (
    ("", ""),
    *((str(kind), _WORDS[str(kind)]) for kind in DataType),
)


class CustomField(DomainModel):
    """A field that administrators added to a table; its values lie in the rows of that table."""

    table_name = TableNameField(index=True, verbose_name=_("Table"))
    key = CharField(
        max_length=40,
        verbose_name=_("Key"),
        help_text=_(
            "Lower-case letters and underscores; two underscores separate sections,"
            " as in winch__name. It never changes."
        ),
    )
    label_fr = CharField(max_length=100, verbose_name=_("Label in French"))
    label_fr_key = FoldedKey("label_fr")
    label_en = CharField(max_length=100, default="", verbose_name=_("Label in English"))
    kind = OptionField(KINDS, verbose_name=_("Type"))
    choice_list = ListNameField(
        default="",
        verbose_name=_("List of the choices"),
        help_text=_("For a choice of a list only."),
    )
    position = IntegerField(default=0, verbose_name=_("Order"))
    section_fr = CharField(
        max_length=100,
        default="",
        verbose_name=_("Section in French"),
        help_text=_("Fields of a section stand together on sheets and forms."),
    )
    section_en = CharField(max_length=100, default="", verbose_name=_("Section in English"))
    help_fr = LongTextField(default="", verbose_name=_("Help in French"))
    help_en = LongTextField(default="", verbose_name=_("Help in English"))
    in_forms = BooleanField(
        default=False,
        verbose_name=_("Add to all forms"),
        help_text=_("Else it is filled by imports, or by the custom forms that place it."),
    )
    shown = BooleanField(default=True, verbose_name=_("Shown on the sheet"))
    searched = BooleanField(default=False, verbose_name=_("In the search index"))
    indexed = BooleanField(
        default=False,
        verbose_name=_("Quick to filter and sort"),
        help_text=_(
            "A job makes an index: for fields of large tables that are often filtered or sorted."
        ),
    )
    audited = BooleanField(default=False, verbose_name=_("Keep its old values"))
    required = BooleanField(default=False, verbose_name=_("Required"))
    unique = BooleanField(
        default=False,
        verbose_name=_("No two records alike"),
        help_text=_("Capitals and accents make no difference."),
    )
    initial = CharField(max_length=500, default="", verbose_name=_("Value of new records"))
    minimum = CharField(
        max_length=40,
        default="",
        verbose_name=_("Smallest value"),
        help_text=_("For numbers and dates."),
    )
    maximum = CharField(max_length=40, default="", verbose_name=_("Largest value"))
    longest = IntegerField(null=True, verbose_name=_("Most characters"), help_text=_("For texts."))
    personal = BooleanField(
        default=True,
        verbose_name=_("Personal data"),
        help_text=_("Every field is personal data until somebody decides that it is not."),
    )
    data_type = OptionField(DATA_TYPES, default="", verbose_name=_("Type of data"))
    sensitive = BooleanField(default=False, verbose_name=_("Sensitive data"))
    kept_months = IntegerField(
        null=True,
        verbose_name=_("Kept for (months)"),
        help_text=_(
            "Noted here only: the portal erases the values with their records, not before."
        ),
    )

    class Meta:
        table_name = "typing_customfield"
        indexes = ((("table_name", "key"), True),)


DEFINITION = (
    "table_name",
    "key",
    "label_fr",
    "label_en",
    "kind",
    "choice_list",
    "position",
    "section_fr",
    "section_en",
    "help_fr",
    "help_en",
    "in_forms",
    "shown",
    "searched",
    "indexed",
    "audited",
    "required",
    "unique",
    "initial",
    "minimum",
    "maximum",
    "longest",
    "personal",
    "data_type",
    "sensitive",
    "kept_months",
)
"""Every field of a definition: what administrators write; none is about a person."""


def _sample(number: int) -> dict[str, Any]:
    letters = "".join(chr(ord("a") + int(digit)) for digit in str(number))
    said = {"table_name": "directory.person", "key": f"sample_{letters}", "kind": "text"}
    return said | dict.fromkeys(("choice_list", "initial", "minimum", "maximum"), "")


custom_fields = declare.Table(
    CustomField,
    label=_("Custom fields"),
    one=_("Custom field"),
    title=("label_fr",),
    no_personal_data=_("It describes fields, not persons."),
    not_personal=DEFINITION,
    columns=("table_name", "key", "kind", "section_fr", "position", "in_forms", "personal"),
    audited=("label_fr", "kind", "personal", "data_type", "sensitive", "kept_months"),
    searched=("label_fr", "label_en", "key", "section_fr"),
    configuration=True,
    natural_key=("table_name", "key"),
    sample=_sample,
    fixed=("table_name", "key"),
)
