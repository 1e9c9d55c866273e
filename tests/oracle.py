"""What an actor may see, worked out in plain Python over dictionaries, without the gate."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from portal.actor import Actor, Condition, Grant
from portal.catalog import PERSON, CatalogTable
from portal.database import proxy
from portal.declare import Reach, Verb
from portal.fields import Field
from portal.fieldtypes import DateType
from portal.rows import Row
from portal.text import fold
from tests.canaries import TODAY, World

ATTACHMENT = "directory.attachment"
TOKEN = re.compile(r"cn\d{6}q|\d{4}-\d{2}-\d{2}|\d{6,}")


MADE_OF = {("accounting.ledgeraccount", "identifier"): "code"}
"""What an identifier is made of, beside the number of its row: it shows where that shows."""


@dataclass
class Oracle:
    """The rights of one actor over a world, decided row by row."""

    world: World
    actor: Actor
    reason: bool = False

    def __post_init__(self) -> None:
        self._covering: dict[tuple[str, int, Verb], list[Grant]] = {}
        self._attached: dict[tuple[str, int], bool] = {}
        self._codes_of_rows: dict[tuple[str, int], set[int]] = {}
        for row in self.world.rows["accounts.codedrow"].values():
            codes = self._codes_of_rows.setdefault((row["table_name"], row["row"]), set())
            codes.add(row["code"])

    # --- rows

    def visible(self, table: CatalogTable, verb: Verb = Verb.READ) -> list[int]:
        """The ids of the rows that the actor may meet, in their order."""
        return [id for id in sorted(self.world.rows[table.name]) if self.covering(table, id, verb)]

    def covering(self, table: CatalogTable, id: int, verb: Verb = Verb.READ) -> list[Grant]:
        """The grants that reach this row; none when it is protected."""
        key = (table.name, id, verb)
        if key not in self._covering:
            self._covering[key] = self._find(table, id, verb)
        return self._covering[key]

    def _find(self, table: CatalogTable, id: int, verb: Verb) -> list[Grant]:
        opened = self.opens(table, verb)
        needed = {verb}
        if verb is Verb.EXPORT:
            needed.add(Verb.READ)
        if opened:
            needed.add(Verb.DISCLOSE)
        if not opened and self._protected(table, id, verb):
            return []
        if not self._holds(self._codes_of_rows.get((table.name, id), set())):
            return []
        if table.name == "history.change" and not self._kept_visible(id):
            return []
        grants = [g for g in self.actor.grants if needed <= g.verbs and g.covers(table.name)]
        return [g for g in grants if self._reaches(g, table, id)]

    def opens(self, table: CatalogTable, verb: Verb) -> bool:
        """True when a reason was given to read and a right of the actor lets open the table."""
        return self.reason and any(
            verb is Verb.READ and {Verb.READ, Verb.DISCLOSE} <= g.verbs and g.covers(table.name)
            for g in self.actor.grants
        )

    def _reaches(self, grant: Grant, table: CatalogTable, id: int) -> bool:
        if grant.reach is Reach.ALL:
            within = True
        elif grant.reach is Reach.STRUCTURE:
            within = any(self._below(s, grant.zones) for s in self._structures(table, id))
        else:
            within = self.actor.person is not None and self.subject(table, id) == self.actor.person
            if grant.reach is Reach.ATTACHED and self.actor.person is not None:
                within = within or self._attached_to_me(table, id)
        return within and all(
            c.field in table.fields and meets(self.world.rows[table.name][id], table, c)
            for c in grant.conditions
        )

    def _holds(self, codes: set[int]) -> bool:
        """True when the actor holds every one of these access codes."""
        return codes <= self.actor.codes

    def code_held(self, field: Field) -> bool:
        """True when the actor holds the access codes of a field."""
        coded = self.world.rows["accounts.codedfield"].values()
        return self._holds(
            {r["code"] for r in coded if (r["table_name"], r["field"]) == (field.table, field.name)}
        )

    def _protected(self, table: CatalogTable, id: int, verb: Verb) -> bool:
        row = self.world.rows[table.name][id]
        if row.get("archived_at") and verb is not Verb.ERASE:
            return True
        if table.plugin == "privacy" or not table.declaration.subject:
            return False
        if verb is Verb.ERASE and any(
            Verb.DISCLOSE in g.verbs and g.covers(table.name) and self._reaches(g, table, id)
            for g in self.actor.grants
        ):
            return False
        activity = table.declaration.activity
        other = table.declaration.other_activity
        if other and row[other.field]:
            activity = other.activity
        names = {"", activity.name if activity else ""}
        person = self.subject(table, id)
        return any(
            r["person"] == person and r["lifted_at"] is None and r["activity"] in names
            for r in self.world.rows["privacy.restriction"].values()
        )

    def _kept_visible(self, id: int) -> bool:
        change = self.world.rows["history.change"][id]
        source = self.world.catalog.table(change["table_name"])
        if change["row"] not in self.world.rows[source.name]:
            return False
        return self.state(source, change["row"], source.fields[change["field"]]) == "shown"

    def subject(self, table: CatalogTable, id: int) -> int | None:
        """The person whom a row is about."""
        path = table.declaration.subject
        if not path:
            return None
        return id if path == "self" else self._follow(table.name, id, path)

    def _structures(self, table: CatalogTable, id: int) -> Iterator[int]:
        path = table.declaration.structure
        if not path:
            return
        if path == "self":
            yield id
        elif path.endswith("structures"):
            person = self._follow(table.name, id, path.removesuffix("structures").rstrip("."))
            for row in self.world.rows[ATTACHMENT].values():
                ended = row["ends_on"] is not None and row["ends_on"] < TODAY
                if row["person"] == person and not ended:
                    yield row["structure"]
        else:
            found = self._follow(table.name, id, path)
            if found is not None:
                yield found

    def _follow(self, table: str, id: int | None, path: str) -> int | None:
        for name in path.split(".") if path else ():
            if id is None:
                return None
            field = self.world.catalog.table(table).fields[name]
            id, table = self.world.rows[table][id][name], field.target
        return id

    def _below(self, structure: int | None, zones: Iterable[int]) -> bool:
        while structure is not None:
            if structure in zones:
                return True
            structure = self.world.parents[structure]
        return False

    def _attached_to_me(self, table: CatalogTable, id: int) -> bool:
        key = (table.name, id)
        if key not in self._attached:
            me = self.actor.person or 0
            by_path = any(
                self._follow(table.name, id, path) == me for path in table.declaration.attached
            )
            self._attached[key] = by_path or any(
                id in {row[0] for row in proxy.obj.execute(rule.rows(me)).fetchall()}
                for rule in table.attachments
            )
        return self._attached[key]

    # --- fields

    def state(self, table: CatalogTable, id: int, field: Field, verb: Verb = Verb.READ) -> str:
        """Whether the field of this row is "shown", "masked" or "hidden"."""
        covering = self.covering(table, id, verb)
        if not self.code_held(field):
            return "hidden"
        if any(shows(grant, field, reason=self.reason, verb=verb) for grant in covering):
            return "shown"
        masked = any(f.name in g.masked for g in covering for f in (field,))
        return "masked" if masked and not field.secret and not field.system else "hidden"

    def value(self, table: CatalogTable, id: int, field: Field, verb: Verb = Verb.READ) -> Any:
        """The stored value where it is shown, else None."""
        shown = self.state(table, id, field, verb) == "shown"
        return self.world.rows[table.name][id][field.name] if shown else None

    # --- canaries

    def allowed(self, verb: Verb = Verb.READ) -> set[Any]:
        """Every canary that this actor may meet anywhere."""
        found: set[Any] = set()
        referring = self.referring(verb)
        for table in self.world.tables:
            for id in self.visible(table, verb):
                found.add(id)
                for field in table.fields.values():
                    value = self.value(table, id, field, verb)
                    if field.target and value is not None:
                        target = self.world.catalog.table(field.target)
                        value = value if referring.covering(target, value) else None
                    found |= set(canaries(stored(field, value)))
        return found

    def referring(self, verb: Verb) -> Oracle:
        """Who decides which titles show: an export is never opened by a reason."""
        return self if verb is Verb.READ else Oracle(self.world, self.actor)

    def kept(self) -> set[Any]:
        """The canaries of former values that the actor may meet on a sheet."""
        found: set[Any] = set()
        for id, row in self.world.rows["history.change"].items():
            if self._kept_visible(id):
                found |= set(canaries([row[n] for n in ("old", "new", "at", "actor", "account")]))
        return found


def shows(grant: Grant, field: Field, *, reason: bool, verb: Verb = Verb.READ) -> bool:
    """Tell whether a right shows a field."""
    names = {field.name, MADE_OF.get((field.table, field.name), field.name)}
    named = field.name == "id" or "*" in grant.readable or names <= grant.readable
    dots = bool(names & grant.masked) and not field.system
    return named and not dots and not field.secret and opened(grant, field, reason, verb)


def opened(grant: Grant, field: Field, reason: bool, verb: Verb) -> bool:  # noqa: FBT001 - a fact
    """Tell whether a protected field is open: to its person, else with the verb and a reason."""
    if not field.disclosed or grant.reach is Reach.OWN:
        return True
    given = verb is Verb.CREATE or (reason and verb is not Verb.EXPORT)
    return Verb.DISCLOSE in grant.verbs and given


def meets(row: dict[str, Any], table: CatalogTable, condition: Condition) -> bool:
    """Tell whether a row meets a condition of a right."""
    field, asked = table.fields[condition.field], condition.value
    raw = row[condition.field]
    if condition.operator == "empty":
        return (raw in (None, "")) is (asked in ("", "true"))
    if raw is None:
        return False
    if isinstance(raw, str) and not isinstance(field.type, DateType):
        raw, asked = fold(raw), fold(asked)
        return asked in raw if condition.operator == "contains" else raw == asked
    if condition.operator == "equals":
        return str(raw) == asked
    day = date.fromisoformat(asked)
    value = field.type.load(raw)
    return bool(value < day if condition.operator == "before" else value > day)


def stored(field: Field, raw: Any) -> Any:
    """The value that a row of the gate shows for what is stored."""
    return None if raw is None else field.type.load(raw) if not field.target else raw


def canaries(found: Any) -> Iterator[Any]:
    """The canaries in what a channel answered: texts are searched, structures walked."""
    if isinstance(found, bool) or found is None:
        return
    if isinstance(found, str):
        for token in TOKEN.findall(found):
            yield _plain(token)
    elif isinstance(found, int | Decimal):
        yield int(found * 100) if isinstance(found, Decimal) else found
    elif isinstance(found, datetime):
        yield found.date()
    elif isinstance(found, date):
        yield found
    elif isinstance(found, Row):
        yield from canaries([found.id, found.title, list(found.values.values())])
    elif isinstance(found, dict):
        yield from canaries([*found.keys(), *found.values()])
    elif isinstance(found, list | tuple | set | frozenset):
        for part in found:
            yield from canaries(part)
    elif hasattr(found, "__dataclass_fields__"):
        yield from canaries([getattr(found, name) for name in found.__dataclass_fields__])
    else:
        yield from canaries(str(found))


def _plain(token: str) -> Any:
    if token.isdecimal():
        return int(token)
    try:
        return date.fromisoformat(token)
    except ValueError:
        return token


def every_canary(world: World) -> set[Any]:
    """All there is to leak: numbers of rows, and values that only one row has."""
    found: set[Any] = set()
    for table in world.tables:
        for id, row in world.rows[table.name].items():
            if id >= 100_000:
                found.add(id)
            for field in table.fields.values():
                if not field.target and field.type.name not in ("choice", "option", "boolean"):
                    found |= set(canaries(stored(field, row[field.name])))
    shared = {TODAY, date(1900, 1, 1), date(2020, 1, 1)}
    return {c for c in found if c not in shared and not (isinstance(c, int) and c < 100_000)}


__all__ = ["PERSON", "Oracle", "canaries", "every_canary", "opened", "shows"]
