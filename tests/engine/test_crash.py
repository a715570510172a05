"""One event or action is one transaction: a fault at any of its steps leaves nothing half."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from engine_support import OUTAGE, snapshot
from sqlalchemy import update

from forewarn.engine import (
    cases,
    delivery_run,
    escalation,
    field_map,
    generation,
    impact,
    majors,
    notifications,
    opening,
    policies,
    resolution,
    states,
    tasks,
)
from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.cases import close_case, resolve_case
from forewarn.engine.actions.delivery import deliver
from forewarn.engine.actions.incidents import escalate_incident, resolve_incident, update_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import journal
from forewarn.engine.schema.work import cases as case_table

INC = "INC0000001"


class Crash(Exception):
    """A fault that nobody foresaw."""


def crash_at(monkeypatch: pytest.MonkeyPatch, module: Any, name: str) -> None:
    """Let a function raise after it has done everything that it does."""
    real = getattr(module, name)

    def raising(*args: Any, **kwargs: Any) -> Any:
        real(*args, **kwargs)
        raise Crash(name)

    monkeypatch.setattr(module, name, raising)


RECEIVING = [
    (journal, "enter"),
    (opening, "open_incident"),
    (escalation, "_climb"),
    (tasks, "open_task"),
    (impact, "refresh"),
    (policies, "needed"),
    (majors, "promote"),
    (cases, "create_missing"),
    (field_map, "passed_on"),
    (notifications, "stage"),
    (generation, "write_on_alerts"),
    (journal, "settle"),
]


@pytest.mark.parametrize(("module", "name"), RECEIVING, ids=lambda value: value if isinstance(value, str) else "")
def test_a_crash_while_receiving_leaves_nothing(
    site: OpenSite, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    """Not a row of the alert remains, and the next try takes it whole."""
    before = snapshot(site)
    with monkeypatch.context() as patch:
        crash_at(patch, module, name)
        with pytest.raises(Crash):
            receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    assert snapshot(site) == before
    (result,) = receive_alerts(site, [OUTAGE], source="t", asked_by="m").results
    assert (result.incident, result.cases) == (INC, 6)


ACTIONS: list[tuple[str, Callable[[OpenSite], Any], list[tuple[Any, str]]]] = [
    (
        "escalate",
        lambda site: escalate_incident(site, INC, "on", asked_by="x"),
        [(tasks, "close_tasks"), (tasks, "open_task"), (states, "after"), (escalation, "_run_flow")],
    ),
    (
        "resolve",
        lambda site: resolve_incident(site, INC, "Duplicate", "x", asked_by="x"),
        [(states, "after"), (tasks, "close_tasks"), (field_map, "passed_on"), (resolution, "_write")],
    ),
    (
        "close the major case",
        lambda site: close_case(site, "CS0000001", asked_by="x"),
        [(states, "after"), (notifications, "stage")],
    ),
    (
        "change the CI",
        lambda site: update_incident(site, INC, {"configuration_item": "Vmanage_10002"}, asked_by="x"),
        [(impact, "refresh"), (cases, "create_missing"), (notifications, "stage")],
    ),
]


@pytest.mark.parametrize(
    ("action", "module", "name"),
    [pytest.param(action, *point, id=f"{what} {point[1]}") for what, action, points in ACTIONS for point in points],
)
def test_a_crash_in_an_action_leaves_nothing(
    site: OpenSite, monkeypatch: pytest.MonkeyPatch, action: Callable[[OpenSite], Any], module: Any, name: str
) -> None:
    """Everything of the action happens, or nothing of it."""
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    resolve_case(site, "CS0000002", "Duplicate", "x", asked_by="x")
    with site.store.write() as txn:
        txn.execute(update(case_table).values(resolution_code="Duplicate", resolution_notes="x"))
    before = snapshot(site)
    with monkeypatch.context() as patch:
        crash_at(patch, module, name)
        with pytest.raises(Crash):
            action(site)
    assert snapshot(site) == before


def test_a_crash_between_sink_and_outcome_repeats_under_the_same_id(
    site: OpenSite, sink: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At least once: what a sink took before the outcome was written comes again, under its own id."""
    receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    with monkeypatch.context() as patch:
        patch.setattr(delivery_run.Run, "_record", lambda *args: (_ for _ in ()).throw(Crash))
        with pytest.raises(Crash):
            deliver(site)
    first = sorted(one.event_id for one in sink.got)
    assert deliver(site).delivered == 0
    site.clock.advance(timedelta(minutes=6))  # type: ignore[attr-defined]
    assert deliver(site).delivered == 5
    assert sorted(one.event_id for one in sink.got[5:]) == first
