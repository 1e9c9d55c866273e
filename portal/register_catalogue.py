"""The default register.

25 processing activities and the vocabularies of the register, as shipped data.

`activity("bookings", ...)` gives a plugin its line of the register; what only the code knows (where
the date of a row stands) is added by the plugin.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from peewee import Query

from portal.declare import Activity, LegalBasis, Period, Purpose, Retention, Unit
from portal.errors import DeclarationError
from portal.i18n import Text

FILE = Path(__file__).with_name("register-catalogue.json")


@cache
def catalogue() -> dict[str, Any]:
    """The shipped file, parsed once."""
    data: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return data


def codes() -> tuple[str, ...]:
    """The codes of the shipped treatments, in their order."""
    return tuple(row["code"] for row in catalogue()["categories"])


def line(code: str) -> dict[str, Any]:
    """The catalogue's line of an activity. Raises DeclarationError when the code is unknown."""
    for row in catalogue()["categories"]:
        if row["code"] == code:
            found: dict[str, Any] = row
            return found
    known = ", ".join(row["code"] for row in catalogue()["categories"])
    raise DeclarationError(f"The register catalogue has no activity '{code}'.", f"Known: {known}.")


def sources(codes: str) -> str:
    """The texts behind a legal minimum; addresses of pages, which say no law, are left out."""
    known = catalogue()["meta"]["sources"]
    texts = [known.get(code, code) for code in codes.split(", ") if code]
    return ", ".join(text for text in texts if not text.startswith("https:"))


def vocabulary(name: str) -> dict[str, Text]:
    """The labels of a vocabulary (`data_categories`, `subject_categories`, ...) by code."""
    return {entry["code"]: Text.of(entry["label"]) for entry in catalogue()["vocabularies"][name]}


def activity(
    code: str,
    *,
    counted_from: str = "",
    rule: Callable[[date], Query] | None = None,
    unit: str = "",
) -> Activity:
    """The shipped activity `code`.

    `counted_from`, `rule` and `unit` say where the dates of its rows stand.
    """
    row = line(code)
    kept = row["retention"]
    return Activity(
        name=code,
        label=Text.of(row["label"]),
        processing=Text.of(row["processing"]),
        purposes=tuple(
            Purpose(
                Text.of(purpose["text"]),
                LegalBasis(purpose["legal_basis"]),
                purpose["legal_reference"] or "",
            )
            for purpose in row["purposes"]
        ),
        recipients=tuple(Text.of(recipient) for recipient in row["recipients"]),
        data_types=Text.of(row["data_types"]),
        data_type_codes=tuple(row["data_category_codes"]),
        special_categories=tuple(row["special_category_codes"]),
        special_condition=_condition(row["art9_condition"]),
        subjects=tuple(row["subject_codes"]),
        collection=tuple(row["collection_mode_codes"]),
        source=Text.of(row["source"]),
        storage=Text.of(row["storage"]),
        security=tuple(row["security_codes"]),
        transfer=row["transfer_code"],
        order=row["order"],
        retention=Retention(
            period=_kept(kept),
            counted_from=counted_from,
            rule=rule,
            unit=unit,
            minimum=_minimum(kept),
            minimum_source=", ".join(kept["legal_min_source"] or ()),
            maximum=_days(kept.get("recommended_max_days")),
            starts=Text.of(kept["start_event"]),
            options=(Text.of(row["obsolescence_rule"]), Text.of(row["deletability_rule"])),
            active=_active(kept),
        ),
    )


def _condition(said: str | None) -> str:
    """The condition of art. 9(2), where the catalogue settles it; the controller does elsewhere."""
    return said if said in vocabulary("art9_conditions") else ""


def _kept(kept: dict[str, Any]) -> Period:
    """Active phase, plus archive where it is on by default.

    In whole years or months where the catalogue says so.
    """
    phases = kept.get("phases") or []
    wanted = [
        phase
        for phase in phases
        if phase["phase"] == "active" or kept["archive_enabled_by_default"]
    ]
    units = {phase["unit"] for phase in wanted}
    if len(units) == 1:
        return Period(sum(phase["value"] for phase in wanted), Unit(units.pop()))
    return Period(kept["default_retention_days"] or 0, Unit.DAYS)


def _active(kept: dict[str, Any]) -> Period | None:
    """The active phase, where an archive phase follows it by default."""
    phases = {phase["phase"]: phase for phase in kept.get("phases") or []}
    if not kept["archive_enabled_by_default"] or not {"active", "intermediate"} <= set(phases):
        return None
    return Period(phases["active"]["value"], Unit(phases["active"]["unit"]))


def _minimum(kept: dict[str, Any]) -> Period | None:
    least = kept.get("legal_min_period")
    return Period(least["value"], Unit(least["unit"])) if least and least["value"] else None


def _days(value: int | None) -> Period | None:
    return Period(value, Unit.DAYS) if value else None
