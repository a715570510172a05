"""Impact (B2) against plain dictionaries: any inventory, any CI, any change of it."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from engine_support import OUTAGE
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, update

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.incidents import create_incident, refresh_impact, show_incident, update_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import IncidentReport
from forewarn.engine.schema import inventory as tables

NO_RESET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


@dataclass
class Model:
    """An inventory as dictionaries by id, and what a failure of a CI affects, found by loops."""

    accounts: int
    consumers: int
    cis: int
    services: dict[int, tuple[str | None, bool]]
    effects: dict[tuple[int, int], str]
    products: dict[int, tuple[int | None, int | None]]
    items: dict[int, tuple[int, int | None, int | None, int | None]]
    extra: dict[str, Any] = field(default_factory=dict)

    def services_hit(self, ci: int) -> dict[str, str]:
        return {
            f"service {service}": effect
            for (one, service), effect in self.effects.items()
            if one == ci and effect != "none"
        }

    def items_hit(self, ci: int) -> Iterator[tuple[int | None, int | None]]:
        for service, product, account, consumer in self.items.values():
            if self.effects.get((ci, service), "none") == "none":
                continue
            sold = self.products.get(product or 0, (None, None))
            yield account or sold[0], consumer or sold[1]

    def customers_hit(self, ci: int, position: int) -> dict[str, int]:
        counted: dict[str, int] = {}
        for customers in self.items_hit(ci):
            if customers[position] is not None:
                name = f"{('account', 'consumer')[position]} {customers[position]}"
                counted[name] = counted.get(name, 0) + 1
        return counted

    def class_of(self, ci: int, account: int) -> str | None:
        """The class of the service that decides an account's case type: a critical one first, then by name."""
        found = []
        for service, product, owner, _ in self.items.values():
            sold = self.products.get(product or 0, (None, None))
            if (owner or sold[0]) == account and self.effects.get((ci, service), "none") != "none":
                name, critical = self.services[service]
                found.append((not critical, f"service {service}", name))
        return min(found)[2]


@st.composite
def _models(draw: st.DrawFn) -> Model:
    chance = random.Random(draw(st.integers(0, 2**32)))
    accounts, consumers, cis = draw(st.integers(1, 9)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    services = {
        one: (chance.choice(["SD-WAN", "Fibre Broadband", None]), chance.random() < 0.3)
        for one in range(1, draw(st.integers(1, 5)) + 1)
    }
    effects = {
        (ci, service): chance.choice(["down", "degraded", "none"])
        for ci in range(1, cis + 1)
        for service in services
        if chance.random() < 0.7
    }

    def customer() -> tuple[int | None, int | None]:
        return chance.choice(
            [
                (chance.randint(1, accounts), None),
                (chance.randint(1, accounts), None),
                (None, chance.randint(1, consumers)),
            ]
        )

    products = {one: customer() for one in range(1, draw(st.integers(1, 5)) + 1)}
    items = {}
    for one in range(1, draw(st.integers(0, 25)) + 1):
        product = chance.choice([None, chance.choice(list(products))])
        own = (None, None) if product and chance.random() < 0.5 else customer()
        items[one] = (chance.choice(list(services)), product, *own)
    return Model(accounts, consumers, cis, services, effects, products, items)


def _fill(site: OpenSite, model: Model) -> None:
    extra: dict[str, Any] = {"extra": {}}
    with site.store.write() as txn:
        for table in reversed(tables.metadata.sorted_tables):
            if table.name not in ("activity", "decisions", "seals", "counters"):
                txn.execute(delete(table))

        def fill(table: Any, rows: list[dict[str, Any]]) -> None:
            if rows:
                txn.execute(insert(table), [{**row, **extra} for row in rows])

        fill(
            tables.accounts,
            [{"id": one, "number": f"A{one}", "name": f"account {one}"} for one in range(1, model.accounts + 1)],
        )
        fill(
            tables.consumers,
            [{"id": one, "number": f"C{one}", "name": f"consumer {one}"} for one in range(1, model.consumers + 1)],
        )
        fill(tables.cis, [{"id": one, "name": f"ci {one}"} for one in range(1, model.cis + 1)])
        fill(
            tables.services,
            [
                {"id": one, "name": f"service {one}", "service_class": name, "is_critical": critical}
                for one, (name, critical) in model.services.items()
            ],
        )
        fill(
            tables.ci_services,
            [{"ci_id": ci, "service_id": service, "effect": effect} for (ci, service), effect in model.effects.items()],
        )
        fill(
            tables.sold_products,
            [
                {"id": one, "number": f"P{one}", "name": "p", "account_id": account, "consumer_id": consumer}
                for one, (account, consumer) in model.products.items()
            ],
        )
        fill(
            tables.install_base,
            [
                {
                    "id": one,
                    "number": f"I{one}",
                    "name": "i",
                    "service_id": service,
                    "sold_product_id": product,
                    "account_id": account,
                    "consumer_id": consumer,
                }
                for one, (service, product, account, consumer) in model.items.items()
            ],
        )


def _agrees(shown: IncidentReport, model: Model, ci: int) -> None:
    assert {service.name: service.effect for service in shown.services} == model.services_hit(ci)
    assert {one.name: one.install_base for one in shown.accounts} == model.customers_hit(ci, 0)
    assert {one.name: one.install_base for one in shown.consumers} == model.customers_hit(ci, 1)
    assert shown.incident["affected_account_count"] == len(model.customers_hit(ci, 0))
    assert shown.incident["affected_consumer_count"] == len(model.customers_hit(ci, 1))


@pytest.fixture
def one_site(make_open_site: Callable[..., OpenSite], tmp_path: Path) -> OpenSite:
    """One site whose inventory each example replaces."""
    return make_open_site(tmp_path, inventory=False)


@settings(max_examples=25, suppress_health_check=NO_RESET)
@given(model=_models())
def test_impact_is_what_loops_over_dictionaries_find(one_site: OpenSite, model: Model) -> None:
    """For every CI in turn, and after every change of it: services, items, accounts and consumers agree."""
    _fill(one_site, model)
    fields = {"short_description": "x", "configuration_item": "ci 1"}
    number = create_incident(one_site, fields, asked_by="x").record.number
    _agrees(show_incident(one_site, number), model, 1)
    for ci in [*range(1, model.cis + 1), 1]:
        update_incident(one_site, number, {"configuration_item": f"ci {ci}"}, asked_by="x")
        _agrees(show_incident(one_site, number), model, ci)
    update_incident(one_site, number, {"configuration_item": None}, asked_by="x")
    assert show_incident(one_site, number).accounts == ()


@settings(max_examples=15, suppress_health_check=NO_RESET)
@given(model=_models(), data=st.data())
def test_a_refresh_follows_the_inventory(one_site: OpenSite, model: Model, data: st.DataObject) -> None:
    """Where a relation changes its effect, the next refresh says what loops say of the new inventory."""
    _fill(one_site, model)
    fields = {"short_description": "x", "configuration_item": "ci 1"}
    number = create_incident(one_site, fields, asked_by="x").record.number
    for pair in data.draw(st.lists(st.sampled_from(sorted(model.effects) or [(0, 0)]), max_size=3)):
        effect = data.draw(st.sampled_from(["down", "degraded", "none"]))
        if pair in model.effects:
            model.effects[pair] = effect
            with one_site.store.write() as txn:
                relation = tables.ci_services.c
                txn.execute(
                    update(tables.ci_services)
                    .where(relation.ci_id == pair[0], relation.service_id == pair[1])
                    .values(effect=effect)
                )
    refresh_impact(one_site, number, asked_by="x")
    _agrees(show_incident(one_site, number), model, 1)


@settings(max_examples=15, suppress_health_check=NO_RESET)
@given(model=_models())
def test_every_affected_customer_gets_one_case_of_the_type_of_its_service(one_site: OpenSite, model: Model) -> None:
    """An alert on a CI: one case a customer, its type by the class of a critical service first, major from five on."""
    _fill(one_site, model)
    (result,) = receive_alerts(one_site, [{**OUTAGE, "ci": "ci 1"}], source="t", asked_by="m").results
    shown = show_incident(one_site, result.incident or "")
    accounts, consumers = model.customers_hit(1, 0), model.customers_hit(1, 1)
    assert sorted(str(case["account"] or case["consumer"]) for case in shown.cases) == sorted([*accounts, *consumers])
    assert (shown.major_case is not None) is (len(accounts) >= 5)
    for case in shown.cases:
        assert case["parent"] == (shown.major_case.number if shown.major_case else None)
        if case["account"] is not None:
            broadband = model.class_of(1, int(case["account"].split()[1])) == "Fibre Broadband"
            assert (case["case_type"] == "Customer service case") is broadband
    assert len({case.number for case in shown.cases}) == len(shown.cases)
