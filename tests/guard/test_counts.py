"""Large counts are remembered for a minute, small ones never."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from portal import counts
from portal.gate import Gate
from portal.rows import Count, Selection
from portal.start import Portal
from tests.factories import gate

PERSONS = "directory.person"


@pytest.fixture
def asked(demo_portal: Portal) -> Iterator[Gate]:
    """Give the superuser's gate over a demonstration, with nothing remembered before or after."""
    counts._kept.clear()
    yield gate("admin")
    counts._kept.clear()


def _key(asked: Gate, selection: Selection = Selection()) -> object:  # noqa: B008 - frozen
    return counts.key(asked.scope(PERSONS, next(iter(asked.actor.grants[0].verbs))), selection)


def test_a_small_count_is_not_kept(asked: Gate) -> None:
    counts.keep(_key(asked), Count(counts.FROM))
    assert counts.known(_key(asked)) is None


def test_a_large_count_is_kept(asked: Gate) -> None:
    counts.keep(_key(asked), Count(counts.FROM + 1))
    assert counts.known(_key(asked)) == Count(counts.FROM + 1)


def test_a_count_is_kept_for_one_search_alone(asked: Gate) -> None:
    counts.keep(_key(asked), Count(counts.FROM + 1))
    assert counts.known(_key(asked, Selection(search="x"))) is None


def test_a_count_is_kept_for_the_rights_of_who_asked_alone(asked: Gate) -> None:
    scope = asked.scope(PERSONS, next(iter(asked.actor.grants[0].verbs)))
    counts.keep(counts.key(scope, Selection()), Count(counts.FROM + 1))
    fewer = replace(scope, grants=scope.grants[1:])
    assert counts.known(counts.key(fewer, Selection())) is None


def test_a_count_is_gone_after_its_minute(asked: Gate, monkeypatch: pytest.MonkeyPatch) -> None:
    counts.keep(_key(asked), Count(counts.FROM + 1))
    later = counts.time.monotonic() + counts.KEPT_SECONDS
    monkeypatch.setattr(counts.time, "monotonic", lambda: later)
    assert counts.known(_key(asked)) is None


def test_a_write_forgets_a_count(asked: Gate) -> None:
    counts.keep(_key(asked), Count(counts.FROM + 1))
    asked.create(PERSONS, {"last_name": "Durand"})
    assert counts.known(_key(asked)) is None


def test_a_write_leaves_a_count_that_was_cut_short(asked: Gate) -> None:
    counts.keep(_key(asked), Count(10_000, capped=True))
    asked.create(PERSONS, {"last_name": "Durand"})
    assert counts.known(_key(asked)) == Count(10_000, capped=True)
