"""What the store says of problems and change requests: lists, and one with all that hangs on it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from forewarn.engine import audit
from forewarn.engine.customer_impact import AccountImpact, ConsumerImpact, Pill, customer_impact
from forewarn.engine.reading import impacted, stream
from forewarn.engine.records import CASE_LINKS, TABLES, by_number
from forewarn.engine.reports import ActivityEntry, ImpactedService, RecordedDecision
from forewarn.engine.schema.work import cases as case_table
from forewarn.engine.views import CASE, case_rows, current, views
from forewarn.plugins.api import RecordView


@dataclass(frozen=True, slots=True)
class TaskReport:
    """A problem or a change request and all that hangs on it."""

    task: RecordView
    services: tuple[ImpactedService, ...]
    accounts: tuple[AccountImpact, ...]
    consumers: tuple[ConsumerImpact, ...]
    cases: tuple[RecordView, ...]
    activity: tuple[ActivityEntry, ...]
    decisions: tuple[RecordedDecision, ...]


def planned(txn: Connection, kind: str, *, phase: str | None, limit: int | None) -> tuple[RecordView, ...]:
    """The problems, or the change requests, newest first."""
    table = TABLES[kind]
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    if phase is not None:
        query = query.where(table.c.phase == phase)
    return views(txn, kind, query)


def task_report(txn: Connection, kind: str, number: str) -> TaskReport:
    """One problem or change request with everything around it; raises `NotFound`."""
    task = by_number(txn, kind, number, lock=False)
    hit = customer_impact(txn, task["number"], Pill.ALL)
    return TaskReport(
        task=current(txn, kind, task["id"]),
        services=impacted(txn, kind, task["id"]),
        accounts=hit.accounts,
        consumers=hit.consumers,
        cases=views(txn, CASE, case_rows().where(CASE_LINKS[kind] == task["id"]).order_by(case_table.c.id)),
        activity=stream(txn, kind, task["id"], task["number"]),
        decisions=audit.recorded(txn, kind, task["id"], task["number"]),
    )
