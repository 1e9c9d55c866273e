"""The settings: one typed, frozen object from `greffe.toml` and `GREFFE_*` variables.

The file stands in the instance folder. A variable `GREFFE_<SECTION>_<KEY>` wins over it, and it
wins over the default. What is unknown or of the wrong type is refused with a sentence: a misspelt
setting that is ignored is a protection that is off.
"""

from __future__ import annotations

import difflib
import os
import secrets
import tomllib
import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_type_hints
from urllib.parse import urlsplit, urlunsplit

from portal.errors import SettingsError
from portal.i18n import Label, _, gettext
from portal.settings_rules import RULES
from portal.settings_sections import (
    EMPTY,
    SANDBOX_LEVELS,
    SECTIONS,
    Admin,
    Alerts,
    Backups,
    Database,
    Demo,
    Journal,
    Limits,
    Locale,
    Mail,
    Plugins,
    Privacy,
    Security,
    Server,
    Sessions,
)

__all__ = ["SANDBOX_LEVELS", "Settings", "explain", "load", "weaknesses"]

FILE_NAME = "greffe.toml"
VARIABLE_PREFIX = "GREFFE_"
HOME_VARIABLE = "GREFFE_HOME"
SECRET_KEY_BYTES = 32
ADVISED, FREELY = 184, 365
"""The days that the journal is kept at least, by advice, and at most without a written reason."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, one attribute per section.

    `origins` says where each value that is no default came from.
    """

    home: Path
    server: Server = field(default_factory=Server)
    database: Database = field(default_factory=Database)
    admin: Admin = field(default_factory=Admin)
    locale: Locale = field(default_factory=Locale)
    plugins: Plugins = field(default_factory=Plugins)
    journal: Journal = field(default_factory=Journal)
    alerts: Alerts = field(default_factory=Alerts)
    privacy: Privacy = field(default_factory=Privacy)
    sessions: Sessions = field(default_factory=Sessions)
    mail: Mail = field(default_factory=Mail)
    security: Security = field(default_factory=Security)
    backups: Backups = field(default_factory=Backups)
    limits: Limits = field(default_factory=Limits)
    demo: Demo = field(default_factory=Demo)
    origins: Mapping[str, str] = field(default_factory=lambda: EMPTY, repr=False, compare=False)

    @property
    def database_url(self) -> str:
        """The address to open; a relative SQLite file is taken from the instance folder."""
        url = self.database.url
        if not url:
            return f"sqlite:///{self.home / 'greffe.db'}"
        if url.startswith("sqlite:///") and url != "sqlite:///:memory:":
            return f"sqlite:///{self.home / url.removeprefix('sqlite:///')}"
        return url

    @property
    def plugins_folder(self) -> Path | None:
        """The folder of local plugins, if any; a relative one starts at the instance folder."""
        return self.home / self.plugins.folder if self.plugins.folder else None

    @property
    def backups_folder(self) -> Path:
        """Where backups are written."""
        return self.home / (self.backups.folder or "backups")

    @property
    def secret_key(self) -> bytes:
        """The key that signs cookies and tokens, made at the first call; raises SettingsError."""
        path = self.home / "secret_key"
        try:
            if not path.exists():
                _write_secret_key(path)
            key = path.read_bytes().strip()
        except OSError as error:
            raise SettingsError(
                _("The file secret_key cannot be read or made in the instance folder."),
                _("Give the portal's account the right to write there, or set GREFFE_HOME."),
            ) from error
        if len(key) < SECRET_KEY_BYTES:
            raise SettingsError(
                _("The file secret_key in the instance folder is too short to protect anything."),
                _("Delete it: a new one is made at the next start, and everyone signs in again."),
            )
        return key


def _write_secret_key(path: Path) -> None:
    """Write the key aside, then link it: nobody reads half a key, nobody replaces one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"secret_key.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(SECRET_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first; its key is the key
    finally:
        draft.unlink()


_TYPES = {name: get_type_hints(section) for name, section in SECTIONS.items()}
_KEYS = tuple(f"{name}.{key}" for name, types_ in _TYPES.items() for key in types_)
_VARIABLES = {VARIABLE_PREFIX + key.replace(".", "_").upper(): key for key in _KEYS}


def load(home: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of the folder `home` (default: GREFFE_HOME, then `./var`).

    Raises SettingsError with the key, the nearest known one and where it was read.
    """
    environ = os.environ if environ is None else environ
    folder = (home or Path(environ.get(HOME_VARIABLE) or "var")).expanduser().absolute()
    values = _from_file(folder / FILE_NAME)
    origins = dict.fromkeys(values, FILE_NAME)
    if home is None and environ.get(HOME_VARIABLE):
        origins["home"] = HOME_VARIABLE
    for variable, key, value in _from_environ(environ):
        values[key] = value
        origins[key] = variable
    sections = {
        name: section(
            **{
                key.partition(".")[2]: value
                for key, value in values.items()
                if key.startswith(f"{name}.")
            }
        )
        for name, section in SECTIONS.items()
    }
    settings = Settings(home=folder, **sections, origins=types.MappingProxyType(origins))
    _check(settings)
    return settings


def _from_file(path: Path) -> dict[str, Any]:
    """The values of the file by dotted key; an absent file is an empty one."""
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(
            _("The file greffe.toml is not valid TOML: %s.") % error,
            _("Correct that line; text is written between quotes."),
        ) from error
    except OSError as error:
        raise SettingsError(
            _("The file greffe.toml cannot be read."),
            _("Give the portal's account the right to read it."),
        ) from error
    values: dict[str, Any] = {}
    for section, table in document.items():
        if section not in SECTIONS:
            raise _unknown(_("section"), f"[{section}]", section, tuple(SECTIONS), FILE_NAME)
        if not isinstance(table, dict):
            raise SettingsError(
                _("%(file)s: '%(section)s' is a section, not a value.")
                % {"file": FILE_NAME, "section": section},
                _("Write its keys below a line [%s].") % section,
            )
        for name, value in table.items():
            key = f"{section}.{name}"
            if name not in _TYPES[section]:
                known = tuple(_TYPES[section])
                raise _unknown(_("key"), f"{name} ([{section}])", name, known, FILE_NAME)
            values[key] = _typed(key, value, FILE_NAME)
    return values


def _from_environ(environ: Mapping[str, str]) -> list[tuple[str, str, Any]]:
    """(variable, dotted key, value) of each GREFFE_ variable but GREFFE_HOME."""
    found = []
    for variable, text in sorted(environ.items()):
        if not variable.startswith(VARIABLE_PREFIX) or variable == HOME_VARIABLE:
            continue
        key = _VARIABLES.get(variable)
        if key is None:
            known = (*_VARIABLES, HOME_VARIABLE)
            raise _unknown(_("variable"), variable, variable, known, _("the environment"))
        found.append((variable, key, _parsed(key, text, variable)))
    return found


def _unknown(
    kind: Label, shown: str, name: str, known: tuple[str, ...], where: Label
) -> SettingsError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0)
    return SettingsError(
        _("Unknown %(kind)s %(name)s in %(where)s.")
        % {"kind": kind, "name": shown, "where": where},
        _("The nearest known one is %s.") % near[0],
    )


def _expected(key: str) -> tuple[Any, Label]:
    section, _dot, name = key.partition(".")
    kind = _TYPES[section][name]
    sentences: dict[Any, Label] = {
        str: _("a text between quotes"),
        int: _("a whole number"),
        bool: _("true or false"),
        tuple[str, ...]: _("a list of texts"),
        Mapping[str, str]: _("a table of texts"),
    }
    return kind, sentences[kind]


def _typed(key: str, value: object, where: str) -> Any:
    """`value` of the file as the setting's own type."""
    kind, sentence = _expected(key)
    if kind in (str, int, bool):
        if type(value) is kind:
            return value
    elif kind == tuple[str, ...]:
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
    elif isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        return types.MappingProxyType(dict(value))
    raise _wrong_type(key, where, sentence)


def _parsed(key: str, text: str, where: str) -> Any:
    """The text of a variable as the setting's own type; lists are separated by commas."""
    kind, sentence = _expected(key)
    if kind is str:
        return text
    if kind is int and text.strip().lstrip("-").isdecimal():
        return int(text)
    if kind is bool and text.strip().lower() in _BOOLEANS:
        return _BOOLEANS[text.strip().lower()]
    if kind == tuple[str, ...]:
        return tuple(item.strip() for item in text.split(",") if item.strip())
    if kind == Mapping[str, str]:
        raise SettingsError(
            _("%s is a table, which a variable cannot hold.") % key,
            _("Write it in greffe.toml."),
        )
    raise _wrong_type(key, where, sentence)


_BOOLEANS = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


def _wrong_type(key: str, where: str, sentence: Label) -> SettingsError:
    return SettingsError(
        _("%(where)s: %(key)s takes %(sentence)s.")
        % {"where": where, "key": key, "sentence": sentence}
    )


def _check(settings: Settings) -> None:
    """Refuse the first value that no portal can run with."""
    for key, rule in RULES.items():
        section, _dot, name = key.partition(".")
        problem = rule(getattr(getattr(settings, section), name))
        if problem:
            where = settings.origins.get(key, gettext("default"))
            raise SettingsError(
                _("%(where)s: %(key)s %(problem)s.")
                % {"where": where, "key": key, "problem": problem}
            )
    if settings.journal.days > FREELY and not settings.journal.reason.strip():
        raise SettingsError(
            _("journal.days is over {days} days, which needs a reason.").format(days=FREELY),
            _("Write it in journal.reason, or keep the journal for less long."),
        )
    if settings.limits.page_size > settings.limits.max_page_size:
        raise SettingsError(_("limits.page_size is greater than limits.max_page_size."))


def explain(settings: Settings) -> list[tuple[str, str, str]]:
    """(key, value, where it comes from) of every setting, secrets masked."""
    default = gettext("default")
    rows = [("home", str(settings.home), settings.origins.get("home", default))]
    for key in _KEYS:
        section, _dot, name = key.partition(".")
        value = getattr(getattr(settings, section), name)
        rows.append((key, _shown(key, value), settings.origins.get(key, default)))
    return rows


def _shown(key: str, value: object) -> str:
    if key == "mail.password":
        return "********" if value else ""
    if key == "database.url":
        return _without_password(str(value))
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ", ".join(value)
    if isinstance(value, Mapping):
        return "; ".join(f"{name}: {text}" for name, text in value.items())
    return str(value)


def _without_password(url: str) -> str:
    """`url` with its password masked, also one given as a parameter."""
    parts = urlsplit(url)
    place = parts.netloc
    if parts.password is not None:
        place = f"{parts.username or ''}:********@{place.rpartition('@')[2]}"
    query = "&".join(
        "password=********" if pair.lower().startswith("password=") else pair
        for pair in parts.query.split("&")
    )
    return urlunsplit(parts._replace(netloc=place, query=query))


def weaknesses(settings: Settings) -> list[Label]:
    """Sentences on what is allowed but weak, for `greffe check`."""
    found: list[Label] = []
    for name in ("x_frame_options", "x_content_type_options", "referrer_policy", "iframe_sandbox"):
        if not getattr(settings.security, name):
            found.append(_("security.%s is empty: that protection is off.") % name)
    if any("'unsafe-" in text for text in settings.security.csp.values()):
        found.append(_("security.csp allows inline or evaluated code: that protection is weak."))
    if not settings.journal.enabled:
        found.append(_("journal.enabled is false: nobody can tell who saw what."))
    if settings.journal.days < ADVISED:
        found.append(
            _("journal.days is under {days}: the journal may be gone when it is needed.").format(
                days=ADVISED
            )
        )
    if settings.journal.superuser:
        found.append(_("journal.superuser is true: the superuser reads the access journal."))
    if settings.mail.password and not settings.mail.starttls:
        found.append(_("mail.starttls is false: the mail password travels in clear."))
    if settings.mail.host and not settings.mail.sender:
        found.append(_("mail.sender is empty: most servers refuse such mail."))
    address = settings.server.public_address
    if address.startswith("http://") and settings.server.host not in ("127.0.0.1", "localhost"):
        found.append(_("server.public_address is not https: passwords travel in clear."))
    return found
