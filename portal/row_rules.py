"""The rules of the core's own tables that no declaration can say: they ask the catalog, other rows.

Only the gate calls this, inside the transaction of the write; every channel passes here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from portal import (
    audit_checks,
    choice_rules,
    custom_rules,
    decision_rules,
    form_rules,
    identifier_rules,
    identifier_upkeep,
    journal_rights,
    objections,
    right_checks,
)
from portal.auditing import RULES
from portal.catalog import PERSON, Catalog
from portal.choice_lists import CHOICE
from portal.customfields import TABLE as CUSTOM_FIELD
from portal.identifiers import TABLE as IDENTIFIER
from portal.treatments import ADDED, DECISIONS, MANAGERS, PROCESSED

CHECKS: Mapping[str, Callable[[Mapping[str, Any]], None]] = {
    **right_checks.CHECKS,
    CUSTOM_FIELD: custom_rules.check,
    IDENTIFIER: identifier_rules.check,
    ADDED: decision_rules.check_added,
    DECISIONS: decision_rules.check,
    MANAGERS: decision_rules.check_manager,
    RULES: audit_checks.check,
    PROCESSED: decision_rules.check_processor,
}
"""What the stored values of one row must say, by table."""


def check(table: str, stored: Mapping[str, Any]) -> None:
    """Raise Invalid with each field that is wrong in a row that is written."""
    if table in CHECKS:
        CHECKS[table](stored)


def require(catalog: Catalog, table: str, ids: Sequence[int], *, new: bool) -> None:
    """Raise Invalid when rows that were written do not hold together with others.

    What makes other rows stale asks for the job that makes them again.
    """
    if table == PERSON:
        objections.require(ids, new=new)
    elif table == CHOICE:
        choice_rules.require(catalog, ids, new=new)
    elif table == CUSTOM_FIELD:
        custom_rules.require(ids)
    elif table == right_checks.GRANT:
        journal_rights.require(ids)
    elif table == MANAGERS:
        decision_rules.require_managers(ids)
    elif table == IDENTIFIER:
        identifier_upkeep.formulas_change(catalog, ids)
    elif table == form_rules.FORM and new:
        form_rules.require_form(catalog, ids)
    elif table == form_rules.FORM_FIELD:
        form_rules.require_fields(catalog, ids, new=new)
