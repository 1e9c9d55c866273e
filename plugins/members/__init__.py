"""Members: what a person joined and for how long, and the titles that let them take part."""

from __future__ import annotations

from portal import declare, register_catalogue
from portal.builtin.directory import persons_activity
from portal.declare import DataType
from portal.i18n import _

from .demo import make
from .models import Membership, Validity, membership_types, validity_types
from .rules import membership_in_order, paid_when_dated, validity_in_order

validities_activity = register_catalogue.activity("validities", counted_from="expires_on")

memberships = declare.Table(
    Membership,
    label=_("Memberships"),
    one=_("Membership"),
    identifiers=declare.Identifiers("A{{ id|pad(5) }}"),
    activity=persons_activity,
    retention=declare.WITH_PARENT,
    title=("season", "starts_on"),
    subject="person",
    structure="person.structures",
    personal={
        "person": DataType.IDENTITY,
        "kind": DataType.PERSONAL_LIFE,
        "season": DataType.PERSONAL_LIFE,
        "starts_on": DataType.PERSONAL_LIFE,
        "ends_on": DataType.PERSONAL_LIFE,
        "fee": DataType.ECONOMIC,
        "paid": DataType.ECONOMIC,
        "paid_on": DataType.ECONOMIC,
        "comment": DataType.PERSONAL_LIFE,
    },
    columns=("person", "kind", "season", "starts_on", "ends_on", "fee", "paid"),
    audited=("kind", "starts_on", "ends_on", "fee", "paid"),
    checks=(
        declare.Check(membership_in_order, _("The end is before the beginning."), "ends_on"),
        declare.Check(paid_when_dated, _("A date of payment needs the box Paid."), "paid_on"),
    ),
)
validities = declare.Table(
    Validity,
    label=_("Validities"),
    one=_("Validity"),
    activity=validities_activity,
    title=("issued_on", "number"),
    subject="person",
    structure="person.structures",
    personal={
        "person": DataType.IDENTITY,
        "kind": DataType.PROFESSIONAL_LIFE,
        "number": DataType.IDENTITY,
        "issuer": DataType.PROFESSIONAL_LIFE,
        "issued_on": DataType.PROFESSIONAL_LIFE,
        "expires_on": DataType.PROFESSIONAL_LIFE,
        "medical_class": DataType.SENSITIVE,
        "comment": DataType.PROFESSIONAL_LIFE,
    },
    sensitive=("medical_class",),
    disclosed=("medical_class",),
    columns=("person", "kind", "number", "issued_on", "expires_on"),
    audited=("number", "issued_on", "expires_on"),
    checks=(declare.Check(validity_in_order, _("It expires before it was issued."), "expires_on"),),
)

plugin = declare.Plugin(
    _("Members"),
    tables=(memberships, validities),
    activities=(validities_activity,),
    choice_lists=(membership_types, validity_types),
    demo=declare.DemoRows(make),
)
