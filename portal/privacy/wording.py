"""What an access document says beside the data: rights, complaint, and the words it uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from portal.declare import Activity
from portal.i18n import gettext
from portal.register_catalogue import catalogue


def notice(organisation: Mapping[str, str], activities: Iterable[Activity]) -> dict[str, Any]:
    """The rights that the legal bases of these activities give, the complaint, and whom to ask."""
    bases = {str(purpose.legal_basis) for activity in activities for purpose in activity.purposes}
    given = catalogue()["vocabularies"]["rights_by_basis"]
    allowed = {
        right: {answer for basis in bases for answer in [given[basis][right]]}
        for right in ("erasure", "portability", "objection")
    }
    rights = [gettext("Have data that are wrong or incomplete put right (art. 16).")]
    if allowed["erasure"] - {"no"}:
        rights.append(gettext("Have your data erased, within the limits of the law (art. 17)."))
    rights.append(gettext("Have the use of your data restricted (art. 18)."))
    if "yes" in allowed["portability"]:
        rights.append(gettext("Receive the data that you gave in a format of machines (art. 20)."))
    if "yes" in allowed["objection"]:
        rights.append(gettext("Object to uses that rest on a legitimate interest (art. 21)."))
    if "consent" in bases:
        rights.append(gettext("Withdraw your consent at any time (art. 7)."))
    return {
        "rights": rights,
        "complaint": gettext(
            "You may lodge a complaint with the supervisory authority"
            " (in France the CNIL, 3 place de Fontenoy, TSA 80715, 75334 Paris cedex 07, cnil.fr)."
        ),
        "contact": organisation["dpo_email"] or organisation["email"] or organisation["name"],
    }


def glossary() -> list[dict[str, str]]:
    """The words of the law that the document uses."""
    return [
        {"term": gettext("Activity"), "meaning": gettext("A set of uses of data with one aim.")},
        {
            "term": gettext("Legal basis"),
            "meaning": gettext("What allows the organisation to use the data (GDPR art. 6)."),
        },
        {
            "term": gettext("Recipient"),
            "meaning": gettext("Who receives the data, within the organisation or outside it."),
        },
        {
            "term": gettext("Retention"),
            "meaning": gettext("How long the data are kept, and from which event it is counted."),
        },
        {
            "term": gettext("Source"),
            "meaning": gettext("Where the data come from, when not from yourself."),
        },
        {
            "term": gettext("Role"),
            "meaning": gettext("The profile of the account that consulted or changed your data."),
        },
    ]
