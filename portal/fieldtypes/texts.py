"""Texts of one line or several: addresses, telephone numbers, links, names of the code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from portal import processes
from portal.errors import Invalid
from portal.fieldtypes.base import FieldType
from portal.fieldtypes.chosen import FIELD_NAMES
from portal.i18n import Label, _


@dataclass(frozen=True, slots=True)
class LongTextType(FieldType):
    """Text of several lines."""

    name: ClassVar[str] = "longtext"
    widget: ClassVar[str] = "textarea"
    several_lines: ClassVar[bool] = True


@dataclass(frozen=True, slots=True)
class EmailType(FieldType):
    """An e-mail address; only its shape is checked."""

    name: ClassVar[str] = "email"
    widget: ClassVar[str] = "email"

    def parse(self, text: str) -> str:
        value: str = FieldType.parse(self, text)
        before, at, after = value.partition("@")
        if value and (not before or not at or "." not in after or any(c.isspace() for c in value)):
            raise Invalid(_("This is not an e-mail address."), _("Write it as name@example.org."))
        return value


@dataclass(frozen=True, slots=True)
class PhoneType(FieldType):
    """A telephone number, kept as written."""

    name: ClassVar[str] = "phone"
    widget: ClassVar[str] = "tel"

    def parse(self, text: str) -> str:
        value: str = FieldType.parse(self, text)
        if value and not set(value) <= set("+0123456789 .-/()x"):
            raise Invalid(_("A telephone number holds digits, spaces and + . - ( ) only."))
        return value


@dataclass(frozen=True, slots=True)
class LinkType(FieldType):
    """A web address, http or https only."""

    name: ClassVar[str] = "link"
    widget: ClassVar[str] = "url"

    def parse(self, text: str) -> str:
        value: str = FieldType.parse(self, text)
        if value and not value.startswith(("https://", "http://")):
            raise Invalid(_("A web address begins with https:// or http://."))
        return value


def field_words(name: str) -> str:
    """A field in words: its label; of one that no table has, what its administrator named it."""
    if name in FIELD_NAMES:
        return str(FIELD_NAMES[name])
    return str(_("unknown field “{name}”").format(name=name.removeprefix("x_").replace("__", " ")))


@dataclass(frozen=True, slots=True)
class FieldNameType(FieldType):
    """The name of one field; people see its label."""

    def show(self, value: Any) -> str:
        return field_words(str(value)) if value else ""


@dataclass(frozen=True, slots=True)
class ProcessType(FieldType):
    """The name of a process of the portal or of a kind of client; people see its words."""

    def show(self, value: Any) -> str:
        return processes.words(str(value or ""))


@dataclass(frozen=True, slots=True)
class NamesType(FieldType):
    """Names of the code, with spaces between."""

    name: ClassVar[str] = "names"

    def parse(self, text: str) -> str:
        return " ".join(str(FieldType.parse(self, text)).split())


@dataclass(frozen=True, slots=True)
class FieldNamesType(NamesType):
    """Names of fields; people see their labels."""

    def show(self, value: Any) -> str:
        return ", ".join(field_words(name) for name in str(value or "").split())

    def plain(self, value: Any) -> Any:
        return self.show(value)


@dataclass(frozen=True, slots=True)
class KnownNamesType(NamesType):
    """Names among a few that the code knows; people see their words."""

    options: Mapping[str, Label] = field(default_factory=dict)
    widget: ClassVar[str] = "ticks"

    def dump(self, value: Any) -> Any:
        names = str(FieldType.dump(self, value)).split()
        unknown = [name for name in names if name not in self.options]
        if unknown:
            raise Invalid(
                _("'{value}' is not one of the values.").format(value=unknown[0][:40]),
                _("Known: {known}.").format(known=", ".join(self.options)),
            )
        return " ".join(name for name in self.options if name in names)

    def show(self, value: Any) -> str:
        return ", ".join(str(self.options.get(name, name)) for name in str(value or "").split())

    def plain(self, value: Any) -> Any:
        return self.show(value)
