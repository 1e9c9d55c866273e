"""Resources and their bookings."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateTimeField, ForeignKeyField

from portal import declare
from portal.builtin.directory import Person, Structure
from portal.i18n import Text, _

resource_types = declare.ChoiceList(
    "resource-types",
    _("Types of resource"),
    (
        declare.DefaultChoice("aeroplane", Text("Avion", "Aeroplane")),
        declare.DefaultChoice("glider", Text("Planeur", "Glider")),
        declare.DefaultChoice("microlight", Text("ULM", "Microlight")),
        declare.DefaultChoice("simulator", Text("Simulateur", "Simulator")),
        declare.DefaultChoice("room", Text("Salle", "Room")),
        declare.DefaultChoice("equipment", Text("Matériel", "Equipment")),
    ),
)
booking_statuses = declare.ChoiceList(
    "booking-statuses",
    _("Types of booking status"),
    (
        declare.DefaultChoice("requested", Text("Demandée", "Requested")),
        declare.DefaultChoice("confirmed", Text("Confirmée", "Confirmed")),
        declare.DefaultChoice("done", Text("Effectuée", "Done")),
        declare.DefaultChoice("cancelled", Text("Annulée", "Cancelled")),
    ),
)


class Resource(declare.IdentifiedModel):
    """Something that can be booked."""

    name = CharField(max_length=120, verbose_name=_("Name"))
    name_key = declare.FoldedKey("name")
    kind = declare.ChoiceField(resource_types, null=True, verbose_name=_("Type"))
    registration = CharField(max_length=40, default="", verbose_name=_("Registration"))
    structure = ForeignKeyField(Structure, null=True, backref="+", verbose_name=_("Structure"))
    manager = ForeignKeyField(Person, null=True, backref="+", verbose_name=_("Person in charge"))
    hourly_rate = declare.MoneyField(null=True, verbose_name=_("Hourly rate"))
    active = BooleanField(default=True, verbose_name=_("Active"))
    comment = declare.LongTextField(default="", verbose_name=_("Comment"))


class Booking(declare.DomainModel):
    """A person has a resource, with or without an instructor, for a time."""

    person = ForeignKeyField(Person, backref="+", verbose_name=_("Person"))
    resource = ForeignKeyField(Resource, backref="+", verbose_name=_("Resource"))
    instructor = ForeignKeyField(Person, null=True, backref="+", verbose_name=_("Instructor"))
    starts_at = DateTimeField(index=True, verbose_name=_("From"))
    ends_at = DateTimeField(index=True, verbose_name=_("Until"))
    status = declare.ChoiceField(booking_statuses, null=True, verbose_name=_("Status"))
    comment = declare.LongTextField(default="", verbose_name=_("Comment"))
