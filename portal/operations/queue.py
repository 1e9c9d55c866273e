"""The queue that wakes jobs: huey on the portal's own database.

Refuses to hold anything that matters: huey deletes a task before it runs, so the truth about a job
stands in `operations.job`. Its messages are JSON (huey's own are pickles, which run code when read)
and carry the number of a job alone.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from huey import Huey
from huey.consumer import Consumer, Scheduler, Worker
from huey.contrib.sql_huey import SqlStorage
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import BaseStorage

from portal.builtin.operations import QueueCounter, QueueSchedule, QueueTask, QueueValue
from portal.database import is_postgresql, is_sqlite, proxy

NAME = "greffe"
POLL_SECONDS = 1.0


class PortalStorage(SqlStorage):
    """huey's storage over the portal's tables, on whichever database is open."""

    def __init__(self, name: str = NAME) -> None:
        BaseStorage.__init__(self, name)
        self.KV, self.Schedule, self.Task, self.Counter = (
            QueueValue,
            QueueSchedule,
            QueueTask,
            QueueCounter,
        )

    @property
    def database(self) -> Any:
        """The database that is open now."""
        return proxy.obj

    @property
    def for_update(self) -> str | None:
        """How PostgreSQL lets two workers pass each other; SQLite has one writer."""
        return "FOR UPDATE SKIP LOCKED" if is_postgresql() else None

    def atomic(self) -> AbstractContextManager[Any]:
        """A transaction that takes the write lock first on SQLite."""
        started: AbstractContextManager[Any] = (
            proxy.obj.atomic("IMMEDIATE") if is_sqlite() else proxy.obj.atomic()
        )
        return started

    def dequeue(self) -> bytes | None:
        """The next task. An empty queue is seen without taking the write lock."""
        self.check_conn()
        if not self.tasks().exists():
            return None
        found: bytes | None = super().dequeue()
        return found

    def read_schedule(self, timestamp: datetime) -> list[bytes]:
        """The tasks that are due. An empty schedule is seen without taking the write lock."""
        self.check_conn()
        if not self.schedule().exists():
            return []
        due: list[bytes] = super().read_schedule(timestamp)
        return due


class PlainSerializer(Serializer):
    """Messages as JSON; a task's message has only plain values."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(data, default=_moment).encode()

    def _deserialize(self, data: bytes) -> Any:
        values = json.loads(data)
        if isinstance(values, list) and len(values) == len(Message._fields):
            message = Message(*values)
            return message._replace(args=tuple(message.args), eta=_read_moment(message.eta))
        return values


def _moment(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"A task holds a {type(value).__name__}, which its message cannot carry.")


def _read_moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def close_connection() -> None:
    """Give back this thread's connection."""
    if proxy.obj is not None and not proxy.obj.is_closed():
        proxy.obj.close()


class _Worker(Worker):
    def shutdown(self) -> None:
        close_connection()


class _Scheduler(Scheduler):
    def shutdown(self) -> None:
        close_connection()


class ThreadConsumer(Consumer):
    """huey's consumer beside a web server in one process: it leaves the signals to the server."""

    worker_class = _Worker
    scheduler_class = _Scheduler

    def _set_signal_handlers(self) -> None:
        """None: the server that started this process has its own."""


huey = Huey(NAME, results=False, storage_class=PortalStorage, serializer=PlainSerializer())
