"""The processes of the portal: each has its words, in both languages."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator

import pytest

from portal import processes
from portal.actor import Origin
from portal.i18n import has_french, language
from portal.operations.work import KINDS
from tests.architecture import sources

OF_TESTS = "portal.testing"


def named() -> Iterator[tuple[str, str]]:
    """Where the code names a process or a client, and the name (its beginning, when it goes on)."""
    for module, path in sources().items():
        if module == OF_TESTS:
            continue
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            given = node.args[:1] if node.func.id in ("process", "Actor") else []
            if node.func.id in ("Origin", "Actor"):
                given += [word.value for word in node.keywords if word.arg in ("name", "client")]
            for value in given:
                if isinstance(value, ast.Constant):
                    yield module, str(value.value)
                elif isinstance(value, ast.Name) and value.id.isupper():
                    yield module, str(getattr(importlib.import_module(module), value.id))


NAMED = sorted(set(named()))


def test_the_names_are_found() -> None:
    assert {"command line", "demo data", "retention.count"} <= {name for _module, name in NAMED}


@pytest.mark.parametrize(("module", "name"), NAMED, ids=" ".join)
@pytest.mark.parametrize("code", ["fr", "en"])
def test_a_process_is_named_in_words(module: str, name: str, code: str) -> None:
    with language(code):
        said = processes.words(name)
    assert said != name
    assert said[:1].isupper()


def test_a_job_is_named_by_its_label() -> None:
    with language("fr"):
        for name, kind in KINDS.items():
            assert processes.words(f"job {name}") == processes.words(name) == str(kind.label)


def test_the_process_of_a_password_names_its_account() -> None:
    assert has_french("New password of account {account}")
    with language("fr"):
        assert processes.words(f"{processes.PASSWORD_OF}8") == "Nouveau mot de passe du compte 8"


def test_a_client_is_named_in_words() -> None:
    with language("fr"):
        assert processes.words(Origin().client) == "Le portail lui-même"
        assert (processes.words("browser"), processes.words("Firefox")) == ("Navigateur", "Firefox")


@pytest.mark.parametrize("name", ["", "something new"])
def test_a_name_without_words_is_said_as_it_stands(name: str) -> None:
    assert processes.words(name) == name
