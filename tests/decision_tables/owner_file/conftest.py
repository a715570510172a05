"""The owner's workbook, made once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.decision_tables.owner_file.rich_workbook import rich_workbook


@pytest.fixture(scope="session")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A rich workbook that nobody changes."""
    return rich_workbook(tmp_path_factory.mktemp("owner") / "policy.xlsx")
