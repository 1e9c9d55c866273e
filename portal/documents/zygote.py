"""The process that waits warm and forks one child for each render.

It has no thread, no database and no socket of the portal; it never reads a request itself, so that
nothing of one document is left for the next. Limits are set in the child before it reads anything:
the clock is a signal of the kernel, which no template can put off.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import pickle
import resource
import signal
import socket
import traceback
from pathlib import Path
from typing import NoReturn

from portal.documents import docx, odt, package, wire
from portal.documents.limits import Limits
from portal.errors import Invalid
from portal.i18n import _, language


def serve(control_number: int, limits: Limits) -> None:
    """Fork a child for each connection from the control socket, until it is closed."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel buries the children
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=control_number) as control:
        while True:
            message, numbers, _flags, _address = socket.recv_fds(control, 1, 1)
            if not message:
                return
            for number in numbers:
                if os.fork() == 0:
                    control.detach()
                    os.close(control_number)
                    _child(number, limits)
                os.close(number)


def _child(number: int, limits: Limits) -> NoReturn:
    """Answer one request and end, whatever happens."""
    code = 1
    try:
        _restrict(limits)
        with socket.socket(fileno=number) as connection:
            _answer(connection)
        code = 0
    finally:
        os._exit(code)


def _restrict(limits: Limits) -> None:
    signal.setitimer(signal.ITIMER_REAL, limits.wall_seconds)
    for kind, value in (
        (resource.RLIMIT_AS, limits.address_space),
        (resource.RLIMIT_CPU, limits.processor_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 32),
    ):
        resource.setrlimit(kind, (value, value))


def _answer(connection: socket.socket) -> None:
    message = wire.receive(connection)
    if message is None:
        return
    template, prepared, values, document_language, person_language = pickle.loads(message[1])  # noqa: S301  from our own process
    with language(person_language):
        try:
            _render(connection, template, prepared, values, document_language)
        except Invalid as error:
            _refuse(connection, str(error.message), str(error.remedy))
        except (MemoryError, RecursionError):
            _refuse(
                connection,
                str(_("The template asks for more memory than a document may use.")),
                str(_("Choose fewer rows, or simplify its loops.")),
            )
        except Exception as error:  # the last word of a process that ends: its kind alone is told
            wire.send(connection, wire.FAILED, _kind_of(error).encode())


def _render(
    connection: socket.socket,
    template: bytes,
    prepared: dict[str, str] | None,
    values: dict[str, object],
    document_language: str,
) -> None:
    checked = package.check(template)
    if checked.kind == "docx":
        wire.send(
            connection, wire.DOCUMENT, docx.render(template, checked, values, document_language)
        )
        return
    if prepared is None:
        prepared = odt.prepare(checked)
        wire.send(connection, wire.PREPARED, json.dumps(prepared).encode())
    wire.send(connection, wire.DOCUMENT, odt.render(checked, prepared, values, document_language))


def _refuse(connection: socket.socket, message: str, remedy: str) -> None:
    with contextlib.suppress(OSError):
        wire.send(connection, wire.REFUSED, json.dumps([message, remedy]).encode())


def _kind_of(error: Exception) -> str:
    """The kind of an unexpected error and its place in our code, never its values."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"
