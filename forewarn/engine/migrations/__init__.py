"""Making and changing the tables of a store, revision by revision (alembic).

A revision is a file of ``versions`` whose name begins with its number; numbers only grow. The store tells its own in
the table ``alembic_version``.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, column, select, table

FOLDER = Path(__file__).parent
"""Where alembic finds ``env.py`` and ``versions``."""

VERSION_TABLE = "alembic_version"

_found = select(table(VERSION_TABLE, column("version_num")).c.version_num)


def revisions() -> tuple[str, ...]:
    """The numbers of all revisions that this version of the product knows, oldest first."""
    return tuple(sorted(path.name.partition("_")[0] for path in (FOLDER / "versions").glob("[0-9]*.py")))


def revision_of(txn: Connection) -> str | None:
    """The revision that a store which has the version table is at; None where no revision was ever completed."""
    found: str | None = txn.execute(_found).scalar()
    return found


def upgrade(txn: Connection) -> None:
    """Bring the tables to the newest revision, in the transaction that is open: wholly or not at all."""
    from alembic import command  # noqa: PLC0415 - only a store that is made or upgraded needs it

    command.upgrade(_configured(txn), "head")


def differences(txn: Connection) -> Sequence[Any]:
    """What differs between the tables of a store and those that the product expects, as alembic tells it."""
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 - only a store that is made or upgraded needs it
    from alembic.migration import MigrationContext  # noqa: PLC0415 - only a store that is made or upgraded needs it

    from forewarn.engine.schema import metadata  # noqa: PLC0415 - only a store that is made or upgraded needs it

    context = MigrationContext.configure(txn, opts={"compare_type": True})
    found: Sequence[Any] = compare_metadata(context, metadata)
    return found


def _configured(txn: Connection) -> Any:
    from alembic.config import Config  # noqa: PLC0415 - only a store that is made or upgraded needs it

    # Everything is given here: an alembic.ini would be one more file to find in an installed package.
    config = Config(attributes={"connection": txn})
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    return config
