"""Operations: jobs, mail, backup and restore, demo data.

Whichever of them is imported, the jobs that ship with the portal are declared.
"""

from portal.operations import backup, journal_checking, mail, request_reminders

__all__ = ["backup", "journal_checking", "mail", "request_reminders"]
