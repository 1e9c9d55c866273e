"""An example of `greffe.toml`: every setting and its default, made from the settings objects."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from portal.i18n import Label, _
from portal.settings import FILE_NAME
from portal.settings_sections import SECTIONS

WORDS: Mapping[str, Label] = {
    "server": _("Where the portal listens, and the address that the outside knows it by."),
    "database": _("sqlite:///FILE or postgresql://USER@HOST/NAME; empty: a file of this folder."),
    "admin": _("Where staff find the tables."),
    "locale": _("The language of first choice, the time zone and the currency."),
    "plugins": _("A folder of local plugins, and the names of those that are left out."),
    "journal": _("The access journal, and how many days it is kept."),
    "alerts": _("What the journal is searched for each night; a number of 0 turns a check off."),
    "privacy": _("Who may purge, and the terms of requests (months) and of breaches (hours)."),
    "sessions": _("When a session ends: minutes without a request, and hours in all."),
    "mail": _("The SMTP server; without a host the portal sends no mail."),
    "security": _("Headers of every answer; an empty value leaves the header out."),
    "backups": _("Where backups go (empty: backups in this folder), and how many are kept."),
    "limits": _("Sizes that a request may not pass: rows of a page, rows counted, words searched."),
    "demo": _("A demonstration: accounts whose password everybody knows, on this machine only."),
}


def write(home: Path) -> bool:
    """Write the example beside the data when there is no settings file; False when there is one."""
    try:
        with (home / FILE_NAME).open("x", encoding="utf-8") as file:
            file.write(text())
    except FileExistsError:
        return False
    return True


def text() -> str:
    """The example, in the current language: what is to differ loses its "#"."""
    lines = [f"# {_('Every setting with its default: take the # away from what you change.')}"]
    for name, section in SECTIONS.items():
        lines += ["", f"# {WORDS[name]}", f"[{name}]"]
        lines += [
            f"# {one.name} = {_written(_default(one))}" for one in dataclasses.fields(section)
        ]
    return "\n".join(lines) + "\n"


def _default(one: dataclasses.Field[Any]) -> Any:
    made = one.default_factory
    return one.default if made is dataclasses.MISSING else made()


def _written(value: Any) -> str:
    """A value as TOML writes it."""
    if isinstance(value, tuple):
        return "[" + ", ".join(_written(part) for part in value) + "]"
    if isinstance(value, Mapping):
        pairs = ", ".join(f"{json.dumps(k)} = {_written(v)}" for k, v in value.items())
        return f"{{ {pairs} }}" if pairs else "{}"
    return json.dumps(value, ensure_ascii=False)
