"""The search index: for each searched table, the folded words of its rows, field by field.

Words are folded and cut here, alike on both databases, and what a person types never reaches a
query language as it is. On SQLite an index is an FTS5 table with one column for each field (three
words over eight fields cost seven times less than as prefixed tokens in one column); on PostgreSQL
it is a tsvector of `<field>:<word>`. Custom fields, which come and go, are `<field>:<word>` in the
one column `more`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from itertools import islice
from operator import or_

from peewee import SQL, Node, Query, Table

from portal.database import among_ids, is_sqlite, proxy
from portal.errors import DatabaseError
from portal.i18n import _
from portal.text import words

MOST_WORDS = 12
LONGEST_WORD = 40
LONGEST_QUESTION = 4_000
MOST_WORDS_KEPT = 4_000
ROWS_AT_ONCE = 500
CUSTOM = "x_"
"""What the name of a custom field begins with."""

_TABLE = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_FIELD = re.compile(r"[a-z_][a-z0-9_]*")


def index_name(table: str) -> str:
    """The name of the index of a table ("directory.person": "search_directory_person").

    Raises DatabaseError for anything but a plugin's and a model's name: names are all that SQL is
    assembled from here.
    """
    if not _TABLE.fullmatch(table):
        raise DatabaseError(_("'{name}' is not the name of a table.").format(name=table[:60]))
    return "search_" + table.replace(".", "_")


def create(tables: Mapping[str, Sequence[str]]) -> None:
    """Create the indexes of `tables` (name: fields) that are missing or have other fields.

    An index that was created is `stale()` until `filled()` is called for it.
    """
    proxy.execute_sql(
        "CREATE TABLE IF NOT EXISTS search_fields ("
        "table_name VARCHAR(200) PRIMARY KEY, fields TEXT NOT NULL, filled INTEGER NOT NULL)"
    )
    known = dict(proxy.execute_sql("SELECT table_name, fields FROM search_fields").fetchall())
    for table, fields in tables.items():
        spelled = " ".join(_checked(field) for field in fields)
        if known.get(table) != spelled:
            _create(index_name(table), fields)
            _run("DELETE FROM search_fields WHERE table_name = ?", table)
            _run(
                "INSERT INTO search_fields (table_name, fields, filled) VALUES (?, ?, 0)",
                table,
                spelled,
            )


def _create(name: str, fields: Sequence[str]) -> None:
    proxy.execute_sql(f"DROP TABLE IF EXISTS {name}")
    if is_sqlite():
        columns = ", ".join([f"f_{field}" for field in fields] + ["more"])
        # For this tokenizer every character beyond ASCII is part of a word: the words are ours.
        proxy.execute_sql(
            f"CREATE VIRTUAL TABLE {name} USING fts5({columns}, tokenize=\"ascii tokenchars '_:'\","
            " detail=column, columnsize=0, prefix='1 2 3 4')"
        )
    else:
        proxy.execute_sql(f"CREATE TABLE {name} (row_id BIGINT PRIMARY KEY, tokens TSVECTOR)")
        proxy.execute_sql(f"CREATE INDEX {name}_tokens ON {name} USING gin (tokens)")


def stale() -> tuple[str, ...]:
    """The tables whose index was created after their rows, and is to be filled."""
    rows = proxy.execute_sql("SELECT table_name FROM search_fields WHERE filled = 0 ORDER BY 1")
    return tuple(name for (name,) in rows.fetchall())


def unfilled(table: str) -> None:
    """Say that words are missing from the index of a table: it is to be filled again."""
    _run("UPDATE search_fields SET filled = 0 WHERE table_name = ?", table)


def filled(table: str) -> None:
    """Say that every row of a table is in its index."""
    _run("UPDATE search_fields SET filled = 1 WHERE table_name = ?", table)


def write(table: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    """Index rows, replacing what was there: pairs of an id and the text of every searched field."""
    name = index_name(table)
    for start in range(0, len(rows), ROWS_AT_ONCE):
        part = rows[start : start + ROWS_AT_ONCE]
        if is_sqlite():
            _write_sqlite(name, part)
        else:
            marks = ", ".join(["(%s, array_to_tsvector(%s::text[]))"] * len(part))
            proxy.execute_sql(
                f"INSERT INTO {name} (row_id, tokens) VALUES {marks} "  # noqa: S608 - a checked name
                "ON CONFLICT (row_id) DO UPDATE SET tokens = excluded.tokens",
                [value for row, texts in part for value in (row, tokens(texts))],
            )


def _write_sqlite(name: str, rows: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    fields = sorted(map(_checked, {field for _id, texts in rows for field in texts}))
    real = [field for field in fields if not field.startswith(CUSTOM)]
    columns = ", ".join(["rowid", *(f"f_{field}" for field in real), "more"])
    values: list[object] = []
    for row, texts in rows:
        values.append(row)
        values += [" ".join(_kept(texts.get(field, ""))) for field in real]
        custom = {field: text for field, text in texts.items() if field.startswith(CUSTOM)}
        values.append(" ".join(tokens(custom)))
    one = "(" + ", ".join("?" * (len(real) + 2)) + ")"
    proxy.execute_sql(
        f"INSERT OR REPLACE INTO {name} ({columns}) VALUES {', '.join([one] * len(rows))}",  # noqa: S608 - checked names
        values,
    )


def remove(table: str, ids: Iterable[int]) -> None:
    """Take rows out of the index."""
    name, key = index_name(table), "rowid" if is_sqlite() else "row_id"
    gone = Table(name)
    gone.delete().where(among_ids(SQL(key), ids)).execute(proxy.obj)


def _kept(text: str) -> list[str]:
    """The words of a text that the index keeps, each once, cut at forty characters."""
    if not text:
        return []
    if len(text) <= LONGEST_WORD and text.isascii():
        return list(dict.fromkeys(words(text)))
    found = dict.fromkeys(word[:LONGEST_WORD] for word in words(text))
    return list(islice(found, MOST_WORDS_KEPT))


def tokens(texts: Mapping[str, str]) -> list[str]:
    """The words of a row, each behind the name of its field."""
    found = (f"{_checked(field)}:{word}" for field, text in texts.items() for word in _kept(text))
    return list(islice(found, MOST_WORDS_KEPT))


def asked(text: str) -> list[str]:
    """The words that a person asked for: at most twelve, each cut at forty characters."""
    found = dict.fromkeys(word[:LONGEST_WORD] for word in words(text[:LONGEST_QUESTION]))
    return list(found)[:MOST_WORDS]


def matching(table: str, text: str, fields: Iterable[str]) -> Query | None:
    """The ids of the rows where every word begins a word of one of `fields`; None without a word.

    Only the fields given are looked at: a field that a person cannot read finds nothing.
    """
    if not asked(text):
        return None
    found = walk(table, text, fields)
    if found is None:
        return Table(index_name(table)).select(SQL("1")).where(SQL("1 = 0"))
    source, key, condition = found
    return source.select(key).where(condition)


def holding(table: str, text: str, fields: Iterable[str], row: Node) -> Query | None:
    """What `matching` says of one row, by its id, on SQLite: a query that finds it or nothing.

    It reads the words kept of that row alone, where the index would collect every row that matches.
    """
    wanted = asked(text)
    if not wanted:
        return None
    seen = sorted({_checked(field) for field in fields})
    real = " || ' ' || ".join(f"idx.f_{field}" for field in seen if not field.startswith(CUSTOM))
    kept = f"' ' || {real}" if real else "''"
    found = Table(index_name(table)).alias("idx").select(SQL("1")).where(SQL("idx.rowid") == row)
    for word in wanted:
        parts = [SQL(f"instr({kept}, ?) > 0", (f" {word}",))]
        parts += [
            SQL("instr(' ' || idx.more, ?) > 0", (f" {field}:{word}",))
            for field in seen
            if field.startswith(CUSTOM)
        ]
        found = found.where(reduce(or_, parts))
    return found


def walk(table: str, text: str, fields: Iterable[str]) -> tuple[Table, SQL, SQL] | None:
    """The index as a source of ids in order: (source, key, condition); None when nothing can match.

    A statement that starts from it may stop early, however many rows match.
    """
    wanted = asked(text)
    name, seen = index_name(table), sorted({_checked(field) for field in fields})
    if not wanted or not seen:
        return None
    source = Table(name).alias("idx")
    if is_sqlite():
        question = " AND ".join(f"({_in_columns(word, seen)})" for word in wanted)
        return source, SQL("idx.rowid"), SQL(f"{name} MATCH ?", (question,))
    groups = (" | ".join(f"'{field}:{word}':*" for field in seen) for word in wanted)
    question = " & ".join(f"({group})" for group in groups)
    return source, SQL("idx.row_id"), SQL("idx.tokens @@ %s::tsquery", (question,))


def _in_columns(word: str, fields: Sequence[str]) -> str:
    """One word in any field, as FTS5 has it; a word is letters and digits, never syntax."""
    parts = []
    real = " ".join(f"f_{field}" for field in fields if not field.startswith(CUSTOM))
    if real:
        parts.append(f'{{{real}}} : ("{word}" *)')
    custom = " OR ".join(f'"{field}:{word}" *' for field in fields if field.startswith(CUSTOM))
    if custom:
        parts.append(f"more : ({custom})")
    return " OR ".join(parts)


def optimize(tables: Iterable[str]) -> None:
    """Rewrite the indexes so that words of erased rows are gone; outside any transaction."""
    for table in tables:
        name = index_name(table)
        if is_sqlite():
            proxy.execute_sql(f"INSERT INTO {name} ({name}) VALUES ('optimize')")  # noqa: S608 - a checked name
        else:
            proxy.execute_sql(f"VACUUM {name}")
    if is_sqlite():
        proxy.execute_sql("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _checked(name: str) -> str:
    if not _FIELD.fullmatch(name):
        raise DatabaseError(_("'{name}' is not the name of a field.").format(name=name[:60]))
    return name


def _run(sql: str, *values: object) -> None:
    proxy.execute_sql(sql if is_sqlite() else sql.replace("?", "%s"), values)
