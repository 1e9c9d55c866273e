"""What a rule of the audit may say, checked when it is saved on any channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal import catalog as catalogs
from portal import conditions
from portal.auditing import LONGEST_DAYS
from portal.builtin.audit import ACTS, CHOSEN, DELETIONS, EVERYTHING, NOTHING
from portal.catalog import CatalogTable
from portal.errors import Invalid
from portal.fields import Field
from portal.fieldtypes import EDGES
from portal.i18n import _

APART = frozenset({"journal", "history", "operations"})
"""The modules whose rows are traces themselves, or the machine's."""


def auditable(table: CatalogTable) -> bool:
    """True for a table that a rule may be about."""
    return table.plugin not in APART and not table.declaration.read_only


def keepable(field: Field) -> bool:
    """True for a field whose former values may be kept: not a secret, nor what dates the row."""
    return not field.secret and not field.system


def check(stored: Mapping[str, Any]) -> None:
    """Refuse a rule that could not be followed. Raises Invalid with each field that is wrong."""
    table = catalogs.current().tables.get(str(stored["table_name"]))
    if table is None or not auditable(table):
        unknown = _("The acts on this table are not audited by a rule.")
        raise Invalid(unknown, fields={"table_name": unknown})
    wrong: dict[str, object] = {}
    level, acts = str(stored["level"]), str(stored["acts"]).split()
    if level in (DELETIONS, NOTHING) and table.declaration.configuration:
        wrong["level"] = _("What the portal is configured by always keeps its history.")
    known = {act for act, _label in ACTS}
    if level == CHOSEN and not acts:
        wrong["acts"] = _("Choose at least one act.")
    elif not known.issuperset(acts):
        wrong["acts"] = _("There is no such act.")
    strange = [n for n in str(stored["fields"]).split() if not _keeps(table, n)]
    if strange:
        wrong["fields"] = _("There is no field '{name}' here.").format(name=strange[0][:60])
    try:
        conditions.check(conditions.parse(str(stored["conditions"])), (table,))
    except Invalid as error:
        wrong["conditions"] = f"{error.message} {error.remedy}".strip()
    if level == EVERYTHING:
        wrong |= _wrong_full(stored)
    if wrong:
        raise Invalid(" ".join(str(why) for why in wrong.values()), "", wrong)


def _keeps(table: CatalogTable, name: str) -> bool:
    field = table.fields.get(name)
    return field is not None and keepable(field)


def _wrong_full(stored: Mapping[str, Any]) -> dict[str, object]:
    """What is wrong with a full audit: it slows every page, so it is for a few and for a while."""
    wrong: dict[str, object] = {}
    if not stored["named"]:
        wrong["named"] = _("A full audit is for named accounts only.")
    ends_on = stored["ends_on"]
    if isinstance(ends_on, str):
        ends_on = date.fromisoformat(ends_on)
    latest = datetime.now(EDGES.zone).date() + timedelta(days=LONGEST_DAYS)
    if ends_on is None or ends_on > latest:
        wrong["ends_on"] = _("A full audit has a last day, at most {days} days ahead.").format(
            days=LONGEST_DAYS
        )
    return wrong
