"""An outside plugin runs the contract with one import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_docs import example

ROOT = Path(__file__).parent.parent
ONE_IMPORT = "from portal.testing import *\n"


def run_contract(tmp_path: Path, plugin: str) -> tuple[int, str]:
    """Run the contract over a plugin in a folder, as its author would: the code, what was said."""
    folder = tmp_path / "plugins"
    folder.mkdir()
    (folder / "lending.py").write_text(plugin, encoding="utf-8")
    (tmp_path / "test_lending.py").write_text(ONE_IMPORT, encoding="utf-8")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("GREFFE_", "PYTEST_"))}
    environ |= {
        "GREFFE_PLUGINS_FOLDER": str(folder),
        "GREFFE_HOME": str(tmp_path / "home"),
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_lending.py"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=240
    )
    return done.returncode, done.stdout


def test_the_plugin_of_the_guide_holds_the_contract(tmp_path: Path) -> None:
    code, said = run_contract(tmp_path, example())
    assert (code, "15 passed" in said) == (pytest.ExitCode.OK, True), said


def test_a_plugin_with_a_label_in_one_language_does_not(tmp_path: Path) -> None:
    _code, said = run_contract(tmp_path, example().replace('Text("Objet", "Thing")', '"Thing"'))
    assert "test_its_labels_are_in_both_languages[lending.loan]" in said
