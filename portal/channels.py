"""The ways by which rows leave or enter the portal, and the kind of processing of each."""

from __future__ import annotations

import enum
from collections.abc import Mapping

from portal.declare import Verb
from portal.i18n import Lazy, _


class Channel(enum.StrEnum):
    """Where an act takes place."""

    LIST = "list"
    DETAIL = "detail"
    FORM = "form"
    LOOKUP = "lookup"
    SEARCH = "search"
    IMPORT = "import"
    EXPORT = "export"
    DOCUMENT = "document"
    API = "api"
    ACCESS = "access"
    PURGE = "purge"
    ERASURE = "erasure"
    RESTRICTION = "restriction"
    REGISTER = "register"
    JOURNAL = "journal"
    BACKUP = "backup"
    SIGN_IN = "sign_in"


class Kind(enum.StrEnum):
    """The kind of processing of a journal entry; the first seven are those that are reported."""

    DIRECTORY_LIST = "directory_list"
    DIRECTORY_EXPORT = "directory_export"
    SHEET_VIEW = "sheet_view"
    SHEET_EXPORT = "sheet_export"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    ANONYMISE = "anonymise"
    RESTRICT = "restrict"
    ARCHIVE_ACCESS = "archive_access"
    JOURNAL_ACCESS = "journal_access"
    DOCUMENT = "document"
    ACCESS_DOCUMENT = "access_document"
    LOOKUP = "lookup"
    PURGE = "purge"
    REGISTER_EXPORT = "register_export"
    BACKUP = "backup"
    SIGN_IN = "sign_in"
    OPERATION = "operation"


KIND_LABELS: Mapping[Kind, Lazy] = {
    Kind.DIRECTORY_LIST: _("Directory listing"),
    Kind.DIRECTORY_EXPORT: _("Directory export"),
    Kind.SHEET_VIEW: _("Sheet viewed"),
    Kind.SHEET_EXPORT: _("Sheet exported"),
    Kind.CREATE: _("Creation"),
    Kind.UPDATE: _("Modification"),
    Kind.DELETE: _("Deletion"),
    Kind.ANONYMISE: _("Anonymisation"),
    Kind.RESTRICT: _("Restriction"),
    Kind.ARCHIVE_ACCESS: _("Protected data opened"),
    Kind.JOURNAL_ACCESS: _("Journal consulted"),
    Kind.DOCUMENT: _("Document made"),
    Kind.ACCESS_DOCUMENT: _("Access document made"),
    Kind.LOOKUP: _("Search for a reference"),
    Kind.PURGE: _("Purge of obsolete data"),
    Kind.REGISTER_EXPORT: _("Register exported"),
    Kind.BACKUP: _("Backup or restore"),
    Kind.SIGN_IN: _("Sign-in"),
    Kind.OPERATION: _("Other operation"),
}

REPORTED: Mapping[Kind, Kind] = {
    Kind.DIRECTORY_LIST: Kind.DIRECTORY_LIST,
    Kind.LOOKUP: Kind.DIRECTORY_LIST,
    Kind.DIRECTORY_EXPORT: Kind.DIRECTORY_EXPORT,
    Kind.BACKUP: Kind.DIRECTORY_EXPORT,
    Kind.SHEET_VIEW: Kind.SHEET_VIEW,
    Kind.ARCHIVE_ACCESS: Kind.SHEET_VIEW,
    Kind.SHEET_EXPORT: Kind.SHEET_EXPORT,
    Kind.DOCUMENT: Kind.SHEET_EXPORT,
    Kind.ACCESS_DOCUMENT: Kind.SHEET_EXPORT,
    Kind.CREATE: Kind.CREATE,
    Kind.UPDATE: Kind.UPDATE,
    Kind.RESTRICT: Kind.UPDATE,
    Kind.DELETE: Kind.DELETE,
    Kind.ANONYMISE: Kind.DELETE,
    Kind.PURGE: Kind.DELETE,
}
"""Which of the seven reported kinds each kind counts as; those left out concern no sheet."""

_BY_VERB: Mapping[Verb, Kind] = {
    Verb.READ: Kind.DIRECTORY_LIST,
    Verb.CREATE: Kind.CREATE,
    Verb.UPDATE: Kind.UPDATE,
    Verb.ERASE: Kind.DELETE,
    Verb.EXPORT: Kind.DIRECTORY_EXPORT,
    Verb.IMPORT: Kind.CREATE,
    Verb.DISCLOSE: Kind.ARCHIVE_ACCESS,
    Verb.EXECUTE: Kind.OPERATION,
}

_EXCEPTIONS: Mapping[Channel, Mapping[Verb, Kind]] = {
    Channel.DETAIL: {Verb.READ: Kind.SHEET_VIEW, Verb.EXPORT: Kind.SHEET_EXPORT},
    Channel.FORM: {Verb.READ: Kind.SHEET_VIEW},
    Channel.LOOKUP: {Verb.READ: Kind.LOOKUP},
    Channel.EXPORT: {Verb.READ: Kind.DIRECTORY_EXPORT},
    Channel.DOCUMENT: dict.fromkeys((Verb.READ, Verb.EXPORT, Verb.EXECUTE), Kind.DOCUMENT),
    Channel.ACCESS: dict.fromkeys(
        (Verb.READ, Verb.EXPORT, Verb.DISCLOSE, Verb.EXECUTE), Kind.ACCESS_DOCUMENT
    ),
    Channel.PURGE: {
        Verb.READ: Kind.DIRECTORY_LIST,
        Verb.UPDATE: Kind.ANONYMISE,
        Verb.ERASE: Kind.PURGE,
        Verb.EXECUTE: Kind.PURGE,
    },
    Channel.ERASURE: {Verb.READ: Kind.SHEET_VIEW, Verb.UPDATE: Kind.ANONYMISE},
    Channel.RESTRICTION: {
        Verb.READ: Kind.SHEET_VIEW,
        Verb.CREATE: Kind.RESTRICT,
        Verb.UPDATE: Kind.RESTRICT,
        Verb.ERASE: Kind.RESTRICT,
    },
    Channel.REGISTER: dict.fromkeys((Verb.READ, Verb.EXPORT, Verb.EXECUTE), Kind.REGISTER_EXPORT),
    Channel.JOURNAL: dict.fromkeys(
        (Verb.READ, Verb.EXPORT, Verb.DISCLOSE, Verb.EXECUTE), Kind.JOURNAL_ACCESS
    ),
    Channel.BACKUP: dict.fromkeys(Verb, Kind.BACKUP),
    Channel.SIGN_IN: dict.fromkeys(Verb, Kind.SIGN_IN),
}

KINDS: Mapping[tuple[Channel, Verb], Kind] = {
    (channel, verb): _EXCEPTIONS.get(channel, {}).get(verb, kind)
    for channel in Channel
    for verb, kind in _BY_VERB.items()
}
"""The one table that names the processing: a channel and a verb give a kind."""
