"""Event rules in the engine (B1, B6): a sheet says when alerts open, join or are passed over."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import openpyxl
import pytest
from engine_support import OUTAGE, Workbooks

from forewarn.engine.actions.alerts import list_alerts, receive_alerts
from forewarn.engine.actions.incidents import list_incidents, show_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.receiving import correlation
from forewarn.errors import RulesUnavailable
from forewarn.rules.facts import DeadLetter, SessionRefused

ROLES = ["Event rules", "Event", "If", "Same", "Count", "Within", "And", "Without", "Do", "With", "With", "Note"]
HEADINGS = [
    "Rule",
    "Event",
    "alert.name",
    "Same",
    "Count",
    "Within",
    "incident.phase",
    "incident.phase",
    "Do",
    "incident.short_description",
    "incident.configuration_item",
    "Why",
]
JOIN = ["J", "alert", "-", "alert.ci", None, None, "open", None, "add to incident", None]
OPEN = ["O", "alert", "-", "alert.ci", None, None, None, "open", "open incident", "{alert.name}", "{alert.ci}"]


def _rules(*rows: Sequence[Any]) -> Callable[[Workbooks], None]:
    """Put rules of our own in the place of the stock ones."""

    def edit(books: Workbooks) -> None:
        book = openpyxl.Workbook()
        sheet = book.worksheets[0]
        sheet.title = "Alert Rules"
        for row in (["Alert Rules"], ROLES, HEADINGS, *rows):
            sheet.append(list(row))
        book.save(books.root / "rules" / "alerts.xlsx")

    return edit


def _alert(number: int, minute: int, **fields: Any) -> dict[str, Any]:
    at = {"id": f"a-{number}", "time": f"2026-05-04T08:{minute:02}:00Z", "name": "link failure"}
    return {**OUTAGE, **at, **fields}


def _opened(site: OpenSite, *alerts: dict[str, Any]) -> list[bool]:
    return [result.opened for result in receive_alerts(site, alerts, source="t", asked_by="m").results]


def test_three_link_failures_on_one_ci_in_five_minutes_open_one_incident(open_site: Callable[..., OpenSite]) -> None:
    """B1: the third within the window opens it, others of that CI join, those of another CI or time do not count."""
    third = [
        "T",
        "alert",
        "link failure",
        "alert.ci",
        3,
        "5m",
        None,
        "open",
        "open incident",
        "{alert.ci} flaps",
        "{alert.ci}",
    ]
    site = open_site(_rules(JOIN, third))
    alerts = [
        _alert(1, 0),
        _alert(2, 10),
        _alert(3, 12, ci="Vmanage_10002"),
        _alert(4, 13, name="something else"),
        _alert(5, 14),
        _alert(6, 15),
        _alert(7, 16),
    ]
    assert _opened(site, *alerts) == [False, False, False, False, False, True, False]
    (incident,) = list_incidents(site)
    assert incident["short_description"] == "Vmanage_10001 flaps"
    assert [alert["incident"] for alert in reversed(list_alerts(site))] == [None] * 5 + ["INC0000001"] * 2


def test_the_window_holds_over_runs(open_site: Callable[..., OpenSite]) -> None:
    """What came in an earlier run counts: the store owns the window, not the process."""
    third = ["T", "alert", "link failure", "alert.ci", 3, "5m", None, "open", "open incident", "x"]
    site = open_site(_rules(JOIN, third))
    assert [_opened(site, _alert(number, number)) for number in (1, 2, 3)] == [[False], [False], [True]]


def test_a_passed_over_alert_is_kept_and_opens_nothing(open_site: Callable[..., OpenSite]) -> None:
    """Do: ignore wins by its place; the alert stands in the list without an incident."""
    site = open_site(_rules(["I", "alert", "noise", None, None, None, None, None, "ignore", None], JOIN, OPEN))
    (result,) = receive_alerts(site, [_alert(1, 0, name="noise")], source="t", asked_by="m").results
    assert (result.alert, result.incident, result.notes) == (
        "ALERT0000001",
        None,
        ("no event rule opens an incident for it",),
    )
    assert _opened(site, _alert(2, 1)) == [True]


def test_a_rule_may_run_a_flow_and_decide_a_table(open_site: Callable[..., OpenSite]) -> None:
    """Both act on the incident that the same alert opened; the decision is in its audit."""
    ran: list[str] = []
    rows = [
        ["F", "alert", "-", None, None, None, None, None, "run Example", None],
        ["D", "alert", "-", None, None, None, None, None, "decide Major Case Policy", None],
        OPEN,
    ]
    site = open_site(_rules(*rows), flows={"Example": lambda context: ran.append(context.incident.number)})
    (result,) = receive_alerts(site, [_alert(1, 0)], source="t", asked_by="m").results
    assert (result.opened, ran) == (True, ["INC0000001"])
    tables = [decision.table for decision in show_incident(site, "INC0000001").decisions]
    assert tables.count("Major Case Policy") == 2


def test_a_flow_of_a_rule_that_fails_is_contained(open_site: Callable[..., OpenSite]) -> None:
    """The incident stands, needs attention and says which flow failed."""

    def failing(context: Any) -> None:
        raise ValueError("no")

    rows = [["F", "alert", "-", None, None, None, None, None, "run Example", None], OPEN]
    site = open_site(_rules(*rows), flows={"Example": failing})
    (result,) = receive_alerts(site, [_alert(1, 0)], source="t", asked_by="m").results
    assert "the flow 'Example' failed: ValueError: no" in " ".join(result.notes)
    assert any(
        "the flow 'Example' failed" in (entry.text or "") for entry in show_incident(site, "INC0000001").activity
    )


def test_alerts_that_the_rules_cannot_judge_still_open_an_incident(
    site: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the worker gives up over an alert, the alert is not lost: its incident needs attention and says why."""

    def refused(self: Any, key: str, facts: Any, tick: Any) -> Any:
        raise SessionRefused(DeadLetter(key, tuple(facts), "the worker died over it", 3))

    monkeypatch.setattr(correlation.RuleWorker, "correlate", refused)
    (result,) = receive_alerts(site, [OUTAGE], source="t", asked_by="m").results
    shown = show_incident(site, result.incident or "")
    assert (shown.incident["needs_attention"], len(shown.cases)) == (True, 5)
    assert any("the worker died over it" in (entry.text or "") for entry in shown.activity)


def test_without_durable_rules_alerts_are_refused_before_the_first(
    site: OpenSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line says so; nothing was taken in, and everything else works."""

    def unavailable(self: Any) -> Any:
        raise RulesUnavailable("durable-rules cannot be imported")

    monkeypatch.setattr(correlation.RuleWorker, "__enter__", unavailable)
    with pytest.raises(RulesUnavailable):
        receive_alerts(site, [OUTAGE], source="t", asked_by="m")
    assert list_alerts(site) == ()
