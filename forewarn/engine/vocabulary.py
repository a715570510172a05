"""Every ``record.attribute`` that a heading of a site's workbooks can be bound to, with its type."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Boolean, Integer, Table

from forewarn.decision_tables.values import Kind, Type
from forewarn.engine.schema import planned_work, work
from forewarn.engine.schema.base import Money, UtcTime
from forewarn.engine.schema.inventory import accounts, cis, consumers, services
from forewarn.engine.views import (
    ALERT_FIELDS,
    CASE_FIELDS,
    CHANGE_FIELDS,
    INCIDENT_FIELDS,
    PROBLEM_FIELDS,
    TASK_FIELDS,
)

_STRING = Type(Kind.STRING)

_NAMED = (
    "flow.name",
    "major_case.handling",
    "message.key",
    "notification.event",
    "notification.recipient",
    "record.action",
    "record.kind",
    "record.phase",
    "record.state",
    "task.action",
    "task.cases",
    "task.kind",
    "task.next_state",
    "task.phase",
    "task.state",
    "ticket.attribute",
    "ticket.change",
    "ticket.event",
    "ticket.status",
    "transfer.event",
    "transfer.from_field",
    "transfer.source",
    "transfer.to_field",
)
"""Bindings that are no field of a stored record: what the tables say to the engine, and it to them."""

EVENT_ATTRIBUTES = (
    "ci",
    "parent_ci",
    "device",
    "name",
    "alarm_type",
    "severity",
    "short_description",
    "description",
    "category",
    "subcategory",
    "source",
    "time",
)
"""What event rules see of an alert, a clear and an acknowledgement. ``device`` is the parent CI, else the CI."""

INCIDENT_ATTRIBUTES = (*INCIDENT_FIELDS, "ci", "device", "open_for", "resolved_for")
"""What event rules see of an incident: its fields, how long it has been open, and how long resolved."""


def attributes() -> Mapping[str, Type]:
    """Every bound name of a site, with the type that its values have."""
    known: dict[str, Type] = {}
    for record, fields, table in (
        ("incident", INCIDENT_FIELDS, work.incidents),
        ("case", CASE_FIELDS, work.cases),
        ("incident_task", TASK_FIELDS, work.incident_tasks),
        ("alert", ALERT_FIELDS, work.alerts),
        ("problem", PROBLEM_FIELDS, planned_work.problems),
        ("change_request", CHANGE_FIELDS, planned_work.change_requests),
        ("account", _plain_fields(accounts), accounts),
        ("consumer", _plain_fields(consumers), consumers),
        ("service", _plain_fields(services), services),
        ("ci", _plain_fields(cis), cis),
    ):
        for field in fields:
            known[f"{record}.{field}"] = _type_of(table, field)
    known["case.major_case"] = Type(Kind.BOOLEAN)
    known.update(dict.fromkeys(_NAMED, _STRING))
    known["ticket.active"] = Type(Kind.BOOLEAN)
    known["task.needs"] = Type(Kind.STRING, is_list=True)
    return known


def _plain_fields(table: Table) -> tuple[str, ...]:
    return tuple(column.name for column in table.c if column.name not in {"id", "extra"})


def _type_of(table: Table, field: str) -> Type:
    column = table.c.get(field)
    if column is None:
        return _STRING
    if isinstance(column.type, UtcTime):
        return Type(Kind.DATE_AND_TIME)
    if isinstance(column.type, Money):
        return Type(Kind.NUMBER)
    if isinstance(column.type, Boolean):
        return Type(Kind.BOOLEAN)
    if isinstance(column.type, Integer) or column.type.python_type is int:
        return Type(Kind.NUMBER)
    if column.type.python_type is datetime:
        return Type(Kind.DATE_AND_TIME)
    return _STRING
