"""What was typed of an account that is not created yet, kept on the server for two hours.

Refuses to keep a password: its hash alone. A draft opens to the account that began it, and to
nobody else.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from portal.accounts.sessions import TOKEN_BYTES, digest
from portal.builtin.operations import Draft
from portal.database import transaction
from portal.errors import Invalid
from portal.i18n import _
from portal.models import utc_now

TERM = timedelta(hours=2)


def keep(owner: int, content: Mapping[str, Any], token: str = "") -> str:
    """Keep what was typed under a token, a new one unless given; drafts that are old go."""
    now = utc_now()
    text = json.dumps(dict(content), ensure_ascii=False)
    with transaction():
        Draft.delete().where(Draft.ends_at <= now).execute()
        if token:
            kept = Draft.update(content=text, ends_at=now + TERM).where(*_mine(token, owner))
            if not kept.execute():
                raise _gone()
            return token
        token = secrets.token_urlsafe(TOKEN_BYTES)
        ends = now + TERM
        Draft.insert(token=digest(token), account=owner, content=text, ends_at=ends).execute()
    return token


def read(owner: int, token: str) -> dict[str, Any]:
    """What was typed so far. Raises Invalid when it is no longer kept, or somebody else's."""
    row = Draft.select(Draft.content).where(*_mine(token, owner)).tuples().first()
    if row is None:
        raise _gone()
    found: dict[str, Any] = json.loads(row[0])
    return found


def drop(owner: int, token: str) -> None:
    """Forget a draft: its account is created. Raises Invalid when somebody was faster."""
    if not Draft.delete().where(*_mine(token, owner)).execute():
        raise _gone()


def _mine(token: str, owner: int) -> tuple[object, ...]:
    return Draft.token == digest(token[:200]), Draft.account == owner, Draft.ends_at > utc_now()


def _gone() -> Invalid:
    return Invalid(
        _("What was typed for this account is no longer kept, or the account was created."),
        _("Look in the list of accounts, and start again if it is not there."),
    )
