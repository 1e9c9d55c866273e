"""The forms of a treatment's pages: what was typed, as the values that a decision keeps."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from werkzeug.datastructures import MultiDict

from portal.i18n import LANGUAGES
from portal.treatment_values import CODES, PAIRS

Form = MultiDict[str, str]
MOST_PURPOSES = 20
_PARTS = ("legal_basis", "legal_reference", "interest", "balancing")


def basis(form: Form) -> dict[str, Any]:
    """The purposes with their legal bases, and the special categories with their condition."""
    return {
        "purposes": list(_purposes(form)),
        "special_categories": {
            "categories": form.getlist("special"),
            "condition": form.get("condition", "") if form.getlist("special") else "",
        },
    }


def _purposes(form: Form) -> Iterator[dict[str, Any]]:
    """Every purpose of the form that is not to be removed; an empty one was not filled in."""
    for number in range(1, MOST_PURPOSES + 1):
        text = {code: _line(form, f"text-{number}-{code}") for code in LANGUAGES}
        parts = {name: _line(form, f"{name}-{number}") for name in _PARTS}
        if form.get(f"remove-{number}") or not (any(text.values()) or any(parts.values())):
            continue
        yield {"text": text, **parts}


def retention(form: Form) -> dict[str, Any]:
    """The term; what is no whole number stays as it was typed, to be refused with a sentence."""
    typed = form.get("value", "").strip()
    whole = typed.isascii() and typed.isdecimal() and len(typed) <= 9
    return {"retention": {"value": int(typed) if whole else typed, "unit": form.get("unit", "")}}


def screening(form: Form) -> dict[str, Any]:
    """The criteria that apply, the day and the note."""
    value = {"criteria": form.getlist("criteria"), "note": _line(form, "note")}
    return {"screening": value | {"on": _line(form, "on")}}


def texts(form: Form) -> dict[str, Any]:
    """The texts in both languages, the codes that were ticked, the recipients line by line."""
    found: dict[str, Any] = {
        name: {code: _line(form, f"{name}-{code}") for code in LANGUAGES} for name in PAIRS
    }
    found |= {name: form.getlist(name) for name in CODES}
    found["transfer"] = form.get("transfer", "none")
    lines = (_lines(form, f"recipients-{code}") for code in LANGUAGES)
    found["recipients"] = [
        dict(zip(LANGUAGES, pair, strict=True)) for pair in zip_longest(*lines, fillvalue="")
    ]
    return found


def _line(form: Form, name: str) -> str:
    return form.get(name, "").replace("\r\n", "\n").strip()


def _lines(form: Form, name: str) -> list[str]:
    return [line.strip() for line in _line(form, name).split("\n") if line.strip()]
