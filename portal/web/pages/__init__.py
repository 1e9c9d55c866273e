"""Pages beside the tables: thin; they parse, call one use and answer.

A module adds its blueprint to `BLUEPRINTS` (addresses of its own), or its Flask-Admin view to
`VIEWS` (below the administration's prefix; called with that prefix), and one line to `MENU` for
the side menu. A page about one row is a line of `ROW_PAGES`: its sheet and form lead to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from flask import Blueprint
from flask_admin import BaseView

from portal.gate import Gate
from portal.i18n import Label, _
from portal.operations import overview
from portal.privacy import legal_holds
from portal.web.pages import (
    access_journal,
    accounts,
    anonymising,
    audit,
    breaches,
    codes,
    configuration,
    custom_fields,
    custom_forms,
    dictionary,
    documents,
    duplicates,
    holds,
    identifiers,
    imports,
    list_files,
    lists,
    me,
    merging,
    new_account,
    objections,
    operations,
    own,
    plugins,
    privacy,
    processors,
    register,
    rehearsal,
    requests,
    rights,
    signing,
    superusers,
)
from portal.web.pages.search import SearchView


@dataclass(frozen=True, slots=True)
class MenuEntry:
    """A page of the side menu.

    Its label, its endpoint, whether this actor is shown it (without a query), and what it stands
    below.
    """

    label: Label
    endpoint: str
    shown: Callable[[Gate], bool]
    above: tuple[Label, ...] = ()


@dataclass(frozen=True, slots=True)
class RowPage:
    """A page about one row of a table, beside its sheet: `endpoint` takes the row's `id`.

    A `next_step` opens by itself when the row was created, a `remedy` is offered where a row cannot
    be deleted. Without a `table` it is a page about
    rows of every table that `carries` it, and takes the name of theirs.
    """

    table: str
    label: Label
    endpoint: str
    shown: Callable[[Gate], bool]
    next_step: bool = False
    remedy: bool = False
    carries: Callable[[str], bool] = bool

    def about(self, table: str) -> bool:
        """True when the page is about rows of this table."""
        return self.table == table or (not self.table and self.carries(table))

    def among(self, table: str) -> dict[str, str]:
        """What the page's address says beside the number of the row."""
        return {} if self.table else {"table": table}


BLUEPRINTS: tuple[Blueprint, ...] = (signing.pages, me.pages, own.pages, documents.pages)
VIEWS: tuple[Callable[[str], BaseView], ...] = (
    SearchView,
    plugins.PluginPagesView,
    lists.ListsView,
    merging.MergingView,
    list_files.ListFilesView,
    privacy.PrivacyView,
    anonymising.AnonymisingView,
    holds.HoldsView,
    requests.RequestsView,
    breaches.BreachesView,
    objections.ObjectionsView,
    register.RegisterView,
    access_journal.AccessJournalView,
    audit.AuditView,
    superusers.SuperusersView,
    dictionary.DictionaryView,
    processors.ProcessorsView,
    operations.OperationsView,
    rehearsal.RehearsalView,
    codes.CodesView,
    rights.RightsView,
    documents.AccessDocumentsView,
    accounts.AccountsView,
    custom_fields.CustomFieldsView,
    configuration.SettingsFileView,
    custom_forms.CustomFormsView,
    imports.ImportsView,
    duplicates.DuplicatesView,
    new_account.NewAccountView,
    identifiers.IdentifiersView,
)
DATA = (_("Structure"), _("Data"))
MENU: tuple[MenuEntry, ...] = (
    MenuEntry(_("Lists"), "lists.index", lists.sees_lists),
    MenuEntry(_("Identifiers"), "identifiers.index", identifiers.sees_identifiers),
    MenuEntry(_("Duplicates"), "duplicates.index", duplicates.may_open),
    MenuEntry(_("Data retention"), "register.index", register.sees_register, DATA),
    MenuEntry(_("Processors"), "processors.index", processors.sees_processors, DATA),
    MenuEntry(_("Requests"), "requests.index", requests.sees_requests),
    MenuEntry(_("Breaches"), "breaches.index", breaches.sees_breaches),
    MenuEntry(_("Objection list"), "objections.index", objections.sees_objections),
    MenuEntry(_("Retention"), "privacy.retention", privacy.sees_privacy),
    MenuEntry(_("Legal holds"), "holds.index", holds.sees_holds),
    MenuEntry(_("Data dictionary"), "dictionary.index", dictionary.sees_dictionary),
    MenuEntry(_("Access journal"), "access_journal.index", access_journal.sees_journal),
    MenuEntry(_("Audit"), "audit.index", audit.sees_audit),
    MenuEntry(_("Attachment rules"), "privacy.attachments", privacy.sees_rights),
    MenuEntry(_("Summary of profile types"), "rights.summary", rights.sees_summary),
    MenuEntry(_("Why does somebody see something?"), "rights.why", rights.asks_why),
    MenuEntry(_("Jobs and backups"), "operations.index", overview.may_open),
    MenuEntry(_("Rehearsal copy"), "rehearsal.index", rehearsal.sees_rehearsal),
    MenuEntry(_("Settings file"), "settings_file.index", configuration.sees_settings),
)
ROW_PAGES: tuple[RowPage, ...] = (
    RowPage(
        "directory.person",
        _("Record a request"),
        "requests.new",
        requests.records_requests,
    ),
    RowPage(
        "directory.person",
        _("Record an objection"),
        "objections.new",
        objections.records_objections,
    ),
    RowPage("privacy.request", _("Treat the request"), "requests.one", requests.sees_requests),
    RowPage("privacy.breach", _("Treat the breach"), "breaches.one", breaches.sees_breaches),
    RowPage(
        "privacy.processor",
        _("Treatments in which it takes part"),
        "processors.treatments",
        processors.links_treatments,
        next_step=True,
    ),
    RowPage(
        "typing.customfield",
        _("Delete the field and its values"),
        "custom_fields.delete",
        custom_fields.may_erase,
        remedy=True,
    ),
    RowPage(
        "typing.customform",
        _("Content of the form"),
        "custom_forms.content",
        custom_forms.arranges,
        next_step=True,
    ),
    RowPage(
        "typing.choice",
        _("Merge, or make unavailable"),
        "merging.index",
        merging.may_merge,
        remedy=True,
    ),
    RowPage("", _("Legal hold"), "holds.record", holds.places_holds, carries=legal_holds.carries),
    RowPage("", _("Access codes"), "codes.record", codes.codes_records, carries=codes.carries),
    RowPage("accounts.accesscode", _("Fields with this code"), "codes.fields", codes.codes_fields),
    RowPage("accounts.profiletype", _("Rights"), "rights.profile", rights.sees_summary),
    RowPage(
        "accounts.account",
        _("Password and access"),
        "account_access.access",
        accounts.may_administer,
    ),
)
"""The pages that a row's sheet and form lead to."""
