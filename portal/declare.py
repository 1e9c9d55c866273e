"""The plugin contract: every extension point of the portal, by its name.

A plugin is one frozen declaration. It holds no callback into the web and no query but those of its
rules (`Hold`, `Attachment`, `Retention.rule`, `StartEvent`). The catalog reads it once, checks it,
and everything else uses it.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from peewee import Query

from portal.activity import (
    Activity,
    LegalBasis,
    Period,
    Purpose,
    Retention,
    Unit,
    days,
    months,
    years,
)
from portal.choice import ChoiceField, ChoiceList, DefaultChoice, ListField
from portal.i18n import Label
from portal.models import (
    BareModel,
    DomainModel,
    EmailField,
    FoldedKey,
    IdentifiedModel,
    LinkField,
    LongTextField,
    MoneyField,
    NamesField,
    OptionField,
    PhoneField,
    ScaledField,
)

__all__ = [
    "SELF",
    "WITH_PARENT",
    "Activity",
    "Attachment",
    "BareModel",
    "Check",
    "ChoiceField",
    "ChoiceList",
    "DataType",
    "DefaultChoice",
    "DemoRows",
    "DomainModel",
    "EmailField",
    "FoldedKey",
    "Hold",
    "IdentifiedModel",
    "Identifiers",
    "LegalBasis",
    "LinkField",
    "ListField",
    "LongTextField",
    "MoneyField",
    "NamesField",
    "OptionField",
    "Page",
    "Period",
    "PhoneField",
    "Plugin",
    "Purpose",
    "Reach",
    "Retention",
    "ScaledField",
    "StartEvent",
    "Table",
    "ThirdParty",
    "Unit",
    "Verb",
    "When",
    "days",
    "months",
    "years",
]


# --- words of the law


class DataType(enum.StrEnum):
    """The kinds of personal data that the register speaks of."""

    IDENTITY = "identity"
    PERSONAL_LIFE = "personal_life"
    PROFESSIONAL_LIFE = "professional_life"
    ECONOMIC = "economic"
    CONNECTION = "connection"
    LOCATION = "location"
    INTERNET = "internet"
    OTHER = "other"
    SENSITIVE = "sensitive"


class ThirdParty(enum.StrEnum):
    """What a subject-access document shows of another person named in the subject's row (GDPR art.

    15(4)).
    """

    KEEP = "keep"
    ROLE = "role"
    INITIALS = "initials"
    REMOVE = "remove"


# --- rights


class Verb(enum.StrEnum):
    """What a grant allows on a table; a permission is spelled `table:verb`."""

    READ = "read"
    CREATE = "create"
    UPDATE = "update"
    ERASE = "erase"
    EXPORT = "export"
    IMPORT = "import"
    DISCLOSE = "disclose"
    EXECUTE = "execute"


class Reach(enum.StrEnum):
    """Which rows a grant reaches: the person's own, those attached to them, a structure's, all."""

    OWN = "own"
    ATTACHED = "attached"
    STRUCTURE = "structure"
    ALL = "all"


# --- declarations


SELF = "self"
"""As `subject` or `structure` of a table: the row is itself the person, or the structure."""


class WithParent(enum.Enum):
    """Retention of a child table: its rows go with their parent."""

    WITH_PARENT = "with_parent"


WITH_PARENT = WithParent.WITH_PARENT


@dataclass(frozen=True, slots=True)
class When:
    """Rows whose reference `field` is set belong to `activity` instead of the table's own."""

    field: str
    activity: Activity


@dataclass(frozen=True, slots=True)
class Check:
    """A rule over several fields of one row; `holds(values)` is true when the row may be saved."""

    holds: Callable[[Mapping[str, Any]], bool]
    message: Label
    field: str


@dataclass(frozen=True, slots=True)
class Identifiers:
    """How a main table (a `declare.IdentifiedModel`) makes the external identifier of its rows.

    `formula` is in the syntax of `portal.formulas`; `fixed`: administrators do not change it.
    """

    formula: str
    syntax: str = "jinja"
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a plugin: its model and everything the portal must know of it.

    Paths are names of references joined by dots. `subject` leads to the person concerned,
    `structure` to the structure tree (`person.structures` goes through the attachments of a
    person), each path of `attached` to a person whose account the row is attached to. `secret`
    fields never leave the gate; `derived` ones are kept by the portal and never offered in a form;
    `disclosed` ones open with the verb disclose (or to the person themselves). `natural_key` names
    the fields that name a row in every portal: by them the rows of a configuration travel in
    settings files. `fixed` fields are given to a new row and never change. `sample(n)` gives values
    of the n-th row that the contract suite makes, for fields whose values must mean something.
    `author` names the derived field in which the gate notes the account that wrote the row last.
    """

    model: type[BareModel]
    label: Label
    one: Label = ""
    activity: Activity | None = None
    other_activity: When | None = None
    counted_from: str = ""
    retention: WithParent | None = None
    no_personal_data: Label = ""
    no_retention: Label = ""
    title: tuple[str, ...] = ()
    subject: str = ""
    structure: str = ""
    attached: tuple[str, ...] = ()
    personal: Mapping[str, DataType] = field(default_factory=dict)
    not_personal: tuple[str, ...] = ()
    sensitive: tuple[str, ...] = ()
    disclosed: tuple[str, ...] = ()
    audited: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    inline: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    third_party: Mapping[str, ThirdParty] = field(default_factory=dict)
    secret: tuple[str, ...] = ()
    derived: tuple[str, ...] = ()
    read_only: bool = False
    configuration: bool = False
    natural_key: tuple[str, ...] = ()
    identifiers: Identifiers | None = None
    fixed: tuple[str, ...] = ()
    sample: Callable[[int], Mapping[str, Any]] | None = None
    not_in_access: Label = ""
    author: str = ""


@dataclass(frozen=True, slots=True)
class Hold:
    """Rows of `table` that may not be erased.

    `rows(today)` is a query of their ids, `reason` says why.
    """

    table: str
    rows: Callable[[date], Query]
    reason: Label


@dataclass(frozen=True, slots=True)
class Attachment:
    """Rows of `table` attached to a person.

    `rows(person_id)` is a query of their ids, `label` says by what.
    """

    table: str
    rows: Callable[[int], Query]
    label: Label


@dataclass(frozen=True, slots=True)
class StartEvent:
    """A later start of the retention of `table`: `dates()` is a query of (id, date).

    The latest one wins.
    """

    table: str
    dates: Callable[[], Query]
    label: Label


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a plugin.

    `view(gate, parameters)` answers the values that `template` shows, autoescaped.

    It is served at `<admin prefix>/pages/<plugin>/<name>/` to who may read `table`.
    """

    name: str
    label: Label
    template: str
    view: Callable[[Any, Mapping[str, str]], Mapping[str, Any]]
    table: str


@dataclass(frozen=True, slots=True)
class DemoRows:
    """Demo data.

    `make(demo)` writes believable rows through `demo` (see `portal.operations.demo`).
    """

    make: Callable[[Any], None]
    after: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plugin:
    """A domain: what it keeps, and the rules it adds to others. Its name is its package."""

    label: Label
    tables: tuple[Table, ...] = ()
    activities: tuple[Activity, ...] = ()
    choice_lists: tuple[ChoiceList, ...] = ()
    holds: tuple[Hold, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    start_events: tuple[StartEvent, ...] = ()
    pages: tuple[Page, ...] = ()
    demo: DemoRows | None = None
