"""Other persons in a person's own rows, shown as the table declares (GDPR art. 15(4))."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from portal.catalog import PERSON, Catalog, CatalogTable, third_party_of
from portal.declare import ThirdParty
from portal.fields import Field
from portal.fieldtypes import Reference
from portal.i18n import gettext

Owns = Callable[[str, int | None], bool]


def concerns_another(
    catalog: Catalog, table: CatalogTable, field: Field, value: Any, person: int, owns: Owns
) -> bool:
    """True when a value names another person, or a row whose title tells something about one."""
    if field.name in table.declaration.third_party and not field.target:
        return True
    if not isinstance(value, Reference) or not field.target or value.id is None:
        return False
    if field.target == PERSON:
        return value.id != person
    target = catalog.table(field.target)
    if not target.personal or owns(field.target, value.id):
        return False
    return any(target.fields[name].data_type is not None for name in target.title)


def shown(table: CatalogTable, field: Field, value: Any) -> tuple[str, bool]:
    """What stands for the other person, and whether something was hidden."""
    policy = third_party_of(table, field.name)
    if policy is ThirdParty.KEEP:
        return field.type.show(value), False
    if policy is ThirdParty.INITIALS:
        return initials(field.type.show(value)), True
    if policy is ThirdParty.REMOVE:
        return "", True
    return gettext("Another person ({role})").format(role=str(field.label).lower()), True


def initials(name: str) -> str:
    """The first letters of a name: "J. M." for "Jean Martin"."""
    return " ".join(f"{word[0].upper()}." for word in name.replace("-", " ").split())
