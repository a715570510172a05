"""A site on the stock workbooks, the stock plugins and the sample inventory, in a database of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from databases import Databases, run_on_both
from engine_support import SAMPLE, START, STOCK, RecordingSink, Workbooks

from forewarn.engine.clock import SteppingClock
from forewarn.engine.inventory.loading import load_into
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.rulebook import Rulebook, load_rulebook, read, workbooks_on_disk
from forewarn.engine.store import Store, open_store
from forewarn.plugins.api import Extensions
from forewarn.plugins.loading import load_extensions


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


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what works on a store on both databases."""
    run_on_both(metafunc)


def _sample_inventory(store: Store) -> None:
    files = sorted(SAMPLE.glob("*.csv"))
    load_into(store, files, strict=True, domain="", asked_by="test", now=START, progress=None)


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The databases of this run, of one kind after the other."""
    made = Databases(request.param, tmp_path_factory.mktemp("databases"), _sample_inventory)
    yield made
    made.drop()


@pytest.fixture
def store_url(databases: Databases, tmp_path: Path) -> str:
    """The URL of a database that the test has for itself and that holds nothing yet."""
    return databases.url(tmp_path)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An empty store."""
    with open_store(store_url) as opened:
        yield opened


@pytest.fixture
def make_open_site(
    stock_extensions: Extensions, stock_read: Any, sink: RecordingSink, databases: Databases
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
            store = stack.enter_context(open_store(databases.url(folder, inventory=inventory)))
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
