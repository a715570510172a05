"""The workbooks that come with Forewarn: ``decision_tables/`` and ``rules/`` in this folder."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forewarn.plugins.hookspecs import hookimpl

DIRECTORY = Path(__file__).parent


@hookimpl
def forewarn_workbook_directories() -> Sequence[Path]:
    """This folder."""
    return [DIRECTORY]
