"""Typed lists: the table of their choices."""

from __future__ import annotations

from portal import declare
from portal.choice import Choice
from portal.i18n import _

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
    configuration=True,
)

plugin = declare.Plugin(_("Lists"), tables=(choices,))
