"""What the definition of a custom field must say, checked when it is saved.

Only the gate calls this, inside the transaction of the write; every channel passes here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from portal import catalog as catalogs
from portal import custom_values, list_fields
from portal.builtin.customfields import CustomField
from portal.choice_lists import CHOICE
from portal.custom_columns import PREFIX
from portal.customfields import (
    BOUNDED,
    SECTIONS,
    carries,
    field_of,
    longest,
    type_of,
)
from portal.database import proxy
from portal.errors import Invalid
from portal.fieldtypes import FieldType
from portal.i18n import Label, _

MOST_FIELDS = 100
MOST_MONTHS = 1_200
_KEY = re.compile(r"[a-z]+(?:_[a-z]+)*(?:__[a-z]+(?:_[a-z]+)*)*")
_TEXTS = ("text", "longtext", "suggested", "email", "phone", "link")


def check(stored: Mapping[str, Any]) -> None:
    """Refuse a definition that cannot be held. Raises Invalid with each field that is wrong."""
    wrong = _wrong_place(stored)
    if not str(stored["label_fr"]).strip():
        wrong["label_fr"] = _("A value is required.")
    kind = str(stored["kind"])
    if kind == "choice" and not stored["choice_list"]:
        wrong["choice_list"] = _("Say from which list.")
    if kind != "choice" and stored["choice_list"]:
        wrong["choice_list"] = _("Only a choice of a list has a list.")
    if stored["searched"] and kind not in _TEXTS:
        wrong["searched"] = _("Only texts have words to search for.")
    if stored["longest"] is not None:
        wrong |= _wrong_length(kind, int(stored["longest"]))
    months = stored["kept_months"]
    if months is not None and not 0 < months <= MOST_MONTHS:
        wrong["kept_months"] = _("From 1 to {most}.").format(most=MOST_MONTHS)
    if stored["required"] and not stored["in_forms"] and not stored["initial"]:
        wrong["required"] = _(
            "A required field stands on the forms, or has a value for new records."
        )
    if not stored["personal"] and (stored["sensitive"] or stored["data_type"]):
        wrong["personal"] = _("Sensitive data and types of data are of personal data.")
    if not wrong:
        wrong |= _wrong_values(stored, type_of(stored))
    if not wrong:
        wrong |= _wrong_alike(stored)
    if wrong:
        raise Invalid(" ".join(str(why) for why in wrong.values()), "", wrong)


def _wrong_place(stored: Mapping[str, Any]) -> dict[str, object]:
    wrong: dict[str, object] = {}
    if not _KEY.fullmatch(str(stored["key"])):
        wrong["key"] = _(
            "A key is made of lower-case letters without accents, with single underscores between"
            " them; two underscores separate a section from what is in it."
        )
    elif str(stored["key"]) in _declared(str(stored["table_name"])):
        wrong["key"] = _("A list declares a field of this key for its choices.")
    elif _taken(str(stored["table_name"]), str(stored["key"]), stored.get("id")):
        wrong["key"] = _("Another custom field of this table has this key.")
    table = catalogs.current().tables.get(str(stored["table_name"]))
    if table is not None and not carries(table):
        wrong["table_name"] = _("This table takes no custom fields.")
    return wrong


def _wrong_length(kind: str, wanted: int) -> dict[str, object]:
    most = longest(kind)
    if kind not in _TEXTS:
        return {"longest": _("Only texts have a length.")}
    if not 0 < wanted <= most:
        return {"longest": _("From 1 to {most}.").format(most=most)}
    return {}


def _wrong_values(stored: Mapping[str, Any], kind: FieldType) -> dict[str, object]:
    """Bounds and the value of new records, which are of the field's own type."""
    wrong: dict[str, object] = {}
    values: dict[str, Any] = {}
    for name in ("minimum", "maximum", "initial"):
        text = str(stored[name])
        if text and name != "initial" and kind.name not in BOUNDED:
            wrong[name] = _("Only numbers and dates have bounds.")
        elif text and kind.name == "choice":
            wrong[name] = _("A choice of a list has no value beforehand.")
        elif text:
            try:
                values[name] = kind.parse(text)
            except Invalid as error:
                wrong[name] = str(error)
    least, most, initial = (values.get(n) for n in ("minimum", "maximum", "initial"))
    if least is not None and most is not None and least > most:
        wrong["maximum"] = _("The largest value is below the smallest.")
    elif initial is not None and (
        (least is not None and initial < least) or (most is not None and initial > most)
    ):
        wrong["initial"] = _("This value is beyond the bounds.")
    if initial is not None and stored["unique"]:
        wrong["initial"] = _("New records would all have this value, and no two may be alike.")
    return wrong


def require(ids: Sequence[int]) -> None:
    """The keys of the tables of these definitions hold together. Raises Invalid.

    A key is given once in its table, and is never the section of another one.
    """
    written = CustomField.select(CustomField.table_name).where(CustomField.id.in_(list(ids)))
    for (table,) in written.distinct().tuples().execute(proxy.obj):
        query = CustomField.select(CustomField.id, CustomField.key)
        rows = query.where(CustomField.table_name == table).tuples().execute(proxy.obj)
        keys = {key: id for id, key in rows}
        if len(keys) > MOST_FIELDS:
            raise _refused(_("A table has {most} custom fields at most.").format(most=MOST_FIELDS))
        every = {*keys, *_declared(table)}
        for key in sorted(every):
            for other in _sections(key):
                if other in every:
                    said = _(
                        "“{section}” is a field already, and cannot be the section of “{key}”."
                    )
                    raise _refused(said.format(section=other, key=key))


def _sections(key: str) -> list[str]:
    parts = key.split(SECTIONS)
    return [SECTIONS.join(parts[:depth]) for depth in range(1, len(parts))]


def _refused(why: Label) -> Invalid:
    return Invalid(why, "", {"key": why})


def _declared(table: str) -> set[str]:
    """The keys of the fields that typed lists declare, which lie in the same rows."""
    if table != CHOICE:
        return set()
    return {field.name.removeprefix(PREFIX) for field in list_fields.of_lists(catalogs.current())}


def _wrong_alike(stored: Mapping[str, Any]) -> dict[str, object]:
    """Rows that are alike already, when no two may be from now on."""
    table = catalogs.current().tables.get(str(stored["table_name"]))
    if not stored["unique"] or table is None or _unique_already(stored.get("id")):
        return {}
    count = custom_values.alike(table, field_of(stored))
    if not count:
        return {}
    said = _("{n} rows have a value that another row has too: change them first.")
    return {"unique": said.format(n=count)}


def _unique_already(id: int | None) -> bool:
    query = CustomField.select(CustomField.unique).where(CustomField.id == id)
    return any(unique for (unique,) in query.tuples().execute(proxy.obj))


def _taken(table: str, key: str, id: int | None) -> bool:
    """True when another definition of the table has this key."""
    query = CustomField.select(CustomField.id)
    same = query.where((CustomField.table_name == table) & (CustomField.key == key))
    return any(found != id for (found,) in same.tuples().execute(proxy.obj))
