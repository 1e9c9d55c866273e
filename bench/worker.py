"""One application in a process of its own, which answers requests one at a time and times them.

Several of them live side by side, and the requests of a run go round: whatever else the machine
does meets all of them alike.
"""

from __future__ import annotations

import gc
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

NOT_COUNTED = re.compile(
    r"\s*(BEGIN|COMMIT|ROLLBACK|SAVEPOINT|RELEASE|PRAGMA|--|UPDATE .operations_session)"
)
"""Transactions and what they wait, the statements of triggers, the session's touch (a minute)."""


@dataclass(frozen=True)
class Answer:
    """What one request took: seconds by the clock and of the processor, and what came back."""

    wall: float
    cpu: float
    status: int
    text: str


class App(Protocol):
    """An application in this process, behind its own test client."""

    def get(self, who: str, path: str) -> tuple[int, str]:
        """Answer a request of an account: status and text."""

    def traced(self, act: Callable[[], Any]) -> list[str]:
        """The SQL statements of an act."""


class Worker:
    """The other end: asks an application in its process."""

    def __init__(self, name: str, make: Callable[[Path], App], home: Path) -> None:
        self.name = name
        self._here, there = multiprocessing.Pipe()
        context = multiprocessing.get_context("spawn")
        self._process = context.Process(target=_serve, args=(there, make, home), daemon=True)
        self._process.start()

    def ask(self, who: str, path: str) -> Answer:
        """Time one request."""
        answer: Answer = self._call("get", who, path)
        return answer

    def statements(self, who: str, path: str) -> list[str]:
        """Give the SQL statements of one request, the untold ones left out."""
        found: list[str] = self._call("traced", who, path)
        return found

    def _call(self, *what: str) -> Any:
        self._here.send(what)
        answer = self._here.recv()
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def stop(self) -> None:
        """End the process."""
        self._here.send(("stop", "", ""))
        self._process.join(10)


def _serve(pipe: Connection, make: Callable[[Path], App], home: Path) -> None:
    app: App | None = None
    while True:
        what, who, path = pipe.recv()
        if what == "stop":
            return
        try:
            app = app or make(home)
            pipe.send(_trace(app, who, path) if what == "traced" else _time(app, who, path))
        except Exception as error:
            pipe.send(RuntimeError(f"{who} {path}: {error!r}"))


def _time(app: App, who: str, path: str) -> Answer:
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    status, text = app.get(who, path)
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    return Answer(wall, cpu, status, text)


def _trace(app: App, who: str, path: str) -> list[str]:
    found = app.traced(lambda: app.get(who, path))
    # SQLite tells a statement again for each of its triggers.
    told = [statement for statement in found if not NOT_COUNTED.match(statement)]
    return [one for one, before in zip(told, ["", *told], strict=False) if one != before]


@dataclass(frozen=True)
class Question:
    """One request of one account to one application."""

    worker: Worker
    who: str
    path: str


def medians(questions: list[Question], rounds: int) -> dict[Question, tuple[float, float, Answer]]:
    """Ask all questions in turn, `rounds` times: median milliseconds by clock and of processor."""
    asked = list(dict.fromkeys(questions))
    last = {question: question.worker.ask(question.who, question.path) for question in asked}
    slow = {question for question, answer in last.items() if answer.wall > 1}
    times: dict[Question, list[Answer]] = {question: [] for question in asked}
    for number in range(rounds):
        for question in asked:
            if question not in slow or number < 3:
                times[question].append(question.worker.ask(question.who, question.path))
    return {
        question: (
            1000 * statistics.median(answer.wall for answer in answers),
            1000 * statistics.median(answer.cpu for answer in answers),
            last[question],
        )
        for question, answers in times.items()
    }
