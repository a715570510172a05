"""Impact (B2): CI → CIs that depend on it → services → install base items → accounts and consumers, set by set.

The task is an incident, a problem or a change request. Derived entries are kept in step with the inventory; entries
that a person added are left alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, delete, exists, func, insert, literal, select, union, update

from forewarn.engine import ci_graph, generation, ownership
from forewarn.engine.records import CASE_LINKS, Row, by_number, change, kind_of
from forewarn.engine.reports import Change
from forewarn.engine.schema.inventory import install_base, sold_products
from forewarn.engine.schema.work import (
    affected_accounts,
    affected_consumers,
    affected_install_base,
    cases,
    impacted_services,
)
from forewarn.engine.views import INCIDENT, view
from forewarn.engine.work import Work
from forewarn.errors import Refused

DERIVED = "derived"
MANUAL = "manual"

TASKS = tuple(CASE_LINKS)
"""The kinds of records that have an impact: incident, problem, change request."""


@dataclass(frozen=True, slots=True)
class Impact:
    """How much an incident affects."""

    services: int
    install_base: int
    accounts: int
    consumers: int


def refresh(work: Work, task: Row, *, kind: str = INCIDENT) -> Row:
    """Find everything that a task affects, and write the counts; returns the task as it stands then.

    One without a CI that the inventory knows affects what people added to it, and its impact is unknown.
    """
    impact = refresh_lists(work, kind, task["id"], task["ci_id"])
    return change(
        work,
        kind,
        task,
        {
            "affected_account_count": impact.accounts,
            "affected_consumer_count": impact.consumers,
            "impact_unknown": task["ci_id"] is None,
        },
    )


def refresh_on_demand(work: Work, number: str) -> Change:
    """The action "Refresh impacted services": the impact, and for an incident the Major Case Policy on it (C2)."""
    kind = kind_of(number, among=TASKS)
    task = by_number(work.txn, kind, number)
    require_ci(task)
    if kind == INCIDENT:
        return _refresh_and_decide(work, task)
    refreshed = refresh(work, task, kind=kind)
    return Change(record=view(kind, refreshed), changed=refreshed != task)


def require_ci(task: Row) -> None:
    """Raise `Refused` for a task whose CI is not filled, or that the inventory does not know."""
    if task["ci_id"] is not None:
        return
    given = task["configuration_item"]
    problem = f"the inventory does not know its CI {given!r}" if given else "it has no configuration item"
    raise Refused(
        f"the impact of {task['number']} cannot be refreshed: {problem}",
        hint="set configuration_item to a CI of the inventory",
    )


def _refresh_and_decide(work: Work, incident: Row) -> Change:
    before = incident
    incident = ownership.owner_acted(work, refresh(work, incident))
    done = generation.decide_handling(work, incident)
    return Change(
        record=view(INCIDENT, done.incident),
        changed=done.incident != before or done.created > 0,
        cases_created=done.created,
        notifications=done.notifications,
        notes=done.notes,
    )


def refresh_lists(work: Work, kind: str, task_id: int, ci_id: int | None) -> Impact:
    """Bring the four lists of a task in step with the inventory, from the CI to the customers."""
    harmed = ci_graph.harmed_services(ci_id)
    _sync(work, impacted_services, kind, task_id, harmed)
    _sync_effects(work, kind, task_id, harmed)
    services = select(impacted_services.c.service_id).where(
        impacted_services.c.task_kind == kind, impacted_services.c.task_id == task_id
    )
    items = select(install_base.c.id.label("install_base_id")).where(install_base.c.service_id.in_(services))
    _sync(work, affected_install_base, kind, task_id, items)
    for column, target in (("account_id", affected_accounts), ("consumer_id", affected_consumers)):
        _sync(work, target, kind, task_id, _customers(kind, task_id, column))
    return Impact(
        services=_count(work, impacted_services, kind, task_id),
        install_base=_count(work, affected_install_base, kind, task_id),
        accounts=_count(work, affected_accounts, kind, task_id),
        consumers=_count(work, affected_consumers, kind, task_id),
    )


def _customers(kind: str, task_id: int, column: str) -> Select[Any]:
    """The customers behind the affected items, by the item or else by its sold product; and those whose own case
    somebody associated with the task.
    """
    customer = func.coalesce(install_base.c[column], sold_products.c[column])
    served = (
        select(customer.label(column))
        .select_from(
            affected_install_base.join(
                install_base, install_base.c.id == affected_install_base.c.install_base_id
            ).outerjoin(sold_products, sold_products.c.id == install_base.c.sold_product_id)
        )
        .where(
            affected_install_base.c.task_kind == kind,
            affected_install_base.c.task_id == task_id,
            customer.is_not(None),
        )
    )
    if kind not in CASE_LINKS:
        return served.distinct()
    asked = select(cases.c[column]).where(
        CASE_LINKS[kind] == task_id, cases.c.proactive.is_(False), cases.c[column].is_not(None)
    )
    return select(union(served, asked).subquery().c[column])


def _sync(work: Work, target: Any, kind: str, task_id: int, wanted: Select[Any]) -> None:
    """Make the derived rows of a task those of ``wanted`` (its first column is the reference)."""
    found = wanted.subquery()
    reference = target.c[found.c[0].name]
    mine = and_(target.c.task_kind == kind, target.c.task_id == task_id)
    work.txn.execute(delete(target).where(mine, target.c.origin == DERIVED, reference.not_in(select(found.c[0]))))
    there = exists().where(mine, reference == found.c[0])
    missing = select(literal(kind), literal(task_id), literal(DERIVED), *found.c).where(~there)
    names = ["task_kind", "task_id", "origin", *(column.name for column in found.c)]
    work.txn.execute(insert(target).from_select(names, missing))


def _sync_effects(work: Work, kind: str, task_id: int, harmed: Select[Any]) -> None:
    """A service that was degraded may be down by now."""
    found = harmed.subquery()
    for effect in ci_graph.HARMFUL:
        work.txn.execute(
            update(impacted_services)
            .where(
                impacted_services.c.task_kind == kind,
                impacted_services.c.task_id == task_id,
                impacted_services.c.origin == DERIVED,
                impacted_services.c.effect != effect,
                impacted_services.c.service_id.in_(select(found.c.service_id).where(found.c.effect == effect)),
            )
            .values(effect=effect)
        )


def _count(work: Work, target: Any, kind: str, task_id: int) -> int:
    counted: int = work.txn.execute(
        select(func.count()).select_from(target).where(target.c.task_kind == kind, target.c.task_id == task_id)
    ).scalar_one()
    return counted
