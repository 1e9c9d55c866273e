"""Activities: what the club does with its members (flights, model sessions), and their trainings.

An outing that belongs to a training counts under trainings, never under activities.
"""

from __future__ import annotations

from portal import declare, register_catalogue
from portal.declare import DataType, ThirdParty
from portal.i18n import _

from .demo import make
from .models import Outing, Training, outing_types, training_programmes
from .rules import (
    bookings_of_trainees,
    counts_are_positive,
    dates_of_outings,
    dates_of_trainings,
    instructor_is_another,
    persons_in_training,
    training_in_order,
    validities_of_trainees,
)

activities_activity = register_catalogue.activity("activities", counted_from="day")
trainings_activity = register_catalogue.activity("trainings", counted_from="ended_on")

trainings = declare.Table(
    Training,
    label=_("Trainings"),
    one=_("Training"),
    identifiers=declare.Identifiers("F{{ id|pad(5) }}"),
    activity=trainings_activity,
    counted_from="ended_on",
    title=("started_on",),
    subject="person",
    structure="person.structures",
    attached=("instructor",),
    personal={
        "person": DataType.IDENTITY,
        "instructor": DataType.IDENTITY,
        "kind": DataType.PROFESSIONAL_LIFE,
        "started_on": DataType.PROFESSIONAL_LIFE,
        "ended_on": DataType.PROFESSIONAL_LIFE,
        "appraisal": DataType.PROFESSIONAL_LIFE,
    },
    columns=("person", "kind", "instructor", "started_on", "ended_on"),
    audited=("instructor", "ended_on", "appraisal"),
    third_party={"instructor": ThirdParty.KEEP},
    checks=(
        declare.Check(training_in_order, _("The end is before the beginning."), "ended_on"),
        declare.Check(
            instructor_is_another,
            _("A person cannot be their own instructor."),
            "instructor",
        ),
    ),
)
outings = declare.Table(
    Outing,
    label=_("Club activities"),
    one=_("Club activity"),
    identifiers=declare.Identifiers("V{{ id|pad(6) }}"),
    activity=activities_activity,
    other_activity=declare.When("training", trainings_activity),
    counted_from="day",
    title=("day", "label"),
    subject="person",
    structure="person.structures",
    attached=("instructor", "training.instructor"),
    personal={
        "person": DataType.IDENTITY,
        "instructor": DataType.IDENTITY,
        "training": DataType.PROFESSIONAL_LIFE,
        "resource": DataType.PERSONAL_LIFE,
        "kind": DataType.PERSONAL_LIFE,
        "label": DataType.PERSONAL_LIFE,
        "day": DataType.PERSONAL_LIFE,
        "started_at": DataType.PERSONAL_LIFE,
        "minutes": DataType.PERSONAL_LIFE,
        "departure": DataType.LOCATION,
        "arrival": DataType.LOCATION,
        "comment": DataType.PERSONAL_LIFE,
    },
    not_personal=("landings",),
    columns=("day", "person", "kind", "resource", "instructor", "minutes", "label"),
    audited=("day", "minutes"),
    third_party={"instructor": ThirdParty.KEEP},
    checks=(
        declare.Check(
            instructor_is_another,
            _("A person cannot be their own instructor."),
            "instructor",
        ),
        declare.Check(
            counts_are_positive, _("A duration or a number is not below zero."), "minutes"
        ),
    ),
)

plugin = declare.Plugin(
    _("Activities and trainings"),
    tables=(trainings, outings),
    activities=(activities_activity, trainings_activity),
    choice_lists=(outing_types, training_programmes),
    attachments=(
        declare.Attachment(
            "directory.person", persons_in_training, _("An instructor: persons now in training")
        ),
        declare.Attachment(
            "bookings.booking",
            bookings_of_trainees,
            _("An instructor: bookings of persons now in training"),
        ),
        declare.Attachment(
            "members.validity",
            validities_of_trainees,
            _("An instructor: validities of persons now in training"),
        ),
    ),
    start_events=(
        declare.StartEvent(
            "activities.training", dates_of_trainings, _("Last session of the training")
        ),
        declare.StartEvent(
            "activities.outing", dates_of_outings, _("End of the training, for a training session")
        ),
    ),
    demo=declare.DemoRows(make, after=("bookings",)),
)
