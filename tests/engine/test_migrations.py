"""The tables of a store: made by revisions, the same as declared, changed by `upgrade` alone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from databases import Databases
from sqlalchemy import inspect

from forewarn.engine import dialect, migrations
from forewarn.engine.migrations.writing import FIRST, first_revision
from forewarn.engine.schema import metadata
from forewarn.engine.schema.append_only import guard_names
from forewarn.engine.store import Store, open_store
from forewarn.errors import StoreUnusable

SECOND = '''"""A second revision."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Add a table and a column, then go wrong where the test says so."""
    op.create_table("added", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("accounts", sa.Column("rating", sa.Integer))
    FAULT
'''


def test_the_migrations_make_the_tables_that_are_declared(store: Store) -> None:
    """Whoever changes a table of `forewarn.engine.schema` runs `make migration` (before the first release)."""
    with store.read() as txn:
        assert list(migrations.differences(txn)) == []
        made = inspect(txn)
        assert set(made.get_table_names()) == {*metadata.tables, "alembic_version"}
        for table in metadata.sorted_tables:
            assert {index["name"] for index in made.get_indexes(table.name)} >= {i.name for i in table.indexes}


def _plain(text: str) -> str:
    """A program without its layout."""
    return "".join(text.split()).replace('"', "'").replace(",)", ")").replace(",}", "}")


def test_the_first_revision_is_written_from_the_declared_tables() -> None:
    """What stands in the package is what `make migration` writes; until the first release nobody edits it."""
    assert _plain(FIRST.read_text()) == _plain(first_revision())


def test_streams_and_audit_are_guarded(store: Store, databases: Databases) -> None:
    """The triggers that refuse changes are there by their names."""
    with store.read() as txn:
        assert dialect.trigger_names(txn) == guard_names(databases.kind)


@pytest.fixture
def second(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Let the product know a second revision; called with what is to go wrong in it."""

    def known(fault: str = "") -> None:
        folder = tmp_path / "migrations"
        if not folder.exists():
            shutil.copytree(migrations.FOLDER, folder)
        (folder / "versions" / "0002_second.py").write_text(SECOND.replace("FAULT", fault))
        monkeypatch.setattr(migrations, "FOLDER", folder)

    return known


def test_an_older_store_is_upgraded_only_when_asked(store_url: str, second: Any) -> None:
    """Opened as it is it is refused, with the word to run; upgraded it keeps what it holds and opens."""
    with open_store(store_url) as opened, opened.write() as txn:
        txn.exec_driver_sql("INSERT INTO accounts (number, name, extra) VALUES ('A1', 'one', '{}')")
    second()
    with pytest.raises(StoreUnusable, match=r"older version \(schema 0001, .* needs 0002\).*forewarn db upgrade"):
        open_store(store_url)
    open_store(store_url, upgrade=True).close()
    with open_store(store_url) as opened, opened.read() as txn:
        assert txn.exec_driver_sql("SELECT number, rating FROM accounts").all() == [("A1", None)]


def test_an_upgrade_that_fails_changes_nothing(store_url: str, second: Any) -> None:
    """A revision is one transaction with the mark that it was done."""
    open_store(store_url).close()
    second("raise ArithmeticError")
    with pytest.raises(ArithmeticError):
        open_store(store_url, upgrade=True)
    second()
    with pytest.raises(StoreUnusable, match="older version"):
        open_store(store_url)
    open_store(store_url, upgrade=True).close()
