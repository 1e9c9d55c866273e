"""The register of processing activities (GDPR art. 30): read from declarations, counted on rows.

Nothing in it is typed a second time: purposes, bases and terms are those of the activities,
profiles and numbers of people are those of the rights in force, counts are those of the retention
page.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from portal import periods, rightwords
from portal.channels import Channel
from portal.declare import Activity, Purpose, Verb
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import Forbidden
from portal.gate import Gate
from portal.i18n import gettext, language
from portal.obsolete import PURGES, Counts, Obsolete
from portal.privacy import dictionary
from portal.privacy.register_files import MIME_TYPES, as_csv, as_json, check
from portal.privacy.rightholders import Holders, holders
from portal.register_catalogue import activity as shipped
from portal.register_catalogue import catalogue, vocabulary
from portal.rows import Selection

ORGANISATION = "directory.organisation"
JOURNALED_AS = "privacy.register"
AUTOMATIC = ("automatic", "computed", "api")
EDITING = (Verb.CREATE, Verb.UPDATE, Verb.ERASE, Verb.IMPORT)
_CONTACT = ("name", "address", "email", "phone", "representative", "dpo_name", "dpo_email")


def may_read(gate: Gate) -> bool:
    """True when the register is open to the actor: it is to who reads the purges."""
    return gate.can(Verb.READ, PURGES)


def export(gate: Gate, format: str, speaking: str) -> tuple[bytes, str, str]:
    """The register as (content, file name, type); journaled. Raises Forbidden or Invalid."""
    check(format, speaking, MIME_TYPES)
    asked = gate.at(Channel.REGISTER)
    with language(speaking):
        values = collect(asked)
        if format == "csv":
            content = as_csv(values)
        elif format == "json":
            content = as_json(values)
        else:
            content = render(template("privacy/register", speaking, format), values, speaking)
        name = gettext("register")
    asked.note(Verb.EXPORT, JOURNALED_AS, (), len(values["activities"]))
    return content, f"{name}-{values['produced_on'].isoformat()}.{format}", MIME_TYPES[format]


def collect(gate: Gate) -> dict[str, Any]:
    """The whole register in the current language, as plain values. Raises Forbidden."""
    if not may_read(gate):
        raise Forbidden(
            gettext("You may not read the register."),
            rightwords.remedy(Verb.READ, gate.catalog.table(PURGES).label),
        )
    who, known = organisation(gate), holders(gate)
    activities = list(gate.catalog.activities.values())
    names = {activity.name for activity in activities}
    activities += [
        shipped(row["code"])
        for row in catalogue()["categories"]
        if row["code"] not in names and not row["optional"]
    ]
    activities.sort(key=lambda activity: (activity.order, activity.name))
    return {
        "organisation": who,
        "produced_on": gate.today,
        "software": software(),
        "activities": [
            _activity(gate, activity, number, who["name"], known)
            for number, activity in enumerate(activities, 1)
        ],
    }


def software() -> str:
    """The product and its version, as documents name it."""
    try:
        return f"Greffe {version('greffe')}"
    except PackageNotFoundError:
        return "Greffe"


def organisation(gate: Gate) -> dict[str, str]:
    """The controller: its name, how to reach it, its representative and its officer."""
    rows = gate.list(ORGANISATION, Selection(page_size=1)).rows
    values: Mapping[str, Any] = rows[0].values if rows else {}
    return {name: str(values.get(name) or "") for name in _CONTACT}


def _activity(
    gate: Gate, activity: Activity, number: int, controller: str, known: Holders
) -> dict[str, Any]:
    obsolete = gate.obsolete(activity.name) if activity.name in gate.catalog.activities else None
    tables = [table.name for table in gate.catalog.tables_of(activity.name)]
    fields = dictionary.personal(gate.catalog, activity.name)
    types = activity.data_type_codes or tuple(
        dict.fromkeys(str(entry.data_type) for entry in fields)
    )
    modes = activity.collection
    return {
        "number": number,
        "label": str(activity.label or activity.name),
        "processing": str(activity.processing or activity.label or activity.name),
        "purposes": [purpose(p) for p in activity.purposes],
        "data_types": str(activity.data_types) or ", ".join(str(e.label) for e in fields),
        "data_categories": _labels("data_categories", types),
        "sensitive": _labels("special_categories", activity.special_categories)
        or [str(entry.label) for entry in fields if entry.sensitive],
        "subjects": _labels("subject_categories", activity.subjects),
        "collection": _labels("collection_modes", modes),
        "collection_mode": gettext("Automatic")
        if set(modes) <= set(AUTOMATIC)
        else gettext("Manual"),
        "source": str(activity.source),
        "storage": str(activity.storage) or gettext("Database of the portal"),
        "controller": controller,
        "manager": "",
        "readers": known.profiles(tables, (Verb.READ,)),
        "editors": known.profiles(tables, EDITING),
        "people_read": known.people(tables, (Verb.READ,)),
        "people_modify": known.people(tables, EDITING),
        "recipients": [str(recipient) for recipient in activity.recipients],
        "transfers": _transfers(activity),
        "security": _labels("security_measures", activity.security),
        "retention": retention(activity),
        **_counted(obsolete),
        "fields": [
            {
                "table": str(entry.table_label),
                "field": str(entry.label),
                "data_type": str(dictionary.label_of(entry.data_type)) if entry.data_type else "",
                "sensitive": entry.sensitive,
            }
            for entry in fields
        ],
    }


def purpose(given: Purpose) -> dict[str, str]:
    """A purpose in words, with its legal basis."""
    return {
        "text": str(given.text),
        "legal_basis": str(vocabulary("legal_bases")[str(given.legal_basis)]),
        "legal_reference": given.legal_reference,
    }


def retention(activity: Activity) -> dict[str, Any]:
    """How long the rows of an activity are kept, in words and in days."""
    kept = activity.retention
    return {
        "text": periods.text(periods.longer(kept.period, kept.minimum)),
        "days": periods.shown_days(kept),
        "starts": str(kept.starts),
        "minimum": periods.text(kept.minimum) if kept.minimum else "",
        "minimum_source": _sources(kept.minimum_source) if kept.minimum else "",
        "maximum": periods.text(kept.maximum) if kept.maximum else "",
    }


def _sources(codes: str) -> str:
    """The texts behind a legal minimum; addresses of pages, which say no law, are left out."""
    known = catalogue()["meta"]["sources"]
    texts = [known.get(code, code) for code in codes.split(", ")]
    return ", ".join(text for text in texts if not text.startswith("https:"))


def _counted(obsolete: Obsolete | None) -> dict[str, Any]:
    """Live counts; None ("not counted") where no table stands or the actor may not read one."""
    counts: Counts | None = obsolete.counts() if obsolete and obsolete.countable else None
    return {
        "subjects_count": obsolete.persons() if obsolete and counts else None,
        "oldest": counts.oldest if counts else None,
        "obsolete_deletable": counts.deletable if counts else None,
        "obsolete_blocked": counts.blocked if counts else None,
        "obsolete": counts.obsolete if counts else None,
        "not_obsolete": counts.not_obsolete if counts else None,
    }


def _labels(name: str, codes: tuple[str, ...]) -> list[str]:
    known = vocabulary(name)
    return [str(known[code]) if code in known else code for code in codes]


def _transfers(activity: Activity) -> str:
    if activity.transfer == "none":
        return ""
    return _labels("transfer_guarantees", (activity.transfer,))[0]
