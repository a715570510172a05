"""The customer impact of an incident, a problem or a change request: indicators, affected customers, pills.

What stands in which column follows S3 "Enhancing customer impact visibility" and "Affected customers list columns".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Select, and_, distinct, false, func, or_, select, true

from forewarn.engine.impact import TASKS
from forewarn.engine.records import CASE_LINKS, by_number, kind_of
from forewarn.engine.schema.inventory import accounts, consumers, install_base, services, sold_products
from forewarn.engine.schema.work import affected_accounts, affected_consumers, affected_install_base, cases

_majors = cases.alias("majors")


class Pill(StrEnum):
    """The quick filters over affected customers."""

    ALL = "All"
    CRITICAL = "Critical service impact"
    NO_RECORDS = "No proactive records"
    NO_COMMUNICATION = "No customer communication"


@dataclass(frozen=True, slots=True)
class Indicators:
    """The four figures over the whole list, whichever pill is chosen.

    ``affected_total_contract_value`` adds up affected accounts and consumers; ``affected_products`` counts what they
    bought, ``affected_install_base`` the affected items, ``total_reactive_cases`` the cases they opened themselves.
    """

    affected_total_contract_value: Decimal
    affected_products: int
    affected_install_base: int
    total_reactive_cases: int


@dataclass(frozen=True, slots=True)
class AccountImpact:
    """A line of the accounts tab, a field a column, and the account's number.

    ``account_escalated``: the account has a proactive case, for whatever task. ``critical_affected_services`` counts
    the critical services behind its affected items.
    """

    account: str
    contract_value: Decimal | None
    account_escalated: bool
    reactive_cases: int
    proactive_record: str | None
    communication_sent: bool
    critical_affected_services: int
    major_record: str | None
    number: str


@dataclass(frozen=True, slots=True)
class ConsumerImpact:
    """A line of the consumers tab, a field a column; the consumer's number, and the services that the pill is about."""

    consumer: str
    communication_sent: bool
    reactive_cases: int
    proactive_case: str | None
    contract_value: Decimal | None
    number: str
    critical_affected_services: int


@dataclass(frozen=True, slots=True)
class CustomerImpact:
    """The tab "Customer impact" of a record: the indicators, and the customers that the pill leaves."""

    record: str
    pill: Pill
    indicators: Indicators
    accounts: tuple[AccountImpact, ...]
    consumers: tuple[ConsumerImpact, ...]


def customer_impact(txn: Connection, number: str, pill: Pill) -> CustomerImpact:
    """The customer impact of a record by its number (INC…, PRB…, CHG…); raises `NotFound`."""
    kind = kind_of(number, among=TASKS)
    task = by_number(txn, kind, number, lock=False)
    task_id = task["id"]
    return CustomerImpact(
        record=task["number"],
        pill=pill,
        indicators=_indicators(txn, kind, task_id),
        accounts=tuple(one for one in _accounts(txn, kind, task_id) if _kept(one, one.proactive_record, pill)),
        consumers=tuple(one for one in _consumers(txn, kind, task_id) if _kept(one, one.proactive_case, pill)),
    )


def _kept(row: AccountImpact | ConsumerImpact, record: str | None, pill: Pill) -> bool:
    match pill:
        case Pill.CRITICAL:
            return row.critical_affected_services > 0
        case Pill.NO_RECORDS:
            return record is None
        case Pill.NO_COMMUNICATION:
            return not row.communication_sent
    return True


def _accounts(txn: Connection, kind: str, task_id: int) -> list[AccountImpact]:
    critical = _critical_services(txn, kind, task_id, "account_id")
    reactive = _own_cases(txn, kind, task_id, affected_accounts, proactive=False)
    escalated = _own_cases(txn, kind, task_id, affected_accounts, proactive=True)
    records = _records(txn, kind, task_id, "account_id")
    return [
        AccountImpact(
            account=row.name,
            contract_value=row.contract_value,
            account_escalated=row.id in escalated,
            reactive_cases=reactive.get(row.id, 0),
            proactive_record=records[row.id].number if row.id in records else None,
            communication_sent=row.id in records and records[row.id].communication_sent_at is not None,
            critical_affected_services=critical.get(row.id, 0),
            major_record=records[row.id].major if row.id in records else None,
            number=row.number,
        )
        for row in txn.execute(_customers(kind, task_id, accounts, affected_accounts))
    ]


def _consumers(txn: Connection, kind: str, task_id: int) -> list[ConsumerImpact]:
    critical = _critical_services(txn, kind, task_id, "consumer_id")
    reactive = _own_cases(txn, kind, task_id, affected_consumers, proactive=False)
    records = _records(txn, kind, task_id, "consumer_id")
    return [
        ConsumerImpact(
            consumer=row.name,
            communication_sent=row.id in records and records[row.id].communication_sent_at is not None,
            reactive_cases=reactive.get(row.id, 0),
            proactive_case=records[row.id].number if row.id in records else None,
            contract_value=row.contract_value,
            number=row.number,
            critical_affected_services=critical.get(row.id, 0),
        )
        for row in txn.execute(_customers(kind, task_id, consumers, affected_consumers))
    ]


def _customers(kind: str, task_id: int, customers: Any, affected: Any) -> Select[Any]:
    return (
        select(customers.c.id, customers.c.number, customers.c.name, customers.c.contract_value)
        .join(affected, affected.c[_reference(affected)] == customers.c.id)
        .where(affected.c.task_kind == kind, affected.c.task_id == task_id)
        .order_by(customers.c.name, customers.c.id)
    )


def _reference(affected: Any) -> str:
    return "account_id" if affected is affected_accounts else "consumer_id"


def _records(txn: Connection, kind: str, task_id: int, column: str) -> Mapping[int, Any]:
    """The proactive case that each customer has of the task, with the number of its major case."""
    query = (
        select(cases.c[column], cases.c.number, cases.c.communication_sent_at, _majors.c.number.label("major"))
        .outerjoin(_majors, and_(_majors.c.id == cases.c.parent_id, _majors.c.is_major == true()))
        .where(CASE_LINKS[kind] == task_id, cases.c.proactive == true(), cases.c[column].is_not(None))
    )
    return {row[0]: row for row in txn.execute(query)}


def _own_cases(txn: Connection, kind: str, task_id: int, affected: Any, *, proactive: bool) -> Mapping[int, int]:
    """How many proactive, or reactive, cases each affected customer has, on whatever subject."""
    column = _reference(affected)
    query = (
        select(affected.c[column], func.count())
        .join(cases, cases.c[column] == affected.c[column])
        .where(affected.c.task_kind == kind, affected.c.task_id == task_id, cases.c.proactive == proactive)
        .group_by(affected.c[column])
    )
    return {row[0]: row[1] for row in txn.execute(query)}


def _critical_services(txn: Connection, kind: str, task_id: int, column: str) -> Mapping[int, int]:
    customer = func.coalesce(install_base.c[column], sold_products.c[column])
    query = (
        select(customer, func.count(distinct(install_base.c.service_id)))
        .select_from(
            affected_install_base.join(install_base, install_base.c.id == affected_install_base.c.install_base_id)
            .join(services, services.c.id == install_base.c.service_id)
            .outerjoin(sold_products, sold_products.c.id == install_base.c.sold_product_id)
        )
        .where(
            affected_install_base.c.task_kind == kind,
            affected_install_base.c.task_id == task_id,
            services.c.is_critical == true(),
        )
        .group_by(customer)
    )
    return {row[0]: row[1] for row in txn.execute(query)}


def _indicators(txn: Connection, kind: str, task_id: int) -> Indicators:
    hit = [_affected(kind, task_id, affected) for affected in (affected_accounts, affected_consumers)]
    values = [
        txn.execute(select(func.sum(customers.c.contract_value)).where(customers.c.id.in_(chosen))).scalar()
        for customers, chosen in zip((accounts, consumers), hit, strict=True)
    ]
    items = select(func.count()).where(
        affected_install_base.c.task_kind == kind, affected_install_base.c.task_id == task_id
    )
    return Indicators(
        affected_total_contract_value=sum((value for value in values if value is not None), Decimal(0)),
        affected_products=_count(txn, sold_products, hit),
        affected_install_base=txn.execute(items).scalar_one(),
        total_reactive_cases=_count(txn, cases, hit, cases.c.proactive == false()),
    )


def _affected(kind: str, task_id: int, affected: Any) -> Select[Any]:
    return select(affected.c[_reference(affected)]).where(affected.c.task_kind == kind, affected.c.task_id == task_id)


def _count(txn: Connection, of: Any, hit: Sequence[Select[Any]], *also: Any) -> int:
    """How many rows belong to one of the affected accounts or consumers."""
    owned = or_(of.c.account_id.in_(hit[0]), of.c.consumer_id.in_(hit[1]))
    counted: int = txn.execute(select(func.count()).select_from(of).where(owned, *also)).scalar_one()
    return counted
