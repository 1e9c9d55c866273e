"""Typed lists.

The lists of choices that an administrator edits, and the reference to one of their choices.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from peewee import BooleanField, CharField, ForeignKeyField, IntegerField

from portal.i18n import Label, Text, _
from portal.models import DomainModel, FoldedKey, ListNameField, LongTextField

SLUG = re.compile(r"[a-z0-9][a-z0-9-]*")
"""An identifier of a choice: what other portals, files and the code name it by."""


class Choice(DomainModel):
    """A choice of a typed list; retired by `available`, never deleted while a row names it."""

    list_name = ListNameField(index=True, verbose_name=_("List"))
    slug = CharField(
        max_length=100,
        default="",
        verbose_name=_("Identifier"),
        help_text=_(
            "Lower-case letters without accents, digits and hyphens. Left empty, it is made from"
            " the label. It does not change afterwards."
        ),
    )
    label_fr = CharField(max_length=200, verbose_name=_("Label in French"))
    label_fr_key = FoldedKey("label_fr")
    label_en = CharField(
        max_length=200,
        default="",
        verbose_name=_("Label in English"),
        help_text=_("Left empty, the French label is shown in English too."),
    )
    comment = LongTextField(
        default="",
        verbose_name=_("Comment"),
        help_text=_("Shown on forms, to help choosing."),
    )
    available = BooleanField(
        default=True,
        verbose_name=_("Available"),
        help_text=_("Unticked, forms do not offer it any more; the rows that have it keep it."),
    )
    position = IntegerField(
        default=0,
        verbose_name=_("Order"),
        help_text=_("The smallest number comes first; the same number is sorted by label."),
    )
    parent = ForeignKeyField("self", null=True, backref="+", verbose_name=_("Parent"))

    class Meta:
        table_name = "typing_choice"
        indexes = ((("list_name", "slug"), True),)


@dataclass(frozen=True, slots=True)
class DefaultChoice:
    """A default choice of a list: slug, label, and its parent's slug in a hierarchical list."""

    slug: str
    label: Text
    parent: str = ""
    comment: Text = Text("", "")


KINDS = ("text", "longtext", "integer", "decimal", "boolean", "date")
"""What a field of a list may hold."""


@dataclass(frozen=True, slots=True)
class ListField:
    """A field that the choices of one list have beside the usual ones.

    `key` is made of lower-case letters and underscores, `kind` is one of `KINDS`; `help` says what
    to write where the label does not.
    """

    key: str
    label: Label
    kind: str = "text"
    help: Label = ""


@dataclass(frozen=True, slots=True)
class ChoiceList:
    """A list that an administrator edits ("Types of ..."), with the choices it ships with.

    `name` is the list's key inside its plugin; `common` puts it in the group that all modules
    share. `plugin` names the plugin that ships it when another one uses it too. `fields` are what
    its choices have beside the usual fields.
    """

    name: str
    label: Label
    defaults: tuple[DefaultChoice, ...] = ()
    common: bool = False
    hierarchical: bool = False
    plugin: str = ""
    fields: tuple[ListField, ...] = ()


class ChoiceField(ForeignKeyField):
    """A choice of a typed list; kept as a reference to `typing.choice`."""

    def __init__(self, choice_list: ChoiceList, **options: Any) -> None:
        self.choice_list = choice_list
        super().__init__(Choice, backref="+", **options)
