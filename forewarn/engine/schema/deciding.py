"""What came in, what was decided by which version, what waits for a mended table, and the workbooks as accepted."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from forewarn.engine.schema.base import Json, Key, UtcTime, key, metadata

journal = Table(
    "journal",
    metadata,
    key(),
    Column("source", String(200), nullable=False),
    Column("event_id", String(200), nullable=False),
    # "alert" or "clear": a source may clear an alert under the alert's own id.
    Column("kind", String(20), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("content", Json, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("received_by", String(200), nullable=False),
    Column("alert_id", Key, ForeignKey("alerts.id")),
    Column("incident_id", Key, ForeignKey("incidents.id")),
    # What came of it: opened, joined, cleared, recorded.
    Column("result", String(40)),
    UniqueConstraint("source", "event_id", "kind"),
)

firings = Table(
    "firings",
    metadata,
    key(),
    Column("firing_key", String(80), nullable=False, unique=True),
    Column("rule", String(200), nullable=False),
    Column("action", String(200), nullable=False),
    Column("alert_id", Key, ForeignKey("alerts.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
)

decisions = Table(
    "decisions",
    metadata,
    key(),
    Column("record_kind", String(40), nullable=False),
    Column("record_id", Key, nullable=False),
    Column("table_name", String(200), nullable=False),
    Column("version", String(80), nullable=False),
    Column("inputs", Json, nullable=False),
    Column("rules", Json, nullable=False),
    Column("outputs", Json, nullable=False),
    Column("diagnostics", Json, nullable=False),
    # The effective time of the decision.
    Column("at", UtcTime, nullable=False),
    Index("ix_decisions_record", "record_kind", "record_id", "id"),
)

parked = Table(
    "parked",
    metadata,
    key(),
    Column("incident_id", Key, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("step", String(40), nullable=False),
    Column("table_name", String(200), nullable=False),
    Column("rules", Json, nullable=False),
    Column("reason", Text, nullable=False),
    Column("parked_at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("settled_at", UtcTime),
    Index("ix_parked_settled_at", "settled_at"),
)

workbook_contents = Table(
    "workbook_contents",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)

rulebooks = Table(
    "rulebooks",
    metadata,
    key(),
    # Of the names and hashes of its workbooks: the same workbooks are one rulebook.
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("accepted_at", UtcTime, nullable=False),
    # When it was last live: the latest is the last good one.
    Column("live_at", UtcTime, nullable=False),
)

workbook_versions = Table(
    "workbook_versions",
    metadata,
    key(),
    Column("rulebook_id", Key, ForeignKey("rulebooks.id"), nullable=False, index=True),
    Column("name", String(400), nullable=False),
    Column("sha256", String(64), ForeignKey("workbook_contents.sha256"), nullable=False),
    UniqueConstraint("rulebook_id", "name"),
)

table_versions = Table(
    "table_versions",
    metadata,
    key(),
    Column("table_name", String(200), nullable=False),
    Column("version", String(80), nullable=False),
    # The first rulebook that held this version: where an explanation finds it.
    Column("rulebook_id", Key, ForeignKey("rulebooks.id"), nullable=False),
    UniqueConstraint("table_name", "version"),
)
