"""Turns: in order, handed over at once, given back after a mistake, not waited for without end."""

from __future__ import annotations

import threading
import time

import pytest

from portal.turns import Turns

PATIENCE = 10.0


def test_threads_come_in_the_order_in_which_they_asked() -> None:
    turns, came = Turns(), list[int]()

    def ask(number: int) -> None:
        with turns.turn(PATIENCE):
            came.append(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(8)]
    with turns.turn(PATIENCE):
        for thread in threads:
            thread.start()
            time.sleep(0.02)
    for thread in threads:
        thread.join(PATIENCE)
    assert came == list(range(8))


def test_one_holds_the_turn_at_a_time() -> None:
    turns, inside, most = Turns(), [0], [0]

    def work() -> None:
        for _number in range(50):
            with turns.turn(PATIENCE):
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0)
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert (most[0], inside[0]) == (1, 0)


def test_a_mistake_gives_the_turn_back() -> None:
    turns = Turns()
    with pytest.raises(LookupError), turns.turn(PATIENCE):
        raise LookupError
    started = time.monotonic()
    with turns.turn(PATIENCE):
        assert time.monotonic() - started < PATIENCE


def test_who_waited_long_enough_goes_on_without_the_turn() -> None:
    turns, went = Turns(), threading.Event()

    def impatient() -> None:
        with turns.turn(0.05):
            went.set()

    with turns.turn(PATIENCE):
        thread = threading.Thread(target=impatient)
        thread.start()
        assert went.wait(PATIENCE)
        thread.join(PATIENCE)
    with turns.turn(0.05):
        pass
