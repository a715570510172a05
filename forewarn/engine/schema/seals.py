"""The chain of seals: one a transaction, over every entry of the streams and of the audit that it added."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, String, Table

from forewarn.engine.schema.base import Key, UtcTime, key, metadata

seals = Table(
    "seals",
    metadata,
    key(),
    # What the entries of the transaction carry; drawn by lot, so that transactions need not wait for each other.
    Column("mark", BigInteger, nullable=False, unique=True),
    Column("at", UtcTime, nullable=False),
    # Between which ids its entries lie, and how many there are; others' may lie between them.
    Column("first_activity", Key),
    Column("last_activity", Key),
    Column("activities", Integer, nullable=False),
    Column("first_decision", Key),
    Column("last_decision", Key),
    Column("decisions", Integer, nullable=False),
    # Of the entries.
    Column("digest", String(64), nullable=False),
    # The hash of the seal before it: no two seals follow the same one.
    Column("previous", String(64), nullable=False, unique=True),
    # Of all of the above.
    Column("hash", String(64), nullable=False),
)
