"""Problems and change requests: work on causes, and work that is planned.

They share the columns of an incident that impact, assignment and resolution are about; ``phase`` stands beside the
state as it does there.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table, Text, text

from forewarn.engine.schema.base import Json, Key, UtcTime, key, metadata


def _planned_work(name: str, *own: Column[Any]) -> Table:
    return Table(
        name,
        metadata,
        key(),
        Column("number", String(40), nullable=False, unique=True),
        Column("short_description", String(1000), nullable=False, default="", server_default=""),
        Column("description", Text),
        Column("company", String(200)),
        Column("state", String(80)),
        Column("phase", String(20), nullable=False),
        Column("category", String(200)),
        Column("subcategory", String(200)),
        Column("impact", String(80)),
        Column("urgency", String(80)),
        Column("priority", String(80)),
        Column("service", String(200)),
        # As it was given: a CI that the inventory does not know has a name and no id.
        Column("configuration_item", String(200)),
        Column("ci_id", Key, ForeignKey("cis.id"), index=True),
        Column("impact_unknown", Boolean, nullable=False),
        Column("assignment_group", String(200)),
        Column("assigned_to", String(200)),
        Column("affected_account_count", Integer, nullable=False, default=0),
        Column("affected_consumer_count", Integer, nullable=False, default=0),
        *own,
        Column("resolution_code", String(200)),
        Column("resolution_notes", Text),
        Column("opened_at", UtcTime, nullable=False),
        Column("opened_by", String(200), nullable=False),
        Column("updated_at", UtcTime, nullable=False),
        Column("resolved_at", UtcTime),
        Column("closed_at", UtcTime),
        # How often the record was written: a change of a version that is not the present one is a conflict.
        Column("version", Integer, nullable=False, default=1, server_default="1", onupdate=text("version + 1")),
        Column("domain", String(80), nullable=False, default="", server_default=""),
        # Fields that the product does not know, kept as they came.
        Column("extra", Json, nullable=False, default=dict, server_default="{}"),
    )


problems = _planned_work("problems", Column("probable_cause", String(1000)), Column("workaround", Text))

change_requests = _planned_work(
    "change_requests",
    Column("change_type", String(80)),
    Column("planned_start", UtcTime),
    Column("planned_end", UtcTime),
)
