"""The example distributions pass their own tests, as their authors would run them."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

EXAMPLES = sorted(
    path.parent for path in (Path(__file__).resolve().parents[2] / "examples").glob("forewarn-plugin-*/pyproject.toml")
)


def test_there_are_examples() -> None:
    """The tests below have something to run."""
    assert [path.name for path in EXAMPLES] == ["forewarn-plugin-teams"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_passes_its_own_tests(example: Path) -> None:
    """In a process of its own that knows no other conftest."""
    environment = {**os.environ, "PYTHONPATH": str(example)}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(example), str(example)]
    ran = subprocess.run(words, capture_output=True, text=True, env=environment, cwd=example, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_registers_as_its_project_file_says(example: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each entry point names a module that carries hooks, and each package is one that is built."""
    project = tomllib.loads((example / "pyproject.toml").read_text("utf-8"))
    monkeypatch.syspath_prepend(str(example))
    for module in project["project"]["entry-points"]["forewarn"].values():
        assert any(name.startswith("forewarn_") for name in vars(importlib.import_module(module)))
        assert module.partition(".")[0] in project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
