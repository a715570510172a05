"""What alembic runs for every command: the revisions go into the transaction that the caller has open."""

from alembic import context

from forewarn.engine.migrations import VERSION_TABLE
from forewarn.engine.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
