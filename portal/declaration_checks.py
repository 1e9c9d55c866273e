"""What a declaration must say, and may not contradict.

A wrong one is refused with the rule and the remedy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from portal import formulas
from portal.choice import KINDS, SLUG
from portal.declare import WITH_PARENT, ChoiceList, IdentifiedModel, Page, Table
from portal.errors import DeclarationError, Invalid
from portal.fields import Field
from portal.paths import PERSON, FieldsByTable, walk

KEY = re.compile(r"[a-z]+(?:_[a-z]+)*")
ON_ERASURE = {None: "blocks", "CASCADE": "goes_along", "SET NULL": "emptied"}
"""What a reference does when the row that it names is erased, by its `on_delete`."""


def check_references(table: str, fields: Mapping[str, Field]) -> None:
    """Refuse a reference with an act on erasure that the portal does not know."""
    for reference in fields.values():
        if reference.target and reference.column.on_delete not in ON_ERASURE:
            raise DeclarationError(
                f"'{table}.{reference.name}' says on_delete={reference.column.on_delete!r}.",
                "Leave it out (blocks), or say CASCADE (goes along) or SET NULL (emptied).",
            )


def check_table(table: str, declared: Table, tables: FieldsByTable) -> None:
    """Refuse a table that says too little, or contradicts itself. Raises DeclarationError."""
    fields = tables[table]
    names = set(fields)
    for what, listed in (
        ("personal", declared.personal),
        ("not_personal", declared.not_personal),
        ("sensitive", declared.sensitive),
        ("disclosed", declared.disclosed),
        ("audited", declared.audited),
        ("searched", declared.searched),
        ("columns", declared.columns),
        ("title", declared.title),
        ("secret", declared.secret),
        ("derived", declared.derived),
        ("third_party", declared.third_party),
        ("natural_key", declared.natural_key),
        ("fixed", declared.fixed),
        ("author", (declared.author,) if declared.author else ()),
    ):
        unknown = [name for name in listed if name not in names]
        if unknown:
            raise DeclarationError(
                f"'{table}' names {', '.join(unknown)} in `{what}`, which it does not have.",
                "Its fields: " + ", ".join(sorted(names)) + ".",
            )
    for field_ in fields.values():
        both = field_.name in declared.personal and field_.name in declared.not_personal
        neither = not field_.system and field_.data_type is None and not field_.not_personal
        if both or neither:
            raise DeclarationError(
                f"The field '{field_.name}' of '{table}' is "
                + ("both personal and not personal." if both else "not classified."),
                "Name it in `personal` with its data type, or in `not_personal`.",
            )
    if declared.personal and not declared.subject and not declared.not_in_access:
        raise DeclarationError(
            f"'{table}' has personal fields and no subject.",
            f"Give `subject`, the path to '{PERSON}', or the reason in `not_in_access`.",
        )
    if declared.subject and not declared.activity:
        raise DeclarationError(
            f"'{table}' is about persons and belongs to no activity.", "Give `activity`."
        )
    if not declared.subject and not declared.no_personal_data and not declared.personal:
        raise DeclarationError(
            f"'{table}' is about no person and does not say why.",
            "Give `subject`, or the reason in `no_personal_data`.",
        )
    for what, listed in (
        ("title", declared.title),
        ("searched", declared.searched),
        ("audited", declared.audited),
    ):
        told = [name for name in listed if name in declared.secret]
        if told:
            raise DeclarationError(
                f"The field '{told[0]}' of '{table}' is secret and stands in `{what}`.",
                "A secret is never shown, searched or kept in the history.",
            )
    for child in declared.inline:
        known(child, tables, f"`inline` of '{table}'")
    for name in declared.title:
        if fields[name].target:
            raise DeclarationError(
                f"The title of '{table}' uses the reference '{name}'.",
                "A title is made of the table's own values.",
            )
    _check_identifiers(table, declared, names)
    _check_retention(table, declared, tables)


def _check_identifiers(table: str, declared: Table, names: Iterable[str]) -> None:
    if (declared.identifiers is not None) is not issubclass(declared.model, IdentifiedModel):
        raise DeclarationError(
            f"'{table}' has identifiers in its declaration alone, or in its model alone.",
            "Give `identifiers`, and let the model inherit declare.IdentifiedModel.",
        )
    if declared.identifiers is not None:
        made = declared.identifiers
        try:
            formulas.check(made.formula, made.syntax, set(names) - {"identifier"})
        except Invalid as wrong:
            raise DeclarationError(
                f"The identifier of '{table}' cannot be made: {wrong.message}", wrong.remedy
            ) from None


def _check_retention(table: str, declared: Table, tables: FieldsByTable) -> None:
    if not declared.activity or declared.retention is WITH_PARENT or declared.no_retention:
        return
    for activity in (declared.activity, getattr(declared.other_activity, "activity", None)):
        if activity is None or activity.retention.rule is not None:
            continue
        path = declared.counted_from or activity.retention.counted_from
        steps, _dot, last = path.rpartition(".")
        _steps, end = walk(table, steps, tables)
        found = tables[end].get(last)
        if found is None or found.type.name not in ("date", "datetime"):
            raise DeclarationError(
                f"The retention of '{table}' is counted from '{path}', "
                f"which is no date of '{end}'.",
                "Give `counted_from`: a date field, or a path of references that ends in one.",
            )


def known(name: str, tables: Iterable[str], what: str) -> str:
    """The name of a table that exists; raises DeclarationError naming those that do."""
    if name not in tables:
        raise DeclarationError(
            f"{what} names the table '{name}', which no plugin declares.",
            "Known tables: " + ", ".join(sorted(tables)) + ".",
        )
    return name


def check_page(page: Page, folder: str, tables: Iterable[str]) -> None:
    """Refuse a page that no right opens, or whose template is missing or would not be escaped."""
    known(page.table, tables, "A page")
    if not page.template.endswith(".html"):
        raise DeclarationError(
            f"The template '{page.template}' of the page '{page.name}' would not be escaped.",
            "Give it a name that ends with .html.",
        )
    if not (Path(folder) / "templates" / page.template).is_file():
        raise DeclarationError(
            f"The page '{page.name}' names the template '{page.template}', which is not there.",
            "Put it in the folder 'templates' beside the plugin.",
        )


def check_list(declared: ChoiceList) -> None:
    """Refuse defaults of a typed list that it cannot hold. Raises DeclarationError."""
    slugs = [default.slug for default in declared.defaults]
    parents = {default.slug: default.parent for default in declared.defaults}
    for field in declared.fields:
        if not KEY.fullmatch(field.key) or field.kind not in KINDS:
            raise DeclarationError(
                f"The list '{declared.name}' has the field '{field.key}' ({field.kind}).",
                f"A key is made of lower-case letters and underscores, a kind one of {KINDS}.",
            )
    for slug in slugs:
        if not SLUG.fullmatch(slug) or slugs.count(slug) > 1:
            raise DeclarationError(
                f"The list '{declared.name}' ships the identifier '{slug}'.",
                "Use lower-case letters without accents, digits and hyphens, each of them once.",
            )
    for slug, parent in parents.items():
        above, where = {slug}, parent
        while where:
            if not declared.hierarchical or where not in parents or where in above:
                raise DeclarationError(
                    f"The choice '{slug}' of '{declared.name}' cannot stand below '{where}'.",
                    "Name a choice of the same list, which is declared hierarchical, and no loop.",
                )
            above.add(where)
            where = parents[where]
