"""What every field type does, and the values that are no plain values: references, masked ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from portal.errors import Invalid
from portal.i18n import Label, _

EMPTY = "–"


@dataclass(slots=True)
class Edges:
    """The organisation's zone and currency, spoken at the edges. Set once by the settings."""

    zone: ZoneInfo = ZoneInfo("Europe/Paris")
    currency: str = "EUR"


EDGES = Edges()


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference: the target's id and title, both None when the target is out of reach."""

    id: int | None
    title: Label | None

    @property
    def accessible(self) -> bool:
        """False when the target exists but is out of this actor's reach."""
        return self.id is not None

    def __str__(self) -> str:
        return str(_("(not accessible)")) if self.title is None else str(self.title)


@dataclass(frozen=True, slots=True)
class Masked:
    """A value that exists but is not shown to this actor."""

    def __str__(self) -> str:
        return "••••"


MASKED = Masked()


def storable_text(text: str) -> bool:
    """True unless the text holds what no database keeps: a NUL, half of a character."""
    if text.isascii():
        return "\x00" not in text
    return "\x00" not in text and not any("\ud800" <= c <= "\udfff" for c in text)


@dataclass(frozen=True, slots=True)
class FieldType:
    """Text of one line; the other types refine it."""

    max_length: int | None = None
    name: ClassVar[str] = "text"
    widget: ClassVar[str] = "text"
    numeric: ClassVar[bool] = False
    several_lines: ClassVar[bool] = False
    operators: ClassVar[tuple[str, ...]] = ("equals", "contains", "empty")
    blank: ClassVar[Any] = ""

    def load(self, raw: Any) -> Any:
        """The value from what the database gave."""
        return raw

    def dump(self, value: Any) -> Any:
        """What the database stores for a value; raises Invalid when it is not of this type."""
        if not isinstance(value, str):
            raise Invalid(_("This is not a text."))
        if not storable_text(value):
            raise Invalid(_("This text contains a character that is no text."), _("Type it again."))
        if self.max_length is not None and len(value) > self.max_length:
            raise Invalid(
                _("This text has more than {limit} characters.").format(limit=self.max_length)
            )
        return value

    def parse(self, text: str) -> Any:
        """The value from canonical text (form, filter, CSV); raises Invalid."""
        stripped = text.replace("\r\n", "\n").strip()
        if not self.several_lines and len(stripped.splitlines()) > 1:
            raise Invalid(_("This text has more than one line."), _("Write it on one line."))
        return self.dump(stripped)

    def write(self, value: Any) -> str:
        """Canonical text, which `parse` reads back as the same value."""
        return "" if value is None else str(value)

    def show(self, value: Any) -> str:
        """The value for a person, in their language."""
        return self.write(value)

    def plain(self, value: Any) -> Any:
        """The value as a document template gets it: text, number, date, boolean or None."""
        return value

    def words(self, value: Any) -> str:
        """The text that the search index keeps; empty when the type is not searched."""
        return self.write(value)
