"""`make migration`: write the first revision anew from the tables as they are declared.

Until the first release there is one revision, and whoever changes a table writes it again. From the release on it
stays as it is, and a change is a revision of its own, written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from alembic.autogenerate import produce_migrations, render_python_code
from alembic.migration import MigrationContext
from alembic.operations.ops import UpgradeOps
from sqlalchemy.types import TypeDecorator

from forewarn.engine.dialect import KNOWN
from forewarn.engine.migrations import FOLDER
from forewarn.engine.schema import metadata
from forewarn.engine.schema.append_only import guards
from forewarn.engine.schema.base import Json, Key

FIRST = FOLDER / "versions" / "0001_first.py"

_HEAD = '''"""All tables as of the first release. Written by `make migration`; do not edit."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None

Key = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
Json = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

GUARDS = {
'''


def _as_written(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Our own types as the plain ones under them: a revision must stay the same when our types change."""
    if kind != "type":
        return False
    if item is Json:
        return "Json"
    if isinstance(item, sa.BigInteger) and item._variant_mapping == Key._variant_mapping:
        return "Key"
    if isinstance(item, TypeDecorator):
        return f"sa.{item.impl_instance!r}"
    return False


def first_revision() -> str:
    """The text of the first revision, before it is formatted."""
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        steps = produce_migrations(context, metadata).upgrade_ops
    engine.dispose()
    assert isinstance(steps, UpgradeOps)  # noqa: S101 - alembic says so
    body = render_python_code(steps, render_item=_as_written)
    text = _HEAD
    for name in sorted(KNOWN):
        text += f"    {name!r}: (\n" + "".join(f"        {statement!r},\n" for statement in guards(name)) + "    ),\n"
    text += '}\n\n\ndef upgrade() -> None:\n    """Make the tables, and what keeps the append-only ones so."""\n'
    text += f"    {body}\n"
    return text + "    for statement in GUARDS[op.get_bind().dialect.name]:\n        op.execute(statement)\n"


def main() -> None:
    """Write it."""
    Path(FIRST).write_text(first_revision(), encoding="utf-8")


if __name__ == "__main__":
    main()
