"""Which column of a file goes to which field: by name, label in either language, or as chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from portal.entering import home_of
from portal.errors import Invalid
from portal.fields import Field
from portal.gate import Gate
from portal.i18n import LANGUAGES, Label, _, language
from portal.imports.wish import AUTOMATIC, Wish
from portal.matching import key_fields
from portal.text import fold

LINE_HEAD, REASON_HEAD = "greffe.line", "greffe.reason"
"""The columns that a file of refused lines has beside its own; they are always left out."""
IDENTIFIER = "identifier"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a file: its field, or why it is left out.

    `by` is the field of the other table by which a reference is found; `exported` says that the
    head is the name of the field, as an export writes it: a whole number is then a row's number. A
    field that the portal itself keeps is left out, but rows may be found by it.
    """

    number: int
    head: str
    field: Field | None = None
    by: str = ""
    exported: bool = False
    left_out: Label = ""

    @property
    def written(self) -> bool:
        """True when the cells of the column are written to their field."""
        return self.field is not None and not self.left_out and self.field.name != "id"

    @property
    def unknown(self) -> bool:
        """True when nothing is known of the column, and nobody said to leave it out."""
        return self.field is None and not self.left_out


def matched(gate: Gate, heads: Sequence[str], wish: Wish) -> tuple[Column, ...]:
    """Every column of a file, in order. Raises NotFound for the table, Invalid for a chosen field.

    Fields that the actor may not read are unknown, like any other word.
    """
    fields = known_fields(gate, wish.table)
    names = _names(fields.values())
    found: list[Column] = []
    taken: dict[str, str] = {}
    for number, head in enumerate(heads):
        column = _column(gate, fields, names, number, head, wish)
        if column.field is not None:
            if column.field.name in taken:
                raise Invalid(
                    _("The columns “{one}” and “{other}” are the same field.").format(
                        one=taken[column.field.name][:60], other=head[:60]
                    ),
                    _("Leave one of them out."),
                )
            taken[column.field.name] = head
        found.append(column)
    return tuple(found)


def known_fields(gate: Gate, table: str) -> dict[str, Field]:
    """The fields that a column may be, by name; with the structure that new persons enter."""
    found = {field.name: field for field in gate.fields(table) if not field.secret}
    home = home_of(gate, gate.catalog.table(table))
    return found if home is None else found | {home.name: home}


def _names(fields: Collection[Field]) -> dict[str, Field | None]:
    """The fields by folded name and label in each language; None for a label of several."""
    found: dict[str, Field | None] = {}
    for spoken in LANGUAGES:
        with language(spoken):
            for field in fields:
                for text in {fold(field.name), fold(str(field.label))}:
                    known = found.setdefault(text, field)
                    if known is not None and known.name != field.name:
                        found[text] = None
    return found


def _column(
    gate: Gate,
    fields: dict[str, Field],
    names: dict[str, Field | None],
    number: int,
    head: str,
    wish: Wish,
) -> Column:
    if number in wish.columns:
        return _chosen(gate, fields, number, head, wish.columns[number])
    if not head:
        return Column(number, head, left_out=_("It has no name."))
    if head in (LINE_HEAD, REASON_HEAD):
        return Column(number, head, left_out=_("It tells why lines were refused before."))
    name, _dot, by = head.partition(".")
    if name in fields:
        return _of_field(gate, fields[name], number, head, by, exported=head == name)
    field = names.get(fold(head))
    if field is None:
        return Column(number, head)
    return _of_field(gate, field, number, head, "", exported=False)


def _chosen(gate: Gate, fields: dict[str, Field], number: int, head: str, name: str) -> Column:
    if not name:
        return Column(number, head, left_out=_("You chose to leave it out."))
    wanted, _dot, by = name.partition(".")
    if wanted not in fields:
        raise Invalid(_("There is no field '{name}' here.").format(name=wanted[:60]))
    return _of_field(gate, fields[wanted], number, head, by, exported=head == wanted)


def _of_field(
    gate: Gate, field: Field, number: int, head: str, by: str, *, exported: bool
) -> Column:
    if by and not field.target:
        return Column(number, head)
    if by and by not in {known.name for known in key_fields(gate, field.target)}:
        return Column(number, head)
    kept = field.derived or (field.system and field.name != "id")
    left_out = _("The portal itself keeps it.") if kept else ""
    return Column(number, head, field, by, exported, left_out)


def proposed_key(gate: Gate, table: str, columns: Sequence[Column]) -> str:
    """The key that a file offers: the number, an identifier, or another unique field; "" for none.

    A unique field that is one of several that are unique together counts as well.
    """
    present = {column.field.name: column.field for column in columns if column.field is not None}
    allowed = {field.name for field in key_fields(gate, table)}
    if "id" in present:
        return "id"
    if IDENTIFIER in present and IDENTIFIER in allowed:
        return IDENTIFIER
    unique = (name for name, field in present.items() if field.column.unique and name in allowed)
    return next(unique, "")


def key_of(gate: Gate, wish: Wish, columns: Sequence[Column]) -> str:
    """The key of an import. Raises Invalid for a field that is none, or that the file has not."""
    if wish.key == AUTOMATIC:
        return proposed_key(gate, wish.table, columns)
    if not wish.key:
        return ""
    allowed = [field.name for field in key_fields(gate, wish.table)]
    if wish.key not in allowed:
        raise Invalid(
            _("Rows are not found by '{name}'.").format(name=wish.key[:60]),
            _("Use one of: {known}.").format(known=", ".join(allowed)),
        )
    if wish.key not in {column.field.name for column in columns if column.field is not None}:
        raise Invalid(
            _("The file has no column “{label}”, by which rows are to be found.").format(
                label=gate.catalog.table(wish.table).fields[wish.key].label
            )
        )
    return wish.key


def require_known(gate: Gate, columns: Sequence[Column], table: str) -> None:
    """Raise Invalid naming the columns of which nothing is known."""
    unknown = [column.head for column in columns if column.unknown]
    if unknown:
        known = ", ".join(str(field.label) for field in known_fields(gate, table).values())
        raise Invalid(
            _("These columns are no field of “{table}”: {heads}.").format(
                table=gate.catalog.table(table).label, heads=", ".join(h[:60] for h in unknown[:20])
            ),
            _("Rename them, or remove them. Known: {known}.").format(known=known),
        )
