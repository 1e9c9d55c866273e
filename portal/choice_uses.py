"""Where choices are used: how many rows name them, and which rights ask for them.

Counted without regard to who asks; what is told of it is the caller's to narrow.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from peewee import fn

from portal import choice_lists, conditions
from portal.actor import covers
from portal.builtin.accounts import Grant, ProfileType
from portal.builtin.history import Change
from portal.catalog import Catalog
from portal.choice import Choice
from portal.database import proxy
from portal.i18n import Text, _
from portal.rows import Blocker

PROFILE_TYPE = "accounts.profiletype"


def uses(catalog: Catalog, ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """How many rows of each table name each of these choices, protected rows too."""
    found: dict[int, dict[str, int]] = {}
    named = Choice.select(Choice.list_name).where(Choice.id.in_(list(ids))).distinct()
    lists = choice_lists.lists(catalog)
    for (name,) in named.tuples().execute(proxy.obj):
        for field in lists[name].uses if name in lists else ():
            model = catalog.table(field.table).model
            column = field.expression(model)
            counted = model.select(column, fn.COUNT(model.id)).where(column.in_(list(ids)))
            for id, count in counted.group_by(column).tuples().execute(proxy.obj):
                tables = found.setdefault(id, {})
                tables[field.table] = tables.get(field.table, 0) + count
    return found


def blockers(catalog: Catalog, ids: Sequence[int]) -> Iterator[tuple[int, Blocker]]:
    """Why these choices may not be erased: the rows that name them, the rights that ask them."""
    for id, tables in sorted(uses(catalog, ids).items()):
        for name, count in sorted(tables.items()):
            yield id, Blocker("choice", catalog.table(name).label, name, count)
    for id, profile in conditions_on(catalog, ids):
        yield id, _right(profile)


def rights_on(catalog: Catalog, id: int) -> list[Blocker]:
    """The rights whose condition names a choice: rows that take it come into their reach."""
    return [_right(profile) for _id, profile in conditions_on(catalog, [id])]


def _right(profile: Text) -> Blocker:
    return Blocker(
        "right", _("A right of “{profile}” depends on it").format(profile=profile), PROFILE_TYPE
    )


def conditions_on(catalog: Catalog, ids: Sequence[int]) -> Iterator[tuple[int, Text]]:
    """The choices that the condition of a right names, each with the profile type of the right."""
    query = Choice.select(Choice.id, Choice.list_name, Choice.slug).where(Choice.id.in_(list(ids)))
    asked = list(query.tuples().execute(proxy.obj))
    lists = choice_lists.lists(catalog)
    rights = Grant.select(
        Grant.table_name, Grant.conditions, ProfileType.label_fr, ProfileType.label_en
    ).join(ProfileType)
    with_conditions = rights.where(Grant.conditions != "").tuples().execute(proxy.obj)
    for table, text, french, english in with_conditions:
        named = {(c.field, c.value) for c in conditions.parse(text)}
        for id, list_name, own in asked:
            for field in lists[list_name].uses if list_name in lists else ():
                spoken = covers(table, field.table)
                if spoken and {(field.name, own), (field.name, str(id))} & named:
                    yield id, Text(french, english)


def keep_words(catalog: Catalog, ids: Sequence[int]) -> None:
    """Let the history say what choices were called, before they are erased.

    Inside the transaction that erases them: history names a choice by its number.
    """
    query = Choice.select(Choice.id, Choice.list_name, Choice.label_fr)
    lists = choice_lists.lists(catalog)
    gone = list(query.where(Choice.id.in_(list(ids))).tuples().execute(proxy.obj))
    for id, name, label in gone:
        for field in lists[name].uses if name in lists else ():
            if field.name not in catalog.table(field.table).audited:
                continue
            told = (Change.table_name == field.table) & (Change.field == field.name)
            Change.update(old=label).where(told & (Change.old == str(id))).execute(proxy.obj)
            Change.update(new=label).where(told & (Change.new == str(id))).execute(proxy.obj)
