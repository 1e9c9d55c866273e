"""The start page of the administration.

What needs attention first, then how many rows there are.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from flask import current_app
from flask_admin import BaseView, expose

from portal.accounts.acts import last_acts
from portal.catalog import PERSON, CatalogTable
from portal.channels import Channel
from portal.declare import Verb
from portal.fieldtypes import DateTimeType, IntegerType
from portal.gate import Gate
from portal.i18n import _, gettext
from portal.privileges import EXTENSIONS
from portal.rows import Count, Filter, Selection
from portal.text import fold
from portal.web.pages import attention, superusers
from portal.web.session import actor, gate

SOON_DAYS = 30
EXPIRY = "expires_on"


@dataclass(frozen=True, slots=True)
class Item:
    """Something that needs attention, where it is dealt with, and its technical cause."""

    text: str
    url: str = ""
    urgent: bool = False
    cause: str = ""


class HomeView(BaseView):
    """`<prefix>/`."""

    def __init__(self, prefix: str) -> None:
        super().__init__(name=str(_("Start")), endpoint="admin", url=prefix)

    def is_accessible(self) -> bool:
        return bool(actor().staff)

    @expose("/")
    def index(self) -> str:
        asked = gate(Channel.LIST)
        prefix = str(self.url)
        return self.render(
            "home.html",
            attention=_attention(asked, prefix),
            superusers=superusers.told(asked),
            change_superusers=superusers.may_change(asked),
            counts=_counts(asked, prefix),
            acts=_acts(asked, prefix),
        )


def _attention(asked: Gate, prefix: str) -> list[Item]:
    portal = current_app.extensions["portal"]
    found = []
    if asked.actor.may(EXTENSIONS):
        for broken in portal.broken:
            text = gettext("The module {name} could not be loaded: {why}")
            told = text.format(name=broken.name, why=broken.why)
            found.append(Item(told, urgent=True, cause=broken.cause))
    for source in attention.SOURCES:
        found += [Item(text, url, urgent) for text, url, urgent in source(asked, portal.settings)]
    for table in asked.tables():
        field = table.fields.get(EXPIRY)
        if field is not None and field.type.name == "date":
            found += _expiring(asked, table, prefix)
    return found


def _expiring(asked: Gate, table: CatalogTable, prefix: str) -> list[Item]:
    """How many rows of a table expire within a month, and where they are listed."""
    shown = {field.name for field in asked.fields(table.name)} - asked.masked(table.name)
    if EXPIRY not in shown:
        return []
    period = f"{asked.today.isoformat()}..{(asked.today + timedelta(days=SOON_DAYS)).isoformat()}"
    count = asked.count(table.name, Selection(filters=(Filter(EXPIRY, "between", period),)))
    if not count.value:
        return []
    label = str(table.label)
    text = gettext("{table}: {number} expire within {days} days").format(
        table=label, number=_number(count), days=SOON_DAYS
    )
    return [Item(text, f"{prefix}/{table.name}/?f.{EXPIRY}.between={period}&sort={EXPIRY}")]


def _counts(asked: Gate, prefix: str) -> list[tuple[str, str, str]]:
    """(label, number, address) of each table of the daily work, in alphabetical order."""
    tables = [
        table
        for table in asked.tables()
        if table.personal
        and not table.declaration.configuration
        and not table.declaration.read_only
    ]
    found = [
        (str(table.label), _number(asked.count(table.name, Selection())), f"{prefix}/{table.name}/")
        for table in tables
    ]
    return sorted(found, key=lambda entry: fold(entry[0]))


@dataclass(frozen=True, slots=True)
class Done:
    """One of the account's last acts."""

    at: str
    what: str
    table: str
    title: str
    url: str


def _acts(asked: Gate, prefix: str) -> list[Done]:
    """What this account did last, with the person's name where it concerns one that is in reach."""
    acts = last_acts(asked.actor)
    persons = sorted({act.person for act in acts if act.person})
    titles = asked.titles(PERSON, persons) if persons and asked.can(Verb.READ, PERSON) else {}
    found = []
    for act in acts:
        table = asked.catalog.tables.get(act.table)
        title = titles.get(act.person or 0, "")
        found.append(
            Done(
                DateTimeType().show(act.at),
                str(act.kind),
                str(table.label) if table else act.table,
                title or (f"{act.rows}" if act.rows > 1 else ""),
                f"{prefix}/{PERSON}/details/?id={act.person}" if title else "",
            )
        )
    return found


def _number(count: Count) -> str:
    number = IntegerType().show(count.value)
    return gettext("more than {number}").format(number=number) if count.capped else number
