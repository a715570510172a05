"""A site on the stock workbooks, the stock plugins and the sample inventory, in a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from engine_support import SAMPLE, STOCK, RecordingSink, Workbooks

from forewarn.engine.clock import SteppingClock
from forewarn.engine.inventory.loading import load_into
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.rulebook import Rulebook, load_rulebook, read, workbooks_on_disk
from forewarn.engine.store import open_store
from forewarn.plugins.api import Extensions
from forewarn.plugins.loading import load_extensions

START = datetime(2026, 5, 4, 8, 0, tzinfo=UTC)


@pytest.fixture(scope="session")
def stock_extensions() -> Extensions:
    """What the stock plugins contribute."""
    return load_extensions()


@pytest.fixture(scope="session")
def stock_read() -> Any:
    """The stock workbooks, read once."""
    return read(workbooks_on_disk(STOCK))


@pytest.fixture
def sink() -> RecordingSink:
    """A sink that keeps what it gets."""
    return RecordingSink()


@pytest.fixture(scope="session")
def sample_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that holds the sample inventory, to copy."""
    path = tmp_path_factory.mktemp("sample") / "site.db"
    with open_store(f"sqlite:///{path}") as store:
        load_into(
            store, sorted(SAMPLE.glob("*.csv")), strict=True, domain="", asked_by="test", now=START, progress=None
        )
    return path


@pytest.fixture
def make_open_site(
    stock_extensions: Extensions, stock_read: Any, sink: RecordingSink, sample_database: Path
) -> Iterator[Callable[..., OpenSite]]:
    """Open a site in a folder; with workbooks of its own where ``edit`` changes copies of the stock ones."""
    with ExitStack() as stack:

        def opened(
            folder: Path,
            edit: Callable[[Workbooks], None] | None = None,
            *,
            flows: dict[str, Any] | None = None,
            sinks: dict[str, Any] | None = None,
            inventory: bool = True,
            clock: Any = None,
        ) -> OpenSite:
            root = folder / "site"
            clock = clock or SteppingClock(START)
            fresh = not root.exists()
            if fresh:
                shutil.copytree(STOCK, root)
                if inventory:
                    shutil.copyfile(sample_database, folder / "site.db")
            store = stack.enter_context(open_store(f"sqlite:///{folder / 'site.db'}"))
            if edit is not None:
                edit(Workbooks(root))
                rulebook = load_rulebook(root, store, clock=clock)
            else:
                rulebook = Rulebook(stock_read.library, stock_read.rule_set, store)
            extensions = Extensions(
                flows={**stock_extensions.flows, **(flows or {})},
                sinks={"recording": lambda settings: sink, **(sinks or {})},
                message_directories=stock_extensions.message_directories,
                workbook_directories=(),
            )
            configured = {"recorder": SinkConfiguration("recording")}
            configured |= {name: SinkConfiguration(name) for name in sinks or {}}
            return OpenSite(root, store, rulebook, extensions, clock, configured)

        yield opened


@pytest.fixture
def open_site(tmp_path: Path, make_open_site: Callable[..., OpenSite]) -> Callable[..., OpenSite]:
    """Open a site in the test's own folder."""
    return partial(make_open_site, tmp_path)


@pytest.fixture
def site(open_site: Callable[..., OpenSite]) -> OpenSite:
    """The stock site with the sample inventory."""
    return open_site()
