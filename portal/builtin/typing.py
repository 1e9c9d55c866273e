"""Typed lists: the table of their choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import declare
from portal.builtin import customforms, identifiers
from portal.builtin.customfields import custom_fields
from portal.builtin.slugs import SLUG_CHECK
from portal.choice import Choice
from portal.i18n import _


def _label_holds(values: Mapping[str, Any]) -> bool:
    return bool(values["label_fr"].strip())


choices = declare.Table(
    Choice,
    label=_("Choices of the lists"),
    one=_("Choice"),
    title=("label_fr",),
    no_personal_data=_("It holds the words that forms offer."),
    not_personal=(
        "list_name",
        "slug",
        "label_fr",
        "label_en",
        "comment",
        "available",
        "position",
        "parent",
    ),
    columns=("list_name", "label_fr", "label_en", "slug", "available", "position"),
    audited=("label_fr", "label_en", "comment", "available", "parent"),
    configuration=True,
    natural_key=("list_name", "slug"),
    sample=lambda number: {
        "list_name": "directory.structure-types",
        "slug": f"sample-{number}",
        "parent": None,
    },
    fixed=("list_name", "slug"),
    checks=(
        SLUG_CHECK,
        declare.Check(_label_holds, _("A value is required."), "label_fr"),
    ),
)

plugin = declare.Plugin(
    _("Lists"),
    tables=(choices, custom_fields, identifiers.identifiers, *customforms.TABLES),
)
