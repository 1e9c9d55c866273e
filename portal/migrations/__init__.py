"""Migrations of the core, in order: `NNNN_what.py` with `up(migrator, db)`. The last number is the schema's version."""
