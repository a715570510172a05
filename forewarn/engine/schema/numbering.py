"""The counters that human numbers come from."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, String, Table

from forewarn.engine.schema.base import metadata

counters = Table(
    "counters",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", BigInteger, nullable=False),
)
