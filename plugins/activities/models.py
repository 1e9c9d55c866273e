"""Trainings, and the club's activities: flights, model sessions, simulator sessions, outings."""

from __future__ import annotations

from peewee import CharField, DateField, DateTimeField, ForeignKeyField, IntegerField

from plugins.bookings.models import Resource
from portal import declare
from portal.builtin.directory import Person
from portal.i18n import Text, _

outing_types = declare.ChoiceList(
    "outing-types",
    _("Types of activity"),
    (
        declare.DefaultChoice("flight", Text("Vol", "Flight")),
        declare.DefaultChoice("local-flight", Text("Vol local", "Local flight"), "flight"),
        declare.DefaultChoice("cross-country", Text("Navigation", "Cross-country"), "flight"),
        declare.DefaultChoice("instruction", Text("Vol en double", "Dual flight"), "flight"),
        declare.DefaultChoice("solo", Text("Vol solo", "Solo flight"), "flight"),
        declare.DefaultChoice("simulator", Text("Séance de simulateur", "Simulator session")),
        declare.DefaultChoice("model-session", Text("Séance de modélisme", "Model session")),
        declare.DefaultChoice("outing", Text("Sortie du club", "Club outing")),
    ),
    hierarchical=True,
)
training_programmes = declare.ChoiceList(
    "training-programmes",
    _("Types of training programme"),
    (
        declare.DefaultChoice("ppl", Text("Licence de pilote privé (PPL)", "Private pilot (PPL)")),
        declare.DefaultChoice(
            "lapl", Text("Licence de pilote d’avion léger (LAPL)", "Light aircraft pilot (LAPL)")
        ),
        declare.DefaultChoice("spl", Text("Licence de pilote de planeur", "Glider pilot (SPL)")),
        declare.DefaultChoice("microlight", Text("Brevet ULM", "Microlight licence")),
        declare.DefaultChoice("model", Text("Brevet d’aéromodélisme", "Model aircraft licence")),
        declare.DefaultChoice("night", Text("Vol de nuit", "Night rating")),
        declare.DefaultChoice("refresher", Text("Remise à niveau", "Refresher")),
    ),
)


class Training(declare.IdentifiedModel):
    """A person follows a programme with an instructor; without an end it is under way."""

    person = ForeignKeyField(Person, backref="+", verbose_name=_("Trainee"))
    instructor = ForeignKeyField(Person, null=True, backref="+", verbose_name=_("Instructor"))
    kind = declare.ChoiceField(training_programmes, null=True, verbose_name=_("Programme"))
    started_on = DateField(index=True, verbose_name=_("Started on"))
    ended_on = DateField(null=True, index=True, verbose_name=_("Ended on"))
    appraisal = declare.LongTextField(default="", verbose_name=_("Appraisal"))


class Outing(declare.IdentifiedModel):
    """One activity of one person on one day; a flight is a kind of it."""

    person = ForeignKeyField(Person, backref="+", verbose_name=_("Person"))
    instructor = ForeignKeyField(Person, null=True, backref="+", verbose_name=_("Instructor"))
    training = ForeignKeyField(Training, null=True, backref="+", verbose_name=_("Training"))
    resource = ForeignKeyField(Resource, null=True, backref="+", verbose_name=_("Resource"))
    kind = declare.ChoiceField(outing_types, null=True, verbose_name=_("Type"))
    label = CharField(max_length=120, default="", verbose_name=_("Subject"))
    label_key = declare.FoldedKey("label")
    day = DateField(index=True, verbose_name=_("Day"))
    started_at = DateTimeField(null=True, verbose_name=_("Started at"))
    minutes = IntegerField(default=0, verbose_name=_("Duration in minutes"))
    departure = CharField(max_length=80, default="", verbose_name=_("Departure"))
    arrival = CharField(max_length=80, default="", verbose_name=_("Arrival"))
    landings = IntegerField(default=0, verbose_name=_("Landings"))
    comment = declare.LongTextField(default="", verbose_name=_("Comment"))
