"""Finding plugins.

The core's own, the folder `plugins`, a folder of the settings, and installed packages.
"""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
from collections.abc import Callable, Collection, Iterator
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType

import plugins
from portal.catalog import BrokenPlugin, LoadedPlugin
from portal.declare import Plugin
from portal.i18n import _, load_translations
from portal.models import plugin_name

CORE = ("directory", "accounts", "typing", "journal", "history", "privacy", "operations")
GROUP = "greffe.plugins"
LOCAL = "greffe_local_plugins"

Loader = Callable[[], ModuleType]


def discover(
    folder: Path | None = None, disabled: Collection[str] = ()
) -> tuple[list[LoadedPlugin], list[BrokenPlugin]]:
    """Every plugin that can be loaded, the core first, and those that cannot with the reason."""
    loaded = [_core(name) for name in CORE]
    broken: list[BrokenPlugin] = []
    for name, origin, load in _outside(folder):
        if name in disabled:
            continue
        if any(known.name == name for known in loaded):
            broken.append(BrokenPlugin(name, _("Another plugin already has this name.")))
            continue
        try:
            module = load()
            loaded.append(_of_module(name, module, origin))
        except Exception as error:  # other people's code: whatever it raises, the portal starts
            cause = f"{type(error).__name__}: {error}"
            broken.append(BrokenPlugin(name, _("Its code stopped with an error."), cause))
    return loaded, broken


def _core(name: str) -> LoadedPlugin:
    module = importlib.import_module(f"portal.builtin.{name}")
    return LoadedPlugin(name, module.plugin)


def _outside(folder: Path | None) -> Iterator[tuple[str, str, Loader]]:
    for found in sorted(pkgutil.iter_modules(plugins.__path__), key=lambda m: m.name):
        yield found.name, "shipped", _importer(f"plugins.{found.name}")
    if folder is not None:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            name = path.stem
            file = path / "__init__.py" if path.is_dir() else path
            if file.suffix == ".py" and file.is_file() and not name.startswith(("_", ".")):
                yield name, "folder", _file_importer(name, file)
    for entry in sorted(entry_points(group=GROUP), key=lambda e: e.name):
        yield plugin_name(entry.module), "installed", _importer(entry.module)


def _importer(module: str) -> Loader:
    return lambda: importlib.import_module(module)


def _file_importer(name: str, file: Path) -> Loader:
    def load() -> ModuleType:
        dotted = f"{LOCAL}.{name}"
        if dotted in sys.modules:
            return sys.modules[dotted]
        package = file.name == "__init__.py"
        spec = importlib.util.spec_from_file_location(
            dotted, file, submodule_search_locations=[str(file.parent)] if package else None
        )
        if spec is None or spec.loader is None:
            raise ImportError(f"{file.name} cannot be loaded")
        module = importlib.util.module_from_spec(spec)
        sys.modules.setdefault(LOCAL, ModuleType(LOCAL))
        sys.modules[dotted] = module
        try:
            spec.loader.exec_module(module)
        except BaseException:
            del sys.modules[dotted]
            raise
        return module

    return load


def _of_module(name: str, module: ModuleType, origin: str) -> LoadedPlugin:
    declared = getattr(module, "plugin", None)
    if not isinstance(declared, Plugin):
        raise TypeError("it has no `plugin = declare.Plugin(...)`")
    folder = Path(module.__file__ or "").parent
    if (folder / "translations").is_dir() and Path(module.__file__ or "").name == "__init__.py":
        load_translations(folder / "translations")
    return LoadedPlugin(name, declared, str(folder), origin)
