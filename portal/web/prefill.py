"""What a new record starts with: the defaults of its fields, and what its address says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.errors import Invalid, NotFound
from portal.fields import Field
from portal.fieldtypes import Reference
from portal.gate import Gate
from portal.i18n import _, labelled
from portal.web import addresses

NOTHING: Mapping[str, str] = {}


def values(specs: Sequence[Field], given: Mapping[str, str] = NOTHING) -> dict[str, Any]:
    """The value of each field of a blank form. Raises Invalid for a text that is no value."""
    found: dict[str, Any] = {}
    for spec in specs:
        value = spec.default
        found[spec.name] = None if value is None else spec.type.load(value)
        if spec.name in given:
            found[spec.name] = _parsed(spec, given[spec.name])
    return found


def check(gate: Gate, specs: Sequence[Field], given: MultiDict[str, str]) -> None:
    """Refuse an address that fills in a field which the form lacks, or a row out of reach."""
    known = {spec.name: spec for spec in specs}
    for name, texts in given.lists():
        if name not in known:
            raise addresses.unknown(name)
        if len(texts) > 1:
            raise addresses.repeated(name)
        spec, value = known[name], _parsed(known[name], texts[0])
        id = value.id if isinstance(value, Reference) else value
        if spec.target and id is not None and not _reached(gate, spec.target, id):
            raise Invalid(
                labelled(spec.label, _("There is no such record within your reach.")),
                _("Choose one in the form."),
            )


def _reached(gate: Gate, table: str, id: int) -> bool:
    with suppress(NotFound):
        return bool(gate.titles(table, [id]))
    return False


def _parsed(spec: Field, text: str) -> Any:
    try:
        return spec.type.parse(text)
    except Invalid as error:
        raise Invalid(labelled(spec.label, error.message), error.remedy) from None
