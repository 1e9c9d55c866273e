"""Operations: open sessions and jobs, as tables that people read, and the machinery's own tables.

The tables of `INFRASTRUCTURE` are in no catalog: no screen, export or document ever shows them.
They hold no name (a login or an address stands there as a digest, a token as its hash), but for the
e-mail address that waits an hour for its confirmation, for the
lines of an import, which are erased when they are written, or some days later, and for the account
that somebody is about to create, for two hours at most.
"""

from __future__ import annotations

import secrets
from typing import Any

from peewee import (
    BigIntegerField,
    BlobField,
    BooleanField,
    CharField,
    CompositeKey,
    DateTimeField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    Model,
    TextField,
    TimestampField,
)

from portal import declare, register_catalogue
from portal.builtin.accounts import Account, ProfileType, accounts_activity
from portal.builtin.identifiers import Numbering
from portal.builtin.treatments import Counted
from portal.database import proxy
from portal.declare import DataType
from portal.i18n import _
from portal.models import (
    BareModel,
    DomainModel,
    LongTextField,
    OptionField,
    ProcessNameField,
    utc_now,
)

QUEUED, RUNNING, DONE, FAILED, CANCELLED = "queued", "running", "done", "failed", "cancelled"
STATES = (
    (QUEUED, _("Waiting")),
    (RUNNING, _("Running")),
    (DONE, _("Done")),
    (FAILED, _("Failed")),
    (CANCELLED, _("Cancelled")),
)


class Session(BareModel):
    """A person signed in somewhere; the token is known to their browser alone."""

    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+", verbose_name=_("Account"))
    token = CharField(max_length=64, unique=True, verbose_name=_("Token"))
    address = CharField(max_length=60, default="", verbose_name=_("Address"))
    client = ProcessNameField(max_length=60, default="", verbose_name=_("Kind of client"))
    created_at = DateTimeField(default=utc_now, verbose_name=_("Signed in on"))
    seen_at = DateTimeField(default=utc_now, verbose_name=_("Last seen on"))
    ends_at = DateTimeField(index=True, verbose_name=_("Ends on"))
    idle_minutes = IntegerField(default=60, verbose_name=_("Minutes without a request"))
    profile_type = ForeignKeyField(
        ProfileType,
        null=True,
        on_delete="SET NULL",
        backref="+",
        verbose_name=_("Profile type in use"),
    )


class Job(DomainModel):
    """A long piece of work that runs behind the screens, as the account that asked for it."""

    name = CharField(max_length=60, verbose_name=_("Job"))
    state = OptionField(STATES, default=QUEUED, index=True, verbose_name=_("State"))
    account = ForeignKeyField(
        Account, null=True, on_delete="SET NULL", backref="+", verbose_name=_("Account")
    )
    progress = IntegerField(default=0, verbose_name=_("Done so far"))
    total = IntegerField(default=0, verbose_name=_("To do"))
    message = LongTextField(default="", verbose_name=_("Message"))
    result = LongTextField(default="", verbose_name=_("Result"))
    result_file = CharField(max_length=100, default="", verbose_name=_("Result file"))
    started_at = DateTimeField(null=True, verbose_name=_("Started on"))
    finished_at = DateTimeField(null=True, verbose_name=_("Finished on"))
    arguments = TextField(default="{}", verbose_name=_("Arguments"))
    turn = CharField(max_length=100, null=True, unique=True, verbose_name=_("Turn"))
    attempts = IntegerField(default=0, verbose_name=_("Attempts"))
    cancelling = BooleanField(default=False, verbose_name=_("To be cancelled"))
    heartbeat_at = DateTimeField(default=utc_now, verbose_name=_("Last sign of life"))


class BytesField(BlobField):
    """Bytes, given back as bytes on both databases."""

    def python_value(self, value: Any) -> bytes | None:
        return None if value is None else bytes(value)


def _machinery_name(model: type[Model]) -> str:
    return f"operations_{model.__name__.lower()}"


class Machinery(Model):
    """The base of the tables that no catalog knows."""

    class Meta:
        database = proxy
        legacy_table_names = False
        table_function = _machinery_name


class Attempt(Machinery):
    """A sign-in that was tried and has not succeeded; kept for a quarter of an hour."""

    account_digest = CharField(max_length=64)
    address_digest = CharField(max_length=64)
    tried_at = DateTimeField(default=utc_now, index=True)

    class Meta:
        indexes = (
            (("account_digest", "tried_at"), False),
            (("address_digest", "tried_at"), False),
        )


class Link(Machinery):
    """A one-time link: its token hashed, what it opens, for whom and until when.

    `value` is the e-mail address that it confirms.
    """

    token = CharField(max_length=64, unique=True)
    purpose = CharField(max_length=40)
    value = CharField(max_length=254, default="")
    account = ForeignKeyField(Account, null=True, on_delete="CASCADE", backref="+")
    created_at = DateTimeField(default=utc_now)
    ends_at = DateTimeField(index=True)


class Draft(Machinery):
    """An account that somebody is about to create: what was typed so far, until it is created."""

    token = CharField(max_length=64, unique=True)
    account = ForeignKeyField(Account, on_delete="CASCADE", backref="+")
    content = TextField(default="{}")
    ends_at = DateTimeField(index=True)


class SentForm(Machinery):
    """A form that was sent: its token as a digest, and the number of the record that it made."""

    token = CharField(max_length=64, primary_key=True)
    row = BigIntegerField(null=True)
    sent_at = DateTimeField(default=utc_now, index=True)


class State(Machinery):
    """A fact about this portal that no person enters: its identity, when a nightly job last ran."""

    name = CharField(max_length=60, primary_key=True)
    value = TextField(default="")


class Import(Machinery):
    """A file that somebody imports: what it goes to, how it is read, and how far it is.

    It is erased with its file and its lines some days later, whatever became of it.
    """

    account = ForeignKeyField(Account, null=True, on_delete="CASCADE", backref="+")
    table_name = CharField(max_length=100)
    state = CharField(max_length=20, default="read")
    file = TextField(default="")
    name = CharField(max_length=200, default="")
    wish = TextField(default="{}")
    counts = TextField(default="{}")
    message = TextField(default="")
    job = BigIntegerField(null=True)
    created_at = DateTimeField(default=utc_now, index=True)


class ImportLine(Machinery):
    """A line of an import that was read and judged, and not written yet (or refused)."""

    of = ForeignKeyField(Import, on_delete="CASCADE", backref="+", index=False)
    number = BigIntegerField()
    kind = CharField(max_length=10)
    row = BigIntegerField(null=True)
    version = IntegerField(null=True)
    payload = TextField(default="")
    shown = TextField(default="")

    class Meta:
        indexes = ((("of", "kind", "number"), True),)


class ImportMark(Machinery):
    """What is unique within an import, as a digest, and the line that has it first."""

    of = ForeignKeyField(Import, on_delete="CASCADE", backref="+", index=False)
    digest = BigIntegerField()
    number = BigIntegerField()

    class Meta:
        primary_key = CompositeKey("of", "digest")


class QueueTask(Machinery):
    """A wake-up call for a job; huey deletes it before it runs, so the truth is in `Job`."""

    queue = CharField()
    data = BytesField()
    priority = FloatField(default=0.0)


class QueueSchedule(Machinery):
    """A wake-up call for later."""

    queue = CharField()
    data = BytesField()
    timestamp = TimestampField(resolution=1000)

    class Meta:
        indexes = ((("queue", "timestamp"), False),)


class QueueValue(Machinery):
    """What huey notes down for itself."""

    queue = CharField()
    key = CharField()
    value = BytesField()

    class Meta:
        primary_key = CompositeKey("queue", "key")


class QueueCounter(Machinery):
    """What huey counts for itself."""

    queue = CharField()
    key = CharField()
    value = IntegerField()

    class Meta:
        primary_key = CompositeKey("queue", "key")


INFRASTRUCTURE: tuple[type[Model], ...] = (
    Attempt,
    Link,
    Draft,
    SentForm,
    State,
    Import,
    ImportLine,
    ImportMark,
    QueueTask,
    QueueSchedule,
    QueueValue,
    QueueCounter,
    Numbering,
    Counted,
)
"""The tables that migrations create and no catalog holds."""

EPHEMERAL: tuple[type[Model], ...] = (
    Session,
    Attempt,
    Link,
    Draft,
    SentForm,
    Import,
    ImportLine,
    ImportMark,
    QueueTask,
    QueueSchedule,
    QueueValue,
    QueueCounter,
)
"""The tables whose rows mean nothing after a restore: left out of backups, emptied by a restore."""


def portal_id() -> str:
    """The identity of this portal, made once: a backup goes back where it came from."""
    State.insert(name="portal_id", value=secrets.token_hex(16)).on_conflict_ignore().execute()
    return str(State.get_by_id("portal_id").value)


sessions = declare.Table(
    Session,
    label=_("Sessions"),
    one=_("Session"),
    activity=accounts_activity,
    retention=declare.WITH_PARENT,
    title=("created_at",),
    subject="account.person",
    structure="account.person.structures",
    personal={
        "account": DataType.CONNECTION,
        "token": DataType.CONNECTION,
        "address": DataType.CONNECTION,
        "client": DataType.CONNECTION,
        "created_at": DataType.CONNECTION,
        "seen_at": DataType.CONNECTION,
        "ends_at": DataType.CONNECTION,
        "profile_type": DataType.CONNECTION,
    },
    not_personal=("idle_minutes",),
    secret=("token",),
    columns=("account", "address", "client", "created_at", "seen_at", "ends_at"),
    read_only=True,
)
jobs = declare.Table(
    Job,
    label=_("Jobs"),
    one=_("Job"),
    activity=register_catalogue.activity("technical_logs", counted_from="created_at"),
    title=("name",),
    subject="account.person",
    structure="account.person.structures",
    personal={
        "account": DataType.CONNECTION,
        "message": DataType.CONNECTION,
        "result": DataType.CONNECTION,
        "result_file": DataType.CONNECTION,
        "arguments": DataType.CONNECTION,
        "started_at": DataType.CONNECTION,
        "finished_at": DataType.CONNECTION,
    },
    not_personal=(
        "name",
        "state",
        "progress",
        "total",
        "turn",
        "attempts",
        "cancelling",
        "heartbeat_at",
    ),
    secret=("arguments",),
    columns=("name", "state", "account", "progress", "total", "started_at", "finished_at"),
    read_only=True,
)

plugin = declare.Plugin(
    _("Operations"),
    tables=(sessions, jobs),
    activities=(jobs.activity,) if jobs.activity else (),
)
