"""To whom the data of a treatment go, in words: the recipients decided, and its processors."""

from __future__ import annotations

from datetime import date

from portal import treatments
from portal.activity import Activity
from portal.fieldtypes import DateType
from portal.i18n import gettext, labelled
from portal.processors import Acting
from portal.register_catalogue import vocabulary

NONE = "none"


def named(activity: Activity, day: date, *, ended: bool = False) -> list[str]:
    """The recipients, then the processors whose contract runs on `day`; with `ended` all of them.

    Who had the data before is a recipient too, for the person who asks (GDPR art. 15(1)(c)).
    """
    own = [str(recipient) for recipient in activity.recipients]
    return own + [_said(one, day) for one in _acting(activity, day, ended=ended)]


def transfers(activity: Activity, day: date, *, ended: bool = False) -> list[str]:
    """The transfers outside the European Union to processors, each with its guarantee."""
    return [
        labelled(", ".join(filter(None, (one.name, one.location))), guarantee(one.guarantee))
        for one in _acting(activity, day, ended=ended)
        if one.outside_eu
    ]


def unguaranteed(activity: Activity, day: date) -> list[str]:
    """The processors to which data are transferred without a guarantee."""
    return [one.name for one in _acting(activity, day) if one.unguaranteed]


def guarantee(code: str) -> str:
    """The words of a guarantee; a transfer without one says so."""
    if code == NONE:
        return gettext("no guarantee")
    return str(vocabulary("transfer_guarantees").get(code, code))


def _acting(activity: Activity, day: date, *, ended: bool = False) -> list[Acting]:
    treatment = treatments.current().all.get(activity.name)
    found = treatment.processors if treatment else ()
    return [one for one in found if ended or one.acts(day)]


def _said(one: Acting, day: date) -> str:
    parts = [gettext("processor"), one.location]
    if one.ended_on is not None and not one.acts(day):
        parts.append(gettext("until {day}").format(day=DateType().show(one.ended_on)))
    return f"{one.name} ({', '.join(filter(None, parts))})"
