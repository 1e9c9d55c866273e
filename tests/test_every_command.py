"""Every command of `greffe`: it explains itself in both languages, and the documentation has it."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from portal.cli import main

DOCS = Path(__file__).parent.parent / "docs" / "commands.md"
TEXT = DOCS.read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sh\n(.+?)\n```", TEXT)


def below(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every command that does something, as the words that call it."""
    for name, command in sorted(group.commands.items()):
        if isinstance(command, click.Group):
            yield from below(command, (*path, name))
        else:
            yield (*path, name)


def groups() -> Iterator[tuple[str, ...]]:
    """Every group of commands, the whole command line included."""
    yield ()
    yield from ((n,) for n, c in sorted(main.commands.items()) if isinstance(c, click.Group))


COMMANDS = sorted(below(main))
ASKED = [*COMMANDS, *groups()]


def told(path: tuple[str, ...], language: str) -> str:
    """What `greffe ... --help` says."""
    done = CliRunner(env={"LANG": language, "LC_ALL": ""}).invoke(
        main, [*path, "--help"], prog_name="greffe"
    )
    assert done.exit_code == 0
    return done.stdout


def resolved(words: list[str]) -> tuple[tuple[str, ...], click.Command, list[str]]:
    """The command that a line of words calls, and the words that it is given."""
    command: click.Command = main
    path: tuple[str, ...] = ()
    while isinstance(command, click.Group):
        command, path, words = command.commands[words[0]], (*path, words[0]), words[1:]
    return path, command, words


@pytest.mark.parametrize("path", ASKED, ids=" ".join)
def test_help_has_no_english_left_in_french(path: tuple[str, ...]) -> None:
    french, english = told(path, "fr"), told(path, "en")
    shared = {line.strip() for line in french.splitlines()} & {
        line.strip() for line in english.splitlines()
    }
    assert not {line for line in shared if len(line.split()) > 3}


@pytest.mark.parametrize(
    ("language", "headings"),
    [
        ("fr", {"Utilisation\u00a0: greffe", "Options\u00a0:", "Commandes\u00a0:"}),
        ("en", {"Usage: greffe", "Options:", "Commands:"}),
    ],
)
def test_the_headings_of_help_are_those_of_the_language(language: str, headings: set[str]) -> None:
    lines = {line.partition(" [")[0] for line in told((), language).splitlines()}
    assert headings <= lines


@pytest.mark.parametrize(
    ("language", "bounds"),
    [("fr", "[de 1 à 500, par défaut\u00a0: 20]"), ("en", "[from 1 to 500, default: 20]")],
)
def test_the_bounds_of_a_number_are_told_in_words(language: str, bounds: str) -> None:
    help = re.sub(r"[ \n]+", " ", told(("journal", "list"), language))
    assert bounds in help


@pytest.mark.parametrize("path", ASKED, ids=" ".join)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_help_fits_the_screen(path: tuple[str, ...], language: str) -> None:
    assert max(map(len, told(path, language).splitlines())) <= 80


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_every_parameter_is_explained(path: tuple[str, ...]) -> None:
    command = resolved(list(path))[1]
    assert [p.name for p in command.params if not getattr(p, "help", "")] == []


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_documentation_has_the_command(path: tuple[str, ...]) -> None:
    assert f"### `greffe {' '.join(path)}`\n" in TEXT


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_the_documentation_has_an_example_of_it(path: tuple[str, ...]) -> None:
    section = TEXT.partition(f"### `greffe {' '.join(path)}`\n")[2].partition("\n##")[0]
    assert f"greffe {' '.join(path)}" in section.partition("```sh")[2]


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_is_understood(example: str) -> None:
    words = shlex.split(example.rpartition("|")[2])
    path, command, given = resolved(words[words.index("greffe") + 1 :])
    command.make_context(" ".join(path), given)


def test_an_unknown_command_is_a_mistake_of_use() -> None:
    assert CliRunner().invoke(main, ["nothing"]).exit_code == 2


def test_the_version_is_told() -> None:
    assert re.match(r"greffe, version \d+\.\d+", CliRunner().invoke(main, ["--version"]).stdout)


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"LANG": "fr_FR.UTF-8"}, "Utilisation"),
        ({"LANG": "en_GB.UTF-8"}, "Usage"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "fr_BE.UTF-8"}, "Utilisation"),
        ({"LANG": "C.UTF-8"}, "Utilisation"),
        ({"LANG": "C.UTF-8", "GREFFE_LOCALE_LANGUAGE": "en"}, "Usage"),
        ({"LANG": "", "GREFFE_NOTHING": "1"}, "Utilisation"),
    ],
)
def test_the_language_is_the_terminals_else_the_settings(
    variables: dict[str, str], expected: str
) -> None:
    environment = {"LC_ALL": "", "LC_MESSAGES": "", **variables}
    assert CliRunner(env=environment).invoke(main, ["--help"]).stdout.startswith(expected)
