"""The way of a failure over CIs that depend on each other (B2), against a walk over plain dictionaries."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from forewarn.engine import dialect
from forewarn.engine.actions.incidents import create_incident, refresh_impact, show_incident
from forewarn.engine.actions.inventory import load_files
from forewarn.engine.open_site import OpenSite
from forewarn.engine.schema import inventory as tables

EFFECTS = ("down", "degraded", "none")
Edges = dict[tuple[int, int], str]


def walked(ci: int, relations: Edges, stands_on: Edges) -> dict[int, str]:
    """The services that a failure reaches, by following every relation one by one until nothing gets worse."""
    hit = {ci: "down"}
    waiting = [ci]
    while waiting:
        here = waiting.pop()
        for (one, other), effect in relations.items():
            if one != here or effect == "none":
                continue
            arrives = "degraded" if "degraded" in (effect, hit[here]) else "down"
            if hit.get(other) is None or (hit[other] == "degraded" and arrives == "down"):
                hit[other] = arrives
                waiting.append(other)
    found: dict[int, str] = {}
    for (one, service), effect in stands_on.items():
        if one in hit and effect != "none":
            arrives = "degraded" if "degraded" in (effect, hit[one]) else "down"
            found[service] = "down" if "down" in (arrives, found.get(service)) else "degraded"
    return found


def fill(site: OpenSite, cis: int, services: int, relations: Edges, stands_on: Edges) -> None:
    """Put CIs, services and what connects them into an empty inventory."""
    with site.store.write() as txn:
        for table in reversed(tables.metadata.sorted_tables):
            if table.name not in ("activity", "decisions", "seals", "counters"):
                txn.execute(delete(table))
        for table, name, count in ((tables.cis, "ci", cis), (tables.services, "service", services)):
            txn.execute(insert(table), [{"id": one, "name": f"{name} {one}"} for one in range(1, count + 1)])
        between = [{"ci_id": one, "dependent_ci_id": other, "effect": how} for (one, other), how in relations.items()]
        over = [{"ci_id": one, "service_id": other, "effect": how} for (one, other), how in stands_on.items()]
        for table, rows in ((tables.ci_relations, between), (tables.ci_services, over)):
            if rows:
                txn.execute(insert(table), rows)
        # As a load of these files would end.
        dialect.count_anew(txn, tables.ci_relations.name, tables.ci_services.name)


def hit_by(site: OpenSite, ci: int) -> dict[str, str]:
    """What an incident on the CI impacts."""
    fields = {"short_description": "x", "configuration_item": f"ci {ci}"}
    number = create_incident(site, fields, asked_by="t").record.number
    return {one.name: one.effect for one in show_incident(site, number).services}


@given(seed=st.integers(0, 2**32), cis=st.integers(1, 8), services=st.integers(1, 5))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_failure_goes_exactly_as_far_as_the_relations_take_it(
    site: OpenSite, seed: int, cis: int, services: int
) -> None:
    """For any relations, cycles and loops onto oneself included, services and effects are those of a walk by hand."""
    chance = random.Random(seed)
    pairs = [(one, other) for one in range(1, cis + 1) for other in range(1, cis + 1)]
    relations = {pair: chance.choice(EFFECTS) for pair in pairs if chance.random() < 0.3}
    stands_on = {
        (ci, service): chance.choice(EFFECTS)
        for ci in range(1, cis + 1)
        for service in range(1, services + 1)
        if chance.random() < 0.4
    }
    fill(site, cis, services, relations, stands_on)
    expected = {f"service {one}": effect for one, effect in walked(1, relations, stands_on).items()}
    assert hit_by(site, 1) == expected


def test_fifty_thousand_cis_in_a_ring_are_walked_once(site: OpenSite) -> None:
    """A chain of 50,000 CIs that ends where it began: the service at its far end is found, and the walk ends."""
    count = 50_000
    ring = {(one, one % count + 1): "down" for one in range(1, count + 1)}
    fill(site, count, 1, ring, {(count, 1): "down"})
    assert hit_by(site, 1) == {"service 1": "down"}


def test_a_changed_relation_counts_at_the_next_refresh(site: OpenSite) -> None:
    """A service that was down is degraded, then free, as the relation before it says."""
    fill(site, 2, 1, {(1, 2): "down"}, {(2, 1): "down"})
    fields = {"short_description": "x", "configuration_item": "ci 1"}
    number = create_incident(site, fields, asked_by="t").record.number
    seen = []
    for effect in EFFECTS:
        with site.store.write() as txn:
            txn.execute(tables.ci_relations.update().values(effect=effect))
        refresh_impact(site, number, asked_by="t")
        seen.append([one.effect for one in show_incident(site, number).services])
    assert seen == [["down"], ["degraded"], []]


def test_relations_are_loaded_from_a_file(open_site: Callable[..., OpenSite], tmp_path: Path) -> None:
    """A file ci_relations.csv says which CI carries which; an outage of the carrier hits the customers of both."""
    site = open_site()
    (tmp_path / "cis.csv").write_text("Name\nPower feed 7\n", encoding="utf-8")
    (tmp_path / "ci_relations.csv").write_text(
        "Configuration item,Dependent CI,Relation\nPower feed 7,Vmanage_10001,Powers\n", encoding="utf-8"
    )
    report = load_files(site, [tmp_path / "ci_relations.csv", tmp_path / "cis.csv"], strict=True, asked_by="t")
    assert report.loaded
    both = [
        create_incident(site, {"short_description": "x", "configuration_item": ci}, asked_by="t").record
        for ci in ("Power feed 7", "Vmanage_10001")
    ]
    assert both[0]["affected_account_count"] == both[1]["affected_account_count"] == 5
