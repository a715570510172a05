"""Spoilt workbooks are read or refused by name: no traceback, no hang over 10 s, under 512 MB."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks.mutations import SECONDS


def examined(repo: Path, seed: int, count: int) -> dict[str, object]:
    """What became of ``count`` spoilt workbooks, read in a process of its own so that its memory can be told."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.checks.mutations", str(seed), str(count)],
        cwd=repo, capture_output=True, text=True, timeout=3 * SECONDS * count, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def judge(result: dict[str, object], count: int) -> None:
    """No fault, little memory, and the mutations are neither all harmless nor all fatal."""
    assert result["faults"] == []
    assert int(str(result["megabytes"])) < 512
    assert 0 < int(str(result["readable"])) < count


def test_spoilt_workbooks(repo: Path) -> None:
    """60 mutations: each workbook gives findings with their cells, or is refused, and can be written into or is not."""
    judge(examined(repo, 0, 60), 60)


@pytest.mark.nightly
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(1_000, 3_000, 200))
def test_many_spoilt_workbooks(repo: Path, seed: int) -> None:
    """2,000 more."""
    judge(examined(repo, seed, 200), 200)
