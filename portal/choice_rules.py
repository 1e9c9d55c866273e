"""The rules of typed lists that ask other rows: identifiers that are free, parents that hold.

Only the gate calls this, inside the transaction of the write; every channel passes here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from portal import choice_lists
from portal.catalog import Catalog
from portal.choice import Choice
from portal.choice_lists import KnownList
from portal.database import is_postgresql, proxy
from portal.errors import Invalid
from portal.i18n import Label, _
from portal.text import slug

LONGEST_PROPOSAL = 90
NAMELESS = "choice"


def prepared(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """New choices, each with an identifier: its own, or one made from its label.

    Raises Invalid, naming the row, for one that its list already has.
    """
    lists = {row.get("list_name") for row in rows}
    known = Choice.select(Choice.list_name, Choice.slug).where(Choice.list_name.in_(lists))
    taken = set(known.tuples().execute(proxy.obj))
    made = []
    for number, row in enumerate(rows):
        name, given = row.get("list_name"), row.get("slug")
        if given in (None, ""):
            given = _proposed(name, str(row.get("label_fr") or ""), taken)
        elif (name, given) in taken:
            why = _("This list already has the identifier “{slug}”.").format(slug=str(given)[:60])
            told = why
            if len(rows) > 1:
                told = _("Row {number}: {why}").format(number=number + 1, why=why)
            raise Invalid(told, _("Give another one."), {"slug": why})
        taken.add((name, given))
        made.append({**row, "slug": given})
    return made


def _proposed(name: Any, label: str, taken: set[Any]) -> str:
    """An identifier made from a label that its list does not have yet."""
    plain = "".join(c for c in slug(label) if c.isascii()).strip("-")[:LONGEST_PROPOSAL]
    base, number = plain or NAMELESS, 1
    found = base
    while (name, found) in taken:
        number += 1
        found = f"{base}-{number}"
    return found


def require(catalog: Catalog, ids: Sequence[int], *, new: bool) -> None:
    """What was written holds together: a list that exists, a parent of the same list, no loop.

    A list of a module that is gone keeps its choices; no new one enters it. Raises Invalid.
    """
    lists = choice_lists.lists(catalog)
    query = Choice.select(Choice.id, Choice.list_name, Choice.parent)
    written = list(query.where(Choice.id.in_(list(ids))).tuples().execute(proxy.obj))
    for name in sorted({row[1] for row in written}):
        if new and name not in lists:
            why = _("There is no list '{name}'.").format(name=name[:60])
            raise Invalid(why, _("Choose one of the lists."), {"list_name": why})
        placed = [id for id, own, parent in written if own == name and parent is not None]
        if placed:
            _require_parents(name, lists.get(name), placed)


def _require_parents(name: str, known: KnownList | None, ids: Sequence[int]) -> None:
    """The parents of these choices of one list, whose rows nobody else changes meanwhile."""
    if known is not None and not known.declared.hierarchical:
        raise _misplaced(_("The choices of this list do not stand below one another."))
    whole = Choice.select(Choice.id, Choice.parent).where(Choice.list_name == name)
    if is_postgresql():
        whole = whole.order_by(Choice.id).for_update()
    parents: dict[int, int | None] = dict(whole.tuples().execute(proxy.obj))
    for id in ids:
        above: set[int] = set()
        where: int | None = id
        while where is not None:
            if where not in parents:
                raise _misplaced(_("The parent is not a choice of the same list."))
            if where in above:
                raise _misplaced(_("A choice cannot stand below itself."))
            above.add(where)
            where = parents[where]


def _misplaced(why: Label) -> Invalid:
    return Invalid(why, _("Choose another parent, or none."), {"parent": why})
