"""Where the tests keep their stores: SQLite files, or databases on a PostgreSQL server that is running.

``FOREWARN_TEST_POSTGRESQL`` names the server by the URL of a database on it, as `tests/services/postgresql start`
prints it. Tests of the store run on both, those marked ``one_database`` on SQLite alone: what they claim has nothing
to do with the database. Without a server all run on SQLite alone, and one test says so.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, make_url

from forewarn.engine.store import Store, open_store

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
SERVER = "FOREWARN_TEST_POSTGRESQL"


def run_on_both(metafunc: pytest.Metafunc) -> None:
    """Let a test that asks for ``databases`` run on both, for `pytest_generate_tests` of a conftest."""
    if "databases" in metafunc.fixturenames:
        alone = metafunc.definition.get_closest_marker("one_database") is not None or not os.environ.get(SERVER)
        metafunc.parametrize("databases", [SQLITE] if alone else [SQLITE, POSTGRESQL], indirect=True, scope="session")


class Databases:
    """The databases of one kind that a run of the tests makes. ``fill`` fills the one that others are copied from."""

    def __init__(self, kind: str, folder: Path, fill: Callable[[Store], None]) -> None:
        self.kind = kind
        self._folder = folder
        self._server = os.environ[SERVER] if kind == POSTGRESQL else ""
        self._made: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        self._sample = "forewarn_sample_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
        with open_store(self._create(self._sample, "template0") if self._server else self._file("sample")) as store:
            fill(store)

    def url(self, folder: Path, *, inventory: bool = False) -> str:
        """The URL of a folder's own database, with or without the sample inventory; the same for the same folder."""
        if self._server:
            name = "forewarn_" + hashlib.sha256(str(folder).encode()).hexdigest()[:16]
            return self._create(name, self._sample if inventory else "template0")
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "site.db"
        if inventory and not path.exists():
            shutil.copyfile(self._folder / "sample.db", path)
        return f"sqlite:///{path}"

    def _file(self, name: str) -> str:
        return f"sqlite:///{self._folder / name}.db"

    def _create(self, name: str, template: str) -> str:
        if name not in self._made:
            self._run(f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name} TEMPLATE {template}")
            self._made.append(name)
        return make_url(self._server).set(database=name).render_as_string(hide_password=False)

    def drop(self) -> None:
        """Drop every database that was made."""
        self._run(*(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in self._made))
        self._made.clear()

    def _run(self, *statements: str) -> None:
        if not self._server:
            return
        engine = create_engine(self._server, isolation_level="AUTOCOMMIT", poolclass=NullPool)
        with engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
