"""The database folds text as Python does."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Sequence

import peewee
import pytest

from portal import schema
from portal.database import open_database, proxy
from portal.text import fold
from tests.schemas import core


@pytest.fixture
def prepared(database_url: str) -> str:
    """Give a database with the core's tables."""
    open_database(database_url)
    proxy.connect(reuse_if_open=True)
    assert schema.prepare(core()) == ()
    return database_url


def folded(texts: Sequence[str]) -> list[str]:
    mark = "?" if isinstance(proxy.obj, peewee.SqliteDatabase) else "%s::text"
    return [
        proxy.execute_sql(f"SELECT greffe_fold({mark})", (text,)).fetchone()[0] for text in texts
    ]


def folded_each(letters: Sequence[str]) -> list[str]:
    """Fold letters one by one, many in a statement; a mark between them would join them."""
    found: list[str] = []
    for start in range(0, len(letters), 500):
        found += folded(["\n".join(letters[start : start + 500])])[0].split("\n")
    return found


def test_the_database_folds_text_as_python_does(prepared: str) -> None:
    texts = ["", "DUPONT", "Élodie", "Lœwe-Straße", "ŒUVRE", "Æsir", "Øre", "Łódź", "İstanbul"]
    texts += ["ısı", "L’Haÿ", "ﬁn", "ᾳ ᾼ", "Ⓐ", "Ǆ", "ẞ", "한국", "王小明", "a'b\"c\\d%e", "Đ", "ŉ"]
    assert folded(texts) == [fold(text) for text in texts]


def test_the_database_folds_western_letters_as_python_does(prepared: str) -> None:
    texts = [f"Az{chr(code)}" for code in range(0x80, 0x180)]
    assert folded(texts) == [fold(text) for text in texts]


def test_the_database_folds_every_letter_as_python_does(prepared: str) -> None:
    letters = [
        chr(code)
        for code in range(0x20, sys.maxunicode)
        if unicodedata.category(chr(code)) not in ("Cn", "Cs", "Co", "Cc")
    ]
    differing = [
        (found, fold(text))
        for text, found in zip(letters, folded_each(letters), strict=True)
        if found != fold(text)
    ]
    assert differing == []
