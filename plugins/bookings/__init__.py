"""Bookings: a person reserves a resource (aircraft, simulator, room) from one moment to another."""

from __future__ import annotations

from portal import declare, register_catalogue
from portal.declare import DataType, ThirdParty
from portal.i18n import _

from .demo import make
from .models import Booking, Resource, booking_statuses, resource_types
from .rules import ends_after_start, instructor_is_another

bookings_activity = register_catalogue.activity("bookings", counted_from="ends_at")

resources = declare.Table(
    Resource,
    label=_("Resources"),
    one=_("Resource"),
    identifiers=declare.Identifiers("R{{ id|pad(3) }}"),
    activity=bookings_activity,
    no_retention=_("A resource is kept as long as the organisation has it."),
    title=("name",),
    subject="manager",
    structure="structure",
    attached=("manager",),
    personal={"manager": DataType.PROFESSIONAL_LIFE},
    not_personal=("name", "kind", "registration", "structure", "hourly_rate", "active", "comment"),
    columns=("name", "kind", "registration", "structure", "hourly_rate", "active"),
    audited=("hourly_rate", "active"),
)
bookings = declare.Table(
    Booking,
    label=_("Bookings"),
    one=_("Booking"),
    activity=bookings_activity,
    title=("starts_at",),
    subject="person",
    structure="person.structures",
    attached=("instructor", "resource.manager"),
    personal={
        "person": DataType.IDENTITY,
        "resource": DataType.PERSONAL_LIFE,
        "instructor": DataType.IDENTITY,
        "starts_at": DataType.PERSONAL_LIFE,
        "ends_at": DataType.PERSONAL_LIFE,
        "status": DataType.PERSONAL_LIFE,
        "comment": DataType.PERSONAL_LIFE,
    },
    columns=("person", "resource", "instructor", "starts_at", "ends_at", "status"),
    audited=("starts_at", "ends_at"),
    third_party={"instructor": ThirdParty.KEEP},
    checks=(
        declare.Check(ends_after_start, _("The end is not after the beginning."), "ends_at"),
        declare.Check(
            instructor_is_another,
            _("A person cannot be their own instructor."),
            "instructor",
        ),
    ),
)

plugin = declare.Plugin(
    _("Bookings"),
    tables=(resources, bookings),
    activities=(bookings_activity,),
    choice_lists=(resource_types, booking_statuses),
    demo=declare.DemoRows(make),
)
