"""Whether a treatment needs an impact assessment (GDPR art. 35): nine criteria, two are enough.

The criteria are those of the guidelines WP248. The outcome is never typed: it follows from the
criteria that an officer ticked, whose day and note are kept with the decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.activity import Activity
from portal.i18n import Label, _, gettext
from portal.register_catalogue import vocabulary
from portal.treatment_values import NOT_SCREENED
from portal.treatments import Treatment

ATTRIBUTE = "screening"
ENOUGH = 2
"""From that many criteria on, an assessment is needed."""
_WATCHED: tuple[tuple[str, str, str, Label], ...] = (
    (
        "special_categories",
        "health",
        "sensitive",
        _("Medical data: the criterion of sensitive data is likely to apply."),
    ),
    (
        "subjects",
        "minors",
        "vulnerable",
        _("Minors are concerned: the criterion of vulnerable persons is likely to apply."),
    ),
)


def value(treatment: Treatment) -> Mapping[str, Any]:
    """The criteria, the day and the note that stand; all of them empty before any screening."""
    change = treatment.changes.get(ATTRIBUTE)
    return change.value if change and not change.broken else NOT_SCREENED


def needed(criteria: list[str]) -> bool:
    """True when these criteria make an assessment necessary."""
    return len(set(criteria)) >= ENOUGH


def warnings(activity: Activity, ticked: tuple[str, ...] = ()) -> list[str]:
    """What the data of a treatment call for, but for the criteria that are ticked already."""
    return [
        str(sentence)
        for attribute, code, criterion, sentence in _WATCHED
        if code in getattr(activity, attribute) and criterion not in ticked
    ]


def said(treatment: Treatment) -> dict[str, Any]:
    """The screening in words: outcome, criteria, day, note, warnings."""
    given = value(treatment)
    known = vocabulary("dpia_criteria")
    ticked = tuple(given["criteria"])
    return {
        "outcome": _outcome(given),
        "needed": bool(given["on"]) and needed(list(ticked)),
        "criteria": [str(known[code]) for code in ticked],
        "on": date.fromisoformat(given["on"]) if given["on"] else None,
        "note": given["note"],
        "warnings": warnings(treatment.activity, ticked),
    }


def _outcome(given: Mapping[str, Any]) -> str:
    if not given["on"]:
        return gettext("Not screened yet")
    if needed(given["criteria"]):
        return gettext("An impact assessment is needed")
    return gettext("No impact assessment is needed")
