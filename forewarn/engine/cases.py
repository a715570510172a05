"""Proactive cases (C1, C3): one a customer and task, inserted by one statement a class of impacted service.

The task is an incident, a problem or a change request; ``kind`` says which.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    null,
    select,
    true,
    union_all,
)

from forewarn.engine import dialect, field_map, policies, states
from forewarn.engine.activity import SYSTEM, post, post_on_all
from forewarn.engine.numbers import allocate, next_number, number_expression
from forewarn.engine.records import CASE_LINKS, Row, first
from forewarn.engine.schema.inventory import contacts, install_base, services, sold_products
from forewarn.engine.schema.work import (
    affected_accounts,
    affected_consumers,
    affected_install_base,
    cases,
    impacted_services,
)
from forewarn.engine.table_names import CASE_TYPE, SERVICE_DEFINITION
from forewarn.engine.views import CASE, INCIDENT, view
from forewarn.engine.work import Work

_MANY = 1_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What all cases of one class of service have in common."""

    service_definition: str
    case_type: str
    state: str | None
    phase: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """For which customers: ids of accounts or of consumers, None for all that are affected, () for none."""

    accounts: Sequence[int] | None = None
    consumers: Sequence[int] | None = None


def make_plan(
    work: Work,
    incident: Row,
    service_class: str | None,
    *,
    service_definition: str | None,
    event: str,
    kind: str = INCIDENT,
) -> Plan:
    """Decide what cases become: service definition (unless an agent chose one), case type, first state, fields."""
    record = (kind, incident["id"])
    inputs = policies.inputs_of_task(kind, view(kind, incident))
    if service_definition is None:
        asked = {**inputs, "service.service_class": service_class}
        answer = policies.decide_policy(work, SERVICE_DEFINITION, asked, record=record)
        service_definition = policies.needed(answer, "case.service_definition")
    asked = {**inputs, "service.service_class": service_class, "case.service_definition": service_definition}
    case_type = policies.needed(policies.decide_policy(work, CASE_TYPE, asked, record=record), "case.case_type")
    state = states.after(work, CASE, "create", record=record, case_type=case_type)
    return Plan(
        service_definition=service_definition,
        case_type=case_type,
        state=state.state if state else None,
        phase=state.phase if state else states.OPEN,
        fields=field_map.passed_on(work, incident, event, case_type, kind=kind),
    )


def create_missing(
    work: Work,
    incident: Row,
    chosen: Selection,
    *,
    parent: Row | None,
    service_definition: str | None,
    kind: str = INCIDENT,
) -> ColumnElement[bool]:
    """Create a proactive case for every chosen customer who has none of this task.

    Returns a condition on ``cases`` that selects the new ones.
    """
    newest = work.txn.execute(select(func.coalesce(func.max(cases.c.id), 0))).scalar_one()
    if incident["affected_account_count"] + incident["affected_consumer_count"] > _MANY:
        dialect.count_anew(work.txn, affected_accounts.name, affected_consumers.name, affected_install_base.name)
    wanted = (("account_id", affected_accounts, chosen.accounts), ("consumer_id", affected_consumers, chosen.consumers))
    for column, affected, ids in wanted:
        without = _without_case(kind, incident, column, affected, ids)
        classes = work.txn.execute(
            select(without.c.service_class, func.count())
            .group_by(without.c.service_class)
            .order_by(without.c.service_class)
        )
        for service_class, count in classes.all():
            plan = make_plan(
                work,
                incident,
                service_class,
                service_definition=service_definition,
                event=field_map.CASE_CREATED,
                kind=kind,
            )
            common = _common(work, incident, plan, kind=kind)
            _insert(work, common, without, column=column, service_class=service_class, count=count, parent=parent)
    created = and_(CASE_LINKS[kind] == incident["id"], cases.c.id > newest)
    text = f"Created for {incident['number']}" + (f" under {parent['number']}" if parent else "")
    post_on_all(work, CASE, select(cases.c.id).where(created), SYSTEM, text)
    return created


def create_without_customer(
    work: Work, incident: Row, *, is_major: bool, major_case_action: str, service_definition: str | None
) -> Row:
    """Create the one case of an incident that has no customer of its own: a major case, or a candidate for one."""
    service_class = work.txn.execute(
        select(services.c.service_class)
        .select_from(impacted_services.join(services, services.c.id == impacted_services.c.service_id))
        .where(impacted_services.c.task_kind == INCIDENT, impacted_services.c.task_id == incident["id"])
        .order_by(services.c.is_critical.desc(), services.c.name, services.c.id)
        .limit(1)
    ).scalar()
    plan = make_plan(
        work,
        incident,
        service_class,
        service_definition=service_definition,
        event=field_map.MAJOR_CASE_CREATED,
    )
    record = (INCIDENT, incident["id"])
    work.txn.execute(
        insert(cases).values(
            number=next_number(work.txn, CASE),
            is_major=is_major,
            major_case_state=states.major_case_state(work, major_case_action, record=record, case_type=plan.case_type),
            **_common(work, incident, plan),
        )
    )
    created = first(
        work.txn,
        select(cases)
        .where(cases.c.incident_id == incident["id"], cases.c.account_id.is_(None), cases.c.consumer_id.is_(None))
        .order_by(cases.c.id.desc()),
    )
    assert created is not None  # noqa: S101 - it was inserted a moment ago
    what = "Major case" if is_major else "Major case candidate"
    post(work, CASE, created["id"], SYSTEM, f"{what} for {incident['number']}")
    return created


def major_of(work: Work, incident_id: int) -> Row | None:
    """The major case of an incident, if there is one."""
    return first(work.txn, select(cases).where(cases.c.incident_id == incident_id, cases.c.is_major == true()))


def candidate_of(work: Work, incident_id: int) -> Row | None:
    """The case of an incident that was proposed as major, if there is one."""
    return first(
        work.txn,
        select(cases)
        .where(cases.c.incident_id == incident_id, cases.c.is_major.is_(False), cases.c.major_case_state.is_not(None))
        .order_by(cases.c.id),
    )


def case_in_state(work: Work, incident_id: int, major_case_state: str) -> Row | None:
    """The case of an incident, not a major one, that stands at a major case state; None where there is none."""
    return first(
        work.txn,
        select(cases)
        .where(
            cases.c.incident_id == incident_id,
            cases.c.is_major.is_(False),
            cases.c.major_case_state == major_case_state,
        )
        .order_by(cases.c.id),
    )


def count_children(work: Work, major_id: int) -> int:
    """How many cases stand under a major case."""
    counted: int = work.txn.execute(select(func.count()).where(cases.c.parent_id == major_id)).scalar_one()
    return counted


def _common(work: Work, incident: Row, plan: Plan, *, kind: str = INCIDENT) -> dict[str, Any]:
    fields = {"short_description": incident["short_description"], **plan.fields}
    added = {name: value for name, value in fields.items() if name not in cases.c}
    return {
        "case_type": plan.case_type,
        "service_definition": plan.service_definition,
        "state": plan.state,
        "phase": plan.phase,
        "proactive": True,
        CASE_LINKS[kind].name: incident["id"],
        "opened_at": work.now,
        "opened_by": work.asked_by,
        "updated_at": work.now,
        "domain": incident["domain"],
        **{name: value for name, value in fields.items() if name in cases.c},
        **({"extra": added} if added else {}),
    }


def _without_case(kind: str, incident: Row, column: str, affected: Any, ids: Sequence[int] | None) -> Any:
    """The chosen affected customers without a proactive case, each with the class of the service that counts for
    them: a critical one before others, then by name; none where no item of theirs is affected.

    One sort over the items and the customers together: a join with a ranked subquery would be quadratic in SQLite.
    """
    customer = func.coalesce(install_base.c[column], sold_products.c[column])
    items = (
        select(
            customer.label("customer_id"),
            services.c.service_class,
            case((services.c.is_critical == true(), 0), else_=1).label("rank"),
            services.c.name.label("service"),
        )
        .select_from(
            affected_install_base.join(install_base, install_base.c.id == affected_install_base.c.install_base_id)
            .join(services, services.c.id == install_base.c.service_id)
            .outerjoin(sold_products, sold_products.c.id == install_base.c.sold_product_id)
        )
        .where(
            affected_install_base.c.task_kind == kind,
            affected_install_base.c.task_id == incident["id"],
            customer.is_not(None),
        )
    )
    itemless = select(
        affected.c[column].label("customer_id"),
        cast(null(), services.c.service_class.type).label("service_class"),
        literal(2).label("rank"),
        literal("").label("service"),
    ).where(affected.c.task_kind == kind, affected.c.task_id == incident["id"])
    pool = union_all(items, itemless).subquery()
    place = func.row_number().over(partition_by=pool.c.customer_id, order_by=(pool.c.rank, pool.c.service))
    ranked = select(pool.c.customer_id, pool.c.service_class, place.label("place")).subquery()
    is_affected = exists().where(
        affected.c.task_kind == kind,
        affected.c.task_id == incident["id"],
        affected.c[column] == ranked.c.customer_id,
    )
    has_case = exists().where(
        CASE_LINKS[kind] == incident["id"], cases.c.proactive == true(), cases.c[column] == ranked.c.customer_id
    )
    query = select(ranked.c.customer_id, ranked.c.service_class).where(ranked.c.place == 1, is_affected, ~has_case)
    if ids is not None:
        query = query.where(ranked.c.customer_id.in_(ids))
    return query.subquery()


def _insert(
    work: Work,
    common: Mapping[str, Any],
    without: Any,
    *,
    column: str,
    service_class: str | None,
    count: int,
    parent: Row | None,
) -> None:
    """Insert the cases of one class in one statement, numbered in the order of their customers."""
    of_class = without.c.service_class.is_not_distinct_from(service_class)
    base = allocate(work.txn, CASE, count)
    customer = without.c.customer_id
    numbered = literal(base - 1) + func.row_number().over(order_by=customer)
    contact: Any = (
        select(func.min(contacts.c.id))
        .where(contacts.c.account_id == customer, contacts.c.is_primary.is_(True))
        .scalar_subquery()
        if column == "account_id"
        else null()
    )
    rows: Select[Any] = (
        select(
            number_expression(CASE, numbered),
            customer,
            contact,
            literal(parent["id"] if parent else None, cases.c.parent_id.type),
            literal(False),
            *(literal(value, cases.c[name].type) for name, value in common.items()),
        )
        .where(of_class)
        .order_by(customer)
    )
    names = ["number", column, "contact_id", "parent_id", "is_major", *common]
    work.txn.execute(insert(cases).from_select(names, rows))
