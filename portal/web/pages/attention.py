"""What needs attention, from the parts of the portal that know it.

Each source answers (text, address, urgent).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from portal.gate import Gate
from portal.settings import Settings
from portal.web.pages import access_journal, breaches, holds, operations, privacy, requests

Source = Callable[[Gate, Settings], Iterable[tuple[str, str, bool]]]

SOURCES: tuple[Source, ...] = (
    breaches.attention,
    requests.attention,
    operations.attention,
    privacy.attention,
    access_journal.attention,
    holds.attention,
)
