"""What every test is given, and what no test may do: reach beyond this machine."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from werkzeug.routing import Rule

from portal.database import close_database
from portal.start import Portal
from tests.canaries import World, canary_world
from tests.factories import PreparedDemo, PreparedPortal, prepare_demo, prepare_portal
from tests.servers import CHROMIUM, Office, Postgres, chromium, postgres

NO_SKIP_VARIABLE = "TESTS_NO_SKIP"
SUMMARY_VARIABLE = "TESTS_SUMMARY"
DATABASES = ("sqlite", "postgresql")
PROGRAMS = {"browser": (CHROMIUM,), "libreoffice": ("soffice", "pdftoppm")}
FIXTURE_MARKERS = {
    "browser": "browser",
    "soffice": "libreoffice",
    "postgresql_server": "postgresql",
}

_beyond: list[str] = []


# --- no test reaches beyond the loopback


def _is_local(address: object) -> bool:
    """Tell whether a socket address, or a host, is on this machine."""
    if not isinstance(address, tuple):
        return True  # a socket of the file system, or of the kernel
    host = str(address[0])
    if host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _guarded(act: Callable[..., Any], place: int) -> Callable[..., Any]:
    """Wrap a method of a socket whose address is its argument at `place`."""

    def guarded(*args: Any, **kwargs: Any) -> Any:
        if not _is_local(args[place]):
            _beyond.append(f"{act.__name__} {args[place]!r}")
            raise OSError(f"A test may not reach {args[place]!r}.")
        return act(*args, **kwargs)

    return guarded


def _guarded_lookup(act: Callable[..., Any]) -> Callable[..., Any]:
    def guarded(host: Any, *args: Any, **kwargs: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and not _is_local((name,)):
            _beyond.append(f"getaddrinfo {name!r}")
            raise socket.gaierror(f"A test may not look up {name!r}.")
        return act(host, *args, **kwargs)

    return guarded


def _compiled_once() -> None:
    """Compile an address without variables once: some hundreds are half the work of making an app.

    What an address compiles to depends on its text alone.
    """
    rule: Any = Rule
    compiled, known = rule._compile_builder, {}

    def remembered(self: Any, append_unknown: bool = True) -> Any:
        if self._converters or self.defaults:
            return compiled(self, append_unknown)
        key = (tuple(self._trace), append_unknown)
        if key not in known:
            known[key] = compiled(self, append_unknown)
        return known[key]

    rule._compile_builder = remembered


def pytest_configure(config: pytest.Config) -> None:
    """Shut the way out, and leave the settings of the person who runs the tests aside."""
    _compiled_once()
    for variable in [name for name in os.environ if name.startswith("GREFFE_")]:
        del os.environ[variable]
    guarded: Any = socket.socket
    guarded.connect = _guarded(socket.socket.connect, 1)
    guarded.connect_ex = _guarded(socket.socket.connect_ex, 1)
    guarded.sendto = _guarded(socket.socket.sendto, -1)
    socket.getaddrinfo = _guarded_lookup(socket.getaddrinfo)


@pytest.fixture(autouse=True)
def nothing_beyond_the_loopback() -> Iterator[None]:
    """Fail a test that tried to reach another machine, even if the code swallowed the refusal."""
    _beyond.clear()
    yield
    assert not _beyond


# --- databases


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Postgres]:
    """Give a PostgreSQL of this worker."""
    with postgres() as server:
        yield server


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the address of a new, empty database, on each of the two engines."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'greffe.db'}"
        close_database()
        return
    server: Postgres = request.getfixturevalue("postgresql_server")
    url = server.create()
    yield url
    close_database()
    server.drop(url)


@pytest.fixture(scope="session")
def prepared_portal(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], PreparedPortal]:
    """Give the new portal whose database tests copy, made once for each engine."""

    @cache
    def prepared(server: Postgres | None) -> PreparedPortal:
        return prepare_portal(tmp_path_factory.mktemp("portal"), server)

    return prepared


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES])
def portal_url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    prepared_portal: Callable[[Any], PreparedPortal],
) -> Iterator[str]:
    """Give the address of the database of a new portal, on each of the two engines."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    url = prepared_portal(server).copy(tmp_path, server)
    yield url
    close_database()
    if server is not None:
        server.drop(url)


@pytest.fixture(scope="session")
def prepared_demo(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Any], PreparedDemo]:
    """Give the demonstration that tests copy, made once for each engine."""
    made: dict[bool, PreparedDemo] = {}

    def prepared(server: Postgres | None) -> PreparedDemo:
        if (server is None) not in made:
            made[server is None] = prepare_demo(tmp_path_factory.mktemp("demo"), server)
        return made[server is None]

    return prepared


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES])
def demo_portal(
    request: pytest.FixtureRequest, tmp_path: Path, prepared_demo: Callable[[Any], PreparedDemo]
) -> Iterator[Portal]:
    """Open a demonstration of 40 persons and 8 accounts, new for each test, on each engine."""
    server = None
    if request.param == "postgresql":
        server = request.getfixturevalue("postgresql_server")
    portal = prepared_demo(server).copy(tmp_path / "instance", server)
    yield portal
    close_database()
    if server is not None:
        server.drop(portal.settings.database_url)


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in DATABASES],
)
def world(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Give a portal full of canaries, on each engine; tests read it, or undo what they write."""
    home = tmp_path_factory.mktemp("canaries")
    if request.param == "sqlite":
        with canary_world(home, f"sqlite:///{home / 'greffe.db'}") as made:
            yield made
        return
    server = request.getfixturevalue("postgresql_server")
    url = server.create()
    with canary_world(home, url) as made:
        yield made
    server.drop(url)


# --- programs


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Give a Chromium; a test opens a context of its own in it."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def soffice(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """Give a LibreOffice that converts documents."""
    return Office(tmp_path_factory.mktemp("office"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that drive a program, and skip them by name where it is not installed."""
    for item in items:
        for fixture, marker in FIXTURE_MARKERS.items():
            if fixture in getattr(item, "fixturenames", ()):
                item.add_marker(marker)
        for marker, programs in PROGRAMS.items():
            missing = [program for program in programs if shutil.which(program) is None]
            if missing and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=f"not installed: {', '.join(missing)}"))


# --- the account given at the end


class Account:
    """How many tests passed, failed or were skipped, and on which database."""

    def __init__(self, stats: dict[str, list[Any]]) -> None:
        failed = {report.nodeid for name in ("failed", "error") for report in stats.get(name, ())}
        passed = [report for report in stats.get("passed", ()) if report.nodeid not in failed]
        self.failed = len(failed)
        self.passed = len(passed)
        self.skipped = [report for name in ("skipped", "xfailed") for report in stats.get(name, ())]
        self.ran = {name: sum(name in report.keywords for report in passed) for name in DATABASES}

    def sentence(self) -> str:
        """Say on which database the passed tests ran."""
        neither = self.passed - sum(self.ran.values())
        return (
            f"{self.ran['sqlite']} tests on SQLite, {self.ran['postgresql']} on PostgreSQL,"
            f" {neither} on neither"
        )

    def closing(self) -> str:
        """Say the last line."""
        skipped = f", {len(self.skipped)} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def _account(config: pytest.Config) -> Account:
    reporter: Any = config.pluginmanager.get_plugin("terminalreporter")
    return Account(reporter.stats)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in which a test was skipped, where skipping is a failure."""
    if hasattr(session.config, "workerinput"):
        return
    account = _account(session.config)
    if os.environ.get(NO_SKIP_VARIABLE) and account.skipped and session.exitstatus == 0:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    path = os.environ.get(SUMMARY_VARIABLE)
    if path:
        Path(path).write_text(f"{account.sentence()}\n{account.closing()}\n", encoding="utf-8")


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say how many ran on each database, and name what was skipped."""
    account = _account(config)
    terminalreporter.section("databases")
    terminalreporter.write_line(account.sentence())
    if account.skipped:
        strict = bool(os.environ.get(NO_SKIP_VARIABLE))
        terminalreporter.section("skipped, which is a failure here" if strict else "skipped")
        for report in account.skipped:
            cause = report.longrepr
            reason = cause[2] if isinstance(cause, tuple) else "expected failure"
            terminalreporter.write_line(f"{report.nodeid}: {reason}")
