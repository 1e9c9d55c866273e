"""The wheel: all that the portal needs outside its checkout, and nothing of the tests."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
DATA = {".css", ".html", ".js", ".json", ".odt", ".docx", ".po", ".svg", ".txt", ".woff2"}
SHARED = ("templates", "odt_templates")


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Give the names in a wheel built from this checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def shipped(folder: str) -> set[str]:
    """Answer the data files below a folder of the repository, by their paths."""
    paths = (ROOT / folder).rglob("*")
    return {path.relative_to(ROOT).as_posix() for path in paths if path.suffix in DATA}


@pytest.mark.parametrize("folder", ["portal", "plugins"])
def test_the_wheel_holds_the_data_beside_the_code(packed: set[str], folder: str) -> None:
    assert shipped(folder) - packed == set()


@pytest.mark.parametrize("folder", SHARED)
def test_the_wheel_holds_the_shared_templates(packed: set[str], folder: str) -> None:
    assert {f"portal/_shared/{name}" for name in shipped(folder)} - packed == set()


def test_the_wheel_adds_nothing_beside_its_two_packages(packed: set[str]) -> None:
    tops = {name.split("/")[0] for name in packed}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"portal", "plugins"}


def test_the_wheel_gives_the_command(packed: set[str]) -> None:
    assert any(name.endswith(".dist-info/entry_points.txt") for name in packed)
