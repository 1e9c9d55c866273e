"""`greffe run` as a person starts and stops it: a process, an address, a browser's first page."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from portal.database import proxy
from tests import factories
from tests.factories import PreparedDemo

GREFFE = Path(sys.executable).with_name("greffe")
SECONDS = 90
EVERYWHERE = "0.0.0.0"  # noqa: S104 - to be refused
PreparedDemos = Callable[[None], PreparedDemo]


def environment(home: Path, **variables: str) -> dict[str, str]:
    return {**os.environ, "GREFFE_HOME": str(home), "LANG": "en", "LC_ALL": "", **variables}


def refused(home: Path, *arguments: str, **variables: str) -> str:
    """Run `greffe run`, which refuses, and answer its one sentence."""
    done = subprocess.run(
        [GREFFE, "run", *arguments],
        env=environment(home, **variables),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    return done.stderr


@dataclass
class Running:
    """A portal that serves."""

    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return next(m[0] for line in self.said if (m := re.search(r"http://\S+", line)))

    def read(self, path: str) -> str:
        with urllib.request.urlopen(f"{self.address}{path}", timeout=SECONDS) as answer:
            return str(answer.read().decode())

    def stop(self, number: int = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=SECONDS)


def started(home: Path, *arguments: str) -> Running:
    """Start `greffe run` on a free port, and wait until it says how to stop it."""
    process = subprocess.Popen(
        [GREFFE, "run", "--port", "0", *arguments],
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    running = Running(process)
    guard = threading.Timer(SECONDS, process.kill)
    guard.start()
    assert process.stdout is not None
    for line in process.stdout:
        running.said.append(line.rstrip("\n"))
        if "Ctrl+C" in line:
            break
    guard.cancel()
    return running


@pytest.fixture
def start() -> Iterator[Callable[..., Running]]:
    """Give a way to start portals, which stop with the test."""
    made: list[Running] = []

    def begin(home: Path, *arguments: str) -> Running:
        made.append(started(home, *arguments))
        return made[-1]

    yield begin
    for running in made:
        if running.process.poll() is None:
            running.stop()
        for stream in (running.process.stdout, running.process.stderr):
            if stream is not None:
                stream.close()


Start = Callable[..., Running]


@pytest.fixture
def demo(start: Start, tmp_path: Path, prepared_demo: PreparedDemos) -> Running:
    """Give a demonstration that serves; it was filled before."""
    prepared_demo(None).copy(tmp_path / "demo")
    factories.close_database()
    return start(tmp_path / "demo", "--demo")


def test_a_first_start_makes_everything(start: Start, tmp_path: Path) -> None:
    running = start(tmp_path / "var", "--demo")
    assert factories.PASSWORD in running.read("/sign-in")
    assert running.stop() == 0


def test_a_demonstration_prints_its_accounts(demo: Running) -> None:
    told = "\n".join(demo.said)
    assert factories.PASSWORD in told
    assert "admin, dpo, structure, secretary, treasurer, instructor, member, technical" in told


def test_a_demonstration_stays_one_without_the_option(
    start: Start, tmp_path: Path, demo: Running
) -> None:
    demo.stop()
    assert factories.PASSWORD in start(tmp_path / "demo").read("/sign-in")


def test_a_new_portal_prints_a_link_for_its_first_administrator(
    start: Start, tmp_path: Path
) -> None:
    running = start(tmp_path / "var")
    link = next(m[0] for line in running.said if (m := re.search(r"/first-admin\S+", line)))
    assert 'name="password"' in running.read(link)


def test_a_portal_with_an_administrator_prints_no_link(demo: Running) -> None:
    assert not [line for line in demo.said if "first-administrator" in line]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_cleanly(demo: Running, number: int) -> None:
    assert demo.stop(number) == 0
    assert demo.process.stderr is not None
    assert demo.process.stderr.read() == "Stopped.\n"


def test_a_page_that_is_not_there_is_a_page(demo: Running) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        demo.read("/nowhere")
    assert caught.value.code == 404
    caught.value.close()


def test_a_port_in_use_is_one_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        sentence = refused(tmp_path / "var", "--port", str(taken.getsockname()[1]))
    assert "is used by another program" in sentence
    assert not (tmp_path / "var").exists()


def test_a_demonstration_is_not_served_to_the_network(tmp_path: Path) -> None:
    assert "this machine only" in refused(tmp_path / "var", "--demo", "--host", EVERYWHERE)


def test_a_filled_demonstration_is_not_served_to_the_network(
    tmp_path: Path, prepared_demo: PreparedDemos
) -> None:
    prepared_demo(None).copy(tmp_path / "demo")
    factories.close_database()
    assert "this machine only" in refused(tmp_path / "demo", "--host", EVERYWHERE)


def test_a_portal_with_persons_does_not_become_a_demonstration(tmp_path: Path) -> None:
    factories.make_portal(tmp_path)
    factories.gate().create("directory.person", {"last_name": "Seul", "first_name": "Léo"})
    factories.close_database()
    assert "already holds persons" in refused(tmp_path, "--demo", "--port", "0")
    assert not (tmp_path / "demo").exists()


def test_an_unwritable_data_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "GREFFE_HOME" in refused(tmp_path / "file" / "var", "--port", "0")


def test_a_newer_database_is_one_sentence(tmp_path: Path) -> None:
    factories.make_portal(tmp_path)
    proxy.execute_sql("UPDATE portal_version SET core = 9000")
    factories.close_database()
    assert "newer version" in refused(tmp_path, "--port", "0")


def test_a_database_that_does_not_answer_is_one_sentence(tmp_path: Path) -> None:
    address = "postgresql://nobody@127.0.0.1:1/nothing"
    told = refused(tmp_path, "--port", "0", GREFFE_DATABASE_URL=address)
    assert "does not answer" in told
    assert "nobody" not in told
