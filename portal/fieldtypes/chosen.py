"""Values that are chosen: yes or no, an option of the code, a row, a choice of a list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from portal.errors import Invalid
from portal.fieldtypes.base import FieldType, Reference
from portal.fieldtypes.numbers import KeyType
from portal.i18n import Label, _


@dataclass(frozen=True, slots=True)
class BooleanType(FieldType):
    """Yes or no."""

    name: ClassVar[str] = "boolean"
    widget: ClassVar[str] = "checkbox"
    operators: ClassVar[tuple[str, ...]] = ("equals",)
    blank: ClassVar[Any] = False

    def load(self, raw: Any) -> Any:
        return None if raw is None else bool(raw)

    def dump(self, value: Any) -> Any:
        if not isinstance(value, bool):
            raise Invalid(_("This is neither yes nor no."))
        return value

    def parse(self, text: str) -> Any:
        word = text.strip().casefold()
        if word in ("true", "1", "yes", "oui", "on", "vrai"):
            return True
        if word in ("false", "0", "no", "non", "off", "faux", ""):
            return False
        raise Invalid(_("This is neither yes nor no."))

    def write(self, value: Any) -> str:
        return "" if value is None else ("true" if value else "false")

    def show(self, value: Any) -> str:
        return "" if value is None else str(_("Yes") if value else _("No"))

    def words(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class OptionType(FieldType):
    """One of the few values that the code relies on."""

    options: Mapping[str, Label] = ()  # type: ignore[assignment]  # always given by `type_of`
    name: ClassVar[str] = "option"
    widget: ClassVar[str] = "select"
    operators: ClassVar[tuple[str, ...]] = ("equals", "empty")

    def dump(self, value: Any) -> Any:
        if value not in self.options:
            known = ", ".join(str(key) for key in self.options if key)
            raise Invalid(
                _("'{value}' is not one of the values.").format(value=str(value)[:40]),
                _("Known: {known}.").format(known=known),
            )
        return str(value)

    def show(self, value: Any) -> str:
        return str(self.options.get(value, value) or "")

    def plain(self, value: Any) -> Any:
        return self.show(value)

    def words(self, value: Any) -> str:
        return ""


class NamesOfCatalog(Mapping[str, Label]):
    """Names with their labels, as the catalog of this moment has them: tables, typed lists."""

    def __init__(self) -> None:
        self._labels: Mapping[str, Label] = {}

    def know(self, labels: Mapping[str, Label]) -> None:
        """Replace the names; said by the catalog when it is installed."""
        self._labels = labels

    def __getitem__(self, name: str) -> Label:
        return self._labels[name]

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._labels, key=lambda name: (name != "", str(self._labels[name]))))

    def __len__(self) -> int:
        return len(self._labels)

    def __hash__(self) -> int:
        return id(self)

    def __eq__(self, other: object) -> bool:
        return self is other


TABLE_NAMES = NamesOfCatalog()
LIST_NAMES = NamesOfCatalog()
EVERY_TABLE = NamesOfCatalog()
"""The tables, and "*" for all of them."""
FIELD_NAMES = NamesOfCatalog()
"""The fields of all tables, and "*" for all of them."""


@dataclass(frozen=True, slots=True)
class AnyTableType(OptionType):
    """The name of a table, of all of them, or of one whose module is gone, which stays as it is."""

    def dump(self, value: Any) -> Any:
        return FieldType.dump(self, value)


@dataclass(frozen=True, slots=True)
class ReferenceType(FieldType):
    """A row of another table; the value is a Reference, or an id when it is written."""

    target: str = ""
    name: ClassVar[str] = "reference"
    widget: ClassVar[str] = "reference"
    operators: ClassVar[tuple[str, ...]] = ("equals", "empty")
    blank: ClassVar[Any] = None

    def dump(self, value: Any) -> Any:
        key = value.id if isinstance(value, Reference) else value
        return KeyType().dump(key)

    def parse(self, text: str) -> Any:
        return KeyType().parse(text)

    def write(self, value: Any) -> str:
        return "" if value is None or value.id is None else str(value.id)

    def show(self, value: Any) -> str:
        return "" if value is None else str(value)

    def plain(self, value: Any) -> Any:
        return None if value is None else str(value)

    def words(self, value: Any) -> str:
        return ""


@dataclass(frozen=True, slots=True)
class ChoiceType(ReferenceType):
    """A choice of a typed list; written by its id or its slug."""

    list_name: str = ""
    name: ClassVar[str] = "choice"
    widget: ClassVar[str] = "choice"
