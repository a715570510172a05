"""The store: one database, transactions that either happen whole or not at all.

SQLite runs in WAL mode with synchronous FULL; a write transaction takes its lock when it begins (``BEGIN
IMMEDIATE``), so that two writers wait for each other instead of failing half-way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event, inspect
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from forewarn.engine import database_faults, dialect, migrations
from forewarn.engine.encoding import dump_json, load_json
from forewarn.errors import BadSettings, StoreUnusable

_WRITE = "forewarn_write"


class Store:
    """An open database. Make one with `open_store`; `close` lets go of it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def engine(self) -> Engine:
        """The SQLAlchemy engine, for tools that read the store with their own SQL."""
        return self._engine

    @property
    def name(self) -> str:
        """The file or the name of the database, without any secret."""
        return _name(self._engine.url)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A write transaction: committed at the end of the block, rolled back whole where the block raises.

        Raises `StoreUnusable` where the database is locked for too long, full, or read-only.
        """
        with self._connect(writing=True) as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction: all that is read in the block stood in the database at one time."""
        with self._connect(writing=False) as connection:
            yield connection

    @contextmanager
    def _connect(self, *, writing: bool) -> Iterator[Connection]:
        with self.explained(), self._engine.connect() as connection:
            connection = connection.execution_options(**{_WRITE: writing})  # noqa: PLW2901
            with connection.begin():
                yield connection

    @contextmanager
    def explained(self) -> Iterator[None]:
        """Known faults of the database, in the block, as the one line that says what is wrong."""
        try:
            yield
        except DBAPIError as problem:
            known = database_faults.explained(problem, self.name)
            if known is None:
                raise
            raise known from problem

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_store(url: str | URL, *, busy_seconds: float = 30.0, upgrade: bool = False) -> Store:
    """Open a database, and make its tables where there are none.

    ``url`` is a database URL as SQLAlchemy writes it (``sqlite:////folder/forewarn.db``); ``busy_seconds`` is how long
    a transaction waits for another writer; ``upgrade`` brings the tables of an older version to this one's.
    Raises `BadSettings` for a URL that names no database we know, `StoreUnusable` where the file is not a database,
    belongs to a newer version of the product or to an older one, cannot be written, or stays locked.
    """
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
        if backend not in dialect.KNOWN:
            raise BadSettings(
                f"the database URL cannot be used: {backend} is not supported as a database",
                hint="use sqlite:///forewarn.db or postgresql+psycopg://user@host/name",
            )
        # A plugin's flow runs in a thread of its own, on the connection of the transaction that waits for it.
        connect = {"check_same_thread": False} if parsed.get_backend_name() == "sqlite" else {}
        engine = create_engine(
            parsed,
            json_serializer=dump_json,
            json_deserializer=load_json,
            connect_args=connect,
            # A server that was started anew is found again by the next action, not by the one after it.
            pool_pre_ping=backend != "sqlite",
        )
    except (ArgumentError, NoSuchModuleError, ImportError) as problem:
        raise BadSettings(f"the database URL cannot be used: {problem}", hint="sqlite:///forewarn.db") from problem
    _check_folder(parsed)
    dialect.prepare(engine, busy_seconds=busy_seconds)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        dialect.begin(connection, writing=connection.get_execution_options().get(_WRITE, False))

    store = Store(engine)
    try:
        _check_schema(store, upgrade=upgrade)
    except BaseException:
        store.close()
        raise
    return store


def _check_folder(url: URL) -> None:
    """Say plainly that the folder of a SQLite file is missing; SQLite itself says only that it cannot open it."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return
    path = Path(url.database)
    if path.is_dir():
        raise StoreUnusable(f"{path} is a folder, not a database", hint="name a file in the database URL")
    if not path.parent.is_dir():
        raise StoreUnusable(f"{path.parent}, the folder of the database, does not exist")


def _check_schema(store: Store, *, upgrade: bool) -> None:
    newest = migrations.revisions()[-1]
    with store.read() as txn:
        found = _revision(txn)
    if found is None or (upgrade and found < newest):
        with store.write() as txn:
            # Of several processes that start at once the first makes the tables; the others find them.
            dialect.lock_schema(txn)
            found = _revision(txn)
            if found is None or (upgrade and found < newest):
                migrations.upgrade(txn)
                found = newest
    name = _name(store.engine.url)
    if found > newest:
        raise StoreUnusable(
            f"{name} was made by a newer version (schema {found}, this version knows {newest})",
            hint="update forewarn, or open another database",
        )
    if found < newest:
        raise StoreUnusable(
            f"{name} was made by an older version (schema {found}, this version needs {newest})",
            hint="back it up, then run: forewarn db upgrade",
        )


def _revision(txn: Connection) -> str | None:
    tables = set(inspect(txn).get_table_names())
    if migrations.VERSION_TABLE in tables:
        return migrations.revision_of(txn)
    ours = tables & {"incidents", "cases", "accounts"}
    if ours:
        raise StoreUnusable(
            f"{_name(txn.engine.url)} holds tables of another program ({', '.join(sorted(ours))})",
            hint="name another database",
        )
    return None


def _name(url: URL) -> str:
    return url.database or url.render_as_string(hide_password=True)
