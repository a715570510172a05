"""A store to load into, files written from text, and the tables as plain rows to compare with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from inventory_support import NOW, read_table

from forewarn.engine.inventory.loading import load_into
from forewarn.engine.inventory.report import LoadReport
from forewarn.engine.store import Store

Files = Mapping[str, str | bytes]
Load = Callable[..., LoadReport]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[Files], list[Path]]:
    """Write files and return their paths, in the order given."""

    def write_files(files: Files) -> list[Path]:
        folder = tmp_path / "files"
        folder.mkdir(exist_ok=True)
        paths = []
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
            paths.append(path)
        return paths

    return write_files


@pytest.fixture
def load(store: Store, write: Callable[[Files], list[Path]]) -> Load:
    """Load files, given by name and content or as paths, into the store."""

    def load_files(files: Files | list[Path], *, strict: bool = False, domain: str = "") -> LoadReport:
        paths = files if isinstance(files, list) else write(files)
        return load_into(store, paths, strict=strict, domain=domain, asked_by="tester", now=NOW)

    return load_files


@pytest.fixture
def rows(store: Store) -> Callable[[str], list[dict[str, Any]]]:
    """The rows of a table; see `read_table`."""
    return lambda name: read_table(store, name)
