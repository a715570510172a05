"""What differs between SQLite and PostgreSQL; every other module writes SQL that both understand."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from functools import reduce
from itertools import chain
from typing import Any

from sqlalchemy import JSON as GENERIC_JSON
from sqlalchemy import Boolean, ColumnElement, Connection, Engine, case, event, func, literal_column, null, text

_SCHEMA_LOCK = 7_203_114
"""Any number that nobody else uses for an advisory lock of PostgreSQL."""


KNOWN = frozenset({"sqlite", "postgresql"})
"""The kinds of databases that the store supports."""


def prepare(engine: Engine, *, busy_seconds: float) -> None:
    """Set up every new connection of the engine."""
    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _pragmas(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver must not begin transactions by itself: `begin` says which kind.
        connection.isolation_level = None
        cursor = connection.cursor()
        try:
            cursor.execute(f"PRAGMA busy_timeout = {int(busy_seconds * 1000)}")
            _write_ahead(cursor)
            cursor.execute("PRAGMA synchronous = FULL")
            cursor.execute("PRAGMA foreign_keys = ON")
        finally:
            cursor.close()


def _write_ahead(cursor: sqlite3.Cursor) -> None:
    """Turn on the write-ahead log, once a file: asking again would wait for whoever writes just now."""
    mode = cursor.execute("PRAGMA journal_mode").fetchone()[0]
    if mode not in ("wal", "memory"):
        cursor.execute("PRAGMA journal_mode = WAL")


def begin(connection: Connection, *, writing: bool) -> None:
    """Begin a transaction; a writer of SQLite takes the lock at once, a reader of PostgreSQL sees one snapshot."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
    elif not writing:
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY"))


def lock_schema(connection: Connection) -> None:
    """Let only one process make the tables; SQLite's write lock does that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _SCHEMA_LOCK})


def number_after(connection: Connection, table: str) -> None:
    """Let new rows be numbered after those that were inserted with numbers of their own; SQLite does so by itself."""
    if connection.dialect.name == "postgresql":
        highest = f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), max(id)) FROM {table}"  # noqa: S608
        connection.execute(text(highest))


def tidy(engine: Engine) -> None:
    """Give the space of what is gone back, and let the database look at its tables anew, outside any transaction."""
    raw = engine.raw_connection()
    try:
        if engine.dialect.name == "postgresql":
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
            raw.cursor().execute("VACUUM (ANALYZE)")
        else:
            for statement in ("VACUUM", "ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)"):
                raw.cursor().execute(statement).fetchall()
    finally:
        # Not back into the pool: it is not as others expect it.
        raw.invalidate()
        raw.close()


def size(connection: Connection) -> int:
    """How many bytes the database takes."""
    if connection.dialect.name == "postgresql":
        return int(connection.execute(text("SELECT pg_database_size(current_database())")).scalar_one())
    pages, each = (connection.exec_driver_sql(f"PRAGMA {name}").scalar_one() for name in ("page_count", "page_size"))
    return int(pages) * int(each)


def damage(connection: Connection) -> list[str]:
    """What the database itself finds wrong with its file; PostgreSQL checks its pages whenever it reads them."""
    if connection.dialect.name == "postgresql":
        return []
    return [line for line in connection.exec_driver_sql("PRAGMA integrity_check").scalars() if line != "ok"]


def trigger_names(connection: Connection) -> frozenset[str]:
    """The names of all triggers of ours."""
    query = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    if connection.dialect.name == "postgresql":
        query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    return frozenset(connection.execute(text(query)).scalars())


def count_anew(connection: Connection, *tables: str) -> None:
    """Let the database know that tables have grown much in this transaction.

    PostgreSQL plans by counts that it takes now and then; by those of before an outage it would go through all
    customers once for each of them.
    """
    if tables and connection.dialect.name == "postgresql":
        connection.execute(text("ANALYZE " + ", ".join(tables)))


def lock_name(connection: Connection, name: str) -> None:
    """Let only one transaction at a time go on that locks this name; SQLite's write lock does that already."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), {"name": name})


def try_lock_name(connection: Connection, name: str) -> bool:
    """Lock this name as `lock_name` does, without waiting; whether that went through."""
    if connection.dialect.name != "postgresql":
        return True
    locked = text("SELECT pg_try_advisory_xact_lock(hashtextextended(:name, 0))")
    return bool(connection.execute(locked, {"name": name}).scalar_one())


_PAIRS = 40
"""PostgreSQL takes at most a hundred arguments of a function."""


def json_object(connection: Connection, fields: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """An object of these fields, made by the database: for rows that never come here. The names are plain words."""
    named: list[tuple[ColumnElement[Any], ColumnElement[Any]]] = [
        (literal_column(f"'{name}'"), value) for name, value in fields.items()
    ]
    if connection.dialect.name == "postgresql":
        parts = [
            func.jsonb_build_object(*chain.from_iterable(named[start : start + _PAIRS]))
            for start in range(0, len(named), _PAIRS)
        ]
        return reduce(lambda left, right: left.op("||")(right), parts)
    return func.json_object(*chain.from_iterable((name, _json_of(value)) for name, value in named))


def _json_of(value: ColumnElement[Any]) -> ColumnElement[Any]:
    """SQLite keeps booleans as numbers and JSON as text; in an object they are what they mean."""
    if isinstance(value.type, Boolean):
        return case((value.is_(None), null()), else_=func.json(case((value, "true"), else_="false")))
    if isinstance(value.type, GENERIC_JSON):
        return func.json(value)
    return value
