"""The two registers of processing by somebody for somebody else (GDPR art. 28 and 30(2)).

The processors that serve the organisation, each with its treatments; and, for each controller that
the organisation itself serves, what it does. What a line lacks although the law asks for it is
said.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from portal import configured, treatments, version
from portal.builtin.processors import CATEGORIES, MEASURES, NO_GUARANTEE
from portal.database import transaction
from portal.declare import Verb
from portal.errors import Conflict, Invalid, NotFound
from portal.gate import Gate
from portal.i18n import Label, _, gettext
from portal.privacy import recipients, register
from portal.privacy.requests import reads_whole
from portal.rows import Filter, Row, Selection
from portal.stamps import stamp
from portal.treatments import PROCESSED

PROCESSOR, CONTROLLER = "privacy.processor", "privacy.processing"
PROCESSORS, CONTROLLERS = "processors", "controllers"
PARTS = (PROCESSORS, CONTROLLERS)
"""The two registers."""


def may_open(gate: Gate) -> bool:
    """True for who reads both registers whole (without a query)."""
    return all(reads_whole(gate, table) for table in (PROCESSOR, PROCESSED, CONTROLLER))


def may_link(gate: Gate) -> bool:
    """True for who says in which treatments a processor takes part (without a query)."""
    return all(gate.can(verb, PROCESSED) for verb in (Verb.CREATE, Verb.ERASE))


def collect(gate: Gate, part: str = "") -> dict[str, Any]:
    """Both registers, or one, in the current language as plain values. NotFound, Invalid."""
    if not may_open(gate):
        raise NotFound(_("There is nothing at this address."))
    if part and part not in PARTS:
        raise Invalid(
            _("There is no such register."),
            _("Use one of: {known}.").format(known=", ".join(PARTS)),
        )
    return {
        "organisation": register.organisation(gate),
        "produced_on": gate.today,
        "software": register.software(),
        "part": part,
        "processors": [] if part == CONTROLLERS else _processors(gate),
        "controllers": [] if part == PROCESSORS else _controllers(gate),
    }


# --- lines


def _processors(gate: Gate) -> list[dict[str, Any]]:
    codes: dict[int, list[str]] = {}
    for row in gate.stream(PROCESSED, Selection(sort="id"), ["processor", "activity"]):
        codes.setdefault(row.values["processor"].id, []).append(row.values["activity"])
    rows = gate.stream(PROCESSOR, Selection(sort="name"))
    return [_processor(gate, row, codes.get(row.id, [])) for row in rows]


def _processor(gate: Gate, row: Row, codes: Collection[str]) -> dict[str, Any]:
    values = row.values
    labels = [label for code, label in offered().items() if code in codes]
    return {
        "id": row.id,
        **_texts(values, "name", "contact", "task", "location", "subprocessors"),
        **_contract(gate, values),
        "treatments": labels,
        "missing": [] if _over(gate, values) else _missing_of_processor(values, labels),
    }


def _missing_of_processor(values: Mapping[str, Any], labels: Collection[str]) -> list[str]:
    found = [
        label
        for name, label in (
            ("contact", _("Contact")),
            ("task", _("What it does")),
            ("contract_on", _("Date of the contract")),
            ("location", _("Location of the data")),
        )
        if not values[name]
    ]
    if values["outside_eu"] and values["guarantee"] == NO_GUARANTEE:
        found.append(_("Guarantee of the transfer outside the European Economic Area"))
    if not labels:
        found.append(_("Treatments in which it takes part"))
    return [str(label) for label in found]


def _controllers(gate: Gate) -> list[dict[str, Any]]:
    rows = gate.stream(CONTROLLER, Selection(sort="controller"))
    return [
        {"number": number, **_controller(gate, row)} for number, row in enumerate(rows, start=1)
    ]


def _controller(gate: Gate, row: Row) -> dict[str, Any]:
    values = row.values
    return {
        "id": row.id,
        "name": values["controller"],
        **_texts(values, "contact", "representative", "officer", "details", "subprocessors"),
        **_contract(gate, values),
        "categories": _words(values["categories"], dict(CATEGORIES)),
        "security": _words(values["security"], dict(MEASURES)),
        "transfers": values["transfers"],
        "missing": [] if _over(gate, values) else _missing_of_controller(values),
    }


def _missing_of_controller(values: Mapping[str, Any]) -> list[str]:
    asked: list[tuple[str, Label]] = [
        ("contact", _("Contact")),
        ("categories", _("Categories of processing")),
        ("security", _("Security measures")),
        ("contract_on", _("Date of the contract")),
    ]
    if values["outside_eu"]:
        asked.append(("transfers", _("Countries and recipients of transfers")))
    found = [label for name, label in asked if not values[name]]
    if values["outside_eu"] and values["guarantee"] == NO_GUARANTEE:
        found.append(_("Guarantee of the transfer outside the European Economic Area"))
    return [str(label) for label in found]


def _texts(values: Mapping[str, Any], *names: str) -> dict[str, str]:
    return {name: str(values[name] or "") for name in names}


def _contract(gate: Gate, values: Mapping[str, Any]) -> dict[str, Any]:
    outside = bool(values["outside_eu"])
    return {
        "contract_on": values["contract_on"],
        "contract_reference": values["contract_reference"],
        "outside_eu": outside,
        "guarantee": recipients.guarantee(values["guarantee"]) if outside else "",
        "ended_on": values["ended_on"],
        "over": _over(gate, values),
    }


def _over(gate: Gate, values: Mapping[str, Any]) -> bool:
    """True for a contract that is over: nothing is asked of it any more."""
    return values["ended_on"] is not None and values["ended_on"] < gate.today


def _words(names: str, words: Mapping[str, Label]) -> list[str]:
    return [str(words[name]) for name in str(names or "").split() if name in words]


# --- treatments of a processor


def offered() -> dict[str, str]:
    """The treatments in use, in the order of the register: code and label."""
    return {
        one.name: str(one.activity.label or one.name)
        for one in treatments.current().all.values()
        if one.in_use
    }


def treatments_of(gate: Gate, id: int) -> dict[str, int]:
    """The treatments in which a processor takes part, each with the number of its row."""
    chosen = Selection(filters=(Filter("processor", "equals", str(id)),), sort="id")
    return {row.values["activity"]: row.id for row in gate.stream(PROCESSED, chosen, ["activity"])}


def stamped(gate: Gate, id: int) -> str:
    """What the form of a processor's treatments was made of."""
    return stamp(id, sorted(treatments_of(gate, id).items()))


def take_part(gate: Gate, id: int, wanted: Collection[str], shown: str) -> bool:
    """Let a processor take part in just these treatments; true when something changed.

    Raises Conflict when others changed them meanwhile, Invalid, Forbidden.
    """
    with transaction():
        if shown != stamped(gate, id):
            raise Conflict(
                gettext("Somebody changed this while you were working on it."),
                gettext("Look again."),
            )
        there = treatments_of(gate, id)
        gone = [row for code, row in there.items() if code not in wanted]
        if gone:
            gate.erase(gate.erasure(PROCESSED, gone))
        new = [code for code in dict.fromkeys(wanted) if code not in there]
        for code in new:
            gate.create(PROCESSED, {"processor": id, "activity": code})
    configured.refresh(version.catalog_version())
    return bool(gone or new)
