"""Two hundred list pages by eight threads while somebody writes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from flask import Flask

from portal.database import proxy
from tests.factories import gate
from tests.web.conftest import PERSONS, Visitor

THREADS, PAGES = 8, 25
ASKED = ("", "?search=ma", "?f.active.equals=true", "?sort=email", "?page=1&page_size=10")
ACCOUNTS = ("admin", "dpo", "structure", "secretary", "treasurer", "instructor", "technical")
SLOWEST = 3.0
"""Seconds. `bench/load.py` holds pages to one: the machine of a test may run other tests beside."""


@contextmanager
def _writing() -> Iterator[list[int]]:
    """Change one person again and again in a thread; gives the versions that were written."""
    done, versions = threading.Event(), list[int]()

    def write() -> None:
        while not done.is_set():
            row = gate().one("directory.person", 1)
            gate().update("directory.person", 1, {"notes": str(len(versions))}, row.version)
            versions.append(row.version)
        proxy.obj.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield versions
    finally:
        done.set()
        writer.join()


@pytest.fixture
def browsed(app: Flask, signed_in: Callable[[str], Visitor]) -> tuple[list[tuple[int, float]], int]:
    """Give status and seconds of pages asked by eight threads, and how often somebody wrote."""
    cookies = [signed_in(login).client.get_cookie("greffe") for login in ACCOUNTS]

    def browse(number: int) -> list[tuple[int, float]]:
        client = app.test_client()
        cookie = cookies[number % len(cookies)]
        assert cookie is not None
        client.set_cookie("greffe", cookie.value)
        found = []
        for turn in range(PAGES):
            started = time.perf_counter()
            answer = client.get(PERSONS + ASKED[(number + turn) % len(ASKED)])
            found.append((answer.status_code, time.perf_counter() - started))
        proxy.obj.close()
        return found

    with _writing() as versions, ThreadPoolExecutor(THREADS) as pool:
        answers = [answer for part in pool.map(browse, range(THREADS)) for answer in part]
    return answers, len(versions)


def test_no_page_fails_while_somebody_writes(
    browsed: tuple[list[tuple[int, float]], int],
) -> None:
    answers, _writes = browsed
    assert {status for status, _seconds in answers} == {200}


def test_no_page_waits_long_while_somebody_writes(
    browsed: tuple[list[tuple[int, float]], int],
) -> None:
    answers, writes = browsed
    assert writes
    assert max(seconds for _status, seconds in answers) < SLOWEST
