"""What makes the journal append-only inside the database itself, on SQLite and on PostgreSQL.

Three things stand beside the entries: the head (last entry and its fingerprint), the term (how long
entries are kept and the cut-off that a running prune announces), and an index of the persons
concerned. Triggers refuse every update, every entry that does not follow the head, and every
deletion that no prune announced.
"""

from __future__ import annotations

from portal.database import is_sqlite

START = "0" * 64
"""The fingerprint that the first entry follows."""

DEFAULT_KEEP_DAYS = 184

_BOTH = (
    """CREATE TABLE IF NOT EXISTS journal_head (
        id INTEGER PRIMARY KEY CHECK (id = 1), entry BIGINT NOT NULL, hash TEXT NOT NULL)""",
    "INSERT INTO journal_head (id, entry, hash)"
    " VALUES (1, 0, '0000000000000000000000000000000000000000000000000000000000000000')"
    " ON CONFLICT DO NOTHING",
)

_SQLITE = (
    """CREATE TABLE IF NOT EXISTS journal_term (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        keep_days INTEGER NOT NULL CHECK (keep_days >= 1), cutoff TEXT)""",
    "CREATE TABLE IF NOT EXISTS journal_collected (name TEXT PRIMARY KEY)",
    """CREATE VIRTUAL TABLE IF NOT EXISTS journal_person USING fts5(
        persons, content='', detail=none, columnsize=0, tokenize='ascii')""",
    """CREATE TRIGGER IF NOT EXISTS journal_entry_follows BEFORE INSERT ON journal_entry
        WHEN NEW.id IS NOT (SELECT entry + 1 FROM journal_head)
            OR NEW.previous IS NOT (SELECT hash FROM journal_head)
        BEGIN SELECT RAISE(ABORT, 'journal: an entry must follow the last one'); END""",
    """CREATE TRIGGER IF NOT EXISTS journal_entry_added AFTER INSERT ON journal_entry BEGIN
        UPDATE journal_head SET entry = NEW.id, hash = NEW.hash;
        INSERT INTO journal_person (rowid, persons) VALUES (NEW.id, NEW.persons);
        END""",
    """CREATE TRIGGER IF NOT EXISTS journal_entry_kept BEFORE UPDATE ON journal_entry
        BEGIN SELECT RAISE(ABORT, 'journal: an entry is never changed'); END""",
    """CREATE TRIGGER IF NOT EXISTS journal_entry_term BEFORE DELETE ON journal_entry
        WHEN (SELECT cutoff FROM journal_term) IS NULL
            OR OLD.at >= (SELECT cutoff FROM journal_term)
        BEGIN SELECT RAISE(ABORT, 'journal: an entry is only deleted by a prune'); END""",
    """CREATE TRIGGER IF NOT EXISTS journal_entry_pruned AFTER DELETE ON journal_entry BEGIN
        INSERT INTO journal_person (journal_person, rowid, persons)
        VALUES ('delete', OLD.id, OLD.persons);
        END""",
    """CREATE TRIGGER IF NOT EXISTS journal_term_kept BEFORE UPDATE ON journal_term
        WHEN NEW.cutoff > datetime('now', '-' || NEW.keep_days || ' days')
        BEGIN SELECT RAISE(ABORT, 'journal: the cut-off is newer than the term'); END""",
)

_POSTGRESQL = (
    """CREATE TABLE IF NOT EXISTS journal_term (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        keep_days INTEGER NOT NULL CHECK (keep_days >= 1), cutoff TIMESTAMP)""",
    "ALTER TABLE journal_entry ADD COLUMN IF NOT EXISTS person_ids BIGINT[]",
    """CREATE INDEX IF NOT EXISTS journal_entry_person_ids
        ON journal_entry USING gin (person_ids)""",
    """CREATE OR REPLACE FUNCTION journal_follows() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            UPDATE journal_head SET entry = NEW.id, hash = NEW.hash
                WHERE entry = NEW.id - 1 AND hash = NEW.previous;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'journal: an entry must follow the last one';
            END IF;
            NEW.person_ids := ARRAY(
                SELECT value::bigint FROM jsonb_array_elements_text(NEW.persons::jsonb));
            RETURN NEW;
        END $$""",
    """CREATE OR REPLACE FUNCTION journal_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN RAISE EXCEPTION 'journal: an entry is never changed'; END $$""",
    """CREATE OR REPLACE FUNCTION journal_pruned() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NOT EXISTS (SELECT 1 FROM journal_term WHERE OLD.at < cutoff) THEN
                RAISE EXCEPTION 'journal: an entry is only deleted by a prune';
            END IF;
            RETURN OLD;
        END $$""",
    """CREATE OR REPLACE FUNCTION journal_term_kept() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF NEW.cutoff > (now() AT TIME ZONE 'UTC') - NEW.keep_days * interval '1 day' THEN
                RAISE EXCEPTION 'journal: the cut-off is newer than the term';
            END IF;
            RETURN NEW;
        END $$""",
    """CREATE OR REPLACE TRIGGER journal_entry_follows BEFORE INSERT ON journal_entry
        FOR EACH ROW EXECUTE FUNCTION journal_follows()""",
    """CREATE OR REPLACE TRIGGER journal_entry_kept BEFORE UPDATE ON journal_entry
        FOR EACH ROW EXECUTE FUNCTION journal_kept()""",
    """CREATE OR REPLACE TRIGGER journal_entry_whole BEFORE TRUNCATE ON journal_entry
        FOR EACH STATEMENT EXECUTE FUNCTION journal_kept()""",
    """CREATE OR REPLACE TRIGGER journal_entry_term BEFORE DELETE ON journal_entry
        FOR EACH ROW EXECUTE FUNCTION journal_pruned()""",
    """CREATE OR REPLACE TRIGGER journal_term_kept BEFORE UPDATE ON journal_term
        FOR EACH ROW EXECUTE FUNCTION journal_term_kept()""",
)

_TERM = "INSERT INTO journal_term (id, keep_days) VALUES (1, 184) ON CONFLICT DO NOTHING"


def statements() -> tuple[str, ...]:
    """The SQL that puts the triggers in place; running it again changes nothing."""
    return (*_BOTH, *(_SQLITE if is_sqlite() else _POSTGRESQL), _TERM)
