"""What authors of plugins test with."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from forewarn.errors import BadPlugin, Severity
from forewarn.plugins.api import DeliveryResult, FlowContext, Notification, Outcome
from forewarn.plugins.hookspecs import hookimpl
from forewarn.testing import RecordingSink, TrialSite

ESCALATION = ("decision_tables/incident_escalation_policy.xlsx", "Incident Escalation Policy")


class Plugin:
    """A plugin under test: one flow."""

    @hookimpl
    def forewarn_flows(self) -> dict[str, Any]:
        def flow(context: FlowContext) -> None:
            context.work_note(f"hello from {context.flow}")

        return {"Our Flow": flow}


def test_a_trial_site_takes_an_alert_to_its_customers(
    forewarn_site: TrialSite, forewarn_sink: RecordingSink, forewarn_alert: Callable[..., dict[str, Any]]
) -> None:
    """Alert, incident, five customers, five notifications, at the time of the test's clock."""
    report = forewarn_site.receive(forewarn_alert())
    assert report.results[0].incident == "INC0000001"
    assert forewarn_site.deliver().delivered == 5
    assert len(forewarn_sink.delivered) == 5
    assert forewarn_sink.delivered[0].created_at.strftime("%A %H:%M") == "Monday 09:00"
    assert not [finding for finding in forewarn_site.check() if finding.severity is Severity.ERROR]


def test_a_plugin_is_tried_through_the_sheet(
    forewarn_site: TrialSite, forewarn_alert: Callable[..., dict[str, Any]]
) -> None:
    """The flow's name is written into a cell as a person would, and escalating runs it."""
    cell = forewarn_site.cell(*ESCALATION, "Flow", Subcategory="Link failure", Stage="Triage")
    forewarn_site.set_cell(*ESCALATION, cell, "Our Flow")
    forewarn_site.plugins["ours"] = Plugin()
    forewarn_site.receive(forewarn_alert())
    forewarn_site.escalate("INC0000001")
    assert "hello from Our Flow" in forewarn_site.notes("INC0000001")


def test_the_sink_answers_as_the_test_wants(
    forewarn_site: TrialSite, forewarn_alert: Callable[..., dict[str, Any]], forewarn_clock: Any
) -> None:
    """Busy first, then not: the clock is moved, nothing is waited for."""
    forewarn_site.receive(forewarn_alert())

    def busy(notification: Notification) -> DeliveryResult:
        return DeliveryResult(notification.event_id, Outcome.RETRY, "busy")

    forewarn_site.sink.answer = busy
    assert forewarn_site.deliver().waiting == 5
    forewarn_site.sink.answer = None
    forewarn_clock.advance(timedelta(hours=1))
    assert forewarn_site.deliver().waiting == 0
    assert len(forewarn_site.sink.handed) == 10


def test_a_plugin_under_test_that_fails_says_so(forewarn_site: TrialSite) -> None:
    """Its test must not pass because the plugin was left out."""
    forewarn_site.plugins["ours"] = type("Odd", (), {"forewarn_flow": hookimpl(lambda self: {})})()
    with pytest.raises(BadPlugin, match="did you mean 'forewarn_flows'"), forewarn_site.open():
        pass
    assert "FW409" in [finding.code for finding in forewarn_site.check()]
