"""One way to make a document.

`render`, in a process of its own with limits on memory, processor and time.

A template is written by people and read as hostile. A process that breaks a limit dies alone: the
portal goes on and says so in a sentence.
"""

from __future__ import annotations

import atexit
import hashlib
import json
import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

from portal.documents import wire
from portal.documents.limits import Limits
from portal.documents.plain import plain
from portal.errors import Invalid
from portal.i18n import DEFAULT_LANGUAGE, LANGUAGES, _, current_language

_PREPARED_KEPT = 64
_PACKAGE = Path(__file__).resolve().parent.parent
# The package is entered without running its __init__, which would load the whole application.
_START = """
import json, sys, types
given = json.loads(sys.argv[1])
sys.path[:] = given["path"]
portal = types.ModuleType("portal")
portal.__path__ = [given["package"]]
sys.modules["portal"] = portal
from portal.documents.limits import Limits
from portal.documents.zygote import serve
serve(given["control"], Limits(*given["limits"]))
"""
_log = logging.getLogger(__name__)


def render(template: bytes | Path, values: Mapping[str, object], language: str) -> bytes:
    """The document made from an ODT or DOCX template and plain values, in "fr" or "en".

    Invalid names what is wrong.
    """
    return _renderer.render(template, values, language)


class Renderer:
    """A warm process that forks one child for each render.

    Started at the first one, and again when it dies.
    """

    def __init__(self, limits: Limits | None = None, together: int = 0) -> None:
        self._limits = limits or Limits()
        self._together = threading.BoundedSemaphore(together or max(2, os.cpu_count() or 2))
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._owner = os.getpid()
        self._prepared: OrderedDict[str, dict[str, str]] = OrderedDict()

    def render(self, template: bytes | Path, values: Mapping[str, object], language: str) -> bytes:
        """As the function `render`."""
        data = template.read_bytes() if isinstance(template, Path) else template
        key = hashlib.sha256(data).hexdigest()
        code = language if language in LANGUAGES else DEFAULT_LANGUAGE
        prepared = self._prepared.get(key)
        request = pickle.dumps((data, prepared, plain(values), code, current_language()))
        if len(request) > wire.LARGEST:
            raise Invalid(_("The document has too many values."), _("Ask for fewer rows."))
        with self._together:
            for attempt in (1, 2):
                try:
                    return self._ask(key, request)
                except _NotAnswered:
                    if attempt == 2 or self._alive():
                        break
        raise Invalid(
            _("The document takes more time or memory than it may."),
            _("Choose fewer rows, or simplify the template's loops."),
        )

    def close(self) -> None:
        """End the warm process; a later render starts another."""
        with self._lock:
            self._drop()

    def _ask(self, key: str, request: bytes) -> bytes:
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            ours.settimeout(self._limits.wall_seconds + 3)
            try:
                wire.send(ours, wire.REQUEST, request)
                return self._answer(key, ours)
            except (OSError, ValueError) as error:
                raise _NotAnswered from error

    def _answer(self, key: str, connection: socket.socket) -> bytes:
        while True:
            message = wire.receive(connection)
            if message is None:
                raise _NotAnswered
            kind, content = message
            if kind == wire.DOCUMENT:
                return content
            if kind == wire.PREPARED:
                self._keep(key, json.loads(content))
            elif kind == wire.REFUSED:
                sentence, remedy = json.loads(content)
                raise Invalid(sentence, remedy)
            else:
                _log.error("A document could not be made: %r", content[:200])
                raise Invalid(
                    _("The document could not be made from this template."),
                    _(
                        "Save the template again from LibreOffice or Word, or start from the "
                        "shipped one."
                    ),
                )

    def _keep(self, key: str, prepared: dict[str, str]) -> None:
        with self._lock:
            self._prepared[key] = prepared
            while len(self._prepared) > _PREPARED_KEPT:
                self._prepared.popitem(last=False)

    def _hand_over(self, connection: socket.socket) -> None:
        """Give the connection to the warm process, started if need be."""
        with self._lock:
            for attempt in (1, 2):
                control = self._started()
                try:
                    socket.send_fds(control, [b"r"], [connection.fileno()])
                    return
                except OSError:
                    self._drop()
                    if attempt == 2:
                        raise

    def _started(self) -> socket.socket:
        if (
            self._owner != os.getpid()
        ):  # a worker forked from the process that started it: it takes its own
            self._control, self._process, self._owner = None, None, os.getpid()
        if self._control is not None and self._process is not None and self._process.poll() is None:
            return self._control
        self._drop()
        ours, theirs = socket.socketpair()
        with theirs:
            given = {
                "path": [os.path.abspath(place) for place in sys.path],
                "package": str(_PACKAGE),
                "control": theirs.fileno(),
                "limits": [
                    self._limits.address_space,
                    self._limits.processor_seconds,
                    self._limits.wall_seconds,
                ],
            }
            self._process = subprocess.Popen(  # noqa: S603  our own text, no shell
                [sys.executable, "-I", "-c", _START, json.dumps(given)],
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={"PATH": os.defpath, "LC_ALL": "C.UTF-8"},
                cwd="/",
                start_new_session=True,
            )
        self._control = ours
        return ours

    def _alive(self) -> bool:
        with self._lock:
            return self._process is not None and self._process.poll() is None

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(timeout=2)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


class _NotAnswered(Exception):
    """The child has ended without a word: a limit has stopped it."""


_renderer = Renderer()
atexit.register(_renderer.close)
