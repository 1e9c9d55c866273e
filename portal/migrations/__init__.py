"""Migrations of the core (`NNNN_what.py`, `up(migrator, db)`); the last is its version."""
