"""An import refuses the lines of who is on the objection list, each with its reason."""

from __future__ import annotations

from portal import objections
from portal.builtin.objections import NEWS, RECORDED, TYPED
from portal.objections import Known
from tests.imports.conftest import Importer

FILE = (
    "Nom;E-mail;Accepts to receive news\n"
    "Absent;out@example.org;non\n"
    "Silent;quiet@example.org;oui\n"
    "Welcome;in@example.org;oui\n"
)


def test_lines_against_an_objection_are_refused_with_their_reason(importer: Importer) -> None:
    for address, scope in (("OUT@example.org", RECORDED), ("quiet@example.org", NEWS)):
        entered = objections.marks(Known(email=address))
        objections.enter(importer.gate, entered, scope, TYPED)
    reasons = importer.reasons(FILE)
    assert {n: "objected to" in why for n, why in reasons.items()} == {2: True, 3: True}
    assert "objected to being recorded" in reasons[2]
    assert "objected to news" in reasons[3]
