"""Records as everybody outside the store sees them: fields by the documents' names, references by number or name."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Select, alias, select

from forewarn.engine.schema.inventory import accounts, consumers, contacts
from forewarn.engine.schema.planned_work import change_requests, problems
from forewarn.engine.schema.work import alerts, cases, incident_tasks, incidents
from forewarn.plugins.api import RecordView

INCIDENT = "incident"
CASE = "case"
TASK = "incident task"
ALERT = "alert"
PROBLEM = "problem"
CHANGE_REQUEST = "change request"

_parents = alias(cases, "parents")

HIDDEN = frozenset(
    {
        "id",
        "ci_id",
        "incident_id",
        "problem_id",
        "change_request_id",
        "parent_id",
        "account_id",
        "consumer_id",
        "contact_id",
        "is_major",
    }
)
"""Columns that a view does not show: what they refer to has a name of its own there."""

INCIDENT_FIELDS = tuple(column.name for column in incidents.c if column.name not in {*HIDDEN, "extra"})
"""The fields of an incident, by name."""

CASE_FIELDS = (
    *(column.name for column in cases.c if column.name not in {*HIDDEN, "extra"}),
    "major_case",
    "incident",
    "problem",
    "change_request",
    "parent",
    "account",
    "account_number",
    "consumer",
    "consumer_number",
    "contact",
    "contact_email",
)
"""The fields of a case, by name."""

TASK_FIELDS = (*(column.name for column in incident_tasks.c if column.name not in {*HIDDEN, "extra"}), "incident")
"""The fields of an incident task, by name."""

ALERT_FIELDS = (*(column.name for column in alerts.c if column.name not in {*HIDDEN, "extra"}), "incident")
"""The fields of an alert, by name."""

PROBLEM_FIELDS = tuple(column.name for column in problems.c if column.name not in {*HIDDEN, "extra"})
"""The fields of a problem, by name."""

CHANGE_FIELDS = tuple(column.name for column in change_requests.c if column.name not in {*HIDDEN, "extra"})
"""The fields of a change request, by name."""


def incident_rows() -> Select[Any]:
    """All incidents, a view a row; add conditions on the columns of ``incidents``."""
    return select(incidents)


def case_rows() -> Select[Any]:
    """All cases, a view a row; add conditions on the columns of ``cases``."""
    joined = (
        cases.outerjoin(incidents, incidents.c.id == cases.c.incident_id)
        .outerjoin(problems, problems.c.id == cases.c.problem_id)
        .outerjoin(change_requests, change_requests.c.id == cases.c.change_request_id)
        .outerjoin(_parents, _parents.c.id == cases.c.parent_id)
        .outerjoin(accounts, accounts.c.id == cases.c.account_id)
        .outerjoin(consumers, consumers.c.id == cases.c.consumer_id)
        .outerjoin(contacts, contacts.c.id == cases.c.contact_id)
    )
    return select(
        cases,
        cases.c.is_major.label("major_case"),
        incidents.c.number.label("incident"),
        problems.c.number.label("problem"),
        change_requests.c.number.label("change_request"),
        _parents.c.number.label("parent"),
        accounts.c.name.label("account"),
        accounts.c.number.label("account_number"),
        consumers.c.name.label("consumer"),
        consumers.c.number.label("consumer_number"),
        contacts.c.name.label("contact"),
        contacts.c.email.label("contact_email"),
    ).select_from(joined)


def task_rows() -> Select[Any]:
    """All incident tasks, a view a row."""
    return select(incident_tasks, incidents.c.number.label("incident")).select_from(
        incident_tasks.join(incidents, incidents.c.id == incident_tasks.c.incident_id)
    )


def problem_rows() -> Select[Any]:
    """All problems, a view a row."""
    return select(problems)


def change_rows() -> Select[Any]:
    """All change requests, a view a row."""
    return select(change_requests)


def alert_rows() -> Select[Any]:
    """All alerts, a view a row."""
    return select(alerts, incidents.c.number.label("incident")).select_from(
        alerts.outerjoin(incidents, incidents.c.id == alerts.c.incident_id)
    )


def view(kind: str, row: Mapping[str, Any]) -> RecordView:
    """One row of the queries above as a record; fields that the product does not know stand beside its own."""
    own = {name: value for name, value in row.items() if name not in HIDDEN and name != "extra"}
    return RecordView(kind, row["number"], {**(row.get("extra") or {}), **own})


def views(txn: Connection, kind: str, query: Select[Any]) -> tuple[RecordView, ...]:
    """All records of a query."""
    return tuple(view(kind, dict(row)) for row in txn.execute(query).mappings())


_QUERIES = {
    INCIDENT: (incident_rows, incidents),
    CASE: (case_rows, cases),
    TASK: (task_rows, incident_tasks),
    ALERT: (alert_rows, alerts),
    PROBLEM: (problem_rows, problems),
    CHANGE_REQUEST: (change_rows, change_requests),
}


def current(txn: Connection, kind: str, record_id: int) -> RecordView:
    """One record as it stands, by its id."""
    query, table = _QUERIES[kind]
    return view(kind, dict(txn.execute(query().where(table.c.id == record_id)).mappings().one()))


def by_ids(txn: Connection, kind: str, ids: Collection[int]) -> dict[int, RecordView]:
    """Records as they stand, by their ids."""
    query, table = _QUERIES[kind]
    rows = txn.execute(query().where(table.c.id.in_(ids))).mappings()
    return {row["id"]: view(kind, dict(row)) for row in rows}
