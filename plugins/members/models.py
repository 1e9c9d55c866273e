"""Memberships and validities: rows of a person that go along when the person is erased."""

from __future__ import annotations

from peewee import BooleanField, CharField, DateField, ForeignKeyField

from portal import declare
from portal.builtin.directory import Person
from portal.i18n import Text, _

membership_types = declare.ChoiceList(
    "membership-types",
    _("Types of membership"),
    (
        declare.DefaultChoice("adult", Text("Membre actif", "Full member")),
        declare.DefaultChoice("young", Text("Membre de moins de 25 ans", "Member under 25")),
        declare.DefaultChoice("discovery", Text("Membre à l’essai", "Trial member")),
        declare.DefaultChoice("supporter", Text("Membre sympathisant", "Supporting member")),
        declare.DefaultChoice("honorary", Text("Membre d’honneur", "Honorary member")),
    ),
)
validity_types = declare.ChoiceList(
    "validity-types",
    _("Types of validity"),
    (
        declare.DefaultChoice("licence", Text("Licence", "Licence")),
        declare.DefaultChoice(
            "federation-licence", Text("Licence fédérale", "Federation licence"), "licence"
        ),
        declare.DefaultChoice(
            "pilot-licence", Text("Licence de pilote", "Pilot licence"), "licence"
        ),
        declare.DefaultChoice(
            "medical-certificate", Text("Certificat médical", "Medical certificate")
        ),
        declare.DefaultChoice("rating", Text("Qualification", "Rating")),
        declare.DefaultChoice("insurance", Text("Assurance", "Insurance")),
    ),
    hierarchical=True,
    fields=(
        declare.ListField(
            "usual_months",
            _("Usually valid for (months)"),
            "integer",
            _(
                "For information: after how many months it is renewed, when the rule is the same"
                " for everybody."
            ),
        ),
    ),
)

MEDICAL_CLASSES = (
    ("", _("No class")),
    ("class-1", _("Class 1")),
    ("class-2", _("Class 2")),
    ("lapl", _("Light aircraft (LAPL)")),
    ("no-objection", _("Certificate of no objection")),
)


class Membership(declare.IdentifiedModel):
    """A person is a member for a season."""

    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+", verbose_name=_("Person"))
    kind = declare.ChoiceField(membership_types, null=True, verbose_name=_("Type"))
    season = CharField(max_length=40, verbose_name=_("Season"))
    starts_on = DateField(index=True, verbose_name=_("From"))
    ends_on = DateField(index=True, verbose_name=_("Until"))
    fee = declare.MoneyField(default=0, verbose_name=_("Fee"))
    paid = BooleanField(default=False, verbose_name=_("Paid"))
    paid_on = DateField(null=True, verbose_name=_("Paid on"))
    comment = declare.LongTextField(default="", verbose_name=_("Comment"))


class Validity(declare.DomainModel):
    """A title with an expiry date: licence, medical certificate, rating, insurance.

    Of a medical certificate the class and the dates are kept, never a diagnosis.
    """

    person = ForeignKeyField(Person, on_delete="CASCADE", backref="+", verbose_name=_("Person"))
    kind = declare.ChoiceField(validity_types, null=True, verbose_name=_("Type"))
    number = CharField(max_length=60, default="", verbose_name=_("Number"))
    issuer = CharField(max_length=120, default="", verbose_name=_("Issued by"))
    issued_on = DateField(index=True, verbose_name=_("Issued on"))
    expires_on = DateField(null=True, index=True, verbose_name=_("Expires on"))
    medical_class = declare.OptionField(
        MEDICAL_CLASSES, default="", verbose_name=_("Medical class")
    )
    comment = declare.LongTextField(default="", verbose_name=_("Comment"))
