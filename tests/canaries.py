"""A small organisation whose every value is a canary: one that shows where it may not is named.

Rows are made from the catalog, one way for each type of field, for people in every situation: a new
table is covered as soon as it is declared.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zlib import crc32

from portal import catalog, configured, custom_values, reindex, search, version, writing
from portal.accounts import roles, sessions
from portal.actor import Actor, Origin, process
from portal.builtin.accounts import AccessCode, CodedField, CodedRow
from portal.builtin.directory import Attachment, Structure
from portal.builtin.operations import Session
from portal.builtin.privacy import Restriction
from portal.catalog import PERSON, STRUCTURE, Catalog, CatalogTable
from portal.channels import Channel
from portal.choice import Choice
from portal.customfields import of_table
from portal.database import proxy, storable, transaction
from portal.fields import Field
from portal.fieldtypes import OptionType
from portal.gate import Gate
from portal.models import new_uuid
from portal.register_catalogue import catalogue
from portal.settings import Settings
from portal.settings_sections import Database
from portal.start import open_portal
from tests.factories import close_database

TODAY = date(2026, 11, 22)
FUTURE = date(2100, 1, 1)
PAST = date(1900, 1, 1)
NUMBERS = 50_000_000
IDS_OF_A_TABLE = 100_000
JOURNAL = "journal."

PEOPLE: dict[str, tuple[str, ...]] = {
    "me": ("A",),
    "peer": ("A1",),
    "crossed": ("A1",),
    "both": ("A", "B"),
    "other": ("B",),
    "moved": ("B",),
    "trainee": ("B",),
    "former": ("B",),
    "archived": ("A",),
    "restricted": ("A",),
    "limited": ("A",),
    "coded": ("A",),
    "sealed": ("B",),
}
"""Who there is, and where they are attached today.

The rows of `coded` have one access code, those of `sealed` two. `moved` left A; `trainee` is
trained by `me`, `former` was; `limited` has a restriction on bookings alone; the rows of `crossed`
refer to rows of `other`.
"""
IN_REFERENCES = {"crossed": "other"}
CODES = {"coded": ("files",), "sealed": ("files", "vault")}
"""The access codes on the rows of a person."""
CODED_FIELDS = {
    (PERSON, "profession"): ("files",),
    ("members.membership", "comment"): ("vault",),
    ("bookings.booking", "comment"): ("files", "vault"),
    ("activities.training", "started_on"): ("vault",),
}
"""The access codes on fields."""
MEANT: dict[str, dict[str, Any]] = {
    "accounts.grant": {
        "table_name": PERSON,
        "verbs": "read",
        "readable": "*",
        "writable": "*",
        "masked": "",
        "conditions": "",
    },
    "accounts.profiletype": {"privileges": "profile"},
    "typing.customfield": {"table_name": "typing.customfield", "key": "canary", "kind": "text"},
    "accounts.codedrow": {"table_name": PERSON, "row": NUMBERS},
    "accounts.codedfield": {"table_name": PERSON, "field": "landline"},
    "privacy.processortreatment": {"activity": "persons"},
    "privacy.request": {"rights": "access", "activities": "persons"},
}
"""The values of rows that mean something, and are refused otherwise."""
WORKS, LOOKS = "works", "looks"
ROLES: dict[str, tuple[int, str, str, int]] = {
    WORKS: (30, "read create update erase export import execute", "A", 0),
    LOOKS: (70, "read export", "B", 1),
}
"""Two profile types that one account holds: level, verbs, structure, which half of the fields."""
SIGNED_IN: dict[str, str] = {
    "signed in with all of two levels": "",
    "signed in with the stronger of two levels": WORKS,
    "signed in with the weaker of two levels": LOOKS,
}
"""The sessions of that account: the role that each of them chose, or all."""


@dataclass
class World:
    """The rows as plain dictionaries, by table and id, and whose they are."""

    catalog: Catalog
    rows: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)
    ids: dict[tuple[str, str], int] = field(default_factory=dict)
    structures: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    signed_in: dict[str, Actor] = field(default_factory=dict)
    parents: dict[int, int | None] = field(default_factory=dict)

    @property
    def tables(self) -> list[CatalogTable]:
        """Every table but the journal, which grows while it is read and has tests of its own."""
        return [table for table in self.catalog if not table.name.startswith(JOURNAL)]

    def person(self, name: str) -> int:
        """The number of a person."""
        return self.ids[PERSON, name]

    def read(self) -> None:
        """Read every row anew, as plain values."""
        self.rows = {
            table.name: {
                row["id"]: _loaded(table, custom_values.unpacked(table, row))
                for row in table.model.select().dicts()
            }
            for table in self.tables
        }
        self.parents = {id: row["parent"] for id, row in self.rows[STRUCTURE].items()}


def half_of_fields(world: World, parity: int) -> frozenset[str]:
    """Half of the names of all fields; a new field does not move the others."""
    every = {name for table in world.tables for name in table.fields}
    return frozenset(name for name in every if crc32(name.encode()) % 2 == parity)


@contextmanager
def canary_world(home: Path, url: str) -> Iterator[World]:
    """Open a new portal at `url` with its canaries in it."""
    settings = replace(Settings(home=home), database=Database(url=url))
    open_portal(settings)
    world = World(with_custom_fields())
    maker = _Maker(world)
    with transaction():
        maker.structures()
        for name in PEOPLE:
            for table in world.tables:
                maker.make(table, name)
        maker.situations()
        version.bump()
    configured.refresh(version.catalog_version())
    for name, token in world.tokens.items():
        actor = sessions.actor_of(token, Origin(), today=TODAY)
        if actor is not None:
            world.signed_in[name] = actor
    world.read()
    yield world
    close_database()


def _loaded(table: CatalogTable, row: dict[str, Any]) -> dict[str, Any]:
    """Give a row with the values of its custom fields as Python has them."""
    return row | {field.name: field.type.load(row[field.name]) for field in of_table(table)}


def with_custom_fields() -> Catalog:
    """Give persons and bookings a custom field of each kind that has canaries."""
    gate = Gate(process("canaries"), Channel.IMPORT)
    for table in (PERSON, "bookings.booking"):
        for kind in ("text", "integer", "date"):
            said = {"table_name": table, "key": f"extra__{kind}", "label_fr": kind, "kind": kind}
            gate.create("typing.customfield", said | {"searched": kind == "text"})
    configured.refresh(version.catalog_version())
    return catalog.current()


class _Maker:
    """Makes one row of each table for each person, with the rows that it refers to."""

    def __init__(self, world: World) -> None:
        self.world, self.number = world, 0
        self.places = {t.name: n for n, t in enumerate(world.catalog, 1)}

    def structures(self) -> None:
        """Two sections below the root, A and B, and A1 below A."""
        root = Structure.select().where(Structure.parent.is_null()).get()
        Structure.update(identifier="cn000000q").where(Structure.id == root.id).execute()
        reindex.index("directory.structure", [root.id])
        self.world.structures["root"] = root.id
        table = self.world.catalog.table(STRUCTURE)
        for name, above in (("A", "root"), ("B", "root"), ("A1", "A")):
            parent = self.world.structures[above]
            path = Structure.get_by_id(parent).path
            id = self._next(STRUCTURE)
            self._insert(table, id, {"parent": parent, "path": f"{path}{id}/"}, name)
            self.world.structures[name] = id

    def make(self, table: CatalogTable, name: str) -> int:
        """The row of a table that is about a person; tables about nobody have one row for all."""
        if table.name == STRUCTURE:
            return self.world.structures[PEOPLE[name][0]]
        alone = not table.declaration.subject and not table.declaration.structure
        key = (table.name, "" if alone else name)
        if key not in self.world.ids:
            self.world.ids[key] = id = self._next(table.name)
            self._insert(table, id, {}, name)
        return self.world.ids[key]

    def situations(self) -> None:
        """What sets people apart: other attachments, trainings, archives, restrictions."""
        world = self.world
        attachments = world.catalog.table("directory.attachment")
        for name, where, end in (("both", "B", FUTURE), ("moved", "A", PAST)):
            values = {
                "person": world.person(name),
                "structure": world.structures[where],
                "ends_on": end + timedelta(days=1),
            }
            self._insert(attachments, self._next(attachments.name), values, name)
        for (table_name, name), id in world.ids.items():
            model = world.catalog.table(table_name).model
            if name == "archived" and "archived_at" in model._meta.fields:
                model.update(archived_at=datetime(2020, 1, 1)).where(model.id == id).execute()
        for name, activity in (("restricted", ""), ("limited", "bookings")):
            Restriction.insert(
                person=world.person(name), activity=activity, ground="claims", starts_on=TODAY
            ).execute()
        Attachment.update(starts_on=PAST).execute()
        self.code()
        self.roles()

    def roles(self) -> None:
        """An account of `me` with two profile types of two levels, and a session for each role."""
        world, held = self.world, {}
        account = self._row("accounts.account", active=True)
        for slug, (level, verbs, zone, parity) in ROLES.items():
            held[slug] = kind = self._row("accounts.profiletype", level=level)
            self._row(
                "accounts.grant",
                profile_type=kind,
                table_name="*",
                verbs=verbs,
                reach="structure",
                readable=" ".join(sorted(half_of_fields(world, parity))),
                writable="*",
                masked="",
                conditions="",
            )
            zones = world.structures[zone]
            self._row("accounts.holding", account=account, profile_type=kind, zone=zones)
        for name, slug in SIGNED_IN.items():
            world.tokens[name] = sessions.open_session(account, Origin())
            mine = Session.get(Session.token == sessions.digest(world.tokens[name]))
            roles.use(account, mine.id, held.get(slug))

    def _row(self, name: str, **values: Any) -> int:
        """One more row of a table, about `me`, with these values."""
        table, id = self.world.catalog.table(name), self._next(name)
        self._insert(table, id, values, "me")
        table.model.update(values).where(table.model.id == id).execute()
        return id

    def code(self) -> None:
        """Put access codes on the rows of some persons, and on some fields."""
        world = self.world
        for slug in ("files", "vault"):
            world.codes[slug] = AccessCode.create(label_fr=slug, slug=slug).id
        for (table_name, name), id in list(world.ids.items()):
            for slug in CODES.get(name, ()):
                CodedRow.create(table_name=table_name, row=id, code=world.codes[slug])
        for (table_name, field_name), slugs in CODED_FIELDS.items():
            for slug in slugs:
                code = world.codes[slug]
                CodedField.create(table_name=table_name, field=field_name, code=code)

    def _next(self, table: str) -> int:
        self.number += 1
        return self.places[table] * IDS_OF_A_TABLE + self.number

    def _insert(self, table: CatalogTable, id: int, given: dict[str, Any], name: str) -> None:
        stored = {"id": id} | {
            f.name: given[f.name] if f.name in given else self._value(table, f, name, id)
            for f in table.fields.values()
            if f.name != "id"
        }
        stored |= self._known(table, name)
        stored = {key: storable(value) for key, value in stored.items()}
        columns = custom_values.packed(table, stored) | writing.folded(table, stored)
        if table.versioned:
            columns |= {"uuid": new_uuid()}
        table.model.insert(columns).execute()
        if table.searched:
            search.write(table.name, [(id, writing.searched(table, stored))])

    def _known(self, table: CatalogTable, name: str) -> dict[str, Any]:
        """What a canary would make meaningless."""
        world, trained = self.world, name in ("trainee", "former")
        if table.name == "history.change":
            kept = ("last_name", "birth_date", "email")[list(PEOPLE).index(name) % 3]
            return {"table_name": PERSON, "row": world.person(name), "field": kept}
        if table.name == "privacy.manager":  # one for each treatment
            codes = [row["code"] for row in catalogue()["categories"]]
            return {"activity": codes[list(PEOPLE).index(name)]}
        if table.name in MEANT:
            return MEANT[table.name]
        if table.name == "directory.attachment" and PEOPLE[name]:
            return {}
        if table.name == "activities.training" and name == "trainee":
            return {"instructor": world.person("me"), "ended_on": None}
        if "instructor" in table.fields and trained and name == "former":
            return {"instructor": world.person("me")} if table.name.endswith("training") else {}
        if table.name == "bookings.booking" and name == "other":
            return {"instructor": world.person("me")}
        return {}

    def _value(self, table: CatalogTable, field: Field, name: str, id: int) -> Any:
        self.number += 1
        if field.target:
            return self._reference(table, field, name, id)
        if field.type.name == "choice":
            listed = Choice.select(Choice.id).where(Choice.list_name == field.type.list_name)  # type: ignore[attr-defined]  # a choice type
            return listed.order_by(Choice.id).limit(1).scalar()
        return canary(field, self.number)

    def _reference(self, table: CatalogTable, field: Field, name: str, id: int) -> int | None:
        """A reference to a row of the same person; of `crossed`, to a row of `other`."""
        target = self.world.catalog.table(field.target)
        leading = {
            path.partition(".")[0]
            for path in (table.declaration.subject, table.declaration.structure)
        }
        if target.name == table.name:
            return None
        whose = name if field.name in leading else IN_REFERENCES.get(name, name)
        return self.make(target, whose)


def canary(field: Field, number: int) -> Any:
    """A value of the field's type that no other field of any row has, as far as the type allows.

    Values do not grow with the numbers of rows: an order by one is not the order by the other.
    """
    kind, number = field.type, number * 7919 % 30_011
    if isinstance(kind, OptionType):
        return next((key for key in kind.options if key), "")
    made: dict[str, Any] = {
        "boolean": number % 2 == 0,
        "date": FUTURE + timedelta(days=number),
        "datetime": datetime(2100, 1, 1, 12) + timedelta(days=number),
        "email": f"cn{number:06d}q@example.org",
        "link": f"https://cn{number:06d}q.example.org",
        "phone": f"{NUMBERS + number}",
        "integer": NUMBERS + number,
        "key": NUMBERS + number,
        "row_number": NUMBERS + number,
        "decimal": NUMBERS + number,
        "money": NUMBERS + number,
    }
    return made.get(kind.name, f"cn{number:06d}q")


def in_database(world: World) -> Any:
    """The connection, for tests that count statements."""
    return proxy.obj
