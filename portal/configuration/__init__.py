"""Settings as files: lists, forms, profile types and the like, carried from one portal to another.

`carried` says which tables travel, `files` writes and reads the file, `review` compares it with
this portal, `applying` makes this portal as the file says.
"""
