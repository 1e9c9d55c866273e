"""The processes of the portal and the kinds of client in words: the one home of their names.

The stored name is a word of the code and stays what it was; people see what stands here.
"""

from __future__ import annotations

from portal.i18n import Label, _

PASSWORD_OF = "password of account "  # noqa: S105 - the beginning of a name, followed by a number
JOB = "job "
_WORDS: dict[str, Label] = {
    "archive": _("Archiving"),
    "backup": _("Backup"),
    "browser": _("Browser"),
    "command line": _("Command line"),
    "demo data": _("Demonstration data"),
    "first administrator": _("First administrator"),
    "frame": _("Frame of the pages"),
    "job": _("Job"),
    "process": _("The portal itself"),
    "python": _("Program"),
    "restore": _("Restoring"),
    "sign-in": _("Sign-in"),
    "start": _("Start of the portal"),
    "web service": _("Web service"),
}


def named(name: str, label: Label) -> None:
    """Say by which words people know a process that has a label of its own, as a job has."""
    _WORDS[name] = label


def words(name: str) -> str:
    """A process or a kind of client in words; a name that nobody gave words to, as it stands."""
    if name.startswith(PASSWORD_OF):
        account = name.removeprefix(PASSWORD_OF)
        return _("New password of account {account}").format(account=account)
    return str(_WORDS.get(name) or _WORDS.get(name.removeprefix(JOB), name))
