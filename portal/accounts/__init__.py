"""Accounts: passwords, sign-in, sessions, ready-made profile types, one-time links."""
