"""One line of the register as plain values: what was decided, what is counted, who may what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal import periods
from portal.activity import Activity, Purpose
from portal.declare import Verb
from portal.gate import Gate
from portal.i18n import current_language, gettext
from portal.privacy import dictionary, recipients, screening
from portal.privacy.completeness import gaps
from portal.privacy.register_counts import Figures
from portal.privacy.rightholders import Holders
from portal.privacy.treatment_editing import GROUPS, MANAGER
from portal.register_catalogue import sources, vocabulary
from portal.treatment_values import CODES, LABELS, PAIRS
from portal.treatments import Change, Treatment

AUTOMATIC = ("automatic", "computed", "api")
EDITING = (Verb.CREATE, Verb.UPDATE, Verb.ERASE, Verb.IMPORT)
PAGES = {attribute: page for page, attributes in GROUPS.items() for attribute in attributes}


@dataclass(frozen=True, slots=True)
class Lines:
    """What the lines of one register share."""

    gate: Gate
    organisation: Mapping[str, str]
    known: Holders
    names: Mapping[int, str]

    def line(self, treatment: Treatment, figures: Figures | None) -> dict[str, Any]:
        """A treatment with all that the register says of it."""
        activity = treatment.activity
        tables = [table.name for table in self.gate.catalog.tables_of(activity.name)]
        return {
            "name": activity.name,
            **_said(self.gate, activity),
            "controller": self.organisation["name"],
            "joint_controllers": str(activity.joint_controllers),
            "manager": self._manager(treatment),
            "readers": self.known.profiles(tables, (Verb.READ,)),
            "editors": self.known.profiles(tables, EDITING),
            "people_read": self.known.people(tables, (Verb.READ,)) if tables else None,
            "people_modify": self.known.people(tables, EDITING) if tables else None,
            "retention": retention(activity),
            **_counted(figures),
            **self._written(treatment),
            "screening": self._screening(treatment),
            "missing": [str(g.what) for g in gaps(treatment, self.organisation, self.gate.today)],
        }

    def by(self, account: int | None) -> str:
        """Who wrote a value, in words."""
        if account is None:
            return gettext("The portal itself")
        return self.names.get(account) or gettext("Account {id}").format(id=account)

    def _manager(self, treatment: Treatment) -> str:
        if treatment.manager is None:
            return ""
        account: int = treatment.manager.value
        return self.names.get(account) or gettext("Account {id}").format(id=account)

    def _written(self, treatment: Treatment) -> dict[str, Any]:
        """When the line was made, and what was changed of it since, by whom."""
        changes = sorted(treatment.changes.values(), key=lambda change: change.at)
        changes += [treatment.manager] if treatment.manager else []
        last = max(changes, key=lambda change: change.at, default=None)
        return {
            "created_on": treatment.created,
            "updated_on": last.at if last else None,
            "updated_by": self.by(last.account) if last else "",
            "changed": [self._change(change) for change in changes],
        }

    def _screening(self, treatment: Treatment) -> dict[str, Any]:
        """Whether an impact assessment is needed, who said so and when, and what to look at."""
        found = screening.said(treatment)
        change = treatment.changes.get(screening.ATTRIBUTE)
        return found | {"by": self.by(change.account) if change else ""}

    def _change(self, change: Change) -> dict[str, Any]:
        manager = change.attribute == MANAGER
        return {
            "attribute": change.attribute,
            "page": MANAGER if manager else PAGES.get(change.attribute, ""),
            "label": gettext("Appointed manager") if manager else str(LABELS[change.attribute]),
            "reason": change.reason,
            "by": self.by(change.account),
            "on": change.at,
        }


def _said(gate: Gate, activity: Activity) -> dict[str, Any]:
    """What is said of a treatment, whatever its rows."""
    fields = dictionary.personal(gate.catalog, activity.name)
    own = tuple(dict.fromkeys(str(entry.data_type) for entry in fields))
    modes = activity.collection
    return {
        "label": str(activity.label or activity.name),
        "processing": str(activity.processing or activity.label or activity.name),
        "purposes": [purpose(given) for given in activity.purposes],
        "data_types": str(activity.data_types) or ", ".join(str(e.label) for e in fields),
        "data_categories": labels("data_categories", activity.data_type_codes or own),
        "sensitive": labels("special_categories", activity.special_categories)
        or [str(entry.label) for entry in fields if entry.sensitive],
        "special_condition": _condition(activity),
        "subjects": labels("subject_categories", activity.subjects),
        "collection": labels("collection_modes", modes),
        "collection_mode": _mode(modes),
        "source": str(activity.source),
        "storage": str(activity.storage) or (gettext("Database of the portal") if fields else ""),
        "recipients": recipients.named(activity, gate.today),
        "transfers": "\n".join(
            filter(None, (_transfers(activity), *recipients.transfers(activity, gate.today)))
        ),
        "security": labels("security_measures", activity.security),
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


def _mode(modes: Sequence[str]) -> str:
    if not modes:
        return ""
    return gettext("Automatic") if set(modes) <= set(AUTOMATIC) else gettext("Manual")


def in_words(activity: Activity, attribute: str) -> str:
    """What an activity says of an attribute, to be read."""
    if attribute in CODES:
        place, known = CODES[attribute]
        return ", ".join(labels(known, getattr(activity, place)))
    if attribute in PAIRS:
        return str(getattr(activity, attribute))
    if attribute == "recipients":
        return ", ".join(map(str, activity.recipients))
    if attribute == "transfer":
        return labels("transfer_guarantees", (activity.transfer,))[0]
    if attribute == screening.ATTRIBUTE:
        return gettext("Not screened yet")
    if attribute == "purposes":
        said = (purpose(given) for given in activity.purposes)
        return "\n".join(f"{one['text']} ({one['legal_basis']})" for one in said)
    if attribute == "special_categories":
        return ", ".join(labels("special_categories", activity.special_categories))
    return periods.in_words(activity.retention.period)


def purpose(given: Purpose) -> dict[str, str]:
    """A purpose in words, with its legal basis."""
    return {
        "text": str(given.text),
        "legal_basis": str(vocabulary("legal_bases")[str(given.legal_basis)]),
        "legal_reference": given.legal_reference,
        "interest": given.interest,
        "balancing": given.balancing,
    }


def retention(activity: Activity) -> dict[str, Any]:
    """How long the rows of an activity are kept, in words and in days."""
    kept = activity.retention
    return {
        "text": periods.text(periods.longer(kept.period, kept.minimum)),
        "days": periods.shown_days(kept),
        "starts": str(kept.starts),
        "minimum": periods.text(kept.minimum) if kept.minimum else "",
        "minimum_source": sources(kept.minimum_source) if kept.minimum else "",
        "maximum": periods.at_most(kept.maximum),
    }


def _counted(figures: Figures | None) -> dict[str, Any]:
    """None ("not counted") where no table stands or the actor may not read one."""
    if figures is None:
        names = ("subjects_count", "oldest", "obsolete_deletable", "obsolete_blocked")
        none = dict.fromkeys((*names, "obsolete", "not_obsolete", "counted_at"))
        return {**none, "blocked_by": []}
    speaking = current_language()
    return {
        "subjects_count": figures.persons,
        "oldest": figures.oldest,
        "obsolete_deletable": figures.deletable,
        "obsolete_blocked": figures.blocked,
        "obsolete": figures.obsolete,
        "not_obsolete": figures.not_obsolete,
        "blocked_by": [
            {"key": one.key, "label": one.words.get(speaking, one.key), "number": one.number}
            for one in figures.blocked_by
        ],
        "counted_at": figures.at,
    }


def labels(name: str, codes: Sequence[str]) -> list[str]:
    """The words of some codes of a vocabulary."""
    known = vocabulary(name)
    return [str(known[code]) if code in known else code for code in codes]


def _condition(activity: Activity) -> str:
    code = activity.special_condition
    if not activity.special_categories or not code:
        return ""
    return f"{labels('art9_conditions', (code,))[0]} (9(2)({code}))"


def _transfers(activity: Activity) -> str:
    if activity.transfer == "none":
        return ""
    guarantee = labels("transfer_guarantees", (activity.transfer,))[0]
    return f"{guarantee} ({activity.transfers})" if str(activity.transfers) else guarantee
