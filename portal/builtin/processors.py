"""Processors that serve the organisation, and the controllers that it serves itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from peewee import BooleanField, CharField, DateField, ForeignKeyField

from portal import declare, register_catalogue
from portal.i18n import _
from portal.models import DomainModel, LongTextField, NamesField, OptionField

GUARANTEES = tuple(register_catalogue.vocabulary("transfer_guarantees").items())
MEASURES = tuple(register_catalogue.vocabulary("security_measures").items())
NO_GUARANTEE = "none"
CATEGORIES = (
    ("hosting", _("Hosting")),
    ("maintenance", _("Maintenance")),
    ("backup", _("Backup")),
    ("support", _("Support with access to the data")),
    ("email", _("E-mail relay")),
    ("entry", _("Entry or preparation of data")),
    ("other", _("Other processing")),
)
"""What a processor usually does for a controller."""


class Processor(DomainModel):
    """A company that processes personal data for the organisation, under a contract (art. 28)."""

    name = CharField(max_length=200, unique=True, verbose_name=_("Name"))
    contact = LongTextField(default="", verbose_name=_("Contact"))
    task = LongTextField(default="", verbose_name=_("What it does"))
    contract_on = DateField(null=True, verbose_name=_("Date of the contract"))
    contract_reference = CharField(
        max_length=200, default="", verbose_name=_("Reference of the contract")
    )
    subprocessors = LongTextField(
        default="", verbose_name=_("Its own processors"), help_text=_("One on each line.")
    )
    location = CharField(
        max_length=200, default="", verbose_name=_("Location of the data"), help_text=_("Country.")
    )
    outside_eu = BooleanField(default=False, verbose_name=_("Outside the European Economic Area"))
    guarantee = OptionField(
        GUARANTEES, default=NO_GUARANTEE, verbose_name=_("Guarantee of the transfer")
    )
    ended_on = DateField(null=True, verbose_name=_("Ended on"))

    class Meta:
        table_name = "privacy_processor"


class ProcessorTreatment(DomainModel):
    """A treatment of the register in which a processor takes part."""

    processor = ForeignKeyField(
        Processor, on_delete="CASCADE", backref="+", verbose_name=_("Processor")
    )
    activity = CharField(max_length=60, index=True, verbose_name=_("Treatment"))

    class Meta:
        table_name = "privacy_processortreatment"
        indexes = ((("processor", "activity"), True),)


class Processing(DomainModel):
    """What the organisation does, as a processor, for one controller."""

    controller = CharField(max_length=200, unique=True, verbose_name=_("Controller"))
    contact = LongTextField(default="", verbose_name=_("Contact"))
    representative = CharField(max_length=200, default="", verbose_name=_("Representative"))
    officer = CharField(max_length=200, default="", verbose_name=_("Data protection officer"))
    categories = NamesField(CATEGORIES, default="", verbose_name=_("Categories of processing"))
    details = LongTextField(default="", verbose_name=_("What is done"))
    subprocessors = LongTextField(
        default="",
        verbose_name=_("Processors engaged"),
        help_text=_("With their contact, one on each line."),
    )
    outside_eu = BooleanField(default=False, verbose_name=_("Outside the European Economic Area"))
    transfers = LongTextField(default="", verbose_name=_("Countries and recipients of transfers"))
    guarantee = OptionField(
        GUARANTEES, default=NO_GUARANTEE, verbose_name=_("Guarantee of the transfer")
    )
    security = NamesField(MEASURES, default="", verbose_name=_("Security measures"))
    contract_on = DateField(null=True, verbose_name=_("Date of the contract"))
    contract_reference = CharField(
        max_length=200, default="", verbose_name=_("Reference of the contract")
    )
    ended_on = DateField(null=True, verbose_name=_("Ended on"))

    class Meta:
        table_name = "privacy_processing"


def _ends_after(values: Mapping[str, Any]) -> bool:
    start, end = values.get("contract_on"), values.get("ended_on")
    return start is None or end is None or start <= end


_ENDS = declare.Check(_ends_after, _("A contract does not end before its date."), "ended_on")


def _link_sample(number: int) -> Mapping[str, Any]:
    return {"activity": register_catalogue.codes()[number % len(register_catalogue.codes())]}


processors = declare.Table(
    Processor,
    label=_("Processors"),
    one=_("Processor"),
    title=("name",),
    no_personal_data=_("It describes companies, with the contact that they give."),
    not_personal=(
        "name",
        "contact",
        "task",
        "contract_on",
        "contract_reference",
        "subprocessors",
        "location",
        "outside_eu",
        "guarantee",
        "ended_on",
    ),
    searched=("name", "task", "subprocessors"),
    columns=("name", "task", "contract_on", "location", "guarantee", "ended_on"),
    audited=("name", "contract_on", "subprocessors", "location", "guarantee", "ended_on"),
    checks=(_ENDS,),
    configuration=True,
    natural_key=("name",),
)
links = declare.Table(
    ProcessorTreatment,
    label=_("Treatments of processors"),
    one=_("Treatment of a processor"),
    title=("activity",),
    no_personal_data=_("It names treatments, not persons."),
    not_personal=("processor", "activity"),
    columns=("processor", "activity"),
    fixed=("processor", "activity"),
    configuration=True,
    sample=_link_sample,
)
processings = declare.Table(
    Processing,
    label=_("Processing for other controllers"),
    one=_("Processing for another controller"),
    title=("controller",),
    no_personal_data=_("It describes other controllers, with the contact that they give."),
    not_personal=(
        "controller",
        "contact",
        "representative",
        "officer",
        "categories",
        "details",
        "subprocessors",
        "outside_eu",
        "transfers",
        "guarantee",
        "security",
        "contract_on",
        "contract_reference",
        "ended_on",
    ),
    searched=("controller", "details"),
    columns=("controller", "categories", "contract_on", "guarantee", "ended_on"),
    audited=("controller", "categories", "transfers", "guarantee", "security", "ended_on"),
    checks=(_ENDS,),
    configuration=True,
    natural_key=("controller",),
    sample=lambda _number: {"categories": "hosting backup", "security": "backup"},
)
TABLES = (processors, links, processings)
