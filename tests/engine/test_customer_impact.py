"""The customer impact view (B4) against loops over everything that the store holds."""

from __future__ import annotations

import random
from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, select, update

from forewarn.engine.actions.cases import generate_cases
from forewarn.engine.actions.changes import create_change, move_change
from forewarn.engine.actions.impact import CustomerImpact, Pill, show_impact
from forewarn.engine.actions.incidents import create_incident
from forewarn.engine.customer_impact import AccountImpact, ConsumerImpact
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema import inventory, work
from forewarn.errors import NotFound

CI = "Vmanage_10001"


def rows(site: OpenSite, table: Any) -> list[dict[str, Any]]:
    """All rows of a table."""
    with site.store.read() as txn:
        return [dict(row) for row in txn.execute(select(table)).mappings()]


def expected(site: OpenSite, column: str, task: tuple[str, int], link: str) -> dict[str, tuple[Any, ...]]:
    """What the view must say of each account or consumer, by its number, found by loops over all rows."""
    customers = {
        one["id"]: one for one in rows(site, inventory.accounts if column == "account_id" else inventory.consumers)
    }
    affected = work.affected_accounts if column == "account_id" else work.affected_consumers
    products = {one["id"]: one for one in rows(site, inventory.sold_products)}
    critical = {one["id"] for one in rows(site, inventory.services) if one["is_critical"]}
    listed = {
        one["install_base_id"]
        for one in rows(site, work.affected_install_base)
        if (one["task_kind"], one["task_id"]) == task
    }
    items = [one for one in rows(site, inventory.install_base) if one["id"] in listed]
    cases = rows(site, work.cases)
    majors = {one["id"]: one["number"] for one in cases if one["is_major"]}
    found = {}
    for row in rows(site, affected):
        if (row["task_kind"], row["task_id"]) != task:
            continue
        customer = customers[row[column]]
        own = [one for one in cases if one[column] == customer["id"]]
        record = next((one for one in own if one["proactive"] and one[link] == task[1]), None)
        hit = {
            one["service_id"]
            for one in items
            if (one[column] or products.get(one["sold_product_id"], {}).get(column)) == customer["id"]
        }
        found[customer["number"]] = (
            customer["name"],
            customer["contract_value"],
            any(one["proactive"] for one in own),
            sum(not one["proactive"] for one in own),
            record and record["number"],
            record is not None and record["communication_sent_at"] is not None,
            len(hit & critical),
            majors.get(record["parent_id"]) if record else None,
        )
    return found


def shown_accounts(view: CustomerImpact) -> dict[str, tuple[Any, ...]]:
    """The accounts tab in the order of `expected`."""
    return {
        one.number: (
            one.account,
            one.contract_value,
            one.account_escalated,
            one.reactive_cases,
            one.proactive_record,
            one.communication_sent,
            one.critical_affected_services,
            one.major_record,
        )
        for one in view.accounts
    }


def shown_consumers(view: CustomerImpact) -> dict[str, tuple[Any, ...]]:
    """The consumers tab, without the two columns that it has not."""
    return {
        one.number: (
            one.consumer,
            one.contract_value,
            one.reactive_cases,
            one.proactive_case,
            one.communication_sent,
            one.critical_affected_services,
        )
        for one in view.consumers
    }


def disturb(site: OpenSite, chance: random.Random) -> None:
    """Reactive cases of any customers, letters that arrived, services that are critical, other owners of products."""
    accounts, consumers = rows(site, inventory.accounts), rows(site, inventory.consumers)
    with site.store.write() as txn:
        for one in range(chance.randint(0, 8)):
            owner = (
                {"account_id": chance.choice(accounts)["id"]}
                if chance.random() < 0.6
                else {"consumer_id": chance.choice(consumers)["id"]}
            )
            txn.execute(
                insert(work.cases).values(
                    number=f"CSX{one}",
                    case_type="Customer service case",
                    phase="open",
                    proactive=False,
                    opened_at=site.clock.now(),
                    opened_by="c",
                    updated_at=site.clock.now(),
                    **owner,
                )
            )
        for table, values, share in (
            (work.cases, {"communication_sent_at": site.clock.now()}, 0.5),
            (inventory.services, {"is_critical": True}, 0.4),
            (inventory.services, {"is_critical": False}, 0.4),
            (inventory.accounts, {"contract_value": Decimal("12.50")}, 0.3),
            (inventory.consumers, {"contract_value": None}, 0.5),
        ):
            for row in txn.execute(select(table.c.id)).scalars().all():
                if chance.random() < share:
                    txn.execute(update(table).where(table.c.id == row).values(**values))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@pytest.mark.parametrize("kind", ["incident", "change request"])
def test_every_figure_and_column_is_that_of_a_count_by_hand(
    kind: str, seed: int, make_open_site: Any, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Both tabs, the four indicators and the four pills, for incidents with a major case and for change requests."""
    site = make_open_site(tmp_path_factory.mktemp("impact"))
    chance = random.Random(seed)
    asked = {"short_description": "x", "configuration_item": chance.choice([CI, *names(site)])}
    if kind == "incident":
        number = create_incident(site, {**asked, "category": "SD-WAN"}, asked_by="a").record.number
        view = show_impact(site, number)
        if view.accounts and chance.random() < 0.8:
            picked = chance.sample([one.number for one in view.accounts], chance.randint(1, len(view.accounts)))
            generate_cases(site, number, accounts=picked, asked_by="a")
        if view.consumers:
            generate_cases(site, number, consumers=[view.consumers[0].number], asked_by="a")
    else:
        number = create_change(site, asked, asked_by="a").record.number
        if chance.random() < 0.8:
            move_change(site, number, "authorize", asked_by="a")
    disturb(site, chance)
    link = f"{kind.replace(' ', '_')}_id"
    accounts = expected(site, "account_id", (kind, 1), link)
    consumers = expected(site, "consumer_id", (kind, 1), link)
    view = show_impact(site, number)
    assert shown_accounts(view) == accounts
    assert shown_consumers(view) == {
        one: (row[0], row[1], row[3], row[4], row[5], row[6]) for one, row in consumers.items()
    }
    check_indicators(site, view, accounts, consumers, kind)
    kept = {
        Pill.CRITICAL: lambda row: row[6] > 0,
        Pill.NO_RECORDS: lambda row: row[4] is None,
        Pill.NO_COMMUNICATION: lambda row: not row[5],
    }
    for pill, keeps in kept.items():
        filtered = show_impact(site, number, pill=pill)
        assert {one.number for one in filtered.accounts} == {one for one, row in accounts.items() if keeps(row)}
        assert {one.number for one in filtered.consumers} == {one for one, row in consumers.items() if keeps(row)}
        assert filtered.indicators == view.indicators


def names(site: OpenSite) -> list[str]:
    """The CIs of the sample inventory."""
    return [one["name"] for one in rows(site, inventory.cis)]


def check_indicators(
    site: OpenSite, view: CustomerImpact, accounts: dict[str, Any], consumers: dict[str, Any], kind: str
) -> None:
    """The four figures, by loops."""
    ids = {
        "account_id": {one["id"] for one in rows(site, inventory.accounts) if one["number"] in accounts},
        "consumer_id": {one["id"] for one in rows(site, inventory.consumers) if one["number"] in consumers},
    }

    def owned(one: dict[str, Any]) -> bool:
        return any(one[column] in chosen for column, chosen in ids.items())

    figures = view.indicators
    values = [row[1] for row in (*accounts.values(), *consumers.values()) if row[1] is not None]
    assert figures.affected_total_contract_value == sum(values, Decimal(0))
    assert figures.affected_products == sum(owned(one) for one in rows(site, inventory.sold_products))
    assert figures.affected_install_base == sum(
        one["task_kind"] == kind for one in rows(site, work.affected_install_base)
    )
    assert figures.total_reactive_cases == sum(owned(one) and not one["proactive"] for one in rows(site, work.cases))


def test_the_columns_are_those_of_the_document_in_its_order() -> None:
    """The accounts tab has eight columns, the consumers tab five (S3 "Affected customers list columns")."""
    assert [field.name for field in fields(AccountImpact)][:8] == [
        "account",
        "contract_value",
        "account_escalated",
        "reactive_cases",
        "proactive_record",
        "communication_sent",
        "critical_affected_services",
        "major_record",
    ]
    assert [field.name for field in fields(ConsumerImpact)][:5] == [
        "consumer",
        "communication_sent",
        "reactive_cases",
        "proactive_case",
        "contract_value",
    ]


def test_a_record_without_impact_shows_zeros(site: OpenSite) -> None:
    """Nothing affected: the figures are zero, both tabs are empty; what is no such record is not found."""
    number = create_change(site, {"short_description": "x"}, asked_by="a").record.number
    view = show_impact(site, number.lower())
    assert (view.accounts, view.consumers, view.indicators.affected_total_contract_value) == ((), (), Decimal(0))
    for unknown in ("CS0000001", "PRB0000077", "nonsense"):
        with pytest.raises(NotFound):
            show_impact(site, unknown)
