"""From an alert to closure, on the stock workbooks and the documents' example (B1, B5, C1 to C3, C9, D1, D2)."""

from __future__ import annotations

from engine_support import OUTAGE

from forewarn.engine.actions.alerts import receive_alerts
from forewarn.engine.actions.incidents import show_incident
from forewarn.engine.open_site import OpenSite
from forewarn.engine.reports import Reception


def test_the_documents_example_opens_one_major_case_with_five_children(site: OpenSite) -> None:
    """Five affected accounts reach the threshold: one major case without an account, a child for each of the five."""
    report = receive_alerts(site, [OUTAGE], source="test", asked_by="monitor")
    (result,) = report.results
    assert (result.outcome, result.opened, result.cases, result.notes) == (Reception.ACCEPTED, True, 6, ("major case CS0000001",))
    shown = show_incident(site, result.incident or "")
    incident = shown.incident
    assert incident["stage"] == "Triage"
    assert incident["assignment_group"] == "Network Coordinators"
    assert (incident["category"], incident["subcategory"]) == ("SD-WAN", "Protocol failure")
    assert incident["priority"] == "1 - Critical"
    assert incident["needs_attention"] is True
    assert incident["impact_unknown"] is False
    assert incident["affected_account_count"] == 5
    assert shown.major_case is not None
    assert shown.major_case["account"] is None
    assert shown.major_case["major_case_state"] == "Accepted"
    assert {case["account"] for case in shown.cases} == {
        "Avid Corporation",
        "Tom Tom Networks",
        "Unity System",
        "Harbour Logistics",
        "Northwind Clinics",
    }
    assert {case["parent"] for case in shown.cases} == {shown.major_case.number}
    assert shown.alerts[0]["case_number"] == shown.major_case.number
