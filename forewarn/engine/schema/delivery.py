"""The staging table of notifications, and what each sink did with them."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from forewarn.engine.schema.base import Json, Key, UtcTime, key, metadata

notification_batches = Table(
    "notification_batches",
    metadata,
    key(),
    # What all notifications of one event share, kept once: the incident's fields as they stood, and a text.
    Column("event", String(80), nullable=False),
    Column("message_key", String(200), nullable=False),
    Column("incident", Json, nullable=False),
    Column("text", Text),
    Column("staged_at", UtcTime, nullable=False),
)

notifications = Table(
    "notifications",
    metadata,
    key(),
    Column("event_id", String(200), nullable=False, unique=True),
    Column("batch_id", Key, ForeignKey("notification_batches.id"), nullable=False, index=True),
    Column("case_id", Key, ForeignKey("cases.id"), nullable=False, index=True),
    # How the case stood when this was staged; a later change must not alter what the customer was to be told.
    Column("case_state", String(80)),
    Column("resolution_code", String(200)),
    Column("resolution_notes", Text),
    Column("contact_id", Key, ForeignKey("contacts.id")),
    Column("recipient", String(200), nullable=False),
    Column("address", String(254)),
)

sinks = Table(
    "sinks",
    metadata,
    key(),
    Column("name", String(80), nullable=False, unique=True),
    # A sink gets what was staged after it was first configured, not the whole past.
    Column("after_id", Key, nullable=False),
)

sink_health = Table(
    "sink_health",
    metadata,
    Column("sink", String(80), primary_key=True),
    # Calls in a row that failed, why the last did, and until when the sink is left alone.
    Column("failures", Integer, nullable=False),
    Column("resting_until", UtcTime),
    Column("reason", Text),
    # The minute that counts for a sink with a rate, and how much it was handed in it.
    Column("window_at", UtcTime),
    Column("window_count", Integer, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    key(),
    Column("notification_id", Key, ForeignKey("notifications.id"), nullable=False),
    Column("sink", String(80), nullable=False),
    # claimed, retry, delivered, refused, needs credentials, dead
    Column("outcome", String(40), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Not before this time: when a claim expires, or when to try again.
    Column("due_at", UtcTime, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text),
    UniqueConstraint("notification_id", "sink"),
    Index("ix_deliveries_sink_outcome", "sink", "outcome", "due_at"),
)
