"""The staging table, which is the queue of every sink, and how sinks and the processes that serve them are doing."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table, Text, UniqueConstraint

from forewarn.engine.schema.base import Json, Key, UtcTime, key, metadata

notification_batches = Table(
    "notification_batches",
    metadata,
    key(),
    # customer notifications, or trouble ticket events
    Column("kind", String(40), nullable=False),
    # What all of one event share, kept once: the message and the incident's fields as they stood, and a text.
    Column("event", String(80), nullable=False),
    Column("message_key", String(200)),
    Column("record_kind", String(40), nullable=False),
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
    # The number of the record that this is about: what concerns one record is delivered in order.
    Column("ticket", String(40), nullable=False),
    Column("case_id", Key, ForeignKey("cases.id")),
    # How the case stood when this was staged; a later change must not alter what the customer was to be told.
    Column("case_state", String(80)),
    Column("resolution_code", String(200)),
    Column("resolution_notes", Text),
    Column("contact_id", Key, ForeignKey("contacts.id")),
    Column("recipient", String(200)),
    Column("address", String(254)),
    # The record as it stood, of a trouble ticket event.
    Column("snapshot", Json),
    Index("ix_notifications_ticket", "ticket", "id"),
)

deliveries = Table(
    "deliveries",
    metadata,
    key(),
    Column("notification_id", Key, ForeignKey("notifications.id"), nullable=False),
    Column("sink", String(80), nullable=False),
    # waiting, claimed, retry, needs credentials; delivered, refused, dead, skipped
    Column("outcome", String(40), nullable=False),
    Column("attempts", Integer, nullable=False),
    # Not before this time: when it is due, when to try again, or when a claim expires. Null once it is settled.
    Column("due_at", UtcTime),
    Column("at", UtcTime, nullable=False),
    Column("reason", Text),
    # Who holds it: only the claim that stands here may record a result.
    Column("claim", String(40)),
    UniqueConstraint("notification_id", "sink"),
)

# The queue itself: only what is not settled, in order, however much was delivered before.
_WAITS = deliveries.c.due_at.is_not(None)
Index(
    "ix_deliveries_queue",
    deliveries.c.sink,
    deliveries.c.notification_id,
    sqlite_where=_WAITS,
    postgresql_where=_WAITS,
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

workers = Table(
    "workers",
    metadata,
    key(),
    # host:pid and a random part: a number is used again by the machine.
    Column("name", String(200), nullable=False, unique=True),
    Column("started_at", UtcTime, nullable=False),
    Column("seen_at", UtcTime, nullable=False),
    Column("delivered", Integer, nullable=False),
    Column("rules_looked_at", Integer, nullable=False),
)
