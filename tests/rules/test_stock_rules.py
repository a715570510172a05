"""The stock event rule workbook, read from disk as a site reads it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from event_sheets import START, alert

from forewarn.decision_tables.library import read_library
from forewarn.rules import Fact, RuleWorker, read_event_rules

STOCK = Path(__file__).parents[2] / "forewarn" / "plugins" / "stock" / "workbooks"


@pytest.fixture(scope="module")
def worker() -> Iterator[RuleWorker]:
    """A worker that runs the stock event rules."""
    library = read_library(sorted(STOCK.rglob("*.xlsx")))
    found = read_event_rules(library.event_sheets)
    assert not found.refused, [str(finding) for finding in found.findings]
    with RuleWorker(found.rule_set) as worker:
        yield worker


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        pytest.param([alert("a1", ci="r1", category="SD-WAN")], "open incident", id="a first alert opens an incident"),
        pytest.param(
            [alert("a1", ci="r1"), alert("i1", kind="incident", ci="r1", phase="open", fresh=False)],
            "add to incident",
            id="a later one joins it",
        ),
        pytest.param(
            [alert("a1", ci="r1"), alert("i1", kind="incident", ci="r1", phase="resolved", fresh=False)],
            "open incident",
            id="a resolved incident is not joined",
        ),
        pytest.param(
            [alert("a1", ci="r1"), alert("i1", kind="incident", ci="r2", phase="open", fresh=False)],
            "open incident",
            id="nor one of another configuration item",
        ),
        pytest.param([alert("a1", category="SD-WAN")], "open incident", id="an alert without one opens its own"),
        pytest.param(
            [alert("c1", kind="clear", ci="r1"), alert("i1", kind="incident", ci="r1", phase="open", fresh=False)],
            "ignore",
            id="a clear closes nothing",
        ),
    ],
)
def test_what_the_stock_rules_say(worker: RuleWorker, facts: list[Fact], action: str) -> None:
    """Each event has exactly one intent."""
    (intent,) = worker.correlate("r1", facts, START)
    assert str(intent.action) == action
    assert intent.event == facts[0].id
    if action == "open incident" and "category" in facts[0].attributes:
        assert intent.values["incident.category"] == "SD-WAN"
