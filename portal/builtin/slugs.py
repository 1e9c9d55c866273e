"""The identifier by which code, files and other portals name a row of the configuration."""

from __future__ import annotations

from portal import declare
from portal.choice import SLUG
from portal.i18n import _

SLUG_CHECK = declare.Check(
    lambda values: SLUG.fullmatch(values["slug"]) is not None,
    _("An identifier is made of lower-case letters without accents, digits and hyphens."),
    "slug",
)
