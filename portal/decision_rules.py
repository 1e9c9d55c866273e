"""What the law asks of a decision about a treatment, checked when it is saved.

Only the gate calls this, inside the transaction of the write; every channel passes here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from portal import periods, treatment_values, treatments
from portal.activity import LegalBasis, Period, Retention
from portal.builtin.accounts import Account, Holding, ProfileType
from portal.builtin.treatments import Added, Manager
from portal.database import proxy
from portal.errors import Invalid, NotFound
from portal.fieldtypes import EDGES
from portal.i18n import Label, _
from portal.register_catalogue import sources
from portal.treatments import Treatment

RESERVED = ("count", "durations", "export", "new")
"""Addresses of the register that no treatment may have."""
CODE = re.compile(r"[a-z]+(?:_[a-z0-9]+)*")


def check(stored: Mapping[str, Any]) -> None:
    """Refuse a decision that the law or the portal cannot hold. Raises Invalid."""
    attribute = str(stored["attribute"])
    value = treatment_values.parsed(attribute, str(stored["value"]))
    treatment = _treatment(str(stored["activity"]))
    if attribute in ("label", "processing") and not any(value.values()):
        raise _refused(_("A value is required."))
    if attribute == "purposes":
        _check_purposes(value)
    if attribute == "special_categories" and value["categories"] and not value["condition"]:
        raise _refused(
            _("Special categories need one of the conditions of article 9(2)."), "condition"
        )
    if attribute == "retention":
        _check_term(treatment, treatment_values.period(value), str(stored["reason"] or ""))
    if attribute == "screening":
        _check_screening(value)
    if attribute == "in_use" and treatment is not None and treatment.stored and not value:
        raise _refused(_("The portal keeps rows of this treatment: it is in use."))


def check_added(stored: Mapping[str, Any]) -> None:
    """Refuse an added treatment without a usable name. Raises Invalid."""
    code = str(stored["code"])
    if not CODE.fullmatch(code):
        raise _refused(
            _("An identifier is made of lower-case letters, digits and underscores."), "code"
        )
    known = treatments.current().all.get(code)
    if code in RESERVED or (known is not None and known.added is None):
        raise _refused(_("There is a treatment of that name already."), "code")
    if not str(stored["label_fr"]).strip():
        raise _refused(_("A value is required."), "label_fr")


def check_processor(stored: Mapping[str, Any]) -> None:
    """Refuse a processor of a treatment that is not in the register. Raises Invalid."""
    _treatment(str(stored["activity"]))


def check_manager(stored: Mapping[str, Any]) -> None:
    """Refuse a manager of a treatment that is not in the register. Raises Invalid."""
    _treatment(str(stored["activity"]))


def require_managers(ids: Sequence[int]) -> None:
    """Refuse managers who hold no profile type that may be appointed. Raises Invalid.

    Asked once the rows are written: who may not read an account does not learn what it holds.
    """
    wanted = Manager.id.in_(list(ids))
    appointed = Manager.select(Manager.id).where(wanted).join(Account).where(Account.active)
    appointed = appointed.join(Holding, on=(Holding.account == Account.id)).join(ProfileType)
    held = appointed.where(ProfileType.manager).distinct().tuples().execute(proxy.obj)
    if len(set(held)) < len(set(ids)):
        raise _refused(
            _("This account holds no profile type that may be appointed manager."), "account"
        )


def _treatment(name: str) -> Treatment | None:
    """The treatment that a decision is about; None for one that was added within the same write."""
    try:
        return treatments.current().get(name)
    except NotFound as unknown:
        there = Added.select(Added.id).where(Added.code == name)
        if there.limit(1).tuples().execute(proxy.obj):
            return None
        raise _refused(str(unknown), "activity") from None


def _refused(why: Label, name: str = "value") -> Invalid:
    return Invalid(why, "", {name: why})


def _check_purposes(value: list[dict[str, Any]]) -> None:
    if not value:
        raise _refused(_("A treatment has a purpose at least."))
    for number, purpose in enumerate(value, 1):
        lacking = lacks(purpose)
        if lacking:
            name, why = lacking[0]
            sentence = _("Purpose {number}: {why}").format(number=number, why=why)
            raise Invalid(sentence, "", {f"{name}-{number}": why})


def _check_screening(value: Mapping[str, Any]) -> None:
    if not value["on"]:
        raise _refused(_("Say on which day the treatment was screened."), "on")
    if date.fromisoformat(value["on"]) > datetime.now(EDGES.zone).date():
        raise _refused(_("This day is still to come."), "on")


def lacks(purpose: Mapping[str, Any]) -> list[tuple[str, Label]]:
    """What a purpose does not say although the law asks for it: the part, and a sentence."""
    found: list[tuple[str, Label]] = []
    if not any(purpose["text"].values()):
        found.append(("text", _("Say what the data are processed for.")))
    basis = purpose["legal_basis"]
    if basis == LegalBasis.LEGAL_OBLIGATION and not purpose["legal_reference"]:
        found.append(("legal_reference", _("A legal obligation needs the text that makes it.")))
    if basis == LegalBasis.LEGITIMATE_INTEREST:
        if not purpose["interest"]:
            found.append(("interest", _("A legitimate interest needs to be named.")))
        if not purpose["balancing"]:
            found.append(
                (
                    "balancing",
                    _("A legitimate interest needs a note that weighs it against the persons’."),
                )
            )
    return found


def _check_term(treatment: Treatment | None, period: Period, reason: str) -> None:
    if treatment is None:
        return
    if treatment.name == treatments.JOURNAL:
        raise _refused(_("The term of the journal is a setting: [journal] days in greffe.toml."))
    kept = treatment.shipped.retention
    if under_minimum(period, kept):
        raise _refused(too_short(kept))
    if over_maximum(period, kept) and not reason.strip():
        why = _("This is more than the recommended maximum ({maximum}): say why.").format(
            maximum=periods.at_most(kept.maximum)
        )
        raise Invalid(why, "", {"reason": why})


def under_minimum(period: Period, kept: Retention) -> bool:
    """True for a term that ends before the legal minimum may; a minimum is rounded up."""
    return kept.minimum is not None and periods.most_days(period) < periods.most_days(kept.minimum)


def over_maximum(period: Period, kept: Retention) -> bool:
    """True for a term that goes beyond the recommended maximum; a maximum is rounded down."""
    return kept.maximum is not None and periods.least_days(period) > periods.least_days(
        kept.maximum
    )


def too_short(kept: Retention) -> str:
    """The sentence that refuses a term under the minimum, with where the minimum stands."""
    return _("The minimum value is {minimum}: {source}.").format(
        minimum=periods.in_words(kept.minimum), source=sources(kept.minimum_source)
    )
