"""The topics of message buses, and which of them took an event that others have not taken yet."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, String, Table, Text, UniqueConstraint

from forewarn.engine.schema.base import UtcTime, key, metadata

topics = Table(
    "topics",
    metadata,
    key(),
    Column("domain", String(80), nullable=False, default="", server_default=""),
    Column("name", String(249), nullable=False),
    # Egress: events go out to it; a bus may register others.
    Column("type", String(40), nullable=False),
    # Made here, and then made on the bus; or registered by the bus, which has it already.
    Column("user_created", Boolean, nullable=False),
    Column("header_query", Text, nullable=False),
    Column("content_query", Text, nullable=False),
    Column("description", Text, nullable=False),
    Column("partitions", Integer, nullable=False),
    Column("replication", Integer, nullable=False),
    Column("created_by", String(200), nullable=False),
    Column("created_at", UtcTime, nullable=False),
    # When the bus was last found to have it, and why it could not be made there.
    Column("synchronised_at", UtcTime),
    Column("reason", Text),
    UniqueConstraint("domain", "name"),
)

topic_posts = Table(
    "topic_posts",
    metadata,
    key(),
    # What became of an event at a topic; kept until every topic of the event took it.
    Column("sink", String(80), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("topic", String(249), nullable=False),
    Column("outcome", String(40), nullable=False),
    Column("reason", Text),
    Index("ix_topic_posts_event", "sink", "event_id"),
)
