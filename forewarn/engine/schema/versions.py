"""The version of the schema itself, and the counters that human numbers come from."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from forewarn.engine.schema.base import metadata

SCHEMA_VERSION = 1

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True, autoincrement=False))

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
