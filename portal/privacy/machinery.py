"""What no screen shows and the dictionary must still say: tables of the machinery, and files.

Each column of each of these tables is classified here; a test compares them with the schema.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from portal.builtin.operations import INFRASTRUCTURE
from portal.declare import DataType
from portal.i18n import Label, _

MODULE, FILES = "machinery", "files"
LABEL, STORED = _("Machinery of the portal"), _("Files beside the database")
LABELS: Mapping[str, Label] = {MODULE: LABEL, FILES: STORED}

SOON = _("deleted by itself within days")
BACKUPS = _("deleted with the oldest backup")
WITH_ROW = _("deleted with the row")
STAYS = _("stays: it tells nothing of a person")


@dataclass(frozen=True, slots=True)
class Held:
    """What a table of the machinery holds: personal columns and others, and what becomes of them.

    A column that is in neither is personal until somebody classifies it.
    """

    what: Label
    personal: Mapping[str, DataType]
    plain: tuple[str, ...]
    at_erasure: Label = SOON


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the machinery, or a kind of file, as the dictionary shows it."""

    module: str
    table: str
    what: Label
    column: str
    label: Label
    data_type: DataType | None
    at_erasure: Label
    sensitive: bool = False


CONNECTION, OTHER = DataType.CONNECTION, DataType.OTHER
QUEUE = _("Queue of jobs")
HELD: Mapping[str, Held] = {
    "operations_attempt": Held(
        _("Refused sign-ins of the last quarter of an hour"),
        {"account_digest": CONNECTION, "address_digest": CONNECTION, "tried_at": CONNECTION},
        ("id",),
    ),
    "operations_link": Held(
        _("One-time links"),
        {
            "token": CONNECTION,
            "account": CONNECTION,
            "value": DataType.IDENTITY,
            "created_at": CONNECTION,
            "ends_at": CONNECTION,
        },
        ("id", "purpose"),
    ),
    "operations_draft": Held(
        _("Accounts that are being created"),
        {"token": CONNECTION, "account": CONNECTION, "content": DataType.IDENTITY},
        ("id", "ends_at"),
    ),
    "operations_sentform": Held(_("Forms that were sent"), {}, ("token", "row", "sent_at")),
    "operations_state": Held(_("Facts about this portal"), {}, ("name", "value")),
    "operations_import": Held(
        _("Imports under way"),
        {"account": CONNECTION, "file": OTHER, "name": OTHER, "created_at": CONNECTION},
        ("id", "table_name", "state", "wish", "counts", "message", "job"),
    ),
    "operations_importline": Held(
        _("Lines of imports that wait"),
        {"payload": OTHER, "shown": OTHER, "row": OTHER},
        ("id", "of", "number", "kind", "version"),
    ),
    "operations_importmark": Held(_("Marks of imports"), {"digest": OTHER}, ("of", "number")),
    "operations_queuetask": Held(QUEUE, {}, ("id", "queue", "data", "priority")),
    "operations_queueschedule": Held(QUEUE, {}, ("id", "queue", "data", "timestamp")),
    "operations_queuevalue": Held(QUEUE, {}, ("queue", "key", "value")),
    "operations_queuecounter": Held(QUEUE, {}, ("queue", "key", "value")),
    "typing_numbering": Held(_("Numbers of identifiers"), {}, ("id", "table_name", "key", "last")),
    "privacy_counted": Held(
        _("Last counts of the register"),
        {},
        ("id", "activity", "reach", "counts", "seconds", "at"),
    ),
}
"""The tables that no catalog holds, by their name in the database."""

STORED_FILES: tuple[tuple[str, Label, Label, DataType | None, Label], ...] = (
    ("backups/*.zip", _("Backups"), _("The whole database and the files"), OTHER, BACKUPS),
    ("jobs/*", _("Results of jobs"), _("A file that a job left"), OTHER, SOON),
    ("files/*", _("Documents of rows"), _("Files that rows refer to"), OTHER, WITH_ROW),
    ("greffe.db", _("Database on SQLite"), _("Every table of this dictionary"), OTHER, WITH_ROW),
    (
        "greffe.db-waiting/*",
        _("Journal entries that wait"),
        _("Entries made during a long write"),
        CONNECTION,
        SOON,
    ),
    ("journal-head.txt", _("Ends of the journal"), _("Fingerprints"), None, STAYS),
    ("secret_key", _("Key of the portal"), _("Signs cookies"), None, STAYS),
    ("greffe.toml", _("Settings"), _("Settings of the portal"), None, STAYS),
)


def _columns() -> tuple[Column, ...]:
    found = []
    for model in INFRASTRUCTURE:
        name = str(model._meta.table_name)
        held = HELD.get(name, Held(LABEL, {}, ()))
        for field in model._meta.sorted_fields:
            unsaid = None if field.name in held.plain else OTHER
            kind = held.personal.get(field.name, unsaid)
            erasure = held.at_erasure if kind else STAYS
            said = Column(MODULE, name, held.what, field.name, field.name, kind, erasure)
            found.append(said)
    found += [
        Column(FILES, path, what, path, holds, kind, erasure)
        for path, what, holds, kind, erasure in STORED_FILES
    ]
    return tuple(found)


COLUMNS = _columns()
