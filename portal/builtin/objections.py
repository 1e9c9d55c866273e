"""The objection list: who does not want news, or to be recorded, without saying who that is.

A line holds one keyed fingerprint (of an e-mail address, a phone number, or a name with its birth
date); the lines that were entered together have the same entry and are lifted together.
"""

from __future__ import annotations

from peewee import CharField, DateTimeField, IntegerField

from portal import declare
from portal.i18n import _
from portal.models import BareModel, OptionField, utc_now

BY_EMAIL, BY_PHONE, BY_NAME = "email", "phone", "name"
KINDS = (
    (BY_EMAIL, _("E-mail")),
    (BY_PHONE, _("Phone")),
    (BY_NAME, _("Name and birth date")),
)
NEWS, RECORDED = "news", "recorded"
SCOPES = (
    (NEWS, _("News and solicitation")),
    (RECORDED, _("Being recorded here, news included")),
)
TYPED, FROM_PERSON, FROM_REQUEST = "typed", "person", "request"
ORIGINS = (
    (TYPED, _("Entered by hand")),
    (FROM_PERSON, _("From the sheet of a person")),
    (FROM_REQUEST, _("By the decision on a request")),
)


class Objection(BareModel):
    """One fingerprint by which a person who objected is recognised, until it is lifted."""

    entry = CharField(max_length=32, index=True, verbose_name=_("Entry"))
    kind = OptionField(KINDS, verbose_name=_("Recognised by"))
    fingerprint = CharField(max_length=64, index=True, verbose_name=_("Fingerprint"))
    scope = OptionField(SCOPES, verbose_name=_("Objects to"))
    origin = OptionField(ORIGINS, verbose_name=_("Entered"))
    account = IntegerField(null=True, verbose_name=_("Account number"))
    at = DateTimeField(default=utc_now, index=True, verbose_name=_("On"))
    lifted_at = DateTimeField(null=True, index=True, verbose_name=_("Lifted on"))
    lifted_by = IntegerField(null=True, verbose_name=_("Lifted by (account number)"))


objections = declare.Table(
    Objection,
    label=_("Objection list"),
    one=_("Objection"),
    title=("kind", "at"),
    no_personal_data=_(
        "It holds keyed fingerprints that lead to nobody; whoever gives an address can be told "
        "whether it is on the list."
    ),
    not_personal=(
        "entry",
        "kind",
        "fingerprint",
        "scope",
        "origin",
        "account",
        "at",
        "lifted_at",
        "lifted_by",
    ),
    secret=("fingerprint",),
    columns=("kind", "scope", "origin", "at", "lifted_at"),
    read_only=True,
)
