"""What a treatment does not say although the law asks for it: the empty mandatory cells (R08)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from portal import treatment_values
from portal.decision_rules import lacks
from portal.i18n import Label, _
from portal.privacy import recipients
from portal.privacy.treatment_editing import BASIS, RETENTION, TEXTS
from portal.treatments import Treatment


@dataclass(frozen=True, slots=True)
class Gap:
    """An empty mandatory cell: what it is, and the page of the treatment that fills it."""

    what: Label
    page: str


MANDATORY: tuple[tuple[str, Label], ...] = (
    ("label", _("Name")),
    ("processing", _("Processing")),
    ("data_types", _("Types of data")),
    ("subjects", _("Categories of persons")),
    ("collection", _("Collection")),
    ("source", _("Source")),
    ("storage", _("Storage")),
    ("recipients", _("Recipients")),
    ("security", _("Security measures")),
)


def gaps(treatment: Treatment, organisation: Mapping[str, str], today: date) -> tuple[Gap, ...]:
    """The empty mandatory cells of a treatment. `page` is empty for the organisation's own."""
    activity = treatment.activity
    found = [
        Gap(label, TEXTS)
        for name, label in MANDATORY
        if _empty(treatment_values.current(activity, name))
        if name != "recipients" or not recipients.named(activity, today)
    ]
    if not activity.purposes:
        found.append(Gap(_("Purposes and legal bases"), BASIS))
    for purpose in treatment_values.current(activity, "purposes"):
        found += [Gap(why, BASIS) for _name, why in lacks(purpose)]
    if activity.special_categories and not activity.special_condition:
        found.append(Gap(_("Condition of article 9(2) for the special categories"), BASIS))
    if not activity.retention.period.value and not str(activity.retention.starts):
        found.append(Gap(_("Retention"), RETENTION))
    if activity.transfer != "none" and not str(activity.transfers):
        found.append(Gap(_("Countries and recipients of transfers"), TEXTS))
    found += [
        Gap(_("Guarantee of the transfer to {processor}").format(processor=name), "")
        for name in recipients.unguaranteed(activity, today)
    ]
    if not organisation.get("name"):
        found.append(Gap(_("Controller"), ""))
    return tuple(dict.fromkeys(found))


def _empty(value: Any) -> bool:
    if isinstance(value, dict):
        return not any(value.values())
    return not value
