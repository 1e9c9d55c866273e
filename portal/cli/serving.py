"""`greffe run` serves the portal, `greffe worker` runs its jobs in a process of its own."""

from __future__ import annotations

import errno
import logging
import signal
import socket
import threading
from dataclasses import replace
from types import FrameType

import click
from waitress.server import create_server

from portal.cli import speaking
from portal.cli.speaking import Command, note, option, say
from portal.cli.terminal import opened, progress
from portal.errors import Invalid, SettingsError
from portal.i18n import _
from portal.operations import instance, jobs
from portal.operations.instance import DEMO_LOGINS, DEMO_PASSWORD
from portal.settings import Settings
from portal.settings_sections import Demo
from portal.start import Portal
from portal.web.app import make_app

PORT = click.IntRange(0, 65_535)
BACKLOG = 128
HERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - what listens everywhere also listens here


@click.command(
    cls=Command,
    help=_(
        "Serve the portal until Ctrl+C.\n\n"
        "What is missing is made first: the data folder, the database, its tables. With --demo a"
        " new instance is filled with a flying club and eight accounts whose password everybody"
        " knows; such an instance is served on this machine only."
    ),
)
@option("--demo", is_flag=True, help=_("Fill a new instance with demo data."))
@option("--host", metavar=_("ADDRESS"), help=_("Address to listen on (setting server.host)."))
@option(
    "--port",
    type=PORT,
    metavar=_("NUMBER"),
    help=_("Port to listen on (setting server.port); 0 takes a free one."),
)
def run(demo: bool, host: str | None, port: int | None) -> None:  # noqa: FBT001 - click calls it
    """Serve until a signal."""
    chosen = speaking.settings()
    host = host or chosen.server.host
    demo = demo or instance.is_demo(chosen)
    if demo and not instance.is_loopback(host):
        raise Invalid(
            _("A demonstration is served on this machine only, not on {host}.").format(host=host),
            _("Its passwords are known to everybody: leave --host out."),
        )
    listening = _listen(host, chosen.server.port if port is None else port)
    with listening:
        portal = _filled() if demo else opened()
        _serve(portal, listening)


def _filled() -> Portal:
    """The portal of a demonstration, filled at its first start."""
    portal = opened()
    if instance.is_empty() or not instance.is_demo(portal.settings):
        with progress(_("Filling the demonstration")) as tell:
            instance.fill_demo(portal, progress=tell)
    return replace(portal, settings=replace(portal.settings, demo=Demo(enabled=True)))


def _listen(host: str, port: int) -> socket.socket:
    """A socket that listens; raises SettingsError when there cannot be one."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )[0]
        return socket.create_server((address[0], port), family=family, backlog=BACKLOG)
    except socket.gaierror as error:
        raise SettingsError(_("There is no address '{host}'.").format(host=host)) from error
    except PermissionError as error:
        raise SettingsError(
            _("This account may not listen on port {port}.").format(port=port),
            _("Choose one above 1023 with --port."),
        ) from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise SettingsError(
                _("Port {port} is used by another program.").format(port=port),
                _("Stop it, or choose another port with --port."),
            ) from error
        raise SettingsError(
            _("Cannot listen on {host}: {why}.").format(host=host, why=error.strerror)
        ) from error


def _serve(portal: Portal, listening: socket.socket) -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    host, port = listening.getsockname()[:2]
    host = HERE.get(host, host)
    shown = f"[{host}]" if ":" in host else host
    server = create_server(
        make_app(portal),
        sockets=[listening],
        threads=portal.settings.server.threads,
        ident=None,
    )
    jobs.start(portal.settings)
    before = {number: signal.signal(number, _leave) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        _welcome(portal, f"http://{shown}:{port}")
        server.run()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        server.close()
        jobs.stop()
        note(_("Stopped."))


def _leave(number: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def _welcome(portal: Portal, here: str) -> None:
    settings = portal.settings
    say(_("Greffe answers on {address}").format(address=settings.server.public_address or here))
    if settings.demo.enabled:
        say(_("Accounts: {logins}").format(logins=", ".join(DEMO_LOGINS)))
        say(_("Password of each: {password}").format(password=DEMO_PASSWORD))
    link = instance.first_link(settings.server.public_address or here)
    if link:
        say(_("Make the first administrator within the hour: {link}").format(link=link))
    for broken in portal.broken:
        note(_("The plugin {name} is left out: {why}").format(name=broken.name, why=broken.told))
    say(_("Stop it with Ctrl+C."))


@click.command(
    cls=Command,
    help=_(
        "Run the jobs that wait, until Ctrl+C.\n\n"
        "'greffe run' does this too; on PostgreSQL, workers of their own share a heavy load."
    ),
)
@option(
    "--threads",
    type=click.IntRange(1, 32),
    default=1,
    show_default=True,
    metavar=_("NUMBER"),
    help=_("How many jobs run at once."),
)
@option("--once", is_flag=True, help=_("Run what waits now, then stop."))
def worker(threads: int, once: bool) -> None:  # noqa: FBT001 - click calls it
    """Run jobs until a signal."""
    settings: Settings = opened().settings
    if once:
        ran = jobs.run_pending(settings)
        say(_("Jobs run: {count}").format(count=ran))
        return
    stopped = threading.Event()
    before = signal.signal(signal.SIGTERM, lambda _number, _frame: stopped.set())
    jobs.start(settings, workers=threads)
    say(_("Waiting for jobs. Stop it with Ctrl+C."))
    try:
        stopped.wait()
    except KeyboardInterrupt:
        note()
    finally:
        signal.signal(signal.SIGTERM, before)
        jobs.stop()
        note(_("Stopped."))


COMMANDS = (run, worker)
