"""Measurements: list pages, exports and load, beside what others do with the same rows."""
