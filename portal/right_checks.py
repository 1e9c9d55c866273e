"""What a right may say, checked when it is saved: no screen shows a right that is void."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from portal import catalog as catalogs
from portal import codes, conditions
from portal.actor import EVERYTHING, covers
from portal.catalog import CatalogTable
from portal.declare import Verb
from portal.errors import Invalid
from portal.i18n import _

GRANT = "accounts.grant"
CODED_FIELD = "accounts.codedfield"
CODED_ROW = "accounts.codedrow"
_NAME = re.compile(r"\*|[a-z][a-z0-9_]*\.(\*|[a-z][a-z0-9_]*)")


def check(stored: Mapping[str, Any]) -> None:
    """Refuse a right that could not mean anything. Raises Invalid with the field that is wrong.

    A right on a module that is not installed stays as it is, until the module is back.
    """
    name, verbs = str(stored["table_name"]), str(stored["verbs"]).split()
    wrong: dict[str, object] = {}
    if not _NAME.fullmatch(name):
        wrong["table_name"] = _("This is not the name of a table.")
    unknown = [v for v in verbs if v != EVERYTHING and v not in set(Verb)]
    if unknown:
        wrong["verbs"] = _("'{name}' is no permission.").format(name=unknown[0][:60])
    tables = covered(name)
    if tables:
        wrong |= _wrong_names(stored, tables)
    if stored["conditions"] and not wrong:
        try:
            conditions.check(conditions.parse(str(stored["conditions"])), _asked(name, tables))
        except Invalid as error:
            wrong["conditions"] = f"{error.message} {error.remedy}".strip()
    if wrong:
        raise Invalid(" ".join(str(why) for why in wrong.values()), "", wrong)


def check_coded(stored: Mapping[str, Any]) -> None:
    """Refuse an access code on a table or a field that there is not. Raises Invalid."""
    table = catalogs.current().tables.get(str(stored["table_name"]))
    if table is None:
        unknown = _("The table “{name}” is not installed.").format(name=stored["table_name"][:60])
        raise Invalid(unknown, fields={"table_name": unknown})
    if not codes.carries(table):
        closed = _("Records and fields of this table take no access code.")
        raise Invalid(closed, fields={"table_name": closed})
    if "field" not in stored:
        return
    field = table.fields.get(str(stored["field"]))
    if field is None or field.system or field.secret:
        wrong = _("There is no field '{name}' here.").format(name=str(stored["field"])[:60])
        raise Invalid(wrong, fields={"field": wrong})


CHECKS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    GRANT: check,
    CODED_FIELD: check_coded,
    CODED_ROW: check_coded,
}
"""What is checked of the rows of these tables, beside the rules that the tables declare."""


def covered(name: str) -> tuple[CatalogTable, ...]:
    """The tables that a right of this name speaks of."""
    return tuple(table for table in catalogs.current() if covers(name, table.name))


def _asked(name: str, tables: tuple[CatalogTable, ...]) -> tuple[CatalogTable, ...]:
    if not tables:
        raise Invalid(_("The table “{name}” is not installed.").format(name=name[:60]))
    return tables


def _wrong_names(stored: Mapping[str, Any], tables: tuple[CatalogTable, ...]) -> dict[str, object]:
    known = {name for table in tables for name in table.fields}
    wrong: dict[str, object] = {}
    for part in ("readable", "writable", "masked"):
        whole = known if part == "masked" else known | {EVERYTHING}
        strange = [name for name in str(stored[part]).split() if name not in whole]
        if strange:
            wrong[part] = _("There is no field '{name}' here.").format(name=strange[0][:60])
    return wrong
