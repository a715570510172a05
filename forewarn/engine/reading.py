"""What the store says: lists of records, and one record with all that hangs on it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Select, distinct, false, func, select, true

from forewarn.engine import audit, parking
from forewarn.engine.records import by_number
from forewarn.engine.reports import (
    ActivityEntry,
    AffectedCustomer,
    AlertReport,
    CaseReport,
    ImpactedService,
    IncidentReport,
    StagedNotification,
)
from forewarn.engine.schema.delivery import deliveries, notification_batches, notifications
from forewarn.engine.schema.inventory import accounts as account_table
from forewarn.engine.schema.inventory import consumers as consumer_table
from forewarn.engine.schema.inventory import contacts, install_base, services, sold_products
from forewarn.engine.schema.work import (
    activity,
    affected_accounts,
    affected_consumers,
    affected_install_base,
    impacted_services,
)
from forewarn.engine.schema.work import alerts as alert_table
from forewarn.engine.schema.work import cases as case_table
from forewarn.engine.schema.work import incident_tasks as task_table
from forewarn.engine.schema.work import incidents as incident_table
from forewarn.engine.views import ALERT, CASE, INCIDENT, TASK, alert_rows, case_rows, current, task_rows, views
from forewarn.plugins.api import RecordView


def alerts(txn: Connection, *, incident: str | None, limit: int | None) -> tuple[RecordView, ...]:
    """The alerts, newest first."""
    query = alert_rows().order_by(alert_table.c.id.desc()).limit(limit)
    if incident is not None:
        query = query.where(alert_table.c.incident_id == by_number(txn, INCIDENT, incident, lock=False)["id"])
    return views(txn, ALERT, query)


def incidents(txn: Connection, *, phase: str | None, limit: int | None) -> tuple[RecordView, ...]:
    """The incidents, newest first."""
    query = select(incident_table).order_by(incident_table.c.id.desc()).limit(limit)
    if phase is not None:
        query = query.where(incident_table.c.phase == phase)
    return views(txn, INCIDENT, query)


def cases(txn: Connection, *, incident: str | None, phase: str | None, limit: int | None) -> tuple[RecordView, ...]:
    """The cases, newest first."""
    query = case_rows().order_by(case_table.c.id.desc()).limit(limit)
    if incident is not None:
        query = query.where(case_table.c.incident_id == by_number(txn, INCIDENT, incident, lock=False)["id"])
    if phase is not None:
        query = query.where(case_table.c.phase == phase)
    return views(txn, CASE, query)


def alert_report(txn: Connection, number: str) -> AlertReport:
    """One alert with its stream."""
    row = by_number(txn, ALERT, number, lock=False)
    return AlertReport(alert=current(txn, ALERT, row["id"]), activity=stream(txn, ALERT, row["id"], row["number"]))


def incident_report(txn: Connection, number: str) -> IncidentReport:
    """One incident with everything around it."""
    row = by_number(txn, INCIDENT, number, lock=False)
    incident_id, exact = row["id"], row["number"]
    related = views(txn, CASE, case_rows().where(case_table.c.incident_id == incident_id).order_by(case_table.c.id))
    majors = [case for case in related if case["major_case"]]
    return IncidentReport(
        incident=current(txn, INCIDENT, incident_id),
        alerts=views(
            txn, ALERT, alert_rows().where(alert_table.c.incident_id == incident_id).order_by(alert_table.c.id)
        ),
        services=impacted(txn, INCIDENT, incident_id),
        accounts=_customers(txn, incident_id, "account", account_table, affected_accounts),
        consumers=_customers(txn, incident_id, "consumer", consumer_table, affected_consumers),
        major_case=majors[0] if majors else None,
        cases=tuple(case for case in related if not case["major_case"]),
        tasks=views(txn, TASK, task_rows().where(task_table.c.incident_id == incident_id).order_by(task_table.c.id)),
        activity=stream(txn, INCIDENT, incident_id, exact),
        decisions=audit.recorded(txn, INCIDENT, incident_id, exact),
        parked=parking.waiting(txn, incident_id),
    )


def case_report(txn: Connection, number: str) -> CaseReport:
    """One case with its family, stream and notifications."""
    row = by_number(txn, CASE, number, lock=False)
    return CaseReport(
        case=current(txn, CASE, row["id"]),
        parent=current(txn, CASE, row["parent_id"]) if row["parent_id"] else None,
        children=views(txn, CASE, case_rows().where(case_table.c.parent_id == row["id"]).order_by(case_table.c.id)),
        activity=stream(txn, CASE, row["id"], row["number"]),
        notifications=_notifications(txn, row["number"]),
    )


def stream(txn: Connection, kind: str, record_id: int, number: str) -> tuple[ActivityEntry, ...]:
    """The activity stream of a record, oldest first."""
    query = (
        select(activity)
        .where(activity.c.record_kind == kind, activity.c.record_id == record_id)
        .order_by(activity.c.id)
    )
    return tuple(
        ActivityEntry(
            record=number,
            at=row.at,
            who=row.who,
            kind=row.kind,
            field=row.field,
            old=row.old,
            new=row.new,
            text=row.text,
        )
        for row in txn.execute(query)
    )


def impacted(txn: Connection, kind: str, task_id: int) -> tuple[ImpactedService, ...]:
    """The services that a task impacts, critical ones first."""
    query = (
        select(services, impacted_services.c.effect, impacted_services.c.origin)
        .join(impacted_services, impacted_services.c.service_id == services.c.id)
        .where(impacted_services.c.task_kind == kind, impacted_services.c.task_id == task_id)
        .order_by(services.c.is_critical.desc(), services.c.name)
    )
    return tuple(
        ImpactedService(
            number=row.number,
            name=row.name,
            service_class=row.service_class,
            is_critical=row.is_critical,
            effect=row.effect,
            origin=row.origin,
        )
        for row in txn.execute(query)
    )


def _customers(
    txn: Connection, incident_id: int, kind: str, customers: Any, affected: Any
) -> tuple[AffectedCustomer, ...]:
    """The affected accounts or consumers, each with what of it is affected, its proactive case and its own cases."""
    column = f"{kind}_id"
    items = _affected_items(txn, incident_id, column)
    critical = _critical_services(txn, incident_id, column)
    reactive = _reactive_cases(txn, incident_id, affected, column)
    own = select(case_table).where(case_table.c.incident_id == incident_id, case_table.c.proactive == true()).subquery()
    query: Select[Any] = (
        select(
            customers,
            affected.c.origin,
            own.c.number.label("case_number"),
            own.c.state.label("case_state"),
            contacts.c.name.label("contact"),
        )
        .select_from(
            affected.join(customers, customers.c.id == affected.c[column])
            .outerjoin(own, own.c[column] == customers.c.id)
            .outerjoin(contacts, contacts.c.id == own.c.contact_id)
        )
        .where(affected.c.task_kind == INCIDENT, affected.c.task_id == incident_id)
        .order_by(customers.c.name, customers.c.id)
    )
    return tuple(
        AffectedCustomer(
            kind=kind,
            number=row.number,
            name=row.name,
            contract_value=row.contract_value,
            install_base=items.get(row.id, 0),
            origin=row.origin,
            case=row.case_number,
            case_state=row.case_state,
            contact=row.contact,
            critical_services=critical.get(row.id, 0),
            reactive_cases=reactive.get(row.id, 0),
        )
        for row in txn.execute(query)
    )


def _affected_items(txn: Connection, incident_id: int, column: str) -> dict[int, int]:
    """How many affected install base items each customer has, by the customer's id."""
    return _by_customer(txn, _items(incident_id, column, func.count()))


def _critical_services(txn: Connection, incident_id: int, column: str) -> dict[int, int]:
    """How many critical services stand behind the affected items of each customer, by the customer's id."""
    counted = _items(incident_id, column, func.count(distinct(install_base.c.service_id)))
    joined = counted.join(services, services.c.id == install_base.c.service_id)
    return _by_customer(txn, joined.where(services.c.is_critical == true()))


def _reactive_cases(txn: Connection, incident_id: int, affected: Any, column: str) -> dict[int, int]:
    """How many cases each affected customer opened, on whatever subject, by the customer's id."""
    query = (
        select(affected.c[column], func.count())
        .join(case_table, case_table.c[column] == affected.c[column])
        .where(
            affected.c.task_kind == INCIDENT,
            affected.c.task_id == incident_id,
            case_table.c.proactive == false(),
        )
        .group_by(affected.c[column])
    )
    return _by_customer(txn, query)


def _items(incident_id: int, column: str, counted: Any) -> Select[Any]:
    """Counts over the affected install base items of an incident, a row a customer."""
    customer = func.coalesce(install_base.c[column], sold_products.c[column])
    return (
        select(customer, counted)
        .select_from(
            affected_install_base.join(
                install_base, install_base.c.id == affected_install_base.c.install_base_id
            ).outerjoin(sold_products, sold_products.c.id == install_base.c.sold_product_id)
        )
        .where(affected_install_base.c.task_kind == INCIDENT, affected_install_base.c.task_id == incident_id)
        .group_by(customer)
    )


def _by_customer(txn: Connection, counts: Select[Any]) -> dict[int, int]:
    return {row[0]: row[1] for row in txn.execute(counts)}


def _notifications(txn: Connection, number: str) -> tuple[StagedNotification, ...]:
    outcomes: dict[int, dict[str, str]] = {}
    query = (
        select(notifications, notification_batches)
        .join(notification_batches, notification_batches.c.id == notifications.c.batch_id)
        .where(notifications.c.ticket == number)
        .order_by(notifications.c.id)
    )
    delivered = (
        select(deliveries.c.notification_id, deliveries.c.sink, deliveries.c.outcome)
        .join(notifications, notifications.c.id == deliveries.c.notification_id)
        .where(notifications.c.ticket == number)
    )
    for row in txn.execute(delivered):
        outcomes.setdefault(row.notification_id, {})[row.sink] = row.outcome
    return tuple(
        StagedNotification(
            event_id=row.event_id,
            event=row.event,
            message=row.message_key,
            recipient=row.recipient,
            address=row.address,
            record=number,
            staged_at=row.staged_at,
            outcomes=outcomes.get(row.id, {}),
        )
        for row in txn.execute(query)
    )
