"""Why an account sees a record or a field, or does not: the gate's own answer, in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from portal import explaining
from portal.accounts import right_words, sessions
from portal.actor import Grant, Origin
from portal.builtin.accounts import ProfileType
from portal.catalog import STRUCTURE, CatalogTable
from portal.channels import Channel
from portal.declare import Reach, Verb
from portal.errors import NotFound
from portal.explaining import HIDDEN, MASKED, SHOWN, Answer, OfGrant
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import Label, Text, _, gettext
from portal.privileges import ACCOUNTS

ACCOUNT = "accounts.account"
CLAUSES: Mapping[str, tuple[Label, Label]] = MappingProxyType(
    {
        "within_reach": (
            _("A right reaches this record."),
            _("No right reaches this record."),
        ),
        "not_archived": (
            _("The record is not archived."),
            _("The record is archived: it opens only with a reason, to who may."),
        ),
        "not_restricted": (
            _("The person asked for no restriction."),
            _("The person has a restriction: the record opens only with a reason, to who may."),
        ),
        "wholly_within": (
            _("All structures of the person are within reach."),
            _("The person also belongs to a structure out of reach."),
        ),
        "history_of_readable": (
            _("The former value is of a field that the account reads."),
            _("The former value is of a field or a record that the account does not read."),
        ),
        "codes_of_row_held": (
            _("The account holds the access codes of the record."),
            _("The record has an access code that the account does not hold."),
        ),
    }
)
"""What each condition of the gate says of a record: when it is met, and when it is not."""
LACKS: Mapping[str, Label] = MappingProxyType(
    {
        "readable": _("the field is not among those that it lets read"),
        "unmasked": _("it shows dots in place of the value"),
        "kept_secret": _("the field never leaves the portal"),
        "disclosed": _("the field is protected: it opens with a reason, to who may"),
        "code_held": _("the field has an access code that the account does not hold"),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence, and whether it speaks for the account seeing what was asked."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class OfRight:
    """What a right of a profile type does here, sentence by sentence."""

    profile: str
    table: str
    said: tuple[Said, ...]
    gives: bool


@dataclass(frozen=True, slots=True)
class Why:
    """The answer: its conclusion, what is so of the record, and each right that speaks of it."""

    account: str
    record: str
    table: str
    field: str
    sees: bool
    conclusion: str
    said: tuple[Said, ...]
    rights: tuple[OfRight, ...]


def may_ask(gate: Gate) -> bool:
    """True for who looks after accounts and rights, and reads the accounts."""
    return gate.actor.may(ACCOUNTS) and gate.can(Verb.READ, ACCOUNT)


def why(gate: Gate, account: int, table: CatalogTable, row: int, field: Field | None) -> Why:
    """Why the account sees the row (and the field), or does not.

    Only of what the asker sees: raises NotFound for an account, a table or a row out of reach.
    """
    if not may_ask(gate):
        raise NotFound(_("There is nothing at this address."))
    login = gate.titles(ACCOUNT, [account]).get(account)
    record = gate.titles(table.name, [row]).get(row)
    if login is None or record is None:
        raise NotFound(_("There is no such row here."))
    actor = sessions.load_actor(account, Origin(), today=gate.today)
    scope = Gate(actor, Channel.LIST, today=gate.today).scope(table.name, Verb.READ)
    answer = explaining.answer(scope, row, field)
    if answer is None:
        raise NotFound(_("There is no such row here."))
    return Why(
        account=login,
        record=record,
        table=str(table.label),
        field=str(field.label) if field else "",
        sees=answer.seen and answer.state != HIDDEN,
        conclusion=_conclusion(answer, login, field),
        said=_of_record(answer, scope.open),
        rights=tuple(_of_right(gate, table, right, field) for right in answer.rights),
    )


def _conclusion(answer: Answer, login: str, field: Field | None) -> str:
    if not answer.seen:
        text = gettext("{account} does not see this record: for this account it does not exist.")
    elif field is None:
        text = gettext("{account} sees this record.")
    elif answer.state == SHOWN:
        text = gettext("{account} sees the field “{field}” of this record.")
    elif answer.state == MASKED:
        text = gettext("{account} sees dots in place of the field “{field}” of this record.")
    else:
        text = gettext("{account} sees this record, but not the field “{field}” of it.")
    return text.format(account=login, field=field.label if field else "")


def _of_record(answer: Answer, open_: bool) -> tuple[Said, ...]:  # noqa: FBT001 - a fact
    if not open_:
        return (Said(gettext("No profile type of the account lets read this table."), holds=False),)
    return tuple(
        Said(str(CLAUSES[name][0 if holds else 1]), holds) for name, holds in answer.clauses.items()
    )


def _of_right(gate: Gate, table: CatalogTable, right: OfGrant, field: Field | None) -> OfRight:
    grant = right.grant
    said = [Said(_reach(gate, grant, within=right.within), right.within)]
    for condition, holds in right.met:
        words = right_words.condition_words(gate, (table,), condition)
        met, unmet = gettext("meets the condition: {words}"), gettext("does not meet: {words}")
        text = met if holds else unmet
        said.append(Said(text.format(words=words), holds))
    if field is not None:
        if right.state == SHOWN:
            said.append(Said(gettext("it shows the field"), holds=True))
        said += [Said(str(LACKS[name]), holds=False) for name in right.lacks]
    gives = right.gives and (field is None or right.state == SHOWN)
    return OfRight(
        _profile_words(grant.profile),
        right_words.table_words(gate.catalog, grant.table),
        tuple(said),
        gives,
    )


def _reach(gate: Gate, grant: Grant, *, within: bool) -> str:
    rows = right_words.reach_words(str(grant.reach))
    if grant.reach is Reach.STRUCTURE:
        readable = gate.can(Verb.READ, STRUCTURE)
        zones = gate.titles(STRUCTURE, sorted(grant.zones)) if readable else {}
        names = ", ".join(zones.values()) or gettext("no structure")
        rows = gettext("{rows} ({zones})").format(rows=rows, zones=names)
    text = gettext("{rows}: reaches the record") if within else gettext("{rows}: other records")
    return text.format(rows=rows)


def _profile_words(slug: str) -> str:
    found = ProfileType.select(ProfileType.label_fr, ProfileType.label_en).where(
        ProfileType.slug == slug
    )
    french, english = found.tuples().first() or (slug, slug)
    return str(Text(french, english or french))
