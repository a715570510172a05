"""What came in, what was decided by which version, what waits for a mended table, and the workbooks as accepted."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from forewarn.engine.schema.base import Json, Key, UtcTime, key, metadata

journal = Table(
    "journal",
    metadata,
    key(),
    Column("source", String(200), nullable=False),
    Column("event_id", String(200), nullable=False),
    # "alert", "clear" and so on: a source may clear an alert under the alert's own id.
    Column("kind", String(80), nullable=False),
    # When it happened, as its source says.
    Column("at", UtcTime, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("content", Json, nullable=False),
    Column("received_at", UtcTime, nullable=False),
    Column("received_by", String(200), nullable=False),
    Column("alert_id", Key, ForeignKey("alerts.id")),
    Column("incident_id", Key, ForeignKey("incidents.id")),
    # What came of it: opened, joined, reopened, cleared, recorded, storm.
    Column("result", String(40)),
    # What an operator should know: why the rules were not asked, say.
    Column("note", Text),
    # What event rules see of it.
    Column("attributes", Json, nullable=False),
    # Whether a rule opened, joined or reopened an incident for it, or had it ignored: no other one does.
    Column("settled", Boolean, nullable=False, default=False),
    # The event for which a rule raised this one.
    Column("raised_for", Key, ForeignKey("journal.id")),
    UniqueConstraint("source", "event_id", "kind"),
)

# Which events share what: how the window of a rule is found.
event_keys = Table(
    "event_keys",
    metadata,
    key(),
    # Of the names of the attributes and their values.
    Column("digest", String(40), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("kind", String(80), nullable=False),
    Column("entry", Key, ForeignKey("journal.id"), nullable=False),
    Index("ix_event_keys_digest", "digest", "at"),
)

# The correlation keys under which events are found; one that new rules bring is added for what came before.
known_keys = Table("known_keys", metadata, Column("names", String(400), primary_key=True))

firings = Table(
    "firings",
    metadata,
    key(),
    Column("firing_key", String(80), nullable=False, unique=True),
    Column("rule", String(200), nullable=False),
    Column("action", String(200), nullable=False),
    Column("entry", Key, ForeignKey("journal.id"), nullable=False),
    Column("at", UtcTime, nullable=False),
    # Whatever facts joined it, and whichever version of the rules: once for one event.
    UniqueConstraint("entry", "rule"),
)

due_times = Table(
    "due_times",
    metadata,
    key(),
    Column("entry", Key, ForeignKey("journal.id"), nullable=False),
    Column("rule", String(200), nullable=False),
    Column("due_at", UtcTime, nullable=False),
    Column("done_at", UtcTime),
    UniqueConstraint("entry", "rule"),
    Index("ix_due_times_due", "done_at", "due_at"),
)

dead_letters = Table(
    "dead_letters",
    metadata,
    key(),
    Column("entry", Key, ForeignKey("journal.id"), nullable=False, index=True),
    # The rule that waited, where it was its time; null where the event had just come.
    Column("rule", String(200)),
    Column("reason", Text, nullable=False),
    Column("crashes", Integer, nullable=False),
    Column("facts", Json, nullable=False),
    Column("rule_set", String(80), nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("settled_at", UtcTime),
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
    # Of the transaction that added it, under one seal.
    Column("mark", BigInteger, nullable=False),
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
