"""The organisation's name, which every page shows, the sign-in page too.

Read through the gate, kept a few minutes.
"""

from __future__ import annotations

import threading
import time

from portal.actor import process
from portal.channels import Channel
from portal.gate import Gate
from portal.rows import Selection

TABLE = "directory.organisation"
PRODUCT = "Greffe"
KEPT_SECONDS = 300

_lock = threading.Lock()
_kept: tuple[float, str] = (0.0, "")


def organisation_name() -> str:
    """The name of the organisation, or the product's while there is none."""
    global _kept
    until, name = _kept
    if time.monotonic() < until:
        return name
    with _lock:
        page = Gate(process("frame"), Channel.LIST).list(TABLE, Selection(page_size=1), ["name"])
        name = str(page.rows[0].values["name"]) if page.rows else PRODUCT
        _kept = (time.monotonic() + KEPT_SECONDS, name)
    return name


def forget() -> None:
    """Read the name again at the next page: it was changed, or another database was opened."""
    global _kept
    _kept = (0.0, "")
