"""The core's own tables, declared like any plugin's: there is no second way to make a table."""
