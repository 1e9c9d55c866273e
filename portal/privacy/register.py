"""The register of processing activities (GDPR art. 30): read from declarations, counted on rows.

Nothing in it is typed a second time: purposes, bases and terms are those of the activities,
profiles and numbers of people are those of the rights in force, counts are those of the retention
page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from portal import rightwords, treatments
from portal.channels import Channel
from portal.declare import Verb
from portal.documents.conversion import as_pdf
from portal.documents.render import render
from portal.documents.templates import shipped as template
from portal.errors import Forbidden
from portal.gate import Gate
from portal.i18n import gettext, language
from portal.obsolete import PURGES
from portal.privacy.register_counts import Counter
from portal.privacy.register_files import MAKERS, MIME_TYPES, check
from portal.privacy.register_lines import Lines
from portal.privacy.rightholders import holders
from portal.privacy.treatment_editing import names
from portal.rows import Selection
from portal.treatments import Treatment

ORGANISATION, STRUCTURE = "directory.organisation", "directory.structure"
JOURNALED_AS = "privacy.register"
_CONTACT = ("name", "address", "email", "phone", "representative", "dpo_name", "dpo_email")


def may_read(gate: Gate) -> bool:
    """True when the register is open to the actor: it is to who reads the purges."""
    return gate.can(Verb.READ, PURGES)


def export(
    gate: Gate, format: str, speaking: str, *, only: str = "", within: int | None = None
) -> tuple[bytes, str, str]:
    """The register, or one sheet of it, as (content, file name, type); journaled.

    Raises Forbidden, Invalid, NotFound.
    """
    check(format, speaking, MIME_TYPES)
    asked = gate.at(Channel.REGISTER)
    with language(speaking):
        values = collect(asked, only=only, within=within)
        if format in MAKERS:
            content = MAKERS[format](values)
        else:
            made = "odt" if format == "pdf" else format
            content = render(template("privacy/register", speaking, made), values, speaking)
            content = as_pdf(content) if format == "pdf" else content
        name = gettext("register")
    asked.note(Verb.EXPORT, JOURNALED_AS, (), len(values["activities"]))
    part = f"-{only}" if only else ""
    day = values["produced_on"].isoformat()
    return content, f"{name}{part}-{day}.{format}", MIME_TYPES[format]


def collect(
    gate: Gate, *, only: str = "", within: int | None = None, fresh: bool = False
) -> dict[str, Any]:
    """The register, or one sheet of it, in the current language, as plain values.

    `within` a structure counts its rows and those below. Raises Forbidden, NotFound.
    """
    if not may_read(gate):
        raise Forbidden(
            gettext("You may not read the register."),
            rightwords.remedy(Verb.READ, gate.catalog.table(PURGES).label),
        )
    known = treatments.current()
    shown = [known.get(only)] if only else [one for one in known.all.values() if one.in_use]
    counter = Counter(gate, within, fresh)
    figures = counter.all(one.activity for one in shown)
    page = Lines(gate, organisation(gate), holders(gate), _authors(gate, shown))
    lines = [
        {"number": number, **page.line(one, figures[one.name])}
        for number, one in enumerate(shown, 1)
    ]
    moments = [line["counted_at"] for line in lines if line["counted_at"]]
    return {
        "organisation": page.organisation,
        "produced_on": gate.today,
        "software": software(),
        "structure": gate.titles(STRUCTURE, [within]).get(within, "") if within else "",
        "counted_at": min(moments, default=None),
        "activities": lines,
    }


def off() -> list[Treatment]:
    """The treatments that are not in use."""
    return [one for one in treatments.current().all.values() if not one.in_use]


def _authors(gate: Gate, shown: Sequence[Treatment]) -> dict[int, str]:
    changes = [change for one in shown for change in one.changes.values()]
    changes += [one.manager for one in shown if one.manager]
    numbers = {change.account for change in changes if change.account}
    numbers |= {one.manager.value for one in shown if one.manager}
    return names(gate, sorted(numbers))


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
