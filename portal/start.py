"""Opening a portal: settings, database, plugins, schema, choices.

Everything but the web, for any face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from portal import approvals, configured, defaults, journal, lost, version
from portal.accounts import sessions
from portal.builtin.operations import INFRASTRUCTURE
from portal.catalog import BrokenPlugin, Catalog, LoadedPlugin, current, freeze, install
from portal.database import is_postgresql, open_database, proxy
from portal.fieldtypes import EDGES
from portal.operations import custom_fields, identifying
from portal.plugins import discover
from portal.privacy import deadlines
from portal.schema import prepare
from portal.settings import Settings

NOTHING_READ = -1
"""The version of no configuration: what was read of another database is forgotten."""


@dataclass(frozen=True, slots=True)
class Portal:
    """An open portal: its settings and its frozen catalog."""

    settings: Settings
    catalog: Catalog

    @property
    def broken(self) -> tuple[BrokenPlugin, ...]:
        """The plugins that could not be used, each with its reason."""
        return self.catalog.broken


def open_portal(settings: Settings) -> Portal:
    """Open the database of `settings`, bring it up to date and read what exists.

    Raises PortalError with a sentence: a database that cannot be opened or is newer, a core that
    does not hold.
    """
    settings.home.mkdir(parents=True, exist_ok=True)
    EDGES.zone = ZoneInfo(settings.locale.timezone)
    EDGES.currency = settings.locale.currency
    open_database(settings.database_url)
    loaded, broken = discover(settings.plugins_folder, settings.plugins.disabled)
    catalog = _prepared(freeze(loaded, broken))
    install(catalog)
    lost.refresh(catalog)
    journal.configure(enabled=settings.journal.enabled)
    journal.keep(settings.journal.days)
    approvals.configure(second_person=settings.privacy.second_person)
    deadlines.configure(
        settings.privacy.answer_months,
        settings.privacy.extension_months,
        settings.privacy.breach_hours,
    )
    sessions.configure(journal_for_superuser=settings.journal.superuser)
    configured.refresh(NOTHING_READ)
    sessions.forget_grants()
    configured.refresh(version.catalog_version())
    defaults.install(catalog)
    custom_fields.ask()
    identifying.ask()
    return Portal(settings, current())


def release() -> None:
    """Give the connection back at the end of a request; SQLite keeps its own for the thread."""
    if is_postgresql() and not proxy.obj.is_closed():
        proxy.obj.close()


def _prepared(catalog: Catalog) -> Catalog:
    """The catalog once its tables stand.

    A plugin whose tables cannot be used is left out and named.
    """
    while True:
        drifts = prepare(catalog, others=INFRASTRUCTURE, migrations=_migrations(catalog.plugins))
        if not drifts:
            return catalog
        unusable = {drift.plugin: drift.sentence for drift in drifts}
        kept = [plugin for plugin in catalog.plugins if plugin.name not in unusable]
        failed = [BrokenPlugin(name, why) for name, why in unusable.items()]
        catalog = freeze(kept, [*catalog.broken, *failed])


def _migrations(plugins: tuple[LoadedPlugin, ...]) -> Mapping[str, Path]:
    return {loaded.name: Path(loaded.folder) / "migrations" for loaded in plugins if loaded.folder}
