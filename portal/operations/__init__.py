"""Operations: jobs, mail, backup and restore, demo data.

Whichever of them is imported, the jobs that ship with the portal are declared.
"""

from portal.operations import backup, mail

__all__ = ["backup", "mail"]
