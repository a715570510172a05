"""A site on the stock workbooks, the stock plugins and the sample inventory, in a database of its own."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from engine_support import SAMPLE, START, STOCK, RecordingSink, Workbooks
from sqlalchemy import NullPool, create_engine, make_url

from forewarn.engine.clock import SteppingClock
from forewarn.engine.inventory.loading import load_into
from forewarn.engine.open_site import OpenSite, SinkConfiguration
from forewarn.engine.rulebook import Rulebook, load_rulebook, read, workbooks_on_disk
from forewarn.engine.store import open_store
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


class Databases:
    """Where the tests keep their stores: files, or the PostgreSQL server that FOREWARN_TEST_POSTGRES names."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = os.environ.get("FOREWARN_TEST_POSTGRES")
        self._made: list[str] = []

    def template(self) -> str:
        """The URL of a database that holds the sample inventory, to copy."""
        return self._create("forewarn_sample", None) if self._server else f"sqlite:///{self._folder / 'sample.db'}"

    def url(self, folder: Path, *, inventory: bool) -> str:
        """The URL of a site's own database, with or without the sample inventory; the same for the same folder."""
        if self._server is None:
            path = folder / "site.db"
            if inventory and not path.exists():
                shutil.copyfile(self._folder / "sample.db", path)
            return f"sqlite:///{path}"
        name = "forewarn_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        return self._create(name, "forewarn_sample" if inventory else "template0")

    def _create(self, name: str, template: str | None) -> str:
        if name not in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {template or 'template0'}")
            self._made.append(name)
        return make_url(self._server or "").set(database=name).render_as_string(hide_password=False)

    def drop(self) -> None:
        """Drop every database that was made."""
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self._made))

    def _run(self, *statements: str) -> None:
        if self._server is None:
            return
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)


@pytest.fixture(scope="session")
def databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The databases of this run."""
    made = Databases(tmp_path_factory.mktemp("databases"))
    with open_store(made.template()) as store:
        load_into(
            store, sorted(SAMPLE.glob("*.csv")), strict=True, domain="", asked_by="test", now=START, progress=None
        )
    yield made
    made.drop()


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
