"""The database itself: check it, upgrade its tables, give space back, write it to a file and read it from one.

These take a store, not an open site: they must work where the workbooks of the site do not.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select
from sqlalchemy.engine import URL

from forewarn.engine import dialect, migrations, sealing
from forewarn.engine.reports import Progress
from forewarn.engine.schema import metadata
from forewarn.engine.schema.append_only import guard_names
from forewarn.engine.schema.seals import seals
from forewarn.engine.store import Store, open_store
from forewarn.engine.transfer import Transfer, export_store, import_store

__all__ = ["StoreReport", "Transfer", "check_store", "export_store", "import_store", "upgrade_store", "vacuum_store"]


@dataclass(frozen=True, slots=True)
class StoreReport:
    """What a check of a store found: ``problems`` is empty where all is well.

    ``head`` is the hash of the newest seal; one that was written down earlier must still be found later.
    """

    database: str
    schema: str
    seals: int
    entries: int
    head: str
    problems: tuple[str, ...]


def check_store(store: Store, progress: Progress | None = None) -> StoreReport:
    """Look at everything that can be wrong with a database: its file, its tables, its references, its seals.

    Raises `StoreUnusable` where it cannot be read at all.
    """
    with store.read() as txn:
        problems = [f"the database says: {line}" for line in dialect.damage(txn)]
        problems += [f"a table is not as this version makes it: {one}" for one in migrations.differences(txn)]
        missing = guard_names(txn.dialect.name) - dialect.trigger_names(txn)
        problems += [f"the trigger {name} is gone or switched off" for name in sorted(missing)]
        problems += _dangling(txn)
        total = txn.execute(select(func.count()).select_from(seals)).scalar_one()
        tell = None if progress is None else (lambda done: progress("seals", done, total))
        chain = sealing.verify(txn, tell)
        if chain.broken is not None:
            problems.append(chain.broken)
        schema = migrations.revision_of(txn) or ""
    return StoreReport(store.name, schema, chain.seals, chain.entries, chain.head, tuple(problems))


def _dangling(txn: Connection) -> list[str]:
    """References to rows that are not there."""
    found = []
    for table in metadata.sorted_tables:
        for key in sorted(table.foreign_keys, key=lambda one: one.parent.name):
            target = key.column.table.alias("target")
            there = select(target.c[key.column.name]).where(target.c[key.column.name] == key.parent).exists()
            count = txn.execute(
                select(func.count()).select_from(table).where(and_(key.parent.is_not(None), ~there))
            ).scalar_one()
            if count:
                found.append(f"{count:,} of {table.name} refer by {key.parent.name} to what is not there")
    return found


def upgrade_store(url: str | URL) -> str:
    """Bring the tables of a store to this version's; returns the revision they are at. A new store is made."""
    with open_store(url, upgrade=True) as store, store.read() as txn:
        return migrations.revision_of(txn) or ""


def vacuum_store(store: Store) -> tuple[int, int]:
    """Give the space of what is gone back; returns the size before and after, in bytes."""
    with store.read() as txn:
        before = dialect.size(txn)
    with store.explained():
        dialect.tidy(store.engine)
    with store.read() as txn:
        return before, dialect.size(txn)
