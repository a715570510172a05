"""The records that people work on, who is affected by them, and the stream of what happened to them.

``phase`` (open, resolved, closed) stands beside every state: what a state means is decided by the State Phases
table when it is written, so that SQL can ask for open records without knowing any state.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from forewarn.engine.schema.base import Json, Key, UtcTime, key, metadata


def _domain() -> Column[str]:
    return Column("domain", String(80), nullable=False, default="", server_default="")


def _version() -> Column[int]:
    """How often the record was written: whoever changes it says which version they saw. Every update counts it up."""
    return Column("version", Integer, nullable=False, default=1, server_default="1", onupdate=text("version + 1"))


def _extra() -> Column[object]:
    """Fields that the product does not know, kept as they came."""
    return Column("extra", Json, nullable=False, default=dict, server_default="{}")


incidents = Table(
    "incidents",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("short_description", String(1000), nullable=False, default="", server_default=""),
    Column("description", Text),
    Column("company", String(200)),
    Column("caller", String(200)),
    Column("location", String(200)),
    Column("channel", String(80)),
    Column("state", String(80)),
    Column("phase", String(20), nullable=False),
    Column("stage", String(80)),
    Column("category", String(200)),
    Column("subcategory", String(200)),
    Column("impact", String(80)),
    Column("urgency", String(80)),
    Column("priority", String(80)),
    Column("service", String(200)),
    Column("service_offering", String(200)),
    # As it was given: a CI that the inventory does not know has a name and no id.
    Column("configuration_item", String(200)),
    Column("ci_id", Key, ForeignKey("cis.id"), index=True),
    Column("impact_unknown", Boolean, nullable=False),
    Column("assignment_group", String(200)),
    Column("assigned_to", String(200)),
    Column("needs_attention", Boolean, nullable=False, default=False),
    Column("affected_account_count", Integer, nullable=False, default=0),
    Column("affected_consumer_count", Integer, nullable=False, default=0),
    Column("major_case_handling", String(80)),
    Column("resolution_code", String(200)),
    Column("resolution_notes", Text),
    Column("probable_cause", String(1000)),
    Column("opened_at", UtcTime, nullable=False),
    Column("opened_by", String(200), nullable=False),
    # Whether an alert opened it: then its cases come by themselves (B5).
    Column("from_alert", Boolean, nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime),
    Column("closed_at", UtcTime),
    _version(),
    _domain(),
    _extra(),
    Index("ix_incidents_phase_ci", "phase", "configuration_item"),
)

alerts = Table(
    "alerts",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("source", String(200), nullable=False),
    Column("event_id", String(200), nullable=False),
    Column("ci", String(200)),
    Column("ci_id", Key, ForeignKey("cis.id")),
    # The device that the CI belongs to, where the source says so: a link names its router.
    Column("parent_ci", String(200)),
    Column("name", String(200)),
    Column("alarm_type", String(200)),
    Column("severity", String(80)),
    Column("state", String(20), nullable=False),
    Column("time", UtcTime, nullable=False),
    Column("short_description", String(1000)),
    Column("description", Text),
    Column("category", String(200)),
    Column("subcategory", String(200)),
    Column("incident_id", Key, ForeignKey("incidents.id"), index=True),
    Column("case_number", String(40)),
    Column("received_at", UtcTime, nullable=False),
    Column("acknowledged_at", UtcTime),
    Column("cleared_at", UtcTime),
    _version(),
    _domain(),
    _extra(),
    UniqueConstraint("source", "event_id"),
    Index("ix_alerts_source_ci_name", "source", "ci", "name"),
)

incident_tasks = Table(
    "incident_tasks",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("incident_id", Key, ForeignKey("incidents.id"), nullable=False, index=True),
    Column("short_description", String(1000), nullable=False),
    Column("state", String(80)),
    Column("phase", String(20), nullable=False),
    # The stage whose engineer the task is for; empty for a task that a flow or a person opened beside it.
    Column("stage", String(80)),
    Column("assignment_group", String(200)),
    Column("assigned_to", String(200)),
    Column("close_notes", Text),
    Column("opened_at", UtcTime, nullable=False),
    Column("closed_at", UtcTime),
    _version(),
    _domain(),
    _extra(),
)

cases = Table(
    "cases",
    metadata,
    key(),
    Column("number", String(40), nullable=False, unique=True),
    Column("case_type", String(80), nullable=False),
    Column("service_definition", String(200)),
    Column("short_description", String(1000), nullable=False, default="", server_default=""),
    Column("description", Text),
    Column("state", String(80)),
    Column("phase", String(20), nullable=False),
    Column("proactive", Boolean, nullable=False),
    Column("channel", String(80)),
    Column("priority", String(80)),
    Column("incident_id", Key, ForeignKey("incidents.id"), index=True),
    Column("problem_id", Key, ForeignKey("problems.id"), index=True),
    Column("change_request_id", Key, ForeignKey("change_requests.id"), index=True),
    Column("parent_id", Key, ForeignKey("cases.id"), index=True),
    Column("is_major", Boolean, nullable=False, default=False),
    Column("major_case_state", String(80)),
    Column("account_id", Key, ForeignKey("accounts.id"), index=True),
    Column("consumer_id", Key, ForeignKey("consumers.id"), index=True),
    Column("contact_id", Key, ForeignKey("contacts.id"), index=True),
    Column("assignment_group", String(200)),
    Column("assigned_to", String(200)),
    Column("resolution_code", String(200)),
    Column("resolution_notes", Text),
    Column("probable_cause", String(1000)),
    Column("communication_sent_at", UtcTime),
    Column("opened_at", UtcTime, nullable=False),
    Column("opened_by", String(200), nullable=False),
    Column("updated_at", UtcTime, nullable=False),
    Column("resolved_at", UtcTime),
    Column("closed_at", UtcTime),
    _version(),
    _domain(),
    _extra(),
)

# One proactive case a customer and incident, problem or change, whatever runs twice (C1); one major case an incident.
for _task in ("incident", "problem", "change_request"):
    for _customer in ("account", "consumer"):
        _infix = "" if _task == "incident" else f"{_task}_"
        Index(
            f"uq_cases_proactive_{_infix}{_customer}",
            cases.c[f"{_task}_id"],
            cases.c[f"{_customer}_id"],
            unique=True,
            sqlite_where=text(f"proactive = 1 AND {_customer}_id IS NOT NULL"),
            postgresql_where=text(f"proactive AND {_customer}_id IS NOT NULL"),
        )
Index(
    "uq_cases_major",
    cases.c.incident_id,
    unique=True,
    sqlite_where=text("is_major = 1 AND incident_id IS NOT NULL"),
    postgresql_where=text("is_major AND incident_id IS NOT NULL"),
)


def _impact(name: str, column: str, target: str) -> Table:
    """A list of what a task affects: by the task's kind and id, so that incidents, problems and changes share it."""
    return Table(
        name,
        metadata,
        key(),
        Column("task_kind", String(40), nullable=False),
        Column("task_id", Key, nullable=False),
        Column(column, Key, ForeignKey(target), nullable=False, index=True),
        # "derived" from the CI and kept in step with it, or "manual": added by a person and left alone.
        Column("origin", String(20), nullable=False),
        *([Column("effect", String(20), nullable=False)] if name == "impacted_services" else []),
        UniqueConstraint("task_kind", "task_id", column),
    )


impacted_services = _impact("impacted_services", "service_id", "services.id")
affected_install_base = _impact("affected_install_base", "install_base_id", "install_base.id")
affected_accounts = _impact("affected_accounts", "account_id", "accounts.id")
affected_consumers = _impact("affected_consumers", "consumer_id", "consumers.id")

activity = Table(
    "activity",
    metadata,
    key(),
    Column("record_kind", String(40), nullable=False),
    Column("record_id", Key, nullable=False),
    Column("at", UtcTime, nullable=False),
    Column("who", String(200), nullable=False),
    # field, comment, work note, email, system
    Column("kind", String(20), nullable=False),
    Column("field", String(80)),
    Column("old", Text),
    Column("new", Text),
    Column("text", Text),
    # Of the transaction that added it, under one seal.
    Column("mark", BigInteger, nullable=False),
    Index("ix_activity_record", "record_kind", "record_id", "id"),
)
