"""An ODT document as PDF, by LibreOffice where it is installed: a process of its own, with a limit.

Each conversion has a profile of its own, so that two never wait for one another.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from portal.errors import Invalid
from portal.i18n import _

PROGRAMS = ("soffice", "libreoffice")
SECONDS = 120
_log = logging.getLogger(__name__)


def program() -> str | None:
    """Where LibreOffice is; None when it is not installed."""
    return next((path for name in PROGRAMS if (path := shutil.which(name))), None)


def available() -> bool:
    """True when documents can be given as PDF here."""
    return program() is not None


def as_pdf(odt: bytes) -> bytes:
    """The document as PDF. Raises Invalid when LibreOffice is not there, or does not answer."""
    office = program()
    if office is None:
        raise Invalid(
            _("LibreOffice is not installed here: there is no PDF."),
            _("Take the document as ODT, or ask for LibreOffice to be installed on the server."),
        )
    with tempfile.TemporaryDirectory(prefix="greffe-pdf-") as place:
        folder = Path(place)
        source, made = folder / "document.odt", folder / "document.pdf"
        source.write_bytes(odt)
        command = [
            office,
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--headless",
            "--norestore",
            "--nolockcheck",
            "--convert-to",
            "pdf",
            "--outdir",
            place,
            str(source),
        ]
        environment = {"PATH": os.environ.get("PATH", os.defpath), "HOME": place}
        try:
            done = subprocess.run(  # noqa: S603  our own arguments, no shell
                command,
                capture_output=True,
                timeout=SECONDS,
                check=False,
                env=environment,
                cwd=place,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            _log.warning("LibreOffice made no PDF: %s", type(error).__name__)
            raise _failed() from None
        if not made.is_file():
            _log.warning("LibreOffice made no PDF: %r", done.stderr[-300:])
            raise _failed()
        return made.read_bytes()


def _failed() -> Invalid:
    return Invalid(_("LibreOffice could not make a PDF of this document."), _("Take it as ODT."))
