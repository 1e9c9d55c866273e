"""What the formula of an identifier must say, checked when it is saved by whatever channel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portal import catalog as catalogs
from portal import identifiers
from portal.errors import Invalid, NotFound
from portal.i18n import _
from portal.identifiers import EXTERNAL, INDEX, Definition


def check(stored: Mapping[str, Any]) -> None:
    """Refuse what cannot make an identifier: a wrong formula, unknown names, a ring. Invalid."""
    catalog = catalogs.current()
    kind = str(stored["kind"])
    try:
        table = catalog.table(str(stored["table_name"]))
    except NotFound as unknown:
        raise Invalid(str(unknown), "", {"table_name": str(unknown)}) from None
    shipped = table.declaration.identifiers
    if shipped is None:
        _refuse("table_name", _("This table has no identifiers."))
    elif shipped.fixed and kind == EXTERNAL:
        _refuse("kind", _("The external identifier of this table is fixed."))
    written = Definition(
        kind, str(stored["formula"]), str(stored["syntax"]), tuple(str(stored["keys"]).split())
    )
    if kind == INDEX and written.formula:
        _refuse("formula", _("The custom index is a number: it has keys and no formula."))
    if kind != INDEX and written.keys:
        _refuse("keys", _("Only the custom index has keys."))
    place = "keys" if kind == INDEX else "formula"
    try:
        identifiers.check(catalog, table, written)
        others = {**identifiers.definitions(table, now=True), kind: written}
        whole = identifiers.plan(catalog, table, {k: d for k, d in others.items() if k != kind})
        identifiers.ordered([d for k, d in others.items() if k not in whole.broken])
    except Invalid as wrong:
        raise Invalid(str(wrong), "", {place: str(wrong)}) from None


def _refuse(name: str, why: object) -> None:
    raise Invalid(why, "", {name: why})
