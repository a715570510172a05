"""Events in time: rules that wait, rules that raise events, incidents that come back, and what people see of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from forewarn.engine.actions.alerts import list_alerts, receive_alerts
from forewarn.engine.actions.cases import list_cases
from forewarn.engine.actions.incidents import create_incident, list_incidents, resolve_incident, show_incident
from forewarn.engine.actions.rules import list_events, list_rules, run_rule_scenarios, show_event, trace_event
from forewarn.engine.actions.timers import run_due
from forewarn.engine.open_site import OpenSite
from forewarn.engine.rulebook import Rulebook
from forewarn.errors import NotFound
from forewarn.rules import RuleSet
from tests.engine.events.streams import CI, DO, EVENT, JOIN, NO_OPEN, PHASE, RULE, SAME, START, WITHIN

Rules = Callable[..., RuleSet]

OPEN = {RULE: "O", EVENT: "alert", SAME: "alert.ci", NO_OPEN: "open", DO: "open incident", CI: "{alert.ci}"}
UNACKNOWLEDGED = {
    RULE: "W",
    EVENT: "alert",
    SAME: "alert.ci",
    WITHIN: "15m",
    PHASE: "open",
    ("Without", "acknowledgement.ci"): "-",
    DO: "notify",
    ("With", "notification.text"): "{alert.name} is not acknowledged",
}


def send(site: OpenSite, minutes: float, **fields: Any) -> Any:
    """An event so many minutes after the start, received at once."""
    at = START + timedelta(minutes=minutes)
    site.clock.moment = at  # type: ignore[attr-defined]
    known = {"id": f"e{minutes}-{fields.get('state', '')}", "ci": "r1", "name": "down", "time": at.isoformat()}
    (result,) = receive_alerts(site, [{**known, **fields}], source="t", asked_by="t").results
    return result


def tick(site: OpenSite, minutes: float) -> list[str]:
    """The rules that fire when so many minutes have passed."""
    site.clock.moment = START + timedelta(minutes=minutes)  # type: ignore[attr-defined]
    return [firing.rule for firing in run_due(site).fired]


def test_a_rule_that_waits_fires_at_its_time_and_once(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Not a moment earlier, and not again."""
    site = ruled(rules(JOIN, OPEN, UNACKNOWLEDGED))
    send(site, 0)
    assert tick(site, 14.99) == []
    assert tick(site, 15) == ["W"]
    assert tick(site, 60) == []
    notes = [entry.text for entry in show_incident(site, "INC0000001").activity if entry.kind == "work note"]
    assert "Needs attention: down is not acknowledged" in notes


def test_an_acknowledgement_stops_it(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """It is written on its alert, too."""
    site = ruled(rules(JOIN, OPEN, UNACKNOWLEDGED))
    send(site, 0)
    send(site, 10, state="acknowledged")
    assert list_alerts(site)[0]["acknowledged_at"] == START + timedelta(minutes=10)
    assert tick(site, 60) == []


def test_what_must_hold_is_looked_at_when_the_time_has_passed(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """The incident was resolved meanwhile: nobody need be told."""
    site = ruled(rules(JOIN, OPEN, UNACKNOWLEDGED))
    send(site, 0)
    resolve_incident(site, "INC0000001", "Duplicate", "x", None, asked_by="t")
    assert tick(site, 60) == []


def test_an_alert_that_comes_late_is_waited_for_from_then_on(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Who must acknowledge could not know of it earlier."""
    site = ruled(rules(JOIN, OPEN, UNACKNOWLEDGED))
    send(site, 120, time=START.isoformat())
    assert tick(site, 134) == []
    assert tick(site, 135) == ["W"]


def test_a_rule_that_waits_longer_now_is_looked_at_later(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """A wait that is under way follows the rule as it stands; a rule that is gone fires no more."""
    site = ruled(rules(JOIN, OPEN, UNACKNOWLEDGED))
    send(site, 0)
    longer = _with(site, rules(JOIN, OPEN, {**UNACKNOWLEDGED, WITHIN: "30m"}))
    assert tick(longer, 20) == []
    assert tick(longer, 30) == ["W"]
    send(longer, 40)
    assert tick(_with(site, rules(JOIN, OPEN)), 200) == []


def _with(site: OpenSite, rule_set: RuleSet) -> OpenSite:
    return OpenSite(
        site.root, site.store, Rulebook(site.rulebook.library, rule_set, site.store), site.extensions, site.clock
    )


STORM = {RULE: "S", EVENT: "alert", SAME: "alert.ci", ("Count", "Count"): "2", WITHIN: "5m", DO: "raise event storm"}
ON_STORM = {RULE: "H", EVENT: "storm", SAME: "storm.ci", NO_OPEN: "open", DO: "open incident", CI: "{storm.ci}"}


def test_an_event_that_a_rule_raises_is_shown_to_the_rules(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """In the same transaction: what it opens takes the alert that completed it."""
    site = ruled(rules(STORM, ON_STORM))
    assert send(site, 0).incident is None
    result = send(site, 1)
    assert (result.opened, result.incident) == (True, "INC0000001")
    assert list_alerts(site)[0]["incident"] == "INC0000001"
    raised = next(entry for entry in list_events(site) if entry.kind == "storm")
    assert (raised.source, raised.raised_for, raised.attributes["ci"]) == ("rule S", 2, "r1")


def test_events_that_raise_one_another_are_cut(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Round and round: it ends, and the journal says where."""
    site = ruled(
        rules(
            {RULE: "A", EVENT: "alert", SAME: "alert.ci", DO: "raise event ping"},
            {RULE: "P", EVENT: "ping", SAME: "ping.ci", DO: "raise event pong"},
            {RULE: "Q", EVENT: "pong", SAME: "pong.ci", DO: "raise event ping"},
        )
    )
    result = send(site, 0)
    entries = list_events(site)
    assert len(entries) == 10
    assert entries[0].result == "cut"
    assert any("have raised one another before it" in note for note in result.notes)


def test_an_alert_after_resolution_reopens_and_later_opens_anew(ruled: Callable[..., OpenSite]) -> None:
    """The stock rules: within four hours the same incident and its cases come back; later there is another one."""
    site = ruled(inventory=True)
    send(site, 0, ci="Vmanage_10002", category="SD-WAN", subcategory="Link failure")
    cases = [case.number for case in list_cases(site)]
    assert len(cases) == 2
    site.clock.moment = START + timedelta(minutes=60)  # type: ignore[attr-defined]
    resolve_incident(site, "INC0000001", "Duplicate", "x", None, asked_by="t")
    late = send(site, 61, ci="Vmanage_10002", time=(START + timedelta(minutes=30)).isoformat())
    assert show_incident(site, "INC0000001").incident["phase"] == "resolved"
    again = send(site, 120, ci="Vmanage_10002")
    assert (late.incident, again.incident, again.opened) == ("INC0000001", "INC0000001", False)
    incident = show_incident(site, "INC0000001")
    assert (incident.incident["phase"], incident.incident["needs_attention"]) == ("open", True)
    assert {case["phase"] for case in incident.cases} == {"open"}
    assert [case.number for case in list_cases(site)] == cases
    resolve_incident(site, "INC0000001", "Duplicate", "x", None, asked_by="t")
    assert send(site, 120 + 241, ci="Vmanage_10002").incident == "INC0000002"


def test_stock_waits_count_incidents_that_people_open_too(ruled: Callable[..., OpenSite]) -> None:
    """Nobody acknowledges a critical incident: it is escalated a stage; resolved in time, it is left alone."""
    site = ruled()
    critical = {"impact": "1 - High", "urgency": "1 - High", "category": "SD-WAN", "subcategory": "Link failure"}
    create_incident(site, {**critical, "short_description": "x", "configuration_item": "r1"}, asked_by="t")
    create_incident(site, {**critical, "short_description": "y", "configuration_item": "r2"}, asked_by="t")
    resolve_incident(site, "INC0000002", "Duplicate", "x", None, asked_by="t")
    assert tick(site, 16) == ["C05"]
    assert {one.number: one["stage"] for one in list_incidents(site)} == {
        "INC0000001": "L1 investigation",
        "INC0000002": "Triage",
    }


def test_stock_scenarios_pass(ruled: Callable[..., OpenSite]) -> None:
    """What the stock workbooks say of themselves holds, and nothing of the site changes."""
    site = ruled()
    report = run_rule_scenarios(site)
    assert [(one.name, step) for one in report.scenarios for step in one.steps if not step.passed] == []
    assert report.findings == ()
    assert len(report.scenarios) >= 12
    assert list_events(site) == ()


def test_a_scenario_that_fails_names_its_cell(open_site: Callable[..., OpenSite]) -> None:
    """The rules that fired and those that had to are told at the row; rows that cannot be read are findings."""

    def edit(books: Any) -> None:
        books.set("rules/alerts.xlsx", "Scenarios", "J2", "R01")
        books.set("rules/alerts.xlsx", "Scenarios", "C5", "alrt")
        books.set("rules/alerts.xlsx", "Scenarios", "B6", "soon")

    report = run_rule_scenarios(open_site(edit))
    failed = [step for one in report.scenarios for step in one.steps if not step.passed]
    assert [(str(step.place.cell), sorted(step.expected), sorted(step.fired)) for step in failed] == [
        ("J2", ["R01"], ["R02"])
    ]
    assert [finding.place.cell for finding in report.findings] == ["C5", "B6"]
    assert not report.passed


def test_a_trace_names_what_was_missing(ruled: Callable[..., OpenSite], rules: Rules) -> None:
    """Each rule with its cell; the rules that fired are those of the journal."""
    named = {**OPEN, ("If", "alert.name"): "fan"}
    site = ruled(rules(JOIN, named, STORM, UNACKNOWLEDGED))
    send(site, 0)
    traced = trace_event(site, "ALERT0000001")
    missing = {line.rule: [what for what, _ in line.missing] for line in traced.rules}
    assert missing["J"] == ["there is no incident that shares ci"]
    assert missing["O"] == ["alert.name is 'down'"]
    assert missing["S"] == ["1 of 2 such events within 0:05:00"]
    assert missing["W"][-1].startswith("it waits until")
    assert {line.rule: line.due_at for line in traced.rules}["W"] == START + timedelta(minutes=15)
    send(site, 1)
    assert [line.rule for line in trace_event(site, "2").rules if line.fired] == ["S"]


def test_the_journal_finds_an_event_by_any_of_its_names(ruled: Callable[..., OpenSite]) -> None:
    """Its number, its alert's number, its source's id."""
    site = ruled()
    send(site, 0, id="net-77")
    assert {show_event(site, name).entry for name in ("1", "alert0000001", "net-77")} == {1}
    with pytest.raises(NotFound):
        show_event(site, "nothing")
    assert [rule.rule for rule in list_rules(site)][:3] == ["R01", "R05", "R06"]
