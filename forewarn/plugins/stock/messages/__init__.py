"""The messages that come with Forewarn: this folder's ``*.md`` files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from forewarn.plugins.hookspecs import hookimpl

DIRECTORY = Path(__file__).parent


@hookimpl
def forewarn_message_directories() -> Sequence[Path]:
    """This folder."""
    return [DIRECTORY]
