"""The rules of the architecture, read off the syntax tree; `test_architecture.py` applies them."""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

ROOT = Path(__file__).parent.parent
LONGEST_FILE = 400

LAYERS: dict[str, tuple[str, ...]] = {
    "words": (
        "portal.activity",
        "portal.channels",
        "portal.choice",
        "portal.database",
        "portal.declare",
        "portal.errors",
        "portal.escaping",
        "portal.i18n",
        "portal.models",
        "portal.periods",
        "portal.privileges",
        "portal.processes",
        "portal.register_catalogue",
        "portal.resources",
        "portal.rightwords",
        "portal.settings",
        "portal.settings_rules",
        "portal.settings_sections",
        "portal.stamps",
        "portal.text",
        "portal.turns",
        "portal.zips",
    ),
    "declarations": ("portal.builtin", "plugins"),
    "knowledge": (
        "portal.actor",
        "portal.catalog",
        "portal.catalog_words",
        "portal.custom_columns",
        "portal.customfields",
        "portal.customforms",
        "portal.choice_lists",
        "portal.choices",
        "portal.declaration_checks",
        "portal.fields",
        "portal.fieldtypes",
        "portal.list_fields",
        "portal.listindexes",
        "portal.formula_filters",
        "portal.formula_parts",
        "portal.formulas",
        "portal.identifiers",
        "portal.paths",
        "portal.plugins",
        "portal.processors",
        "portal.treatment_values",
        "portal.treatments",
    ),
    "guard": (
        "portal.account_rules",
        "portal.audit_checks",
        "portal.auditing",
        "portal.authors",
        "portal.anonymising",
        "portal.approvals",
        "portal.archiving",
        "portal.bounds",
        "portal.bulk",
        "portal.bulkwriter",
        "portal.choice_merging",
        "portal.choice_rules",
        "portal.choice_uses",
        "portal.circumstances",
        "portal.code_rules",
        "portal.codes",
        "portal.columns",
        "portal.comparison",
        "portal.conditions",
        "portal.configured",
        "portal.counts",
        "portal.custom_conversion",
        "portal.custom_erasing",
        "portal.custom_rules",
        "portal.custom_upkeep",
        "portal.custom_values",
        "portal.decision_rules",
        "portal.drift",
        "portal.due",
        "portal.duplicates",
        "portal.entering",
        "portal.erasing",
        "portal.erasure_ledger",
        "portal.explaining",
        "portal.foldsql",
        "portal.form_rules",
        "portal.gate",
        "portal.granting",
        "portal.grants",
        "portal.history",
        "portal.holders",
        "portal.holds",
        "portal.identifier_rules",
        "portal.identifier_upkeep",
        "portal.identifying",
        "portal.journal",
        "portal.journal_alerts",
        "portal.journal_chain",
        "portal.journal_checks",
        "portal.journal_reading",
        "portal.journal_rights",
        "portal.journal_triggers",
        "portal.journal_waiting",
        "portal.leading",
        "portal.lookup",
        "portal.lost",
        "portal.matching",
        "portal.migrations",
        "portal.objections",
        "portal.obsolete",
        "portal.ordering",
        "portal.past_values",
        "portal.patience",
        "portal.person_merging",
        "portal.personal_rows",
        "portal.purging",
        "portal.reaches",
        "portal.reachsize",
        "portal.reading",
        "portal.reindex",
        "portal.right_checks",
        "portal.row_rules",
        "portal.rows",
        "portal.prepared",
        "portal.schema",
        "portal.search",
        "portal.sheets",
        "portal.snapshots",
        "portal.sorting",
        "portal.structure",
        "portal.suggestions",
        "portal.subject",
        "portal.told",
        "portal.unique",
        "portal.version",
        "portal.world",
        "portal.writer",
        "portal.writing",
    ),
    "uses": (
        "portal.accounts",
        "portal.bulk_change",
        "portal.configuration",
        "portal.defaults",
        "portal.documents",
        "portal.export_files",
        "portal.exports",
        "portal.form_content",
        "portal.identifier_editing",
        "portal.imports",
        "portal.operations",
        "portal.privacy",
        "portal.start",
        "portal.typed_files",
        "portal.typed_lists",
    ),
    "faces": ("portal.cli", "portal.testing", "portal.web"),
    "wiring": ("portal", "wsgi"),
}
"""Every module or package, lowest layer first; a module imports its own layer and lower ones."""

FACE_LIBRARIES = {
    "flask": "portal.web",
    "flask_admin": "portal.web",
    "flask_login": "portal.web",
    "flask_wtf": "portal.web",
    "werkzeug": "portal.web",
    "wtforms": "portal.web",
    "click": "portal.cli",
}
"""The only package that imports each library of the faces."""

QUERYING: dict[str, str] = {
    "portal.account_rules": "asks who may write which account, before and after",
    "portal.anonymising": "anonymises rows, within the rights of the gate",
    "portal.approvals": "who approved which purge",
    "portal.archiving": "takes rows past their active phase out of the lists",
    "plugins.*.rules": "holds, checks and start events are queries by contract",
    "portal.accounts": "sessions and sign-in attempts are tables of the machine",
    "portal.auditing": "reads the rules of the audit, and asks which rows meet them",
    "portal.builtin": "rules of the core's own tables",
    "portal.bulk": "many rows at once, for the writing half of the door",
    "portal.bulkwriter": "many rows of an import, within the rights of the gate",
    "portal.choice_merging": "moves the rows of a choice, whole tables at once",
    "portal.choice_rules": "a parent and a free identifier ask other rows, within the write",
    "portal.choice_uses": "counts the rows that name a choice",
    "portal.choices": "reads the choice lists once, for the catalog",
    "portal.custom_conversion": "counts the values of a field by type",
    "portal.custom_erasing": "erases the values of a field",
    "portal.custom_rules": "asks the other definitions of a table",
    "portal.custom_upkeep": "brings rows and indexes in line with the definitions",
    "portal.custom_values": "asks whether another row has the value of a unique field",
    "portal.customfields": "reads the definitions once, for the catalog",
    "portal.customforms": "reads the custom forms once, as the choices",
    "portal.form_rules": "what a custom form leaves out is asked of its row",
    "portal.code_rules": "asks which code stands where, before and after",
    "portal.codes": "codes on fields and records, as conditions",
    "portal.decision_rules": "asks who may be appointed manager, and what was added",
    "portal.defaults": "remembers which choices the portal was given",
    "portal.drift": "mends the tables",
    "portal.due": "what is obsolete is a condition",
    "portal.duplicates": "finds the persons who are alike, within reach",
    "portal.erasing": "the erasing part of the door",
    "portal.erasure_ledger": "finds rows by their identity, after a restore",
    "portal.explaining": "evaluates the conditions of the door on one row",
    "portal.gate": "the door",
    "portal.granting": "what an account holds",
    "portal.grants": "a reach becomes a condition",
    "portal.history": "old and new values",
    "portal.holders": "counts the accounts that hold a profile type",
    "portal.holds": "what may not be erased",
    "portal.imports.staging": "lines of imports are tables of the machine",
    "portal.identifiers": "reads the formulas once, for the catalog",
    "portal.identifier_upkeep": "asks for the job that makes identifiers again",
    "portal.identifying": "makes the identifiers of rows, and their numbers",
    "portal.journal": "the trace",
    "portal.journal_alerts": "keeps what the checks of the trace found",
    "portal.journal_checks": "searches the trace of a day",
    "portal.journal_chain": "reads the trace whole",
    "portal.journal_reading": "the trace by pages, within the rights of the gate",
    "portal.journal_rights": "asks the other rights of a profile type",
    "portal.journal_triggers": "the trace is append-only",
    "portal.journal_waiting": "entries on their way to the trace",
    "portal.lost": "the rows of plugins that are gone",
    "portal.matching": "finds the rows that a file names, within reach",
    "portal.migrations": "changes the schema",
    "portal.objections": "asks the objection list at each write of a person, and keeps it",
    "portal.obsolete": "counts, previews and purges obsolete rows",
    "portal.operations": "jobs, backups and demo rows are work of the machine",
    "portal.person_merging": "moves the rows of a person to another one",
    "portal.processors": "reads the processors of the register once, for the catalog",
    "portal.purging": "runs a purge, with its evidence",
    "portal.privacy.register_counts": "keeps the last counts of the register",
    "portal.personal_rows": "finds the rows about a person, for their erasure",
    "portal.reaches": "a reach becomes a condition",
    "portal.leading": "compares how many rows two filters find",
    "portal.reachsize": "estimates how many persons a reach holds",
    "portal.reading": "the reading half of the door",
    "portal.reindex": "fills the search index from the rows",
    "portal.prepared": "compares the tables with what was left",
    "portal.schema": "makes the tables",
    "portal.search": "the search index",
    "portal.sheets": "finds the rows that lists leave out",
    "portal.snapshots": "what the tables of a lost plugin were",
    "portal.structure": "the tree of structures",
    "portal.subject": "the traces of a person, for their access document",
    "portal.told": "the persons of rows that were written",
    "portal.treatments": "reads the decisions of the register once, for the catalog",
    "portal.version": "one row of the machine",
    "portal.writer": "the writing half of the door",
}
"""Where peewee queries are written, and why there."""

SQL_FROM_STRINGS: dict[str, str] = {
    "portal.accounts.sessions": "joins two constant statements into one",
    "portal.bulk": "a prepared insertion over the declared columns",
    "portal.choice_merging": "the checked path of a custom field in its JSON",
    "portal.custom_columns": "a path of checked keys, literal so that an index serves",
    "portal.custom_upkeep": "an index takes no parameters",
    "portal.database": "a pragma takes no parameters",
    "portal.drift": "a schema statement takes no parameters",
    "portal.foldsql": "a function takes no parameters",
    "portal.journal": "the name of a table of the journal",
    "portal.journal_triggers": "a trigger takes no parameters",
    "portal.journal_waiting": "the name of a table of the journal",
    "portal.migrations": "a schema statement takes no parameters",
    "portal.operations.dump": "a count and an emptying take no table name as a parameter",
    "portal.prepared": "marks of parameters, and the names of tables that are there",
    "portal.schema": "a schema statement takes no parameters",
    "portal.search": "an index table has a checked name of the catalog",
    "portal.snapshots": "marks of parameters only",
    "portal.version": "marks of parameters only",
}
"""Where SQL is put together from strings, never from a person's words, and why there."""

ALWAYS_QUERIES = {
    "bulk_create",
    "bulk_update",
    "delete_by_id",
    "delete_instance",
    "execute_sql",
    "get_by_id",
    "get_or_create",
    "get_or_none",
    "insert_from",
    "insert_many",
    "replace_many",
    "set_by_id",
}
QUERIES_OF_A_MODEL = {
    "create",
    "delete",
    "get",
    "insert",
    "raw",
    "replace",
    "save",
    "select",
    "update",
}
SQL_START = re.compile(
    r"\s*(SELECT|INSERT|UPDATE|DELETE FROM|CREATE|DROP|ALTER|VACUUM|PRAGMA|WITH RECURSIVE|TRUNCATE)"
    r"\b"
)
EMPTY_NAMES = {"utils", "helpers", "manager", "misc", "common", "tools"}


def sources() -> dict[str, Path]:
    """Every module of the product, by its dotted name."""
    paths = [ROOT / "wsgi.py", *(ROOT / "portal").rglob("*.py"), *(ROOT / "plugins").rglob("*.py")]
    found = {}
    for path in sorted(paths):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def within(module: str, listed: dict[str, str]) -> bool:
    """Tell whether a list names the module, a package of it, or a pattern of it."""
    for name in listed:
        pattern = re.escape(name).replace(r"\*", "[^.]+") + r"(\..+)?"
        if re.fullmatch(pattern, module):
            return True
    return False


def layer(module: str) -> int | None:
    """Rank of the module's layer, 0 the lowest; None when no layer lists it."""
    parts = module.split(".")
    for length in range(len(parts), 0, -1):
        name = ".".join(parts[:length])
        if name == "portal" and length < len(parts):
            return None
        for rank, modules in enumerate(LAYERS.values()):
            if name in modules:
                return rank
    return None


def imported(module: str, text: str, known: set[str]) -> Iterator[str]:
    """Modules that a source imports; `from a import b` is `a.b` when that is a module."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                base = f"{module.rsplit('.', node.level)[0]}.{base}".rstrip(".")
            for alias in node.names:
                full = f"{base}.{alias.name}"
                yield full if full in known else base


def upward_imports(module: str, text: str, known: set[str]) -> list[str]:
    """Imports of a higher layer, or of a module in no layer."""
    own = layer(module)
    if own is None:
        return [f"{module} is in no layer"]
    found = []
    for name in imported(module, text, known):
        if name.split(".")[0] not in ("portal", "plugins", "wsgi"):
            continue
        rank = layer(name)
        if rank is None:
            found.append(f"{name} is in no layer")
        elif rank > own:
            found.append(f"{module} imports {name}")
    return found


def face_imports(module: str, text: str) -> list[str]:
    """Libraries of a face that are imported elsewhere; a plugin's pages may import Flask."""
    if re.fullmatch(r"plugins\.[^.]+\.pages(\..+)?", module):
        return []
    found = []
    for name in imported(module, text, set()):
        owner = FACE_LIBRARIES.get(name.split(".")[0])
        if owner and not within(module, {owner: ""}):
            found.append(name)
    return found


def inner_imports(text: str) -> list[int]:
    """Lines of imports inside a function."""
    return [
        inner.lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]


def _names_a_model(node: ast.expr) -> bool:
    """Tell a model class (`Person`, `table.model`) from a mapping, a constant or a gate."""
    if isinstance(node, ast.Attribute):
        return node.attr == "model" or bool(
            re.fullmatch(r"[A-Z][A-Za-z]*[a-z][A-Za-z]*", node.attr)
        )
    name = node.id if isinstance(node, ast.Name) else ""
    return name == "model" or bool(re.fullmatch(r"_?[A-Z][A-Za-z]*[a-z][A-Za-z]*", name))


def queries(text: str) -> list[str]:
    """Calls that make a peewee query, with their lines."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        name, target = node.func.attr, node.func.value
        if name in ALWAYS_QUERIES or (name in QUERIES_OF_A_MODEL and _names_a_model(target)):
            found.append(f"line {node.lineno}: {ast.unparse(target)}.{name}()")
    return found


def _first_text(node: ast.expr) -> str:
    """Constant text that an expression of strings begins with."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return _first_text(node.values[0]) if node.values else ""
    if isinstance(node, ast.BinOp):
        return _first_text(node.left)
    return ""


def assembled_sql(text: str) -> list[int]:
    """Lines where SQL is put together from strings."""
    found = set()
    for node in ast.walk(ast.parse(text)):
        assembled: ast.expr | None = None
        if (
            isinstance(node, ast.JoinedStr)
            and any(isinstance(part, ast.FormattedValue) for part in node.values)
            or isinstance(node, ast.BinOp)
            and isinstance(node.op, ast.Add | ast.Mod)
        ):
            assembled = node
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr == "format"
        ):
            assembled = node.func.value
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "SQL"
            and node.args
            and not isinstance(node.args[0], ast.Constant)
        ):
            found.add(node.lineno)
        if assembled is not None and SQL_START.match(_first_text(assembled)):
            found.add(assembled.lineno)
    return sorted(found)


SILENCED = re.compile(
    r"#\s*(?:noqa|type: ignore)"
    r"(?::\s*[A-Z]+[0-9]+(?:,\s*[A-Z]+[0-9]+)*|\[[\w, -]+\])?[\s#:-]*(?P<reason>.*)"
)


def silenced_without_reason(text: str) -> list[int]:
    """Lines that silence a check and do not say why, beside it or on the line before."""
    comments = {
        token.start[0]: token.string
        for token in tokenize.generate_tokens(StringIO(text).readline)
        if token.type == tokenize.COMMENT
    }
    silenced = {line: found for line, said in comments.items() if (found := SILENCED.search(said))}
    return [
        line
        for line, found in silenced.items()
        if not found["reason"] and (line - 1 not in comments or line - 1 in silenced)
    ]
