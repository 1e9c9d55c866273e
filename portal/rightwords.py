"""Rights in words: what a verb allows, the refusal of one, and what to ask an administrator for."""

from __future__ import annotations

from collections.abc import Mapping

from portal.declare import Verb
from portal.i18n import Label, _

VERBS: Mapping[Verb, Label] = {
    Verb.READ: _("read"),
    Verb.CREATE: _("add"),
    Verb.UPDATE: _("change"),
    Verb.ERASE: _("delete"),
    Verb.EXPORT: _("export"),
    Verb.IMPORT: _("import"),
    Verb.DISCLOSE: _("open protected data"),
    Verb.EXECUTE: _("run"),
}
_REFUSALS = {
    Verb.READ: _("You may not read “{table}”."),
    Verb.CREATE: _("You may not add to “{table}”."),
    Verb.UPDATE: _("You may not change “{table}”."),
    Verb.ERASE: _("You may not delete from “{table}”."),
    Verb.EXPORT: _("You may not export “{table}”."),
    Verb.IMPORT: _("You may not import into “{table}”."),
    Verb.DISCLOSE: _("You may not open the protected rows of “{table}”."),
    Verb.EXECUTE: _("You may not run “{table}”."),
}
_REMEDIES = {
    Verb.READ: _("Ask an administrator for the right to read “{table}”."),
    Verb.CREATE: _("Ask an administrator for the right to add to “{table}”."),
    Verb.UPDATE: _("Ask an administrator for the right to change “{table}”."),
    Verb.ERASE: _("Ask an administrator for the right to delete from “{table}”."),
    Verb.EXPORT: _("Ask an administrator for the right to export “{table}”."),
    Verb.IMPORT: _("Ask an administrator for the right to import into “{table}”."),
    Verb.DISCLOSE: _("Ask an administrator for the right to open the protected data of “{table}”."),
    Verb.EXECUTE: _("Ask an administrator for the right to run “{table}”."),
}


def refusal(verb: str, table: object) -> str:
    """What who lacks a right is told; `table` is its label."""
    return _REFUSALS[Verb(verb)].format(table=table)


def remedy(verb: str, table: object) -> str:
    """What to ask an administrator for; `table` is its label."""
    return _REMEDIES[Verb(verb)].format(table=table)


def whole_remedy(table: object) -> str:
    """What to ask for where every protected row and field of a table is needed."""
    return _(
        "Ask an administrator for the right to open the protected data of “{table}”, on every row"
        " and field."
    ).format(table=table)
