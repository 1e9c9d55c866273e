"""What may be decided of a treatment: each attribute as JSON, and the activity that it makes.

The shape of a value is refused here with a sentence; what the law asks of it, in
`portal.decision_rules`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from portal import periods
from portal.activity import Activity, LegalBasis, Period, Purpose, Unit
from portal.builtin.treatments import ATTRIBUTES
from portal.errors import Invalid
from portal.i18n import LANGUAGES, Label, Text, _, language
from portal.register_catalogue import vocabulary

LONGEST = 4_000
MOST_ITEMS = 50
LONGEST_TERM = 36_525
"""Days: a hundred years."""
LABELS: Mapping[str, Label] = dict(ATTRIBUTES)
PAIRS = (
    "label",
    "processing",
    "data_types",
    "source",
    "storage",
    "transfers",
    "joint_controllers",
)
"""The attributes that are a text in both languages."""
CODES: Mapping[str, tuple[str, str]] = {
    "data_categories": ("data_type_codes", "data_categories"),
    "subjects": ("subjects", "subject_categories"),
    "collection": ("collection", "collection_modes"),
    "security": ("security", "security_measures"),
}
"""The attributes that are codes: where they stand in an activity, and their vocabulary."""
NOT_SCREENED: Mapping[str, Any] = {"criteria": [], "on": "", "note": ""}
"""What is said of the need of an impact assessment before anybody screened a treatment."""


def parsed(attribute: str, text: str) -> Any:
    """The value of a decision, as plain data. Raises Invalid with what is wrong of its shape."""
    if attribute not in LABELS:
        raise Invalid(_("This cannot be decided of a treatment."), "", {"attribute": attribute})
    try:
        given = json.loads(text)
    except ValueError:
        raise _wrong(_("This is not a value of the register: write it as JSON.")) from None
    return _shape(attribute)(given)


def written(value: Any) -> str:
    """A value as a decision keeps it."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _shape(attribute: str) -> Callable[[Any], Any]:
    if attribute in PAIRS:
        return _pair
    if attribute in CODES:
        return lambda given: _codes(given, CODES[attribute][1])
    return {
        "purposes": _purposes,
        "special_categories": _special,
        "recipients": lambda given: [_pair(one) for one in _several(given)],
        "transfer": lambda given: _code(given, "transfer_guarantees"),
        "retention": _term,
        "in_use": _flag,
        "screening": _screening,
    }[attribute]


# --- shapes


def _wrong(why: Label, name: str = "value") -> Invalid:
    return Invalid(why, "", {name: why})


def _several(given: Any) -> list[Any]:
    if not isinstance(given, list) or len(given) > MOST_ITEMS:
        raise _wrong(_("Give a list of at most {most}.").format(most=MOST_ITEMS))
    return given


def _mapping(given: Any, names: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, dict) or set(given) - set(names):
        raise _wrong(_("This value has these parts: {names}.").format(names=", ".join(names)))
    return given


def _words(given: Any) -> str:
    if not isinstance(given, str):
        raise _wrong(_("Give a text."))
    if len(given) > LONGEST:
        raise _wrong(_("This text has more than {limit} characters.").format(limit=LONGEST))
    return given.strip()


def _pair(given: Any) -> dict[str, str]:
    parts = _mapping(given, LANGUAGES)
    return {code: _words(parts.get(code, "")) for code in LANGUAGES}


def _code(given: Any, name: str) -> str:
    if not isinstance(given, str) or given not in vocabulary(name):
        known = ", ".join(vocabulary(name))
        raise _wrong(_("Use one of: {known}.").format(known=known))
    return given


def _codes(given: Any, name: str) -> list[str]:
    return list(dict.fromkeys(_code(one, name) for one in _several(given)))


def _flag(given: Any) -> bool:
    if not isinstance(given, bool):
        raise _wrong(_("Answer with yes or no."))
    return given


def _purposes(given: Any) -> list[dict[str, Any]]:
    names = ("text", "legal_basis", "legal_reference", "interest", "balancing")
    found = []
    for one in _several(given):
        parts = _mapping(one, names)
        basis = parts.get("legal_basis", "")
        if basis not in list(LegalBasis):
            raise _wrong(_("Choose one of the six legal bases for each purpose."), "legal_basis")
        rest = {name: _words(parts.get(name, "")) for name in names[2:]}
        found.append({"text": _pair(parts.get("text", {})), "legal_basis": str(basis), **rest})
    return found


def _special(given: Any) -> dict[str, Any]:
    parts = _mapping(given, ("categories", "condition"))
    condition = parts.get("condition", "")
    return {
        "categories": _codes(parts.get("categories", []), "special_categories"),
        "condition": _code(condition, "art9_conditions") if condition else "",
    }


def _term(given: Any) -> dict[str, Any]:
    parts = _mapping(given, ("value", "unit"))
    value, unit = parts.get("value"), parts.get("unit", "")
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise _wrong(_("A term is a whole number from 0 on, such as 365."))
    if unit not in list(Unit):
        raise _wrong(_("A term is counted in days, months or years."), "unit")
    if value > LONGEST_TERM or periods.most_days(Period(value, Unit(unit))) > LONGEST_TERM:
        raise _wrong(_("A term is a hundred years at most."))
    return {"value": value, "unit": str(unit)}


def _screening(given: Any) -> dict[str, Any]:
    parts = _mapping(given, ("criteria", "on", "note"))
    on = _words(parts.get("on", ""))
    try:
        day = date.fromisoformat(on).isoformat() if on else ""
    except ValueError:
        raise _wrong(_("Give the day of the screening, such as 2026-12-31."), "on") from None
    criteria = _codes(parts.get("criteria", []), "dpia_criteria")
    return {"criteria": criteria, "on": day, "note": _words(parts.get("note", ""))}


# --- activities


def decided(activity: Activity, attribute: str, value: Any) -> Activity:
    """The activity with a decided value in place of its own."""
    if attribute in PAIRS or attribute in CODES:
        changed: dict[str, Any] = (
            {CODES[attribute][0]: tuple(value)}
            if attribute in CODES
            else {attribute: Text.of(value)}
        )
        return replace(activity, **changed)
    if attribute == "recipients":
        return replace(activity, recipients=tuple(Text.of(pair) for pair in value))
    if attribute == "transfer":
        return replace(activity, transfer=value)
    if attribute == "purposes":
        return replace(activity, purposes=tuple(_purpose(one) for one in value))
    if attribute == "special_categories":
        codes = tuple(value["categories"])
        return replace(activity, special_categories=codes, special_condition=value["condition"])
    if attribute == "retention":
        kept = replace(activity.retention, period=period(value))
        return replace(activity, retention=kept)
    return activity


def period(value: Mapping[str, Any]) -> Period:
    """The period of a decided term."""
    return Period(value["value"], Unit(value["unit"]))


def _purpose(one: Mapping[str, Any]) -> Purpose:
    return Purpose(
        Text.of(one["text"]),
        LegalBasis(one["legal_basis"]),
        one["legal_reference"],
        one["interest"],
        one["balancing"],
    )


def current(activity: Activity, attribute: str) -> Any:
    """What an activity says of an attribute, as a decision would keep it."""
    if attribute in PAIRS:
        return pair_of(getattr(activity, attribute))
    if attribute in CODES:
        return list(getattr(activity, CODES[attribute][0]))
    if attribute == "recipients":
        return [pair_of(one) for one in activity.recipients]
    if attribute == "transfer":
        return activity.transfer
    if attribute == "purposes":
        return [_plain(one) for one in activity.purposes]
    if attribute == "special_categories":
        codes = list(activity.special_categories)
        return {"categories": codes, "condition": activity.special_condition}
    if attribute == "screening":
        return dict(NOT_SCREENED)
    kept = activity.retention.period
    return {"value": kept.value, "unit": str(kept.unit)}


def _plain(purpose: Purpose) -> dict[str, Any]:
    return {
        "text": pair_of(purpose.text),
        "legal_basis": str(purpose.legal_basis),
        "legal_reference": purpose.legal_reference,
        "interest": purpose.interest,
        "balancing": purpose.balancing,
    }


def pair_of(label: Label) -> dict[str, str]:
    """A label in each language."""
    if isinstance(label, Text):
        return {"fr": label.fr, "en": label.en}
    found = {}
    for code in LANGUAGES:
        with language(code):
            found[code] = str(label)
    return found
