"""A form that is sent twice (a double click, a reload) makes one record, whichever process gets it.

Each form carries a token that is good once. It is noted in the transaction that makes the record,
so both stand or neither; a second sender waits for the first one's end and finds its record.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from portal.builtin.operations import SentForm
from portal.database import transaction
from portal.models import utc_now

KEPT = timedelta(days=1)


class AlreadySent(Exception):
    """This form was sent before; `row` is the number of the record that it made."""

    def __init__(self, row: int | None) -> None:
        super().__init__(row)
        self.row = row


@contextmanager
def only(token: str, account: int | None, table: str) -> Iterator[Callable[[int], None]]:
    """Run the block, in one transaction, for the first sender of `token`; others: AlreadySent.

    The block calls what it is given with the number of the record that it made. When it fails, the
    token is good again. A token counts for one account and one table.
    """
    digest = hashlib.sha256(f"{account} {table} {token}".encode()).hexdigest()
    with transaction():
        noted = SentForm.insert(token=digest).on_conflict_ignore().as_rowcount().execute()
        if not noted:
            earlier = SentForm.select(SentForm.row).where(SentForm.token == digest)
            raise AlreadySent(earlier.tuples().get()[0])

        def done(row: int) -> None:
            SentForm.update(row=row).where(SentForm.token == digest).execute()

        yield done


def forget_old() -> int:
    """Forget the forms that were sent more than a day ago; how many."""
    with transaction():
        return int(SentForm.delete().where(SentForm.sent_at < utc_now() - KEPT).execute())
